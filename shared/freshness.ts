import type { FreshnessState } from './domain.ts'
import { type Due, nextDueMs } from './due.ts'
import { maximumWords } from './due-words.ts'
import { formatAge, formatDuration, formatHours, formatInstant } from './duration.ts'
import { Problem } from './errors.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const longestMaximumHours = 87_600
const longestGraceMinutes = 30
const graceSample = 20

/**
 * The maximum as given when it is more than 0 and at most 87,600 hours (10 years), else Problem `invalid_input`
 * (bad inputs 24, 25: a negative maximum makes everything old, NaN reaches Postgres as an error).
 */
export function checkMaxAgeHours(hours: number, field = 'max_age_hours', what = 'maximum age'): number {
  if (hours > 0 && hours <= longestMaximumHours) return hours
  throw new Problem('invalid_input', `A ${what} of ${hours} hours is not possible.`, {
    field,
    value: hours,
    fix: `Use more than 0 and at most ${longestMaximumHours} hours (10 years).`,
  })
}

/**
 * F5: after this instant it is stale, until it succeeds again; ms since 1970. That is when the data passes its maximum age; with a due time
 * the first due moment at which it is older than that. An age of exactly the maximum still is fresh, and so is the due moment itself.
 */
export function staleMsOf(lastSuccessMs: number, maxAgeHours: number, due: Due | null = null): number {
  const agedMs = lastSuccessMs + maxAgeHours * hourMs
  return due === null ? agedMs : nextDueMs(due, agedMs)
}

/**
 * F5: looks at the last success only; never succeeded is not fresh, and an age of exactly the maximum still is.
 * Throws Problem for an impossible maximum.
 */
export function isFresh(lastSuccessAt: Date | null, maxAgeHours: number, now: Date, due: Due | null = null): boolean {
  const maximum = checkMaxAgeHours(maxAgeHours)
  return lastSuccessAt !== null && now.getTime() <= staleMsOf(lastSuccessAt.getTime(), maximum, due)
}

/** F7: from this much before the instant at which it goes stale on, it is worth saying that no run is planned; ms. */
export function lastTenthMs(
  maxAgeHours: number,
  due: Due | null,
  times: { lastSuccessMs: number; staleMs: number },
): number {
  return (due === null ? maxAgeHours * hourMs : times.staleMs - times.lastSuccessMs) / 10
}

/** F7: the p90 (nearest rank) of the last 20 run durations in minutes, at most 30; 0 when there are none. Newest first, ms. */
export function graceMinutes(durationsMs: readonly number[]): number {
  const sorted = durationsMs.slice(0, graceSample).toSorted((left, right) => left - right)
  const p90 = sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0
  return Math.min(Math.max(p90, 0) / minuteMs, longestGraceMinutes)
}

export const maximumSources = ['brand', 'dataset', 'page', 'none'] as const
export type MaximumSource = (typeof maximumSources)[number]

export interface EffectiveMaximum {
  /** Null only for source `none`. */
  readonly hours: number | null
  readonly source: MaximumSource
  /** F9: the brand's due time, else the dataset's, else none; null also where there is no maximum. Pages have none. */
  readonly due: Due | null
}

/** F9: the brand's override, else the dataset's own maximum, else the strictest page's, else none. All in hours. */
export function effectiveMaximum(input: {
  readonly brandOverride: number | null
  readonly dataset: number | null
  readonly pages: readonly number[]
  readonly due?: { readonly brand: Due | null; readonly dataset: Due | null }
}): EffectiveMaximum {
  const due = input.due?.brand ?? input.due?.dataset ?? null
  if (input.brandOverride !== null) return { hours: checkMaxAgeHours(input.brandOverride), source: 'brand', due }
  if (input.dataset !== null) return { hours: checkMaxAgeHours(input.dataset), source: 'dataset', due }
  if (input.pages.length === 0) return { hours: null, source: 'none', due: null }
  return { hours: Math.min(...input.pages.map((hours) => checkMaxAgeHours(hours))), source: 'page', due }
}

