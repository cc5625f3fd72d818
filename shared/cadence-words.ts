import type { Cadence } from './cadence.ts'
import { listedValues } from './cron-expression.ts'

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/**
 * The schedule in words, without its zone: "Every 6 hours", "Weekdays at 07:30". Day of month and day of week together
 * mean either, and say so: "Every 1st or Monday at 06:00" (bad input 8). What has no plain words stays the cron itself.
 */
export function describeCadence(cadence: Cadence): string {
  const parts = cadence.cron.replaceAll('?', '*').split(' ')
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts
  const interval = day === '*' && month === '*' && weekday === '*' ? intervalWords(minute, hour) : null
  if (interval !== null) return interval
  const times = timeWords(cadence.cron)
  const days = times === null ? null : dayWords(cadence.cron, day, month, weekday)
  return days === null ? cadence.cron : `${days} at ${times}`
}

function intervalWords(minute: string, hour: string): string | null {
  const minutes = stepOf(minute, 60)
  if (minutes !== null && stepOf(hour, 24) === 1) return minutes === 1 ? 'Every minute' : `Every ${minutes} minutes`
  const shifted = shiftedStep(minute, 60)
  if (shifted !== null && stepOf(hour, 24) === 1) {
    return `Every ${shifted.step} minutes from minute ${shifted.first}`
  }
  const hours = stepOf(hour, 24)
  if (hours === null || !/^\d+$/.test(minute)) return null
  const every = hours === 1 ? 'Every hour' : `Every ${hours} hours`
  return Number(minute) === 0 ? every : `${every} at minute ${Number(minute)}`
}

/** The step of a wildcard field when it is even all the way round, else null: every 7th minute starts anew each hour. */
function stepOf(field: string, whole: number): number | null {
  const step = field === '*' ? 1 : Number(/^\*\/(\d+)$/.exec(field)?.[1] ?? Number.NaN)
  return step < whole && whole % step === 0 ? step : null
}

/** `4-59/5`: every fifth minute all the way round, beginning with the fourth; null for what leaves a gap. */
function shiftedStep(field: string, whole: number): { readonly step: number; readonly first: number } | null {
  const [, first = '', last = '', step = ''] = /^(\d+)-(\d+)\/(\d+)$/.exec(field) ?? []
  const by = Number(step)
  if (by < 2 || whole % by !== 0 || Number(first) >= by || Number(last) < whole - by + Number(first)) return null
  return { step: by, first: Number(first) }
}

function timeWords(cron: string): string | null {
  const minutes = listedValues(cron, 0)
  const hours = listedValues(cron, 1)
  if (minutes === null || hours === null || minutes.length * hours.length > 4) return null
  return joined(
    hours.flatMap((hour) => minutes.map((minute) => `${twoDigits(hour)}:${twoDigits(minute)}`)),
    'and',
  )
}

function dayWords(cron: string, day: string, month: string, weekday: string): string | null {
  const weekdays = weekday === '*' ? [] : listedValues(cron, 4)
  const days = monthDayWords(cron, day)
  if (weekdays === null || days === null) return null
  if (month !== '*') return weekday === '*' ? yearlyWords(cron, days.length) : null
  if (day === '*') return weekday === '*' ? 'Daily' : weekdayWords(weekdays)
  if (weekday === '*') return `Monthly on the ${joined(days, 'and')}`
  return `Every ${joined([...days, ...weekdays.map((index) => dayNames[index] ?? '')], 'or')}`
}

function monthDayWords(cron: string, day: string): string[] | null {
  if (day === '*') return []
  if (day.toUpperCase() === 'L') return ['last day']
  return listedValues(cron, 2)?.map(ordinal) ?? null
}

function yearlyWords(cron: string, dayCount: number): string | null {
  const months = listedValues(cron, 3)
  const days = listedValues(cron, 2)
  if (months === null || days === null || dayCount !== 1) return null
  return `Yearly on ${joined(
    months.map((month) => `${days[0]} ${monthNames[month - 1]}`),
    'and',
  )}`
}

function weekdayWords(weekdays: readonly number[]): string {
  const key = weekdays.join('')
  if (key === '12345') return 'Weekdays'
  if (key === '06') return 'Weekends'
  if (key === '0123456') return 'Daily'
  // Weeks start on Monday here, so Sunday is named last.
  const mondayFirst = weekdays.toSorted((left, right) => ((left + 6) % 7) - ((right + 6) % 7))
  return joined(
    mondayFirst.map((index) => `${dayNames[index]}s`),
    'and',
  )
}

function ordinal(value: number): string {
  const teen = value >= 11 && value <= 13
  const suffix = teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${suffix}`
}

function joined(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** `06`: of an hour or a minute. */
export function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
