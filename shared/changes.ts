import { describeCadence, parseCadence } from './cadence.ts'
import { type JsonValue, legacyTimeZone, priorities } from './domain.ts'
import { formatInstant } from './duration.ts'
import { catchUpWords, overlapWords } from './policy-words.ts'

/** One thing that a command changed, in words a person reads. */
export interface Change {
  /** As it is stored: `maxRetries`, `parameters.window_days`. */
  readonly field: string
  /** "retries", "parameter window_days". */
  readonly name: string
  /** Null = it was not there. */
  readonly from: string | null
  /** Null = it is gone. */
  readonly to: string | null
}

const longest = 120

/**
 * What differs between two states of a thing as `operator_actions` has them; null = it was not there, or is gone. A state that is no object
 * counts as one field. When a job runs is one thing: expression and zone in the words of a schedule.
 */
export function changesBetween(before: JsonValue, after: JsonValue): Change[] {
  const [old, young] = [fieldsOf(before, after === null), fieldsOf(after, before === null)]
  const changes = [...new Set([...old.keys(), ...young.keys()])]
    .map((field) => ({ field, from: old.get(field) ?? null, to: young.get(field) ?? null }))
    .filter(({ from, to }) => from !== to)
    .map(({ field, from, to }) => ({
      field: cut(field),
      name: cut(nameOf(field)),
      from: from === null ? null : cut(from),
      to: to === null ? null : cut(to),
    }))
  return withoutConsequences(joinedPlan(changes, young.get(zoneField)))
}

const planField = 'cronExpression'
const zoneField = 'timeZone'

/** "Daily at 06:00 → Daily at 07:00 Europe/Berlin"; the zone stands at both sides when it is another one, and alone when only it is. */
function joinedPlan(changes: readonly Change[], zoneNow: string | undefined): readonly Change[] {
  const plan = changes.find(({ field }) => field === planField)
  if (plan === undefined) return changes
  const zone = changes.find(({ field }) => field === zoneField)
  const joined = {
    ...plan,
    from: inZone(plan.from, zone?.from),
    to: inZone(plan.to, zone === undefined ? zoneNow : zone.to),
  }
  return changes.filter((change) => change !== zone).map((change) => (change === plan ? joined : change))
}

function inZone(schedule: string | null, zone: string | null | undefined): string | null {
  return schedule === null || zone === null || zone === undefined ? schedule : `${schedule} ${zone}`
}

/** When the next run is follows from what was changed; it counts where nothing else was. */
function withoutConsequences(changes: readonly Change[]): Change[] {
  const causes = changes.filter(({ field }) => field !== 'nextRunAt')
  return causes.length === 0 ? [...changes] : causes
}

/** What changes with every command, and says nothing. */
const unsaid: ReadonlySet<string> = new Set(['version'])

/** `isAlone`: it was made or is gone, and what it does not have says nothing. */
function fieldsOf(state: JsonValue, isAlone: boolean): ReadonlyMap<string, string> {
  if (state === null) return new Map()
  if (typeof state !== 'object' || Array.isArray(state)) return new Map([['value', text(state)]])
  const zone = state[zoneField]
  const fields = Object.entries(state).flatMap(([field, value]) => {
    if (unsaid.has(field) || (isAlone && value === null)) return []
    if (field === planField && typeof value === 'string') return [[field, scheduleInWords(value, zone)] as const]
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return [[field, wordsOf(field, value)] as const]
    // One level: a parameter, a kind of incident.
    return Object.entries(value).map(([key, one]) => [`${field}.${key}`, text(one)] as const)
  })
  return new Map(fields)
}

function scheduleInWords(cron: string, zone: JsonValue | undefined): string {
  try {
    return describeCadence(parseCadence(cron, typeof zone === 'string' ? zone : legacyTimeZone))
  } catch {
    // Another program's, or one of a time zone that is not known here.
    return cron
  }
}

/** Fields of a job whose stored values are no words. */
const words: Readonly<Record<string, (value: JsonValue) => string | undefined>> = {
  overlapPolicy: (value) => policyWord(overlapWords, value),
  catchUpPolicy: (value) => policyWord(catchUpWords, value),
  priority: (value) => Object.entries(priorities).find(([, number]) => number === value)?.[0],
  timeoutMinutes: (value) => (value === null ? 'as the job type says' : `${text(value)} min`),
  concurrencyKey: (value) => (value === null ? 'the usual one' : undefined),
  repeatMinutes: (value) => (value === null ? 'once' : `every ${text(value)} min`),
  groups: (value) => (Array.isArray(value) ? value.map(text).join(', ') || 'none' : undefined),
  person: (value) => (value === null ? 'of whatever fits' : `of what is given to ${text(value)}`),
  afterMinutes: (value) => (value === null ? 'at once' : `after ${text(value)} min, if nobody is on it`),
}

function policyWord(table: Readonly<Record<string, { readonly name: string }>>, value: JsonValue): string | undefined {
  return typeof value === 'string' && Object.hasOwn(table, value) ? table[value]?.name.toLowerCase() : undefined
}

function wordsOf(field: string, value: JsonValue): string {
  const ofField = Object.hasOwn(words, field) ? words[field]?.(value) : undefined
  return ofField ?? text(value)
}

const writtenInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function text(value: JsonValue): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'string') return JSON.stringify(value)
  if (value === '') return 'nothing'
  return writtenInstant.test(value) ? formatInstant(new Date(value)) : value
}

const names: Readonly<Record<string, string>> = {
  acknowledgedBy: 'on it',
  afterMinutes: 'when',
  alertAfter: 'told after',
  [planField]: 'schedule',
  catchUpPolicy: 'catch-up',
  concurrencyKey: 'key',
  maxRetries: 'retries',
  nextRunAt: 'next run',
  overlapPolicy: 'overlap',
  person: 'tells',
  repeatMinutes: 'told',
  timeoutMinutes: 'timeout',
}

/** `maxAgeHours` is "max age hours", `parameters.shop` is "parameter shop". */
function nameOf(field: string): string {
  const [own = '', ...key] = field.split('.')
  if (own === 'parameters' && key.length > 0) return `parameter ${key.join('.')}`
  const name = Object.hasOwn(names, own)
    ? names[own]
    : own.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return [name, ...(key.length === 0 ? [] : [key.join('.')])].join(' ')
}

function cut(value: string): string {
  return value.length > longest ? `${value.slice(0, longest)}…` : value
}