export interface FreshnessInput {
  readonly lastSuccessAt: Date | null
  /** Null = nothing says how old the data may be. */
  readonly maxAgeHours: number | null
  /** When the maximum counts; null or left out = always. */
  readonly due?: Due | null | undefined
  /** From this age on it is at risk, whatever is planned and whether there is a maximum; null or left out = no age says so. */
  readonly warnAgeHours?: number | null | undefined
  /** By the database clock. */
  readonly now: Date
  /** When the next run starts; the start of the run in progress, if there is one; null = none is planned, or nobody can say when. */
  readonly nextRunAt: Date | null
  /** Nobody can say because what is planned waits for a hold without an end. */
  readonly isHeld?: boolean
  readonly graceMinutes: number
  /** How long a run is expected to take; without it, the grace. */
  readonly runMinutes?: number
}

export interface Freshness {
  readonly state: FreshnessState
  /** Since the last success, never below 0; null when there is none. */
  readonly ageHours: number | null
  /** After this it is stale (`staleMsOf`); null without a success or a maximum. */
  readonly staleAt: Date | null
  /** Why the state is not plainly fresh; null when it is. */
  readonly reason: string | null
}

/** What the word is made from, as numbers: ms since 1970. */
export interface FreshnessTimes {
  readonly lastSuccessMs: number | null
  readonly maxAgeHours: number | null
  /** As in FreshnessInput. */
  readonly due?: Due | null | undefined
  /** As in FreshnessInput. */
  readonly warnAgeHours?: number | null | undefined
  readonly nextRunMs: number | null
  /** As in FreshnessInput. */
  readonly runMinutes?: number | undefined
}

/** F5-F7: the freshness axis of F6, the word alone, for tens of thousands at once. Throws Problem for an impossible maximum. */
export function freshnessAt(times: FreshnessTimes, nowMs: number, grace: number): FreshnessState {
  const { lastSuccessMs, maxAgeHours, due = null } = times
  if (maxAgeHours !== null) checkMaxAgeHours(maxAgeHours)
  if (lastSuccessMs === null) return 'never_synced'
  const warnMs = warnMsOf(times, lastSuccessMs)
  if (maxAgeHours === null)
    return warnMs === Number.POSITIVE_INFINITY ? 'no_policy' : nowMs > warnMs ? 'at_risk' : 'fresh'
  const staleMs = staleMsOf(lastSuccessMs, maxAgeHours, due)
  if (nowMs > staleMs) return 'stale'
  if (nowMs > warnMs) return 'at_risk'
  const tenthMs = lastTenthMs(maxAgeHours, due, { lastSuccessMs, staleMs })
  return isAtRisk(times, { nowMs, staleMs, tenthMs, graceMs: grace * minuteMs }) ? 'at_risk' : 'fresh'
}

/**
 * Until when `freshnessAt` without a grace gives the word that it gives at `nowMs`, if nothing happens: ms since 1970, that instant
 * included; infinite where no clock turns it.
 */
export function freshnessHoldsUntil(times: FreshnessTimes, nowMs: number): number {
  const { lastSuccessMs, maxAgeHours, due = null, nextRunMs } = times
  if (lastSuccessMs === null) return Number.POSITIVE_INFINITY
  const warnMs = warnMsOf(times, lastSuccessMs)
  if (maxAgeHours === null) return nowMs > warnMs ? Number.POSITIVE_INFINITY : warnMs
  const staleMs = staleMsOf(lastSuccessMs, maxAgeHours, due)
  if (nowMs > staleMs) return Number.POSITIVE_INFINITY
  if (freshnessAt(times, nowMs, 0) !== 'fresh') return staleMs
  const riskMs = nextRunMs === null ? staleMs - lastTenthMs(maxAgeHours, due, { lastSuccessMs, staleMs }) : staleMs
  return Math.min(nowMs <= riskMs ? riskMs : staleMs, nowMs <= warnMs ? warnMs : staleMs, staleMs)
}

