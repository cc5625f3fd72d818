import { Problem } from './errors.ts'

const lengthLimit = 120
const example =
  'Give five fields: minute, hour, day of month, month, day of week. For example "0 6 * * *" is daily at 06:00.'

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Names for the values from `min` on, upper case. */
  readonly names: readonly string[]
  /** Forms only this field knows, such as `L` for the last day of the month. */
  readonly special: RegExp | null
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [], special: null },
  { name: 'hour', min: 0, max: 23, names: [], special: null },
  { name: 'day of month', min: 1, max: 31, names: [], special: /^(L|LW|(0?[1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', min: 1, max: 12, names: monthNames, special: null },
  // 0 and 7 are both Sunday, as in every cron.
  { name: 'day of week', min: 0, max: 7, names: dayNames, special: /^([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(#[1-5]|L)$/ },
]

/**
 * The expression with single blanks between its five fields, otherwise as typed. Minutes are the finest step, so no
 * schedule fires more often than once a minute.
 * Throws Problem `invalid_input` (field `cron_expression`) that points at the field (bad inputs 1-3, 5, 9). Every number
 * is at most two digits long before anything else reads it, so no expression can make a reader allocate a huge range.
 */
export function checkCronExpression(text: string): string {
  if (text.length > lengthLimit) {
    throw cronProblem(
      `The schedule is ${text.length} characters long; at most ${lengthLimit} are allowed.`,
      text,
      example,
    )
  }
  const trimmed = text.trim()
  if (trimmed === '') throw cronProblem('The schedule is empty.', text, example)
  if (trimmed.startsWith('@')) throw cronProblem(`"${trimmed}" is a nickname, not a cron expression.`, text, example)
  const parts = trimmed.split(/[ \t]+/)
  if (parts.length !== fields.length) throw fieldCountProblem(parts.length, text)
  for (const [index, field] of fields.entries()) {
    for (const item of (parts[index] ?? '').toUpperCase().split(',')) checkItem(item, field, text)
  }
  return parts.join(' ')
}

function fieldCountProblem(count: number, text: string): Problem {
  const seconds = count === 6 ? ' Seconds are not supported.' : ''
  return cronProblem(`The schedule has ${count} field${count === 1 ? '' : 's'}; it needs 5.${seconds}`, text, example)
}

function checkItem(item: string, field: Field, text: string): void {
  const refuse = (
    reason: string,
    fix = `Use ${field.min} to ${field.max}, a range such as ${rangeExample(field)}, or *.`,
  ) => cronProblem(`${capitalised(field.name)} ${JSON.stringify(item)} ${reason}.`, text, fix)
  if (item === '') throw refuse('is empty', 'Remove the extra comma.')
  if (field.special?.test(item) === true) return
  const match = /^(?:[*?]|(\d{1,2}|[A-Z]{3})(?:-(\d{1,2}|[A-Z]{3}))?)(?:\/(\d{1,2}))?$/.exec(item)
  if (match === null) throw refuse('is not understood')
  const [, from, to, step] = match
  const low = from === undefined ? field.min : valueOf(from, field)
  const high = to === undefined ? low : valueOf(to, field)
  if (low === null || high === null) throw refuse(`is not between ${field.min} and ${field.max}`)
  if (low > high) throw refuse('runs backwards', 'Put the smaller value first, or list the values with commas.')
  if (step === undefined) return
  const count = field.max - field.min + 1
  if (Number(step) < 1 || Number(step) > count) throw refuse(`steps by ${step}`, `Use a step of 1 to ${count}.`)
  if (from !== undefined && to === undefined)
    throw refuse('has a step but no range', `Write ${from}-${field.max}/${step}.`)
}

function valueOf(text: string, field: Field): number | null {
  const named = field.names.indexOf(text)
  const value = named === -1 ? Number(text) : named + field.min
  return value >= field.min && value <= field.max ? value : null
}

function rangeExample(field: Field): string {
  return `${field.min + 1}-${field.min + 5}`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A Problem about `cron_expression`. */
export function cronProblem(message: string, value: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field: 'cron_expression', value, fix })
}

export interface TimeOfDay {
  /** 0-23 */
  readonly hour: number
  /** 0-59 */
  readonly minute: number
}

/** The one time of day an expression names (`30 2 * * *` is 02:30), or null when it names several or an interval. */
export function fixedTimeOf(cron: string): TimeOfDay | null {
  const match = /^(\d{1,2}) (\d{1,2}) /.exec(cron)
  return match === null ? null : { minute: Number(match[1]), hour: Number(match[2]) }
}

/**
 * The values of one field in ascending order, or null for `*` and for forms that are not a plain list (steps, `L`, `#`).
 * Sunday is 0. `index`: 0 minute, 1 hour, 2 day of month, 3 month, 4 day of week. For a checked expression.
 */
export function listedValues(cron: string, index: 0 | 1 | 2 | 3 | 4): readonly number[] | null {
  const field = fields[index]
  const text = cron.split(' ')[index]
  if (field === undefined || text === undefined) return null
  const values = new Set<number>()
  for (const item of text.toUpperCase().split(',')) {
    const [from = '', to = from] = item.split('-')
    const low = valueOf(from, field)
    const high = valueOf(to, field)
    if (low === null || high === null) return null
    for (let value = low; value <= high; value += 1) values.add(index === 4 ? value % 7 : value)
  }
  return [...values].toSorted((left, right) => left - right)
}
