import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { isJsonObject } from '../../shared/json.ts'

/** What a property of a schema becomes on a form; everything the form has no control for is written as JSON. */
export type FieldKind = 'integer' | 'number' | 'boolean' | 'text' | 'choice' | 'list' | 'json'

export interface ParameterField {
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly kind: FieldKind
  readonly isRequired: boolean
  readonly usual: JsonValue | undefined
  readonly minimum: number | null
  readonly maximum: number | null
  readonly maxLength: number | null
  /** For `choice`; any JSON value. */
  readonly choices: readonly JsonValue[]
}

/** The fields of a schema in its order. Schemas come from other agents too, so nothing about their shape is taken for granted. */
export function fieldsOf(schema: JsonObject): ParameterField[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(objectOf(schema['properties'])).map(([name, property]) => {
    const rules = objectOf(property)
    return {
      name,
      label: textOf(rules['title']) ?? name.replaceAll('_', ' '),
      description: textOf(rules['description']),
      kind: kindOf(rules),
      isRequired: required.includes(name),
      usual: rules['default'],
      minimum: numberOf(rules['minimum']),
      maximum: numberOf(rules['maximum']),
      maxLength: numberOf(rules['maxLength']),
      choices: Array.isArray(rules['enum']) ? rules['enum'] : [],
    }
  })
}

function kindOf(rules: JsonObject): FieldKind {
  if (Array.isArray(rules['enum'])) return 'choice'
  const { type } = rules
  if (type === 'integer' || type === 'number' || type === 'boolean') return type
  if (type === 'string') return 'text'
  if (type === 'array' && objectOf(rules['items'])['type'] === 'string') return 'list'
  return 'json'
}

/** Parameters with the defaults of the schema filled in, which is what a run without them would use. */
export function withDefaults(schema: JsonObject, given: JsonObject): JsonObject {
  const usual = fieldsOf(schema).flatMap(({ name, usual }) => (usual === undefined ? [] : [[name, usual] as const]))
  return { ...Object.fromEntries(usual), ...given }
}

/** No parameter that anybody uses is called like this. */
const unreadable = ' not JSON yet'

/** What was written into a field of JSON: while it cannot be read it is kept as it is, and is a fault. Undefined = nothing. */
export function jsonOfText(text: string): JsonValue | undefined {
  if (text.trim() === '') return undefined
  try {
    // JSON.parse gives JSON.
    return JSON.parse(text) as JsonValue
  } catch {
    return { [unreadable]: text }
  }
}

export function textOfJson(value: JsonValue | undefined): string {
  if (value === undefined) return ''
  return unreadableText(value) ?? JSON.stringify(value, null, 2)
}

function unreadableText(value: JsonValue): string | null {
  const text = objectOf(value)[unreadable]
  return typeof text === 'string' ? text : null
}

/** What is wrong with one value, in words; null when nothing is. The server checks again with the whole schema. */
export function faultOf(field: ParameterField, value: JsonValue | undefined): string | null {
  if (value === undefined || value === '') return field.isRequired ? 'This is needed.' : null
  if (field.kind === 'json') return unreadableText(value) === null ? null : 'This is not JSON yet.'
  if (field.kind === 'integer' || field.kind === 'number') return numberFault(field, value)
  if (field.kind === 'text' && typeof value === 'string' && value.length > (field.maxLength ?? Infinity)) {
    return `At most ${field.maxLength} characters; this has ${value.length}.`
  }
  return null
}

function numberFault({ kind, minimum, maximum }: ParameterField, value: JsonValue): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'This takes a number.'
  if (kind === 'integer' && !Number.isInteger(value)) return 'This takes a whole number.'
  if (minimum !== null && value < minimum) return `At least ${minimum}.`
  if (maximum !== null && value > maximum) return `At most ${maximum}.`
  return null
}

/** One line that says what would be used: "days back 7, include inactive ads no". */
export function parametersInWords(schema: JsonObject, given: JsonObject): string {
  const labels = new Map(fieldsOf(schema).map(({ name, label }) => [name, label.toLowerCase()]))
  const parts = Object.entries(withDefaults(schema, given)).map(
    ([name, value]) => `${labels.get(name) ?? name} ${valueInWords(value)}`,
  )
  return parts.length === 0 ? 'without parameters' : parts.join(', ')
}

function valueInWords(value: JsonValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, 500) : null
}

function numberOf(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