/** F7, the second reason: the instant from which on (not included) its age alone puts it at risk; infinite where none does. */
function warnMsOf({ warnAgeHours = null }: FreshnessTimes, lastSuccessMs: number): number {
  return warnAgeHours === null ? Number.POSITIVE_INFINITY : lastSuccessMs + warnAgeHours * hourMs
}

/** F5-F7: the freshness axis of F6. Throws Problem for an impossible maximum. */
export function freshnessState(input: FreshnessInput): Freshness {
  const { lastSuccessAt, maxAgeHours, due = null, now } = input
  const times = { ...input, lastSuccessMs: msOf(lastSuccessAt), nextRunMs: msOf(input.nextRunAt) }
  const state = freshnessAt(times, now.getTime(), input.graceMinutes)
  if (lastSuccessAt === null) return { state, ageHours: null, staleAt: null, reason: 'No run has succeeded yet.' }
  const ageMs = now.getTime() - lastSuccessAt.getTime()
  const ageHours = Math.max(0, ageMs) / hourMs
  if (state === 'no_policy') {
    return { state, ageHours, staleAt: null, reason: 'Nothing says how old this data may be.' }
  }
  if (maxAgeHours === null) {
    const reason = state === 'at_risk' ? `${warnedWords(input)}.` : null
    return { state, ageHours, staleAt: null, reason }
  }
  const staleAt = new Date(staleMsOf(lastSuccessAt.getTime(), maxAgeHours, due))
  if (state === 'stale') {
    const reason = `The last success was ${formatDuration(ageMs)} ago; the maximum is ${maximumWords(maxAgeHours, due)}.`
    return { state, ageHours, staleAt, reason }
  }
  if (state === 'at_risk') return { state, ageHours, staleAt, reason: atRiskWords(input, times, staleAt) }
  return { state, ageHours, staleAt, reason: ageMs < -minuteMs ? aheadOfClock(lastSuccessAt, now) : null }
}

/**
 * F7: at risk when the next run is expected to finish after it goes stale plus grace. A daily run of steady length
 * under a 24 h maximum finishes just as its data turns 24 h old, which the grace absorbs: quiet.
 * With no run planned nothing will refresh the data in time, but that is worth saying only towards the end: in the last
 * tenth of the time from its success until it goes stale, or the grace if that is longer.
 */
function isAtRisk(
  { nextRunMs, runMinutes }: FreshnessTimes,
  { nowMs, staleMs, tenthMs, graceMs }: { nowMs: number; staleMs: number; tenthMs: number; graceMs: number },
): boolean {
  if (nextRunMs === null) return staleMs - nowMs < Math.max(graceMs, tenthMs)
  const runMs = runMinutes === undefined ? graceMs : runMinutes * minuteMs
  return nextRunMs + runMs > staleMs + graceMs
}

function msOf(at: Date | null): number | null {
  return at?.getTime() ?? null
}

/** What is planned is said first: it tells what to do. */
function atRiskWords(input: FreshnessInput, times: FreshnessTimes, staleAt: Date): string {
  const state = freshnessAt({ ...times, warnAgeHours: null }, input.now.getTime(), input.graceMinutes)
  if (state === 'at_risk') return riskWords(input, staleAt)
  return `${warnedWords(input)}; it goes stale ${formatAge(staleAt, input.now)} (${formatInstant(staleAt)}).`
}

function warnedWords({ warnAgeHours }: FreshnessInput): string {
  return `It is older than its warning age of ${formatHours(warnAgeHours ?? 0)}`
}

function riskWords({ now, nextRunAt, isHeld = false }: FreshnessInput, staleAt: Date): string {
  const stale = `It goes stale ${formatAge(staleAt, now)} (${formatInstant(staleAt)})`
  if (nextRunAt === null) return `${stale}, and ${isHeld ? 'what would refresh it is held' : 'no run is planned'}.`
  return `${stale}, before the run of ${formatInstant(nextRunAt)} can finish.`
}

function aheadOfClock(at: Date, now: Date): string {
  return `The last success is ${formatAge(at, now)}, in the future: check the clock of the program that wrote it.`
}
