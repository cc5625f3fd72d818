import { Buffer } from 'node:buffer'
import type { Finding, Path } from './finding.ts'

export interface JsonLimits {
  /** Levels of mappings and lists, the outermost counted. */
  readonly depth: number
  /** Mappings, lists and plain values together; bounds the walk when aliases share parts. */
  readonly values: number
  /** UTF-8 bytes of the value written as JSON. */
  readonly bytes: number
}

/** Bad input 19. */
export const parameterLimits: JsonLimits = { depth: 32, values: 50_000, bytes: 256 * 1024 }

/**
 * Everything that keeps a value from being stored as jsonb and read back unchanged (bad inputs 13, 14, 16–19, 21).
 * Walks without recursion and stops at the first limit that is passed; never throws.
 */
export function findJsonFaults(value: unknown, limits: JsonLimits): Finding[] {
  const findings: Finding[] = []
  const open: { value: unknown; path: Path }[] = [{ value, path: [] }]
  let seen = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    seen += 1
    if (seen > limits.values) return [...findings, tooMany(limits)]
    const { path } = next
    const fault = plainFault(next.value, path)
    if (fault !== null) findings.push(fault)
    if (fault !== null || typeof next.value !== 'object' || next.value === null) continue
    if (path.length >= limits.depth) return [...findings, tooDeep(path, limits)]
    for (const [key, child] of childrenOf(next.value)) {
      const wrongKey = typeof key === 'string' ? keyFault(key, [...path, key]) : null
      if (wrongKey === null) open.push({ value: child, path: [...path, key] })
      else findings.push(wrongKey)
    }
  }
  return findings.length === 0 ? sizeFaults(value, limits) : findings
}

function childrenOf(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value)
}

function plainFault(value: unknown, path: Path): Finding | null {
  if (value === null || typeof value === 'boolean') return null
  if (typeof value === 'string') return textFault(value, path)
  if (typeof value === 'number') return numberFault(value, path)
  if (typeof value === 'object' && (Array.isArray(value) || isPlainObject(value))) return null
  return { path, message: `must be a JSON value; got ${typeof value}`, fix: 'Use text, a number, true, false or null.' }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function textFault(value: string, path: Path): Finding | null {
  if (value.includes('\u0000')) return { path, message: 'contains a NUL character', value, fix: 'Remove it.' }
  if (value.isWellFormed()) return null
  return { path, message: 'contains half of a surrogate pair', value, fix: 'Write the whole character.' }
}

function numberFault(value: number, path: Path): Finding | null {
  if (!Number.isFinite(value)) {
    return { path, message: `must be a finite number; got ${value}`, value, fix: 'Write a number that fits.' }
  }
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return null
  const fix = 'Write long identifiers as text, in quotes.'
  return { path, message: `is a whole number beyond 9007199254740991 and would be changed; got ${value}`, value, fix }
}

function keyFault(key: string, path: Path): Finding | null {
  if (key === '__proto__')
    return { path, message: 'is a name that is not allowed', value: key, fix: 'Use another name.' }
  return textFault(key, path)
}

function tooMany(limits: JsonLimits): Finding {
  return { path: [], message: `holds more than ${limits.values} values`, fix: 'Make it smaller.' }
}

function tooDeep(path: Path, limits: JsonLimits): Finding {
  return { path: path.slice(0, 4), message: `is nested deeper than ${limits.depth} levels`, fix: 'Make it flatter.' }
}

function sizeFaults(value: unknown, limits: JsonLimits): Finding[] {
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes <= limits.bytes) return []
  return [{ path: [], message: `is ${bytes} bytes long; at most ${limits.bytes} are allowed`, fix: 'Make it smaller.' }]
}
