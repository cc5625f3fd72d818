import type { JsonObject, JsonValue } from '../../../shared/domain.ts'
import { type Fact, mostFactsOfAKind } from '../../../shared/external-runs.ts'
import { isJsonObject } from '../../../shared/json.ts'
import { maskShapedJson } from '../../jobs/log/secret-masker.ts'
import { storableJson } from '../../jobs/storable.ts'

/** Bytes of JSON that one fact, and all facts of one event, may have; the plan of a Spark query alone can have a megabyte. */
const limits = { fact: 4_096, event: 65_536 }

/** Facts as they are kept: storable, each and together of bounded size. What is too large says how large it was. */
export function boundedFacts(found: readonly (readonly [string, JsonValue])[], at: string): Record<string, Fact> {
  const facts: Record<string, Fact> = {}
  let room = limits.event
  for (const [name, given] of found.slice(0, 6 * mostFactsOfAKind)) {
    const value = boundedFact(given, Math.min(limits.fact, room))
    room -= sizeOf(value)
    facts[name] = { at, value }
  }
  return facts
}

function boundedFact(given: JsonValue, limit: number): JsonValue {
  const size = sizeOf(given)
  if (size <= limit) return kept(given)
  const reduced = isJsonObject(given) ? withoutLarge(given) : given
  return sizeOf(reduced) <= limit ? kept(reduced) : leftOut(size)
}

/** Texts in it are whole, so secrets are seen whole. */
function kept(value: JsonValue): JsonValue {
  return storableJson({ value: maskShapedJson(value) })['value'] ?? null
}

const largePart = 512

/** Of the facets of a dataset those that are the trouble are left out, and the others stay. */
function withoutLarge(given: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const size = sizeOf(value)
      return [name, size > largePart ? leftOut(size) : value]
    }),
  )
}

function leftOut(size: number): JsonObject {
  return { _left_out: `${size} characters` }
}

function sizeOf(value: JsonValue): number {
  return JSON.stringify(value).length
}

/** Facets of a dataset or a job that was described without a run. */
export function boundedFacets(facets: JsonObject): JsonObject {
  const value = boundedFact(facets, limits.fact * 4)
  return isJsonObject(value) ? value : {}
}
