import { instantOf, wallTimeAt } from '../time-zone.ts'

/** When nothing is told at once (N3). Wall times of a place, so they follow its daylight saving time. */
export interface QuietHours {
  readonly timeZone: string
  /** `HH:MM`; over midnight, up to a whole day, where `to` is not after `from`. */
  readonly from: string
  readonly to: string
  /** Days of the week on which they begin, 0 = Sunday. */
  readonly days: readonly number[]
}

const dayMs = 86_400_000

/**
 * The end of the quiet hours that hold at `now`; null while none do. They begin and end at wall times as fixed cadences fire (J13):
 * one that the clocks skip is the end of the gap, one that they show twice is the first.
 */
export function quietUntil({ timeZone, from, to, days }: QuietHours, now: Date): Date | null {
  const at = now.getTime()
  const wallTime = wallTimeAt(at, timeZone)
  const today = wallTime - (((wallTime % dayMs) + dayMs) % dayMs)
  const lastDay = timeOfDay(to) > timeOfDay(from) ? 0 : dayMs
  // Those that began yesterday may still hold.
  const ends = [today - dayMs, today].flatMap((day) => {
    if (!days.includes(new Date(day).getUTCDay())) return []
    const begins = instantOf(day + timeOfDay(from), timeZone)
    const over = instantOf(day + lastDay + timeOfDay(to), timeZone)
    return begins <= at && at < over ? [over] : []
  })
  return ends.length === 0 ? null : new Date(Math.max(...ends))
}

/** Since midnight, ms. */
function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':')
  return (Number(hours) * 60 + Number(minutes)) * 60_000
}
