import type { ReadinessVerdict } from './domain.ts'
import { formatInstant, lateMs } from './duration.ts'
import { lastTenthMs } from './freshness.ts'
import {
  beginsInTime,
  expectedAt,
  idleGaps,
  isOverdue,
  type OutlookGap,
  type OutlookItem,
  outlook,
  type Refresh,
} from './outlook.ts'

export interface OutlookWords {
  /** It is worth doing something about it now. */
  readonly isWarning: boolean
  /** Sentences; empty when there is nothing to say. Instants as `formatInstant` writes them. */
  readonly sentences: readonly string[]
}

/** When a page will be ready by itself, or until when it is, for a person; seen from `now`, so that no time that has passed is a promise. */
export function outlookWords(verdict: ReadinessVerdict, items: readonly OutlookItem[], now: Date): OutlookWords {
  const { expectedAt: at, waitsFor, readyUntil, firstStale, unrefreshed } = outlook(items, now)
  const [last] = waitsFor
  if (last !== undefined) {
    const sentences = at === null ? unknownWords(waitsFor, items, now) : [readyWords(last.refresh, at, now)]
    return { isWarning: false, sentences }
  }
  // What goes stale is no longer ready: the next answer says it.
  if (firstStale === null || readyUntil === null || readyUntil < now) return { isWarning: false, sentences: [] }
  const until = `${verdict === 'ready' ? 'Ready' : 'Usable'} until ${formatInstant(readyUntil)}`
  const sentences = [`${until}; ${nextWords(firstStale, now)}`]
  if (unrefreshed !== null && unrefreshed !== firstStale) {
    sentences.push(staleWords(unrefreshed, now))
  }
  return { isWarning: unrefreshed !== null && isPressing(unrefreshed, now), sentences }
}

/** Why nobody can say when a page will be ready. */
export interface Unknown {
  /** Of several the one that needs somebody; another program that is overdue is `outside_late`. */
  readonly gap: OutlookGap
  /** One or a few sentences. */
  readonly why: string
}

/** Null when somebody can say when the page will be ready, and for a page that is. */
export function whyUnknown(items: readonly OutlookItem[], now: Date): Unknown | null {
  const { expectedAt: at, waitsFor } = outlook(items, now)
  if (at !== null || waitsFor.length === 0) return null
  const [first = '', ...each] = unknownWords(waitsFor, items, now)
  const gaps = waitsFor.map(({ refresh: { gap } }) => gap ?? 'outside_late')
  return {
    gap: gaps.find((gap) => idleGaps.has(gap)) ?? gaps[0] ?? 'duration_unknown',
    why: each.length === 0 ? first : each.join(' '),
  }
}

/**
 * As F7: without anything planned, or with another program that is overdue, it is worth saying in the last tenth of the time until it goes
 * stale; with a run that comes too late, at once.
 */
function isPressing({ refresh, lastSuccessAt, staleAt, maxAgeHours, due }: OutlookItem, now: Date): boolean {
  if (refresh.startsAt !== null && !isOverdue(refresh, now)) return true
  if (lastSuccessAt === null || staleAt === null) return false
  const [lastSuccessMs, staleMs] = [lastSuccessAt.getTime(), staleAt.getTime()]
  return staleMs - now.getTime() < lastTenthMs(maxAgeHours, due, { lastSuccessMs, staleMs })
}

/** When one dataset that is not fresh will be, as a sentence. */
export function refreshWords(refresh: Refresh, now: Date): string {
  const at = expectedAt(refresh, now)
  return at === null ? gapWords(refresh, now, 'Fresh') : readyWords(refresh, at, now, 'Fresh')
}

function readyWords({ state, by, startsAt, durationMs }: Refresh, at: Date, now: Date, word = 'Ready'): string {
  const start = startsAt ?? now
  if (state === 'outside')
    return `${word} about ${formatInstant(at)}, when ${by} of another program is expected to report.`
  if (state === 'running') {
    const usual = new Date(start.getTime() + (durationMs ?? 0))
    if (usual > now) return `${word} about ${formatInstant(at)}, when ${by} ends.`
    return `${word} when ${by} ends: expected ${formatInstant(usual)}, it runs longer than usual.`
  }
  const overdueMs = now.getTime() - start.getTime()
  if (overdueMs < 0) return `${word} about ${formatInstant(at)}, after the run of ${by} at ${formatInstant(start)}.`
  if (overdueMs < lateMs) return `${word} about ${formatInstant(at)}, after the run of ${by} that is due now.`
  return `${word} ${formatInstant(at)} at the earliest: a run of ${by} has been due since ${formatInstant(start)} and has not started.`
}

