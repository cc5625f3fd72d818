import { formatAge, formatDuration } from '../../shared/duration.ts'
import { usePreferences } from '../app/preferences.tsx'
import { useDatabaseClock, useNow } from '../client/now.tsx'
import { useHint } from './hint.tsx'
import { ownZone } from './own-zone.ts'

/** The zone in which instants are shown: the preference, and for `schedule` the zone of the job, where there is one. */
export function useShownZone(scheduleZone: string | null = null): { zone: string; differs: boolean } {
  const { zone } = usePreferences().preferences
  const mine = ownZone()
  const shown = zone === 'utc' ? 'UTC' : zone === 'schedule' ? (scheduleZone ?? mine) : mine
  return { zone: shown, differs: shown !== mine }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** An instant in the reader's locale (12 or 24 hours as the system has it), with the zone's short name. */
export function absoluteText(at: Date, zone: string, detail: 'minute' | 'second' = 'minute'): string {
  if (Number.isNaN(at.getTime())) return 'unknown'
  const key = `${zone} ${detail}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(undefined, {
      timeZone: zone,
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      ...(detail === 'second' ? { second: '2-digit' } : {}),
      timeZoneName: 'short',
    })
    formats.set(key, format)
  }
  return format.format(at)
}

/** Farther away than this, a time of day alone could be mistaken, ms. */
const nearMs = 12 * 3_600_000

/** "2:05 PM" for what is near, else as `absoluteText`. */
export function timeOfDayText(at: Date, now: Date, zone: string): string {
  if (Math.abs(now.getTime() - at.getTime()) > nearMs) return absoluteText(at, zone)
  return new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(at)
}

export interface AgeProps {
  /** Null shows `none`. */
  readonly at: Date | null
  /** The job's zone, for "the schedule's" time. */
  readonly zone?: string | null
  /** What to show without an instant. */
  readonly none?: string
  /** Counts seconds; otherwise it moves every 15 s. */
  readonly live?: boolean
  /** Shows the absolute time beside the relative one. */
  readonly withAbsolute?: boolean
}

/**
 * An instant, relative first: "3 h 12 min ago", "in 5 min". The absolute time with its zone comes on hover and on focus, and is what a
 * screen reader reads as well. Ticking is silent.
 */
export function Age({ at, zone = null, none = 'never', live = false, withAbsolute = false }: AgeProps) {
  useNow(live ? 1_000 : 15_000)
  // What has begun since the last tick is not yet to come.
  const now = useDatabaseClock().now()
  const shown = useShownZone(zone)
  const absolute = at === null ? none : absoluteText(at, shown.zone)
  const { near, hint } = useHint(absolute)
  if (at === null) return <span className="pm-dim">{none}</span>
  return (
    <>
      <time {...near} dateTime={toIso(at)} tabIndex={0} aria-label={`${formatAge(at, now)}, ${absolute}`}>
        {formatAge(at, now)}
        {withAbsolute && <span className="pm-dim"> · {absolute}</span>}
      </time>
      {hint}
    </>
  )
}

export interface InstantProps {
  readonly at: Date | null
  /** The job's zone, for "the schedule's" time. */
  readonly zone?: string | null
  readonly none?: string
  /** The time of day alone where it cannot be mistaken, and never with seconds: for what somebody has set. */
  readonly isBrief?: boolean
}

/** An instant, absolute, as lists of past things show it; relative on hover and focus. */
export function Instant({ at, zone = null, none = 'never', isBrief = false }: InstantProps) {
  const now = useNow()
  const shown = useShownZone(zone)
  const relative = at === null ? none : formatAge(at, now)
  const { near, hint } = useHint(relative)
  if (at === null) return <span className="pm-dim">{none}</span>
  const absolute = absoluteText(at, shown.zone, 'second')
  return (
    <>
      <time {...near} dateTime={toIso(at)} tabIndex={0} aria-label={`${absolute}, ${relative}`}>
        {isBrief ? timeOfDayText(at, now, shown.zone) : absolute}
      </time>
      {hint}
    </>
  )
}

/** How long; `ms` null shows a dash. With `since`, it goes on counting. */
export function Duration({ ms, since = null }: { ms: number | null; since?: Date | null }) {
  if (since !== null) return <RunningDuration since={since} />
  return ms === null ? <span className="pm-dim">–</span> : <span>{shortDuration(ms)}</span>
}

function RunningDuration({ since }: { since: Date }) {
  const now = useNow(1_000)
  return <span aria-live="off">{formatDuration(Math.max(0, now.getTime() - since.getTime()))}</span>
}

/** Below a second in ms, as runs of no-op jobs are; else as everywhere. */
function shortDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : formatDuration(ms)
}

function toIso(at: Date): string {
  return Number.isNaN(at.getTime()) ? '' : at.toISOString()
}
