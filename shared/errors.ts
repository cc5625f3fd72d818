/** Stable codes that survive every boundary (CLI exit, REST body, log line). Add here; never rename. */
export const problemCodes = [
  'invalid_input',
  'invalid_configuration',
  'invalid_catalog',
  'invalid_parameters',
  'not_found',
  'ambiguous',
  'conflict',
  'not_allowed',
  'unauthorized',
  'already_running',
  'database_unreachable',
  'database_refused',
  'schema_older',
  'schema_newer',
  'migration_edited',
  'migration_failed',
  'unavailable',
  'too_many_requests',
] as const
export type ProblemCode = (typeof problemCodes)[number]

export interface ProblemDetail {
  /** Path of the offending field, `job_types.load_orders.steps.0.run`. */
  field?: string
  /** The offending value as given; long values are cut by whoever shows them. */
  value?: unknown
  /** What to do next, as an instruction. */
  fix?: string
  /** When asking again is of use, seconds from now. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** An error a person can act on: names the thing and says what to do next. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly field: string | undefined
  readonly value: unknown
  readonly fix: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ProblemCode, message: string, detail: ProblemDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'Problem'
    this.code = code
    this.field = detail.field
    this.value = detail.value
    this.fix = detail.fix
    this.retryAfterSeconds = detail.retryAfterSeconds
  }
}

const errorMessageLimit = 8_000

/** Coerces anything thrown into readable text of at most 8,000 characters (bad input 38). Never throws. */
export function describeError(thrown: unknown): string {
  const parts: string[] = []
  let current: unknown = thrown
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth += 1) {
    parts.push(messageOf(current))
    current = current instanceof Error ? current.cause : undefined
  }
  const text = [...new Set(parts.filter((part) => part !== ''))].join(': ') || 'unknown error'
  return cleanText(text, errorMessageLimit)
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(messageOf).join('; ')
  if (thrown instanceof Error) return thrown.message || thrown.name
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}

/** Text Postgres accepts: no NUL (bad input 13), no lone surrogates (14), at most `limit` characters with the cut marked. */
export function cleanText(text: string, limit: number): string {
  const wellFormed = (text.length > limit ? text.slice(0, limit) : text).toWellFormed().replaceAll('\u0000', '\uFFFD')
  return text.length > limit ? `${wellFormed} … ${text.length - limit} characters cut` : wellFormed
}
