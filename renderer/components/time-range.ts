import { instantOf, wallTimeAt } from '../../shared/time-zone.ts'
import type { FilterCodec } from '../app/filters.ts'

const hourMs = 3_600_000

/** Ranges that end now. The first part is what stands in the URL. */
export const ranges = [
  { value: '1h', label: 'Last hour', ms: hourMs },
  { value: '24h', label: 'Last 24 hours', ms: 24 * hourMs },
  { value: '7d', label: 'Last 7 days', ms: 7 * 24 * hourMs },
  { value: '30d', label: 'Last 30 days', ms: 30 * 24 * hourMs },
] as const

/** How far a range goes back that says only where it ends, ms. */
const withoutStartMs = 30 * 24 * hourMs

/** ISO instants with `Z`; null = open. */
export interface TimeBounds {
  readonly from: string | null
  readonly to: string | null
}

/** A range as it stands in the URL: `24h`, or `<ISO>..<ISO>` where either may be left out. Anything else is the usual one. */
export function timeRangeFilter(usual: string): FilterCodec<string> {
  return {
    read: (text) => (text !== null && isRange(text) ? text : usual),
    write: (value) => (value === usual || !isRange(value) ? null : value),
  }
}

function isRange(text: string): boolean {
  return ranges.some(({ value }) => value === text) || customBounds(text) !== null
}

/**
 * Null when the text is no custom range. One without a start has the 30 days before its end, for everything that asks: no chart shows
 * all of the past, and totals that begin elsewhere than the list under them are wrong.
 */
export function customBounds(text: string): TimeBounds | null {
  const parts = text.split('..')
  if (parts.length !== 2) return null
  const [from, to] = parts.map(isoOf)
  if (from === undefined || to === undefined || (from === null && to === null)) return null
  if (from === null && to !== null) return { from: new Date(Date.parse(to) - withoutStartMs).toISOString(), to }
  return from !== null && to !== null && from >= to ? null : { from, to }
}

/** Undefined for what is no instant; null for nothing. */
function isoOf(text: string): string | null | undefined {
  if (text === '') return null
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/**
 * What to ask the server for. A range that ends now starts at a whole minute and is open at its end, so that the same question is asked
 * for a minute and what happens meanwhile is in it.
 */
export function boundsOf(text: string, now: Date): TimeBounds {
  const range = ranges.find(({ value }) => value === text)
  if (range === undefined) return customBounds(text) ?? { from: null, to: null }
  const from = Math.floor((now.getTime() - range.ms) / 60_000) * 60_000
  return { from: new Date(from).toISOString(), to: null }
}

/** What an `<input type="datetime-local">` shows for an instant in a zone; empty for null. */
export function wallText(iso: string | null, zone: string): string {
  return iso === null ? '' : new Date(wallTimeAt(Date.parse(iso), zone)).toISOString().slice(0, 16)
}

/** The instant that a wall time in a zone means (J13 for gaps and overlaps); null for anything unreadable. */
export function isoOfWall(text: string, zone: string): string | null {
  const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : Number.NaN
  return Number.isNaN(wall) ? null : new Date(instantOf(wall, zone)).toISOString()
}
