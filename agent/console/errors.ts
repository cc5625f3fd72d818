import { ORPCError, ValidationError } from '@orpc/server'
import { type ErrorCode, errorStatus, type ProblemData } from '../../shared/contract/base.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { isUnreachable } from '../store/database.ts'

const valueLimit = 200

/**
 * Anything thrown behind a door as what its caller may see: a stable code, the field, the value and the fix. Null = nobody
 * expected it; the caller learns only that.
 */
export function callerError(thrown: unknown): ORPCError<string, unknown> | null {
  if (thrown instanceof Problem) return problemError(thrown)
  if (isLibraryError(thrown)) return isInvalidInput(thrown) ? invalidInput(thrown.cause) : thrown
  if (!isUnreachable(thrown)) return null
  return error('DATABASE_UNREACHABLE', `The database does not answer: ${describeError(thrown)}`, {
    fix: 'Try again in a moment; the agent keeps trying to reach it.',
  })
}

/** The library types the parts of its errors as `any`. */
function isLibraryError(thrown: unknown): thrown is ORPCError<string, unknown> {
  return thrown instanceof ORPCError
}

function problemError({ code, message, field, value, fix }: Problem): ORPCError<string, unknown> {
  // The table of codes is total over upper-case problem codes.
  return error(code.toUpperCase() as ErrorCode, message, { field, value, fix })
}

function error(
  code: ErrorCode,
  message: string,
  { field, value, fix }: { field?: string | undefined; value?: unknown; fix?: string | undefined },
): ORPCError<ErrorCode, ProblemData> {
  const data = { field: field ?? null, value: value === undefined ? null : shown(value), fix: fix ?? null }
  return new ORPCError(code, { defined: true, status: errorStatus[code], message, data })
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > valueLimit ? `${text.slice(0, valueLimit)}…` : text
}

function isInvalidInput(thrown: ORPCError<string, unknown>): thrown is typeof thrown & { cause: ValidationError } {
  return thrown.code === 'BAD_REQUEST' && thrown.cause instanceof ValidationError
}

/** The first thing wrong with the input, by the name of its field. */
function invalidInput(cause: ValidationError): ORPCError<string, unknown> {
  const [first] = cause.issues
  const path = (first?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  const field = path.join('.')
  const others = cause.issues.length > 1 ? ` (and ${cause.issues.length - 1} more)` : ''
  const message = `${field === '' ? 'The input' : field}: ${first?.message ?? 'is not valid'}${others}`
  return error('INVALID_INPUT', message, {
    field: field === '' ? undefined : field,
    value: valueAt(cause.data, path),
    fix: 'Correct it as /api/openapi.json describes.',
  })
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let current = input
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Object.getOwnPropertyDescriptor(current, part)?.value
  }
  return current
}
