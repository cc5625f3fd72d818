import { checkCronExpression, listedValues } from '../../shared/cron-expression.ts'

/** Hours that divide a day evenly, so that "every n hours" is true across midnight. */
export const hourSteps = [2, 3, 4, 6, 8, 12] as const
export type HourStep = (typeof hourSteps)[number]

/** A schedule as a person chooses it; what has no plain form is `custom`. Hours 0-23, minutes 0-59, weekdays 0-6 with Sunday 0. */
export type CadenceChoice =
  | { readonly kind: 'hourly'; readonly minute: number }
  | { readonly kind: 'hours'; readonly hours: HourStep; readonly minute: number }
  | { readonly kind: 'daily'; readonly hour: number; readonly minute: number }
  | { readonly kind: 'weekdays'; readonly hour: number; readonly minute: number }
  /** `days` ascending, at least one. */
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly hour: number; readonly minute: number }
  /** `day` 1-31, or the last one of the month. */
  | { readonly kind: 'monthly'; readonly day: number | 'last'; readonly hour: number; readonly minute: number }
  | { readonly kind: 'custom'; readonly cron: string }

export type CadenceKind = CadenceChoice['kind']

/** The cron expression of a choice; `custom` stays as it was typed. */
export function cronOf(choice: CadenceChoice): string {
  switch (choice.kind) {
    case 'hourly':
      return `${choice.minute} * * * *`
    case 'hours':
      return `${choice.minute} */${choice.hours} * * *`
    case 'daily':
      return `${choice.minute} ${choice.hour} * * *`
    case 'weekdays':
      return `${choice.minute} ${choice.hour} * * 1-5`
    case 'weekly':
      return `${choice.minute} ${choice.hour} * * ${choice.days.join(',')}`
    case 'monthly':
      return `${choice.minute} ${choice.hour} ${choice.day === 'last' ? 'L' : choice.day} * *`
    default:
      return choice.cron
  }
}

/** The plain form of a cron expression: the same schedule, or `custom` with the expression as it is. Never throws. */
export function choiceOf(cron: string): CadenceChoice {
  const custom = { kind: 'custom', cron } as const
  const checked = readable(cron)
  if (checked === null) return custom
  const [minuteText = '', hourText = '', day = '', month = '', weekday = ''] = checked.replaceAll('?', '*').split(' ')
  const minute = numberOf(minuteText)
  if (minute === null || month !== '*') return custom
  const hours = hourSteps.find((step) => hourText === `*/${step}`)
  if (day === '*' && weekday === '*') {
    if (hourText === '*') return { kind: 'hourly', minute }
    if (hours !== undefined) return { kind: 'hours', hours, minute }
  }
  const hour = numberOf(hourText)
  return hour === null ? custom : (onDays(checked, { day, weekday, hour, minute }) ?? custom)
}

function onDays(
  cron: string,
  fields: { readonly day: string; readonly weekday: string; readonly hour: number; readonly minute: number },
): CadenceChoice | null {
  const { day, weekday, hour, minute } = fields
  if (day === '*' && weekday === '*') return { kind: 'daily', hour, minute }
  if (day === '*') {
    if (weekday.toUpperCase() === '1-5' || weekday.toUpperCase() === 'MON-FRI')
      return { kind: 'weekdays', hour, minute }
    const days = listedValues(cron, 4)
    return days === null ? null : { kind: 'weekly', days, hour, minute }
  }
  if (weekday !== '*') return null
  const date = day.toUpperCase() === 'L' ? 'last' : numberOf(day)
  return date === null ? null : { kind: 'monthly', day: date, hour, minute }
}

/** Another kind with as much of the present choice as it has room for. */
export function switchedTo(kind: CadenceKind, from: CadenceChoice): CadenceChoice {
  const minute = 'minute' in from ? from.minute : 0
  const hour = 'hour' in from ? from.hour : 6
  switch (kind) {
    case 'hourly':
      return { kind, minute }
    case 'hours':
      return { kind, hours: 6, minute }
    case 'daily':
    case 'weekdays':
      return { kind, hour, minute }
    case 'weekly':
      return { kind, days: [1], hour, minute }
    case 'monthly':
      return { kind, day: 1, hour, minute }
    default:
      return { kind, cron: cronOf(from) }
  }
}

function readable(cron: string): string | null {
  try {
    return checkCronExpression(cron)
  } catch {
    return null
  }
}

function numberOf(text: string): number | null {
  return /^\d{1,2}$/.test(text) ? Number(text) : null
}
