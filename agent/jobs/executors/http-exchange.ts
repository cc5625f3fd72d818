import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher, request } from 'undici'
import { StepFailure } from './executor.ts'
import { inDoubt, mayBeDone } from './http-answer.ts'
import { type HostAddress, permittedAddresses, refuseUnlistedHost } from './http-hosts.ts'
import { type PreparedRequest, shownUrl } from './http-request.ts'

const mostRedirects = 3
const redirectStatuses = new Set([301, 302, 303, 307, 308])
const secretHeaders = ['authorization', 'proxy-authorization', 'cookie']

/** The first connection could not be made, so nothing was sent. */
export class ConnectFailure extends Error {}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  /** At most the cap; `isWhole` tells whether that was all. */
  readonly body: Buffer
  readonly isWhole: boolean
  /** Where the answer came from, after redirects. */
  readonly url: URL
  /** How many redirects led there: after one, what was asked for first may have been done, whatever came then. */
  readonly hop: number
}

export interface ExchangeLimits {
  readonly allowHosts: readonly string[]
  readonly maxResponseBytes: number
}

/**
 * One try: the request and up to three redirects, each checked like the first. Connections are made only to addresses that
 * were checked, and are closed on return. `credential` is sent to the first origin only.
 * @throws ConnectFailure; StepFailure for a refused host; whatever undici throws for the rest, `signal.reason` on abort.
 */
export async function exchange(
  prepared: PreparedRequest,
  credential: Readonly<Record<string, string>>,
  isExpected: (status: number) => boolean,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let current = { ...prepared, headers: { ...prepared.headers, ...credential } }
  for (let hop = 0; ; hop += 1) {
    const answer = { ...(await sendAs(hop, prepared.method, current, limits, signal)), hop }
    const location = answer.headers['location']
    if (isExpected(answer.status) || !redirectStatuses.has(answer.status) || typeof location !== 'string') return answer
    try {
      if (hop === mostRedirects) throw tooManyRedirects(prepared)
      current = redirected(current, answer.status, location, Object.keys(credential))
    } catch (error) {
      throw afterRedirect(hop + 1, prepared.method, error)
    }
  }
}

async function sendAs(
  hop: number,
  method: PreparedRequest['method'],
  ...request: Parameters<typeof send>
): ReturnType<typeof send> {
  try {
    return await send(...request)
  } catch (error) {
    throw afterRedirect(hop, method, error)
  }
}

/**
 * What a failure is when something was sent to whoever redirected, who may have done it: a connection that cannot be made is no
 * `ConnectFailure`, and a place that may not be gone to does not mean that nothing was done. `method`: of the first request.
 */
function afterRedirect(hop: number, method: PreparedRequest['method'], error: unknown): unknown {
  if (hop > 0 && error instanceof ConnectFailure) {
    return new Error(`after ${hop === 1 ? 'a redirect' : `${hop} redirects`}: ${error.message}`, { cause: error })
  }
  return error instanceof StepFailure && mayBeDone(method, { hop }) ? inDoubt(error) : error
}

function tooManyRedirects({ url }: PreparedRequest): StepFailure {
  return new StepFailure('configuration', `${shownUrl(url)} redirects more than ${mostRedirects} times`)
}

function redirected(
  from: PreparedRequest,
  status: number,
  location: string,
  credentialHeaders: readonly string[],
): PreparedRequest {
  if (!URL.canParse(location, from.url.href)) throw refusedRedirect(from, 'a place that is no URL')
  const url = new URL(location, from.url)
  if (!/^https?:$/.test(url.protocol)) throw refusedRedirect(from, `${url.protocol} which is not http or https`)
  if (from.url.protocol === 'https:' && url.protocol === 'http:') throw refusedRedirect(from, 'unencrypted http')
  url.username = ''
  url.password = ''
  const dropped = url.origin === from.url.origin ? [] : [...secretHeaders, ...credentialHeaders]
  const becomesGet = status === 303 ? from.method !== 'HEAD' : status < 303 && from.method === 'POST'
  if (becomesGet) dropped.push('content-type')
  const headers = Object.fromEntries(Object.entries(from.headers).filter(([name]) => !dropped.includes(name)))
  return becomesGet ? { method: 'GET', url, headers, body: null } : { ...from, url, headers }
}

function refusedRedirect(from: PreparedRequest, where: string): StepFailure {
  return new StepFailure('configuration', `${shownUrl(from.url)} redirects to ${where}`)
}

async function send(
  prepared: PreparedRequest,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<Omit<HttpAnswer, 'hop'>> {
  refuseUnlistedHost(prepared.url, limits.allowHosts)
  const addresses = await permittedAddresses(prepared.url, limits.allowHosts).catch((error: unknown) => {
    if (error instanceof StepFailure) throw error
    throw new ConnectFailure(error instanceof Error ? error.message : String(error), { cause: error })
  })
  signal.throwIfAborted()
  const dispatcher = new Agent({ connect: connectTo(addresses), allowH2: false })
  try {
    const { method, url, headers, body } = prepared
    // The limits on time are all in the signal.
    const options = { method, headers, body, signal, dispatcher, headersTimeout: 0, bodyTimeout: 0 }
    const response = await request(url, options)
    const read = await readBody(response.body, limits.maxResponseBytes)
    return { status: response.statusCode, headers: response.headers, url, ...read }
  } finally {
    await dispatcher.destroy()
  }
}

/** Connects to the given addresses whatever the name resolves to by now; marks failures as such. */
function connectTo(addresses: readonly HostAddress[]): buildConnector.connector {
  const lookup: LookupFunction = (_host, options, callback) => {
    const [first] = addresses
    if (options.all === true) callback(null, [...addresses])
    else if (first !== undefined) callback(null, first.address, first.family)
  }
  const connect = buildConnector({ lookup })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error === null) callback(null, socket)
      else callback(new ConnectFailure(error.message || 'no connection', { cause: error }), null)
    })
}

async function readBody(body: AsyncIterable<Buffer>, most: number): Promise<{ body: Buffer; isWhole: boolean }> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    parts.push(part)
    bytes += part.length
    if (bytes > most) return { body: Buffer.concat(parts).subarray(0, most), isWhole: false }
  }
  return { body: Buffer.concat(parts), isWhole: true }
}
