import type { Clock } from '../../../shared/clock.ts'
import type { JsonValue } from '../../../shared/domain.ts'
import { StepFailure, type StepFailureKind } from './executor.ts'
import type { HttpAnswer } from './http-exchange.ts'
import { type HttpSpec, shownUrl } from './http-request.ts'
import { parseForeignJson } from './json-text.ts'

/** Repeating one of these changes nothing that the first time did not (RFC 9110 §9.2.2). */
export function isIdempotent(method: HttpSpec['http']['method']): boolean {
  return method !== 'POST' && method !== 'PATCH'
}

export function isExpectedStatus(expected: HttpSpec['http']['expect_status'], status: number): boolean {
  if (expected === undefined) return status >= 200 && status < 300
  return Array.isArray(expected) ? expected.includes(status) : status === expected
}

/** Whether the request may have been done although the answer is not what was wanted: whoever redirected had taken it. */
export function mayBeDone(method: HttpSpec['http']['method'], { hop }: Pick<HttpAnswer, 'hop'>): boolean {
  return hop > 0 && !isIdempotent(method)
}

/** The same failure after a redirect of what may be done: no longer one of those after which the run is begun anew once something is put right. */
export function inDoubt({ kind, message, cause }: StepFailure): StepFailure {
  const doubt = 'after a redirect, so it is not known whether what was sent was done'
  return new StepFailure(kind === 'retryable' ? kind : 'outcome_unknown', `${message} (${doubt})`, { cause })
}

/** Worth another try within the step. 429 and 503 say that nothing was done, so they are even for POST, unless it was redirected. */
export function isWorthAnotherTry(
  method: HttpSpec['http']['method'],
  answer: Pick<HttpAnswer, 'status' | 'hop'>,
): boolean {
  const { status } = answer
  if (mayBeDone(method, answer)) return false
  if (status === 429 || status === 503) return true
  return isIdempotent(method) && (status === 408 || status >= 500)
}

/** The wait a server asks for (RFC 9110 §10.2.3: seconds or a date), ms; undefined when it asks for none. */
export function retryAfterMs(headers: HttpAnswer['headers'], clock: Clock): number | undefined {
  const value = headers['retry-after']
  if (typeof value !== 'string') return undefined
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1_000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now().getTime())
}

const wrongInFile = new Set([401, 403, 404, 405, 406, 410, 415])

/**
 * What an unexpected status means for the run: 401, 403 and what says that the request as written is wrong are configuration,
 * other 4xx are about this run's parameters, the rest is worth a retry.
 */
export function statusFailure(spec: HttpSpec, answer: HttpAnswer): StepFailure {
  const { method, credential } = spec.http
  const { status } = answer
  const hint =
    status === 401 || status === 403
      ? `; check ${credential === undefined ? 'whether it needs a credential' : `the credential "${credential}"`}`
      : ''
  return new StepFailure(
    failureKind(status),
    `${method} ${shownUrl(answer.url)} answered ${status}${hint}${excerpt(answer)}`,
  )
}

function failureKind(status: number): StepFailureKind {
  if (status === 408 || status === 429) return 'retryable'
  if (wrongInFile.has(status) || (status >= 300 && status < 400)) return 'configuration'
  if (status >= 400 && status < 500) return 'invalid_parameters'
  return 'retryable'
}

const longestExcerpt = 500

/** A short answer as it is, or nothing: half a secret would not be recognised by the masking that follows. */
function excerpt({ body, isWhole }: HttpAnswer): string {
  const text = body.toString('utf8').trim()
  return isWhole && text !== '' && text.length <= longestExcerpt ? `: ${text}` : ''
}

/**
 * The number a JSON pointer (RFC 6901) leads to in the answer; of a list, how many items it has.
 * @throws StepFailure `configuration` when it leads to something else.
 */
export function countRecords(pointer: string, answer: HttpAnswer, maxResponseBytes: number): number {
  const where = `records: ${pointer === '' ? 'the answer' : pointer}`
  if (!answer.isWhole) {
    throw new StepFailure('configuration', `${where} cannot be counted: the answer is over ${maxResponseBytes} bytes`)
  }
  const parsed = parseForeignJson(answer.body.toString('utf8'))
  if (parsed === undefined) throw new StepFailure('retryable', `${where} cannot be counted: the answer is not JSON`)
  // What JSON.parse returned is a JSON value.
  const value = follow(pointer, parsed as JsonValue)
  if (Array.isArray(value)) return value.length
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new StepFailure('configuration', `${where} is ${describe(value)}, not a count or a list`)
}

function follow(pointer: string, answer: JsonValue): JsonValue | undefined {
  const parts = pointer.split('/').slice(1)
  return parts.reduce<JsonValue | undefined>((value, part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined
    return value !== null && typeof value === 'object' && Object.hasOwn(value, key) ? value[key] : undefined
  }, answer)
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'not in the answer'
  return typeof value === 'object' ? 'an object or null' : `a ${typeof value}`
}
