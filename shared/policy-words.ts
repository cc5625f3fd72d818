import type { CatchUpPolicy, OverlapPolicy } from './domain.ts'
import { backoffMinutes } from './retry.ts'

interface PolicyWords {
  readonly name: string
  /** What it comes to, in one line. */
  readonly consequence: string
}

export const overlapWords: Readonly<Record<OverlapPolicy, PolicyWords>> = {
  queue: { name: 'Wait', consequence: 'If a run with the same key is still going: start right after it.' },
  skip: { name: 'Skip', consequence: 'If a run with the same key is still going: leave this run out.' },
}

export const catchUpWords: Readonly<Record<CatchUpPolicy, PolicyWords>> = {
  latest: { name: 'Run once', consequence: 'If the laptop sleeps over a run: run once when it wakes.' },
  skip: { name: 'Skip', consequence: 'If the laptop sleeps over a run: wait for the next one.' },
}

/** How many delays are named before "then every …". */
const namedDelays = 4

/** J5 in words: "Up to 4 attempts: again after 5 min, 10 min and 20 min." */
export function retriesInWords(maxRetries: number): string {
  if (maxRetries <= 0) return 'One attempt: a failure waits for the next run, or for a person.'
  const delays = Array.from({ length: Math.min(maxRetries, namedDelays) }, (_, index) => backoffMinutes(index + 1))
  const named = delays.map((minutes) => `${minutes} min`)
  const last = maxRetries > namedDelays ? `then every ${backoffMinutes(maxRetries)} min` : named.pop()
  const list =
    named.length === 0 ? (last ?? '') : `${named.join(', ')}${maxRetries > namedDelays ? ',' : ' and'} ${last}`
  return `Up to ${maxRetries + 1} attempts: again after ${list}.`
}

/** When a failed run of a job is told, in a sentence. */
export function alertAfterInWords(alertAfter: number): string {
  if (alertAfter <= 1) return 'A run that has failed for good is told at once.'
  return `Told when ${alertAfter} runs in a row have failed for good. Stale data is told as ever.`
}
