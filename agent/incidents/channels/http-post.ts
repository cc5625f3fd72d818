import { STATUS_CODES } from 'node:http'
import { describeError } from '../../../shared/errors.ts'
import { StepFailure } from '../../jobs/executors/executor.ts'
import { retryAfterMs } from '../../jobs/executors/http-answer.ts'
import type { HttpAnswer } from '../../jobs/executors/http-exchange.ts'
import { isHostAllowed } from '../../jobs/executors/http-hosts.ts'
import { type ChannelPlace, DeliveryFailure } from './channel.ts'
import { secretUrl, unusable } from './channel-secrets.ts'

/** How long one try of a channel over HTTP may take, ms. */
export const httpTimeoutMs = 20_000
/** More than what is shown, so that a secret across the cut is recognised. */
const readBytes = 16 * 1024

const noLogin = 'Take it out, and use an address that is secret itself or a receiver that checks the signature.'

/** Where a channel posts to. @throws Problem `invalid_configuration` when the variable has no URL, one with a login in it, or one of a host that is not allowed. */
export function httpTarget(place: ChannelPlace, field: string, name: string): URL {
  const url = secretUrl(place, field, name, ['https:', 'http:'])
  // The client leaves it out, so the other side would be asked without it.
  if (url.username !== '' || url.password !== '') {
    throw unusable(field, name, `the URL in ${name} has a login (user:password@) in it, which is not sent`, noLogin)
  }
  if (isHostAllowed(url, place.httpAllowHosts)) return url
  const what = `the URL in ${name} goes to "${url.host}", which is not in http.allow_hosts`
  throw unusable(field, name, what, `Add it there: http: { allow_hosts: ["${url.host}"] }`)
}

export interface Post {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Posts JSON to a host that `http.allow_hosts` of the catalog names, at an address that is not a private one unless the list says so
 * (as `http` steps do). Redirects are not followed: what was signed for one place is not carried to another.
 * @returns status and body. @throws DeliveryFailure, worth another try for a broken connection, 408, 429 and 5xx.
 */
export async function post(request: Post, place: ChannelPlace, signal: AbortSignal): Promise<string> {
  const answer = await ask(request, place, signal)
  const said = answerText(answer)
  if (answer.status >= 200 && answer.status < 300) return said
  throw new DeliveryFailure(`${request.url.host} answered ${statusText(answer.status)}${hintOf(answer.status)}.`, {
    isWorthAnotherTry: answer.status === 408 || answer.status === 429 || answer.status >= 500,
    answer: said,
    retryAfterMs: retryAfterMs(answer.headers, place.clock),
  })
}

async function ask({ url, headers, body }: Post, place: ChannelPlace, signal: AbortSignal): Promise<HttpAnswer> {
  // Loaded on first use: an agent that tells nobody over HTTP does not pay for the client.
  const { exchange } = await import('../../jobs/executors/http-exchange.ts')
  const prepared = {
    method: 'POST' as const,
    url,
    headers: { accept: '*/*', 'content-type': 'application/json', 'user-agent': 'pipeline-manager', ...headers },
    body,
  }
  try {
    const limits = { allowHosts: place.httpAllowHosts, maxResponseBytes: readBytes }
    return await exchange(prepared, {}, () => true, limits, signal)
  } catch (error) {
    signal.throwIfAborted()
    // A host that is not allowed stays so until a person changes the catalog.
    if (error instanceof StepFailure) throw new DeliveryFailure(error.message, { isWorthAnotherTry: false })
    throw new DeliveryFailure(`${url.host}: ${describeError(error)}`, { isWorthAnotherTry: true, cause: error })
  }
}

function answerText({ status, body }: HttpAnswer): string {
  const text = body.toString('utf8').trim()
  return text === '' ? statusText(status) : `${statusText(status)}: ${text}`
}

function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim()
}

function hintOf(status: number): string {
  if (status >= 300 && status < 400) return '; redirects are not followed: give the address it leads to'
  if (status === 401 || status === 403) return '; check the URL and the secret of this channel'
  if (status === 404 || status === 410) return '; check the URL of this channel'
  return ''
}
