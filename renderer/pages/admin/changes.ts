import type { JsonValue } from '../../../shared/domain.ts'

export interface Change {
  readonly field: string
  /** Null = it was not there. */
  readonly from: string | null
  /** Null = it is gone. */
  readonly to: string | null
}

const longest = 120

/** The fields of two states that differ, in words; a state that is no object counts as one field. */
export function changesBetween(before: JsonValue, after: JsonValue): Change[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...old.keys(), ...young.keys()])]
    .map((field) => ({ field, from: old.get(field) ?? null, to: young.get(field) ?? null }))
    .filter(({ from, to }) => from !== to)
    .map(({ field, from, to }) => ({
      field: cut(field),
      from: from === null ? null : cut(from),
      to: to === null ? null : cut(to),
    }))
}

function fieldsOf(state: JsonValue): ReadonlyMap<string, string> {
  if (state === null) return new Map()
  if (typeof state !== 'object' || Array.isArray(state)) return new Map([['value', text(state)]])
  return new Map(Object.entries(state).map(([field, value]) => [field, text(value)]))
}

function text(value: JsonValue): string {
  if (value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(value: string): string {
  return value.length > longest ? `${value.slice(0, longest)}…` : value
}
