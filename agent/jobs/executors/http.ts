import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../../shared/clock.ts'
import { describeError } from '../../../shared/errors.ts'
import { templateScope } from '../template.ts'
import { type Environment, environmentValue } from './command-lookup.ts'
import { type Executor, type StepContext, StepFailure, type StepResult } from './executor.ts'
import {
  countRecords,
  inDoubt,
  isExpectedStatus,
  isIdempotent,
  isWorthAnotherTry,
  mayBeDone,
  retryAfterMs,
  statusFailure,
} from './http-answer.ts'
import type { HttpAnswer } from './http-exchange.ts'
import { type HttpSpec, type PreparedRequest, prepareRequest, shownUrl } from './http-request.ts'
import { stoppedFailure } from './stop.ts'

export { isHostAllowed } from './http-hosts.ts'
export { type HttpSpec, httpSpec } from './http-request.ts'

/** A header to send, its value kept in a variable of the agent's environment. */
export interface HttpCredential {
  readonly header: string
  readonly valueEnv: string
}

export interface HttpOptions {
  readonly environment: Environment
  readonly credentials: ReadonlyMap<string, HttpCredential>
  readonly allowHosts: readonly string[]
  readonly clock: Clock
  /** 0 up to, not including, 1; for the jitter of retries. */
  readonly random: () => number
  readonly maxResponseBytes?: number
  /** The wait before the second try is drawn from 0 to this, ms; doubled for the third. */
  readonly firstWaitMs?: number
}

const mostTries = 3
const longestWaitMs = 30_000
const longestSnoozeMs = 24 * 3_600_000

type Outcome = { answer: HttpAnswer } | { failure: StepFailure; isWorthAnotherTry: boolean }

/**
 * Sends a request and judges the answer. Up to three tries with full jitter: for 408, 429, 5xx and a broken connection; a POST
 * or PATCH only when nothing can have been done (no connection, 429, 503, all before any redirect): whether its run is tried again is
 * for the step's `retry` to say. A 429 that asks for more than 30 s of patience snoozes the run, on the same condition.
 */
export function createHttpExecutor(options: HttpOptions): Executor<HttpSpec> {
  const { clock, maxResponseBytes = 1024 * 1024, firstWaitMs = 500 } = options
  return async (spec, context) => {
    const prepared = prepareRequest(spec, templateScope(context))
    const credential = credentialHeader(spec, options, context)
    for (let round = 1; ; round += 1) {
      const outcome = await tryOnce(spec, prepared, credential, options, context, maxResponseBytes)
      if ('answer' in outcome && isExpectedStatus(spec.http.expect_status, outcome.answer.status)) {
        return resultOf(spec, outcome.answer, maxResponseBytes)
      }
      const wait = waitFor(spec, outcome, clock, options.random() * firstWaitMs * 2 ** (round - 1))
      if (round === mostTries || wait === undefined) throw failureOf(spec, outcome, clock)
      context.log.write(
        'warn',
        `${failureOf(spec, outcome, clock).message}; next try in ${(wait / 1_000).toFixed(1)} s`,
      )
      await delay(wait, undefined, { signal: context.signal }).catch(() => {
        throw stoppedFailure(`${spec.http.method} ${shownUrl(prepared.url)}`, context.signal)
      })
    }
  }
}

async function tryOnce(
  spec: HttpSpec,
  prepared: PreparedRequest,
  credential: Readonly<Record<string, string>>,
  options: HttpOptions,
  context: StepContext,
  maxResponseBytes: number,
): Promise<Outcome> {
  // Loaded on first use: an agent without http steps does not pay for the client.
  const { exchange, ConnectFailure } = await import('./http-exchange.ts')
  const { method, timeout_seconds, expect_status } = spec.http
  const timeout = AbortSignal.timeout(timeout_seconds * 1_000)
  const began = options.clock.monotonic()
  try {
    const answer = await exchange(
      prepared,
      credential,
      (status) => isExpectedStatus(expect_status, status),
      { allowHosts: options.allowHosts, maxResponseBytes },
      AbortSignal.any([context.signal, timeout]),
    )
    const tookMs = Math.round(options.clock.monotonic() - began)
    const size = `${answer.body.length} bytes${answer.isWhole ? '' : ', cut there'}`
    context.log.write('info', `${method} ${shownUrl(answer.url)}: ${answer.status}, ${size}, ${tookMs} ms`)
    return { answer }
  } catch (error) {
    if (context.signal.aborted) throw stoppedFailure(`${method} ${shownUrl(prepared.url)}`, context.signal)
    if (error instanceof StepFailure) throw error
    const nothingSent = error instanceof ConnectFailure
    const isSafe = nothingSent || isIdempotent(method)
    const what = timeout.aborted ? `gave no answer within ${timeout_seconds} s` : describeError(error)
    const doubt = isSafe ? '' : '; it is not known whether it was done'
    const failure = new StepFailure('retryable', `${method} ${shownUrl(prepared.url)}: ${what}${doubt}`)
    return { failure, isWorthAnotherTry: isSafe }
  }
}

/** How long to wait before the next try, ms; undefined = there is none. */
function waitFor(spec: HttpSpec, outcome: Outcome, clock: Clock, jitteredMs: number): number | undefined {
  if ('failure' in outcome) return outcome.isWorthAnotherTry ? jitteredMs : undefined
  if (!isWorthAnotherTry(spec.http.method, outcome.answer)) return undefined
  const asked = retryAfterMs(outcome.answer.headers, clock)
  if (asked === undefined) return jitteredMs
  return asked > longestWaitMs ? undefined : asked + jitteredMs
}

function failureOf(spec: HttpSpec, outcome: Outcome, clock: Clock): StepFailure {
  if ('failure' in outcome) return outcome.failure
  const failure = statusFailure(spec, outcome.answer)
  const asked = retryAfterMs(outcome.answer.headers, clock)
  if (mayBeDone(spec.http.method, outcome.answer)) {
    return inDoubt(failure)
  }
  if (outcome.answer.status !== 429 || asked === undefined || asked <= longestWaitMs) return failure
  return new StepFailure('rate_limited', failure.message, { retryAfterMs: Math.min(asked, longestSnoozeMs) })
}

function resultOf(spec: HttpSpec, answer: HttpAnswer, maxResponseBytes: number): StepResult {
  const { records } = spec.http
  const recordsAffected = records === undefined ? null : countRecords(records, answer, maxResponseBytes)
  return { recordsAffected, metadata: { http_status: answer.status } }
}

function credentialHeader(spec: HttpSpec, options: HttpOptions, context: StepContext): Record<string, string> {
  const name = spec.http.credential
  if (name === undefined) return {}
  const credential = options.credentials.get(name)
  if (credential === undefined) throw new StepFailure('configuration', `credential "${name}" is not in the catalog`)
  const value = context.secret(credential.valueEnv) ?? environmentValue(options.environment, credential.valueEnv)
  if (value === undefined || value.trim() === '') {
    throw new StepFailure(
      'configuration',
      `credential "${name}" has no value: set ${credential.valueEnv} in the agent's environment`,
    )
  }
  if (!/^[\t\x20-\x7e]+$/.test(value.trim())) {
    throw new StepFailure(
      'configuration',
      `credential "${name}" has characters a header cannot carry: check ${credential.valueEnv}`,
    )
  }
  return { [credential.header.toLowerCase()]: value.trim() }
}
