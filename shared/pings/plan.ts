import { nextFire, parseCadence } from '../cadence.ts'
import { Problem } from '../errors.ts'
import { longestGapSeconds } from './longest-gap.ts'

/** When pings of a check are expected: every so often since the last one, or on the clocks of a zone. */
export type PingSchedule =
  | { readonly kind: 'period'; readonly periodSeconds: number }
  | { readonly kind: 'cron'; readonly cron: string; readonly timeZone: string }

export interface PingPlan {
  readonly schedule: PingSchedule
  /** How long a ping may be late, and a run may take; seconds. */
  readonly graceSeconds: number
}

/** Of periods and of graces, seconds: a minute to a year, as Healthchecks has them. */
export const planLimits = { least: 60, most: 365 * 86_400 } as const

/** Of a check that nobody has planned. */
export const usualPlan: PingPlan = { schedule: { kind: 'period', periodSeconds: 86_400 }, graceSeconds: 3_600 }

/** A checked plan. @throws Problem `invalid_input` whose field is `periodSeconds`, `graceSeconds`, `cron_expression` or `time_zone`. */
export function parsePlan({ schedule, graceSeconds }: PingPlan): PingPlan {
  checkSeconds(graceSeconds, 'graceSeconds', 'The grace')
  if (schedule.kind === 'period') {
    checkSeconds(schedule.periodSeconds, 'periodSeconds', 'The period')
    return { schedule, graceSeconds }
  }
  return { schedule: { kind: 'cron', ...parseCadence(schedule.cron, schedule.timeZone) }, graceSeconds }
}

/** When the ping after this one is expected; null when the schedule has ended. */
export function dueAfter(schedule: PingSchedule, last: Date): Date | null {
  return schedule.kind === 'period'
    ? new Date(last.getTime() + schedule.periodSeconds * 1_000)
    : nextFire(schedule, last)
}

/**
 * How old the data may get while every ping comes, hours: the period, for cron the longest gap between two fires of the year to come,
 * and the grace. Rounded up to the hundredths that are stored.
 */
export function maximumAgeHours({ schedule, graceSeconds }: PingPlan, from: Date): number {
  const gap = schedule.kind === 'period' ? schedule.periodSeconds : longestGapSeconds(schedule, from)
  return Math.ceil((gap + graceSeconds) / 36) / 100
}

function checkSeconds(seconds: number, field: string, what: string): void {
  if (Number.isInteger(seconds) && seconds >= planLimits.least && seconds <= planLimits.most) return
  throw new Problem('invalid_input', `${what} of ${seconds} seconds is not possible.`, {
    field,
    value: seconds,
    fix: `Use ${planLimits.least} s (a minute) to ${planLimits.most} s (a year).`,
  })
}
