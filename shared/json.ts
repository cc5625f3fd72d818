import type { JsonObject } from './domain.ts'

/** True for what JSON calls an object: no list, not null. What is in it is not looked at: for values that came as JSON. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON with the keys of every object in order: equal values are equal texts, in whichever order Postgres or a caller gave them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isJsonObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
