import { catchUpPolicies, overlapPolicies, type Priority, priorities } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { mostAlertAfter } from '../../shared/retry.ts'
import type { RecurringJob } from '../jobs/operations.ts'
import { oneOf } from './limits.ts'

/** As the command line has them. Absent = as it is. */
export interface RuleFlags {
  readonly retries?: string
  readonly alertAfter?: string
  readonly timeoutMinutes?: string
  readonly overlap?: string
  readonly catchUp?: string
  readonly priority?: string
  readonly key?: string
}

type Rules = Pick<
  RecurringJob,
  'maxRetries' | 'alertAfter' | 'timeoutMinutes' | 'overlapPolicy' | 'catchUpPolicy' | 'priority' | 'concurrencyKey'
>

const longestKey = 200

/** Throws Problem `invalid_input` that names the flag. */
export function readRules({ retries, alertAfter, timeoutMinutes, overlap, catchUp, priority, key }: RuleFlags): Rules {
  return {
    ...(retries === undefined ? {} : { maxRetries: wholeNumber(retries, '--retries', 0, 100) }),
    ...(alertAfter === undefined ? {} : { alertAfter: wholeNumber(alertAfter, '--alert-after', 1, mostAlertAfter) }),
    ...(timeoutMinutes === undefined ? {} : { timeoutMinutes: timeoutOf(timeoutMinutes) }),
    ...(overlap === undefined ? {} : { overlapPolicy: oneOf(overlapPolicies, overlap, '--overlap') }),
    ...(catchUp === undefined ? {} : { catchUpPolicy: oneOf(catchUpPolicies, catchUp, '--catch-up') }),
    ...(priority === undefined ? {} : { priority: priorityOf(priority) }),
    ...(key === undefined ? {} : { concurrencyKey: keyOf(key) }),
  }
}

/** One of the four words of a priority. Throws Problem `invalid_input`. */
export function priorityOf(text: string): Priority {
  return oneOf(Object.keys(priorities).filter(isPriority), text, '--priority')
}

function isPriority(word: string): word is Priority {
  return Object.hasOwn(priorities, word)
}

function timeoutOf(text: string): number | null {
  return text.trim() === 'default' ? null : wholeNumber(text, '--timeout-minutes', 1, 1_440)
}

/** An empty one gives the usual key back. */
function keyOf(text: string): string | null {
  const key = text.trim()
  if (key.length <= longestKey) return key === '' ? null : key
  throw new Problem('invalid_input', `The key has ${key.length} characters.`, {
    field: '--key',
    value: key.slice(0, longestKey),
    fix: `Use at most ${longestKey}.`,
  })
}

function wholeNumber(text: string, field: string, from: number, to: number): number {
  const number = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN
  if (number >= from && number <= to) return number
  throw new Problem('invalid_input', `${field} "${text}" is not a whole number from ${from} to ${to}.`, {
    field,
    value: text,
    fix: `Give a number from ${from} to ${to}.`,
  })
}
