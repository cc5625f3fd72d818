/**
 * Work that is done for days of the calendar: which days a run covers, how a range of days is cut into runs, and as of when the data is
 * that a run has brought. Days are `YYYY-MM-DD`, without a zone; whoever makes an instant of one says by which clocks.
 */
import type { JsonObject } from './domain.ts'
import { freshAsOf } from './lineage/fresh-as-of.ts'
import { instantOf, wallTimeAt } from './time-zone.ts'

/** Of a job type: the parameters that say which days a run covers. */
export interface BackfillRule {
  /** Its value is the first day. */
  readonly from: string
  /** Its value is the last day, included. Null = a run covers one day, that of `from`. */
  readonly to: string | null
  /** How many days a run may cover, 1 to 366. */
  readonly mostDays: number
}

/** Both days are included. */
export interface DayRange {
  readonly first: string
  readonly last: string
}

/** One backfill is at most as many runs as this. */
export const mostBackfillRuns = 400
export const mostDaysPerRun = 366

const dayMs = 86_400_000
const written = /^\d{4}-\d\d-\d\d$/
/** Before 1900 zones are of no use, and `Date.UTC` takes years below 100 for others. */
const firstDay = Date.UTC(1900, 0, 1) / dayMs

/** Days since 1970-01-01; null for what is no day of the calendar since 1900. */
export function dayNumber(text: string): number | null {
  const at = written.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at) || at / dayMs < firstDay) return null
  // 30 February is read as a day of March.
  return dayText(at / dayMs) === text ? at / dayMs : null
}

/** The way back. */
export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The day that the clocks of `zone` show at that instant. Throws Problem `invalid_input` for a zone that is not known. */
export function dayAt(at: Date, zone: string): number {
  return Math.floor(wallTimeAt(at.getTime(), zone) / dayMs)
}

/** What a run with these parameters covers; null where they do not say it, or make no sense. */
export function coveredDays({ from, to }: BackfillRule, parameters: JsonObject): DayRange | null {
  const first = parameters[from]
  const last = to === null ? first : parameters[to]
  if (typeof first !== 'string' || typeof last !== 'string') return null
  const numbers = [dayNumber(first), dayNumber(last)] as const
  if (numbers[0] === null || numbers[1] === null || numbers[0] > numbers[1]) return null
  return { first, last }
}

/** The same parameters for these days. */
export function parametersFor({ from, to }: BackfillRule, parameters: JsonObject, days: DayRange): JsonObject {
  return { ...parameters, [from]: days.first, ...(to === null ? {} : { [to]: days.last }) }
}

/** Without those that say the days: what two runs have to agree in to be the same work for different days. */
export function otherParameters({ from, to }: BackfillRule, parameters: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== from && name !== to))
}

export interface Cut {
  readonly daysPerRun: number
  readonly newestFirst: boolean
  /** Days (since 1970) that no run is made for. */
  readonly without?: ReadonlySet<number>
}

/** Runs of so many days each, in the order in which they are done. A run never spans a day that is left out; the last one may be shorter. */
export function cutDays({ first, last }: DayRange, { daysPerRun, newestFirst, without = new Set() }: Cut): DayRange[] {
  const from = dayNumber(first)
  const to = dayNumber(last)
  if (from === null || to === null) return []
  const cuts: DayRange[] = []
  let start: number | null = null
  for (let day = from; day <= to + 1; day += 1) {
    const isWanted = day <= to && !without.has(day)
    if (start !== null && (!isWanted || day - start === daysPerRun)) {
      cuts.push({ first: dayText(start), last: dayText(day - 1) })
      start = null
    }
    if (isWanted) start ??= day
  }
  return newestFirst ? cuts.toReversed() : cuts
}

/** All days of these ranges, since 1970. */
export function daysOf(ranges: readonly DayRange[]): Set<number> {
  const days = new Set<number>()
  for (const { first, last } of ranges) {
    const to = dayNumber(last) ?? Number.NEGATIVE_INFINITY
    for (let day = dayNumber(first) ?? Number.POSITIVE_INFINITY; day <= to; day += 1) days.add(day)
  }
  return days
}

/** "2026-11-03", "2026-11-03 to 2026-11-09" */
export function daysInWords({ first, last }: DayRange): string {
  return first === last ? first : `${first} to ${last}`
}

/** By what a run is known to cover. */
export interface Coverage {
  /** What the clocks of the schedule show, by which days begin and end. */
  readonly zone: string
  /** When the run was claimed, by the database's clock. */
  readonly beganAt: Date
}

/**
 * As of when data is at the latest that a run for these days has brought: the end of its last day. Null = it counts as when it was brought:
 * nothing says which days it covers, or the last of them was today or yesterday when it began. The run of each morning is for yesterday,
 * and what it brings is as new as such data gets; counted from midnight, every dataset of a daily job would be stale by the hours
 * between midnight and its job. When it *began*, so that a run across midnight stays what it was.
 */
export function coveredUntil(rule: BackfillRule, parameters: JsonObject, { zone, beganAt }: Coverage): Date | null {
  const days = coveredDays(rule, parameters)
  const last = days === null ? null : dayNumber(days.last)
  if (last === null || last >= dayAt(beganAt, zone) - 1) return null
  return new Date(instantOf((last + 1) * dayMs, zone))
}

/** As of when data is that was brought at `endedAt`, by a run that covers what ends at `until` (`coveredUntil`). Never later than it happened. */
export function backfilledAsOf(endedAt: Date, until: Date | null): Date {
  return freshAsOf(endedAt, { start: null, end: until })
}
