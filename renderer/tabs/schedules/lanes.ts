import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { wallTimeAt } from '../../../shared/time-zone.ts'

export type Timeline = InferContractRouterOutputs<Contract>['schedules']['timeline']
export type Lane = Timeline['lanes'][number]
export type Fire = Lane['fires'][number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** As long as the narrowest mark looks on a usual screen. */
const leastMs = 10 * minuteMs
/** So many marks fit under each other in a lane; more are laid over the last row. */
export const mostRows = 3

/** What the chart shows, ms since the epoch. */
export interface Span {
  readonly from: number
  readonly until: number
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
  /** Hour on the clocks of the zone, 0-23. */
  readonly hour: number
}

/** Full hours on the clocks of a zone, every `step` of them (3: 00, 03, 06, …); zones half an hour off and changes of the clocks included. */
export function ticks({ from, until }: Span, zone: string, step: number): Tick[] {
  const found: Tick[] = []
  // Clocks are set by quarters of an hour at the finest.
  const quarter = 15 * minuteMs
  for (let at = Math.ceil(from / quarter) * quarter; at <= until; at += quarter) {
    const wall = wallTimeAt(at, zone)
    const hour = new Date(wall).getUTCHours()
    if (wall % hourMs === 0 && hour % step === 0) found.push({ at, left: (at - from) / (until - from), hour })
  }
  return found
}
