import { instantOfField, tomorrowAt } from '../incidents/snooze-times.ts'

/** `same`: of one that is there, as it is. */
export const holdUntilChoices = ['same', 'hour', 'four_hours', 'tomorrow', 'ended', 'time'] as const
export type HoldUntilChoice = (typeof holdUntilChoices)[number]

/** `text`: of the field for date and time, for `time`. */
export interface HoldUntil {
  readonly choice: HoldUntilChoice
  readonly text: string
}

const hourMs = 3_600_000
const morningHour = 8

/** `start`: of the hold, from which lengths count. */
const ends: {
  readonly [Choice in Exclude<HoldUntilChoice, 'same'>]: (start: Date, zone: string, text: string) => Date | null
} = {
  hour: (start) => new Date(start.getTime() + hourMs),
  four_hours: (start) => new Date(start.getTime() + 4 * hourMs),
  tomorrow: (start, zone) => tomorrowAt(morningHour, start, zone),
  ended: () => null,
  time: (_start, zone, text) => instantOfField(text, zone),
}

/** When a hold that begins at `start` ends, by the clocks of `zone`; null: when somebody ends it; undefined: it stays as it is. */
export function holdEnd({ choice, text }: HoldUntil, start: Date, zone: string): Date | null | undefined {
  return choice === 'same' ? undefined : ends[choice](start, zone, text)
}

/** Why this is no start; null when it is. Empty text = now. */
export function startFault(text: string, now: Date, zone: string): string | null {
  if (text === '') return null
  const at = instantOfField(text, zone)
  if (at === null) return 'Give a day and a time.'
  return at <= now ? 'This is in the past.' : null
}

/** Why this is no end; null when it is. */
export function endFault(until: HoldUntil, start: Date, zone: string): string | null {
  if (until.choice !== 'time') return null
  const at = holdEnd(until, start, zone)
  if (at === null || at === undefined) return 'Give a day and a time.'
  return at <= start ? 'This is before the hold begins.' : null
}
