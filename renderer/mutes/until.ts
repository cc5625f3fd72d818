import { inOneHour, instantOfField, tomorrowMorning } from '../incidents/snooze-times.ts'

export const muteUntilChoices = ['hour', 'tomorrow', 'week', 'removed', 'time'] as const
export type MuteUntilChoice = (typeof muteUntilChoices)[number]

/** `text`: of the field for date and time, for `time`. */
export interface MuteUntil {
  readonly choice: MuteUntilChoice
  readonly text: string
}

const weekMs = 7 * 24 * 3_600_000

const instants: { readonly [Choice in MuteUntilChoice]: (now: Date, zone: string, text: string) => Date | null } = {
  hour: inOneHour,
  tomorrow: tomorrowMorning,
  week: (now) => new Date(now.getTime() + weekMs),
  removed: () => null,
  time: (_now, zone, text) => instantOfField(text, zone),
}

/** When the rule ends, by the clock of the database and the clocks of `zone`; null: when it is removed. */
export function untilInstant({ choice, text }: MuteUntil, now: Date, zone: string): Date | null {
  return instants[choice](now, zone, text)
}

/** Why this is no end for a rule; null when it is. */
export function untilFault(until: MuteUntil, now: Date, zone: string): string | null {
  if (until.choice !== 'time') return null
  const at = untilInstant(until, now, zone)
  if (at === null) return 'Give a day and a time.'
  return at <= now ? 'This is in the past.' : null
}
