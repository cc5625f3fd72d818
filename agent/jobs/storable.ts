import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { cleanText } from '../../shared/errors.ts'

const limits = { depth: 32, values: 10_000, characters: 65_536 }

/**
 * What a step reports, in a form that Postgres takes: no NUL (bad input 13), no lone surrogates (14), no NaN or infinity
 * (16), at most 32 levels (19) and 10,000 values; what goes beyond is replaced by "…". One step's odd result must
 * not cost the record of its run, nor of those written by the same statement.
 */
export function storableJson(metadata: JsonObject): JsonObject {
  const budget = { left: limits.values }
  return Object.fromEntries(entriesOf(metadata, 1, budget))
}

function entriesOf(object: object, depth: number, budget: { left: number }): [string, JsonValue][] {
  const entries: [string, unknown][] = Object.entries(object)
  return entries
    .slice(0, budget.left)
    .map(([key, value]) => [cleanText(key, limits.characters), storable(value, depth + 1, budget)])
}

/** `unknown`: a handler written in JavaScript may put anything there. */
function storable(value: unknown, depth: number, budget: { left: number }): JsonValue {
  budget.left -= 1
  if (typeof value === 'string') return cleanText(value, limits.characters)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || depth > limits.depth || budget.left <= 0) return '…'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (Array.isArray(value)) return value.slice(0, budget.left).map((item) => storable(item, depth + 1, budget))
  return Object.fromEntries(entriesOf(value, depth, budget))
}

/** A count as Postgres keeps it: whole, not negative, below 2^53; null for anything else. */
export function storableCount(count: number | null): number | null {
  return count !== null && Number.isFinite(count) && count >= 0 && count <= Number.MAX_SAFE_INTEGER
    ? Math.trunc(count)
    : null
}
