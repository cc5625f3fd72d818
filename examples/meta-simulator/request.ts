import type { Endpoint } from './faults.ts'
import type { Simulation } from './simulation.ts'

/** A request to the Graph API, its version taken off. */
export interface GraphRequest {
  readonly simulation: Simulation
  readonly method: string
  /** The parts of the path that the route leaves open. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  /** As it was asked for. */
  readonly url: URL
  readonly token: string
}

/** One endpoint: what its addresses look like, and what it answers (an object that becomes JSON). Throws GraphError. */
export interface Route {
  readonly endpoint: Endpoint
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly answer: (request: GraphRequest) => object
}

/**
 * `fields=a,b.limit(5){c}` → a, b; what is asked of `b` itself is left to the endpoint. Null = the endpoint's usual
 * ones.
 */
export function fieldsOf(query: URLSearchParams): ReadonlySet<string> | null {
  const fields = query.get('fields')
  if (fields === null) return null
  const names: string[] = []
  let depth = 0
  for (const [token] of fields.matchAll(/[{}(),]|[^{}(),]+/g)) {
    if (token === '{' || token === '(') depth += 1
    else if (token === '}' || token === ')') depth -= 1
    else if (depth === 0 && /^\w/.test(token)) names.push(token.replace(/\..*$/, ''))
  }
  return new Set(names)
}

/** Those of the fields that were asked for, and `id`. */
export function picked(row: Readonly<Record<string, unknown>>, fields: ReadonlySet<string> | null): object {
  if (fields === null) return row
  return Object.fromEntries(Object.entries(row).filter(([name]) => name === 'id' || fields.has(name)))
}