function unknownWords(waitsFor: readonly OutlookItem[], items: readonly OutlookItem[], now: Date): string[] {
  const missing = waitsFor.filter(({ state }) => state !== 'fresh')
  const words = new Set(missing.map(({ refresh }) => gapWords(refresh, now)))
  const isAll = missing.length === items.filter(({ state }) => state !== 'fresh').length
  if (isAll && words.size === 1 && missing[0]?.refresh.gap === 'duration_unknown') return [...words]
  const labels = Map.groupBy(missing, ({ refresh }) => beginsLow(gapWords(refresh, now, 'fresh'), refresh.by))
  const each = [...labels].map(([why, of]) => `${of.map(({ label }) => label).join(', ')}: ${why}`)
  const meanwhile = waitsFor.filter(({ state }) => state === 'fresh').map((item) => staleWords(item, now))
  const isIdle = waitsFor.some(({ refresh: { gap } }) => gap !== null && idleGaps.has(gap))
  return [
    isIdle ? 'Nothing that is planned makes it ready.' : 'Nobody can say when it will be ready.',
    ...each,
    ...meanwhile,
  ]
}

function staleWords(item: OutlookItem, now: Date): string {
  return `${item.label} goes stale ${formatInstant(item.staleAt ?? now)}; ${nextWords(item, now)}`
}

/** Why nobody can say when, as a sentence. Without a reason it was expected when the answer was given, and has not come since. */
function gapWords({ state, gap, by, startsAt }: Refresh, now: Date, word = 'Ready'): string {
  if (gap !== 'duration_unknown') return gapSentences[gap ?? 'outside_late'](by, startsAt)
  return lengthlessWords({ isRunning: state === 'running', by, start: startsAt ?? now, word }, now)
}

const gapSentences: Readonly<
  Record<Exclude<OutlookGap, 'duration_unknown'>, (by: string | null, startsAt: Date | null) => string>
> = {
  failed_in_run: (by) => `The run of ${by} has failed for it already; the next one is planned when it ends.`,
  no_agent: (by) => `No agent can run ${by}.`,
  dead: (by) => `${by} is dead: its attempts are exhausted.`,
  paused: (by) => `${by} is paused.`,
  held: (by) => `${by} is held until somebody ends the hold.`,
  archived: (by) => `Its job ${by} is archived.`,
  nothing_planned: (by) => (by === null ? 'Nothing is planned that refreshes it.' : `No run of ${by} is planned.`),
  outside: (by) => `Only ${by} of another program refreshes it, and nothing says when.`,
  outside_late: (by, at) =>
    `${by} of another program was expected to report${at === null ? '' : ` at ${formatInstant(at)}`} and has not.`,
}

function lengthlessWords(
  { isRunning, by, start, word }: { isRunning: boolean; by: string | null; start: Date; word: string },
  now: Date,
): string {
  if (isRunning) return `${word} when ${by} ends; how long it takes is not known yet.`
  const run = start > now ? `at ${formatInstant(start)}` : 'that is due'
  return `${word} after the run of ${by} ${run}, whose duration is not known yet.`
}

/** What comes next for a dataset that is fresh, behind "Ready until …;". */
function nextWords(item: OutlookItem, now: Date): string {
  const { refresh, staleAt } = item
  const { state, by, startsAt } = refresh
  const at = expectedAt(refresh, now)
  const done =
    at === null || staleAt === null ? '' : `, done about ${formatInstant(at)}${at > staleAt ? ', after that' : ''}`
  if (state === 'running')
    return at !== null && at <= now ? `${by} runs longer than usual.` : `${by} is running${done}.`
  if (startsAt === null || isOverdue(refresh, now)) {
    return beginsLow(gapWords(refresh, now), by)
  }
  const place = beginsInTime(item, now) ? 'before that' : 'after that'
  if (state === 'outside') return `${by} of another program is expected to report ${formatInstant(startsAt)}, ${place}.`
  if (startsAt <= now) return `a run of ${by} is due${done}.`
  if (place === 'before that' && at !== null && staleAt !== null && at > staleAt)
    return `next run ${formatInstant(startsAt)}${done}.`
  return `next run ${formatInstant(startsAt)}, ${place}.`
}

/** A name stays as it is. */
function beginsLow(sentence: string, name: string | null): string {
  if (name !== null && sentence.startsWith(name)) return sentence
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
}
