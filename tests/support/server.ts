/** The HTTP server of an agent over the calls of a test console, as browsers and programs see it. */
import { request as httpRequest } from 'node:http'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import type { ContractRouterClient } from '@orpc/contract'
import { RunTally } from '../../agent/metrics/run-tally.ts'
import { makeToken } from '../../agent/server/bearer-token.ts'
import { createServer, type Server, type ServerOptions } from '../../agent/server/server.ts'
import { insertApiToken } from '../../agent/store/api-tokens.ts'
import { systemClock } from '../../shared/clock.ts'
import type { TokenScope } from '../../shared/contract/base.ts'
import type { Contract } from '../../shared/contract/index.ts'
import { createTestConsole, type TestConsole } from './console.ts'
import { temporaryFolder } from './temporary-folder.ts'

export type HttpClient = ContractRouterClient<Contract>

/** Everything a server needs, for one that only this machine reaches. */
export function serverOptions(changes: Partial<ServerOptions> & Pick<ServerOptions, 'dataDirectory'>): ServerOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    isPortNamed: false,
    databaseUrl: null,
    tlsCert: null,
    tlsKey: null,
    behindProxy: false,
    publicHost: null,
    embedOrigins: null,
    agentName: 'test',
    rendererFolder: `${changes.dataDirectory}/renderer`,
    isReadOnly: false,
    services: () => null,
    tally: new RunTally(systemClock),
    clock: systemClock,
    version: '1.2.3',
    health: () => Promise.resolve({ ready: true, state: 'running', reasons: [], warnings: [], waitingResults: 0 }),
    onLog: () => undefined,
    ...changes,
  }
}

export interface TestServer {
  readonly console: TestConsole
  readonly server: Server
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly dataDirectory: string
  /** What the server told its log. */
  readonly log: readonly string[]
  /** A new token, as its text. */
  token(scope: TokenScope, organizationId?: string | null): Promise<string>
  /** Headers of a browser that has been signed in by a link, for `fetch`. */
  signIn(operator?: string): Promise<Record<string, string>>
  /** A client of `/rpc` with these headers. */
  client(headers: Record<string, string>): HttpClient
  stop(): Promise<void>
}

export async function startTestServer(
  changes: Partial<ServerOptions> = {},
  options: Parameters<typeof createTestConsole>[0] = {},
): Promise<TestServer> {
  const folder = await temporaryFolder()
  const console = await createTestConsole(options)
  const log: string[] = []
  const { services } = console
  const server = createServer(
    serverOptions({
      dataDirectory: folder.path,
      services: () => services,
      onLog: (message) => log.push(message),
      ...changes,
    }),
  )
  await server.start()
  const url = `http://127.0.0.1:${server.port}`
  return {
    console,
    server,
    url,
    dataDirectory: folder.path,
    log,
    token: (scope, organizationId = null) => addToken(console, scope, organizationId),
    signIn: (operator = 'tester') => signIn(server, url, operator),
    client: (headers) => createORPCClient(new RPCLink({ url: `${url}/rpc`, headers })),
    stop: async () => {
      await server.stop()
      await console.stop()
      await folder.remove()
    },
  }
}

async function addToken(console: TestConsole, scope: TokenScope, organizationId: string | null): Promise<string> {
  const { id, text, secretHash } = makeToken()
  const token = { id, name: `${scope} token`, scope, organizationId, secretHash, createdBy: 'test', expiresInDays: 1 }
  await insertApiToken(console.services.database, token)
  return text
}

/** What a page of ours sends with every call. */
export const fromPage = { 'sec-fetch-site': 'same-origin' } as const

export function codeOf(link: string): string {
  return decodeURIComponent(new URL(link).hash.slice('#code='.length))
}

async function signIn(server: Server, url: string, operator: string): Promise<Record<string, string>> {
  const answer = await postSession(url, { code: codeOf(server.consoleLink(operator)) })
  if (answer.status !== 204) throw new Error(`Signing in was answered with ${answer.status}: ${await answer.text()}`)
  return { ...fromPage, cookie: cookieOf(answer) }
}

export function postSession(url: string, body: object): Promise<Response> {
  return fetch(`${url}/session`, {
    method: 'POST',
    headers: { ...fromPage, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf(answer: Response): string {
  const [pair = ''] = (answer.headers.getSetCookie()[0] ?? '').split(';')
  return pair
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

/** A request with exactly these headers: `fetch` lets nobody set Host, and adds some of its own. */
export function raw(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const { method = 'GET', headers = {}, body } = options
  const request = httpRequest(url, { method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
    })
    response.on('error', reject)
  })
  request.on('error', reject)
  request.end(body)
  return promise
}
