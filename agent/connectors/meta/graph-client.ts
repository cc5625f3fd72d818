import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { Clock } from '../../../shared/clock.ts'
import { describeError } from '../../../shared/errors.ts'
import { failureOf, GraphFailure, type GraphFailureKind } from './graph-failure.ts'
import { quotaUsed } from './throttle.ts'

export interface GraphClientOptions {
  /** With the version, without a slash at its end: `https://graph.facebook.com/v26.0`. */
  readonly baseUrl: string
  /** Sent as a header, never in an address: addresses end in logs, errors and `paging.next`. */
  readonly token: string
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** 0 up to, not including, 1; for the jitter of retries. */
  readonly random: () => number
  /** Ends whatever the client does. */
  readonly signal: AbortSignal
  /** Told of what is tried again, in a sentence. */
  readonly onRetry: (message: string) => void
  readonly patience?: Partial<Patience>
}

export interface Patience {
  /** For one answer, ms. */
  readonly answerMs: number
  /** Before the second try, ms; four times that before the third. */
  readonly retryMs: number
  /** Between two questions about a report run, ms; grows to ten times that. */
  readonly pollMs: number
}

const usualPatience: Patience = { answerMs: 120_000, retryMs: 1_000, pollMs: 1_000 }

const mostTries = 3
/** A page of 500 rows has about 1 MB. */
const mostBytes = 64 * 1024 * 1024

/** Worth another try within the step. */
const worthAnotherTry: ReadonlySet<GraphFailureKind> = new Set(['transient', 'broken_answer'])

export type Query = Readonly<Record<string, string | number | object | undefined>>

/**
 * Asks the Graph API: one token, one base address. Answers are checked against a schema before anybody sees them; what
 * cannot be read is a GraphFailure. Transient trouble is tried three times; an error of throttling never is, because
 * the run is better snoozed.
 */
export class GraphClient {
  readonly #options: GraphClientOptions
  readonly patience: Patience
  #quota = 0
  #requests = 0

  constructor(options: GraphClientOptions) {
    this.#options = options
    this.patience = { ...usualPatience, ...options.patience }
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Requests sent so far, tries included. */
  get requests(): number {
    return this.#requests
  }

  /** `path` begins with a slash. Values that are objects are sent as JSON. @throws GraphFailure; the signal's reason. */
  get<Schema extends z.ZodType>(path: string, query: Query, schema: Schema): Promise<z.output<Schema>> {
    return this.#ask('GET', path, query, schema)
  }

  /** Only for what may be done twice: it is tried again like a GET. */
  post<Schema extends z.ZodType>(path: string, form: Query, schema: Schema): Promise<z.output<Schema>> {
    return this.#ask('POST', path, form, schema)
  }

  /** @throws the signal's reason. */
  async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => this.signal.throwIfAborted())
  }

  async #ask<Schema extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    query: Query,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    for (let round = 1; ; round += 1) {
      this.signal.throwIfAborted()
      await this.wait(pauseMs(this.#quota))
      try {
        return checked(`${method} ${path}`, await this.#tryOnce(method, path, query), schema)
      } catch (error) {
        this.signal.throwIfAborted()
        if (!(error instanceof GraphFailure) || !worthAnotherTry.has(error.kind) || round === mostTries) throw error
        const wait = this.patience.retryMs * 4 ** (round - 1) * (0.5 + this.#options.random())
        this.#options.onRetry(`${error.message} Next try in ${(wait / 1_000).toFixed(1)} s.`)
        await this.wait(wait)
      }
    }
  }

  async #tryOnce(method: 'GET' | 'POST', path: string, query: Query): Promise<unknown> {
    const { baseUrl, token } = this.#options
    const what = `${method} ${path}`
    const timeout = AbortSignal.timeout(this.patience.answerMs)
    const text = searchOf(query)
    const url = method === 'GET' && text !== '' ? `${baseUrl}${path}?${text}` : `${baseUrl}${path}`
    this.#requests += 1
    try {
      const response = await this.#options.fetch(url, {
        method,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        // A redirect would carry the token to wherever it leads.
        redirect: 'error',
        signal: AbortSignal.any([this.signal, timeout]),
        ...(method === 'POST' ? { body: new URLSearchParams(text) } : {}),
      })
      this.#quota = quotaUsed(response.headers)
      return answerOf(what, response, await textOf(what, response))
    } catch (error) {
      if (error instanceof GraphFailure) throw error
      const words = timeout.aborted ? `no answer within ${this.patience.answerMs / 1_000} s` : describeError(error)
      throw new GraphFailure('transient', `Meta could not be asked (${what}): ${words}.`, { cause: error })
    }
  }
}

/** When a quota is nearly used up, we go on slowly: being blocked costs more than waiting. From 80 % on, at most 5 s. */
function pauseMs(quota: number): number {
  return quota < 0.8 ? 0 : Math.round((quota - 0.8) * 5 * 5_000)
}

function searchOf(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return []
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]]
  })
  return new URLSearchParams(pairs).toString()
}

async function textOf(what: string, response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  const body: AsyncIterable<Uint8Array> | null = response.body
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > mostBytes) throw new GraphFailure('too_slow', `Meta answered ${what} with more than 64 MB.`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function answerOf(what: string, response: Response, text: string): unknown {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    const kind = /^\s*</.test(text) ? 'a web page' : 'something'
    const message = `Meta answered ${what} with status ${response.status} and ${kind} that is no JSON.`
    throw new GraphFailure('broken_answer', message, { cause: error })
  }
  const failure = failureOf(what, response.status, response.headers, body)
  if (failure !== null) throw failure
  if (response.ok) return body
  throw new GraphFailure('transient', `Meta answered ${what} with status ${response.status} without saying why.`)
}

function checked<Schema extends z.ZodType>(what: string, body: unknown, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.join('.')
  throw new GraphFailure('broken_answer', `Meta's answer to ${what} is not as documented: ${place}: ${issue?.message}`)
}
