/** Calls of the console's own door over one connection that stays open, as a browser asks: signed in by cookie, answers gzipped. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { systemClock } from '../../../shared/clock.ts'
import type { MeasuredAgent } from './agent.ts'

export interface Answer {
  /** From the first byte sent to the last one received. */
  readonly ms: number
  readonly bytes: { readonly raw: number; readonly gzip: number }
  /** What the call answers, as JSON. */
  readonly value: unknown
}

export interface Caller {
  /** `path`: "runs/list". @throws Error when the answer is an error. */
  call(path: string, input: object): Promise<Answer>
  close(): void
}

/** Below what a session may ask in a minute (agent/server/limits.ts). */
const callsPerMinute = 2_800
const minuteMs = 60_000

export async function signIn({ url, token }: MeasuredAgent): Promise<Caller> {
  const connection = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = (path: string, body: object, headers: object): Promise<Received> =>
    send(`${url}${path}`, JSON.stringify(body), connection, { origin: url, ...headers })
  const session = await post('/session', { token }, {})
  const cookie = session.headers['set-cookie']?.map((one) => one.split(';')[0]).join('; ')
  if (cookie === undefined) throw new Error(`Signing in was answered with ${session.status}.`)
  const asked: number[] = []
  return {
    call: async (path, input) => {
      await waitForTurn(asked)
      const { status, headers, body, ms } = await post(
        `/rpc/${path}`,
        { json: input },
        { cookie, 'accept-encoding': 'gzip' },
      )
      const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      if (status !== 200) throw new Error(`${path} was answered with ${status}: ${text.toString().slice(0, 500)}`)
      return { ms, bytes: { raw: text.length, gzip: body.length }, value: jsonOf(text.toString()) }
    },
    close: () => connection.destroy(),
  }
}

/** Waits until one more call is within the limit. */
async function waitForTurn(asked: number[]): Promise<void> {
  const earliest = asked.at(-callsPerMinute)
  if (earliest !== undefined) await delay(Math.max(0, earliest + minuteMs - systemClock.monotonic()))
  asked.push(systemClock.monotonic())
}

function jsonOf(text: string): unknown {
  const message: unknown = JSON.parse(text)
  return typeof message === 'object' && message !== null && 'json' in message ? message.json : null
}

interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly ms: number
}

function send(url: string, body: string, agent: Agent, headers: object): Promise<Received> {
  const started = systemClock.monotonic()
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body)
    const given = { ...headers, 'content-type': 'application/json', 'content-length': length }
    const sent = request(url, { method: 'POST', agent, headers: given }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const ms = systemClock.monotonic() - started
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts), ms })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
