import { checkDue, type Due, maskOf, type Weekday, weekdays } from './due.ts'
import { formatHours } from './duration.ts'
import { Problem } from './errors.ts'

const names: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

export const workdays: readonly Weekday[] = weekdays.slice(0, 5)

/** Words for more than one day. */
const groups: Readonly<Record<string, readonly Weekday[]>> = {
  weekdays: workdays,
  weekends: weekdays.slice(5),
  daily: weekdays,
  everyday: weekdays,
}

const example = '"weekdays 09:00 Europe/Berlin", "mon,thu 18:30 UTC" or "daily 07:00 America/New_York"'

/** "weekdays 09:00 Europe/Berlin": days, time and zone. @throws Problem `invalid_input` that says which part is wrong. */
export function parseDue(text: string, field = 'due'): Due {
  const words = text
    .trim()
    .replace(/^every\s*day\b/i, 'daily')
    .replaceAll(/\s*,\s*/g, ',')
    .split(/\s+/)
  const [days = '', at, zone] = words
  if (at === undefined || zone === undefined || words.length > 3) {
    throw new Problem(
      'invalid_input',
      `"${text.slice(0, 80)}" is no due time: it takes days, a time and a time zone.`,
      {
        field,
        value: text,
        fix: `Write for example ${example}.`,
      },
    )
  }
  return checkDue({ days: days.split(',').flatMap((word) => daysNamed(word, field)), at, zone }, field)
}

function daysNamed(word: string, field: string): readonly Weekday[] {
  const name = word.toLowerCase()
  if (Object.hasOwn(groups, name)) return groups[name] ?? []
  const day = weekdays.find((one) => name.length >= 3 && fullNames[one].startsWith(name))
  if (day !== undefined) return [day]
  throw new Problem('invalid_input', `"${word.slice(0, 40)}" is no day.`, {
    field,
    value: word,
    fix: `Use ${weekdays.join(', ')}, weekdays, weekends or daily, with commas between them.`,
  })
}

const fullNames: Readonly<Record<Weekday, string>> = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday',
}

/** As `parseDue` reads it. */
export function dueText(due: Due): string {
  return `${groupText(due)} ${due.at} ${due.zone}`
}

function groupText({ days }: Due): string {
  const mask = maskOf(days)
  const group = ['weekdays', 'weekends', 'daily'].find((name) => maskOf(groups[name] ?? []) === mask)
  return group ?? days.join(',')
}

/** "12 h", "12 h, weekdays 09:00": where there is little room, without the zone. */
export function maximumInShort(maxAgeHours: number, due: Due | null): string {
  return due === null ? formatHours(maxAgeHours) : `${formatHours(maxAgeHours)}, ${groupText(due)} ${due.at}`
}

/** "at 09:00 on weekdays (Europe/Berlin)" */
export function dueWords({ days, at, zone }: Due): string {
  return `at ${at} ${daysWords(days)} (${zone})`
}

function daysWords(days: readonly Weekday[]): string {
  const mask = maskOf(days)
  if (mask === maskOf(weekdays)) return 'every day'
  if (mask === maskOf(workdays)) return 'on weekdays'
  const named = days.map((day) => names[day])
  const last = named.pop() ?? ''
  return `on ${named.length === 0 ? last : `${named.join(', ')} and ${last}`}`
}

/** "12 h", "12 h at 09:00 on weekdays (Europe/Berlin)": what "at most" and "the maximum is" are followed by. */
export function maximumWords(maxAgeHours: number, due: Due | null | undefined): string {
  return due === null || due === undefined ? formatHours(maxAgeHours) : `${formatHours(maxAgeHours)} ${dueWords(due)}`
}

/** "at most 12 h old", "at most 12 h old at 09:00 on weekdays (Europe/Berlin)" */
export function atMostWords(maxAgeHours: number, due: Due | null | undefined): string {
  const age = `at most ${formatHours(maxAgeHours)} old`
  return due === null || due === undefined ? age : `${age} ${dueWords(due)}`
}
