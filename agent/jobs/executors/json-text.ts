import type { JsonObject, JsonValue } from '../../../shared/domain.ts'

const deepest = 32

/**
 * Parses JSON that somebody else wrote. Undefined when it is no JSON or nests deeper than 32 levels (bad input 19: a parser
 * survives 20,000 levels, what comes after it does not).
 */
export function parseForeignJson(text: string): unknown {
  if (nestingDepth(text) > deepest) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nestingDepth(text: string): number {
  let depth = 0
  let most = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    most = Math.max(most, depth)
  }
  return most
}

/** A value that jsonb accepts: no NUL (13), no lone surrogates (14), no `__proto__` key (21), in texts and in keys. */
export function storableJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storableJson)
  return value !== null && typeof value === 'object' ? storableObject(value) : value
}

export function storableObject(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__')
  return Object.fromEntries(entries.map(([key, item]) => [storableText(key), storableJson(item)]))
}

function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD')
}
