import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { wallTimeAt } from '../../../shared/time-zone.ts'

type Answer = InferContractRouterOutputs<Contract>['schedules']['timeline']
type AnsweredJob = Answer['lanes'][number]['jobs'][number]

/** One planned run of a job. */
export interface Fire extends Omit<AnsweredJob, 'fires' | 'collisions'> {
  readonly at: Date
  /** It would overlap an earlier fire with its concurrency key. */
  readonly collides: boolean
}

export interface Lane {
  readonly brand: Answer['lanes'][number]['brand']
  /** The earliest first. */
  readonly fires: readonly Fire[]
}

export interface Timeline extends Omit<Answer, 'lanes'> {
  readonly lanes: readonly Lane[]
}

/** The runs of each brand in one row of time, as they are drawn; they are told job by job. */
export function timelineOf({ lanes, ...answer }: Answer): Timeline {
  return {
    ...answer,
    lanes: lanes.map(({ brand, jobs }) => ({
      brand,
      fires: jobs.flatMap(firesOf).toSorted((one, other) => one.at.getTime() - other.at.getTime()),
    })),
  }
}

function firesOf({ fires, collisions, ...job }: AnsweredJob): Fire[] {
  const colliding = new Set(collisions.map((at) => at.getTime()))
  return fires.map((at) => ({ ...job, at, collides: colliding.has(at.getTime()) }))
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** As long as the narrowest mark looks on a usual screen, as a part of the span. */
const leastWidth = 1 / 150
/** So many marks fit under each other in a lane; more are laid over the last row. */
export const mostRows = 3

/** What the chart shows, ms since the epoch. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** What lies behind now, so that the line of now can be seen, ms. */
const behindMs = 20 * minuteMs
const leastBehindMs = 10 * minuteMs

/** With as much after the last fire as behind now where not all fires are told: what comes there is not known. */
export function spanOf({ asOf, until, truncated }: Pick<Timeline, 'asOf' | 'until' | 'truncated'>): Span {
  const [from, end] = [asOf.getTime(), until.getTime()]
  if (!truncated) return { from: from - behindMs, until: end }
  const aside = Math.min(behindMs, Math.max(leastBehindMs, (end - from) / 20))
  return { from: from - aside, until: end + aside }
}

export interface PlacedFire {
  readonly fire: Fire
  /** Parts of the span, 0 to 1. */
  readonly left: number
  readonly width: number
  /** 0 = the upper one. */
  readonly row: number
}

/** Where each fire of a lane stands; those that overlap go to rows of their own. Fires come in order. */
export function placed(fires: readonly Fire[], { from, until }: Span): { fires: PlacedFire[]; rows: number } {
  const ends: number[] = []
  const leastMs = (until - from) * leastWidth
  const all = fires.map((fire) => {
    const start = fire.at.getTime()
    const length = Math.max(fire.expectedMs ?? 0, leastMs)
    const free = ends.findIndex((end) => end <= start)
    const row = free === -1 ? Math.min(ends.length, mostRows - 1) : free
    ends[row] = Math.max(ends[row] ?? 0, start + length)
    const left = (start - from) / (until - from)
    const end = Math.min(1, (start + (fire.expectedMs ?? 0) - from) / (until - from))
    return { fire, left, width: Math.max(0, end - left), row }
  })
  return { fires: all, rows: Math.max(1, ends.length) }
}

/** As near as two marks can be and still be seen as two, as a part of the span: a thousand pixels are a wide chart. */
const leastStep = 1 / 1_000

/** Those whose marks are seen: every minute for a day is a band, whatever of it is drawn. Collisions are all told. */
export function seen(fires: readonly PlacedFire[]): PlacedFire[] {
  const drawn = new Map<number, { readonly left: number; readonly end: number }>()
  return fires.filter(({ fire, left, width, row }) => {
    const last = drawn.get(row)
    const isHidden = last !== undefined && left < last.left + leastStep && left + width < last.end + leastStep
    if (isHidden && !fire.collides) return false
    drawn.set(row, { left, end: left + width })
    return true
  })
}

/** The fire nearest to a place of a lane (0 to 1), within `reach`; null when there is none. */
export function nearest(fires: readonly PlacedFire[], at: number, row: number, reach: number): PlacedFire | null {
  let best: PlacedFire | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const one of fires) {
    const distance = Math.max(one.left - at, at - (one.left + one.width), 0)
    if (distance > reach) continue
    const weighed = distance + Math.abs(one.row - row) * reach
    if (weighed < bestDistance) [best, bestDistance] = [one, weighed]
  }
  return best
}

export interface Tick {
  readonly at: number
  /** Part of the span, 0 to 1. */
  readonly left: number
  /** Hour on the clocks of the zone, 0 to 23; 0.25 is a quarter past midnight. */
  readonly hour: number
}

/** As many hours from tick to tick as leave at most `most` of them: a quarter of one, a half, one, two, three or six. */
export function stepOf({ from, until }: Span, most: number): number {
  return [0.25, 0.5, 1, 2, 3].find((step) => (until - from) / (step * hourMs) <= most) ?? 6
}

/** Hours on the clocks of a zone, every `step` of them (3: 00, 03, 06, …); zones half an hour off and changes of the clocks included. */
export function ticks({ from, until }: Span, zone: string, step: number): Tick[] {
  const found: Tick[] = []
  // Clocks are set by quarters of an hour at the finest.
  const quarter = 15 * minuteMs
  for (let at = Math.ceil(from / quarter) * quarter; at <= until; at += quarter) {
    const hour = (wallTimeAt(at, zone) % dayMs) / hourMs
    if (hour % step === 0) found.push({ at, left: (at - from) / (until - from), hour })
  }
  return found
}
