import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { accountRoute } from './endpoints/account.ts'
import { adsRoute } from './endpoints/ads.ts'
import { adInsightsRoute, insightsRoute } from './endpoints/insights.ts'
import { libraryRoute } from './endpoints/library.ts'
import { mediaRoutes } from './endpoints/media.ts'
import { reportRoutes } from './endpoints/reports.ts'
import type { Fault, PlannedFault } from './faults.ts'
import { serveFile } from './files.ts'
import { GraphError, invalidToken, throttled } from './graph-error.ts'
import { cursorOf, type Page } from './paging.ts'
import type { GraphRequest, Route } from './request.ts'
import { serveShop } from './shop.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'

const routes: readonly Route[] = [
  accountRoute,
  insightsRoute,
  adInsightsRoute,
  ...reportRoutes,
  adsRoute,
  ...mediaRoutes,
  libraryRoute,
]

/**
 * The Graph API on this machine. `url` is what takes the place of https://graph.facebook.com/v26.0 ; any version in the
 * path is taken. Faults are planned through `simulation.faults`, from another process with `POST /faults` and the plan
 * as JSON.
 */
export class MetaSimulator {
  readonly simulation: Simulation
  readonly #server: Server
  /** Method and path of every request to the Graph API so far, without the token. */
  readonly requests: string[] = []
  #url = ''

  /** `onRequest` is told of every request, whatever it is for. */
  constructor(options: SimulationOptions = {}, onRequest: () => void = () => undefined) {
    this.simulation = new Simulation(options)
    this.#server = createServer((request, response) => {
      onRequest()
      this.#answer(request, response).catch((error: unknown) =>
        response.destroy(error instanceof Error ? error : undefined),
      )
    })
  }

  get url(): string {
    return `${this.#url}/v26.0`
  }

  /** `http://127.0.0.1:<port>`, where files and the shop are. */
  get origin(): string {
    return this.#url
  }

  /** `port` 0 takes a free one. */
  async start(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Breaks off what is still being answered. Safe twice. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#url)
    if (url.pathname === '/faults' && request.method === 'POST') {
      // Only tests and tools on this machine reach it; a plan that is none simply never hits.
      this.simulation.faults.plan(JSON.parse(await bodyOf(request)) as PlannedFault)
      response.writeHead(204).end()
    } else if (url.pathname.startsWith('/files/')) {
      const fault = this.simulation.faults.next('file')
      if (fault === null || fault.kind === 'cut') {
        await serveFile(this.simulation, url.pathname, request, response, fault?.bytes ?? null)
      } else await breakAnswer(fault, response)
    } else if (url.pathname === '/robots.txt' || url.pathname.startsWith('/shop/')) serveShop(url.pathname, response)
    else await this.#answerGraph(request, url, response)
  }

  async #answerGraph(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const [, path = ''] = /^\/v\d+\.\d+(\/.*)$/.exec(url.pathname) ?? []
    const method = request.method ?? 'GET'
    const body = method === 'POST' ? new URLSearchParams(await bodyOf(request)) : new URLSearchParams()
    for (const [name, value] of body) url.searchParams.set(name, value)
    const token = tokenOf(request, url)
    this.requests.push(`${method} ${url.pathname}${url.search}`)
    try {
      if (token !== this.simulation.token || this.simulation.isRevoked) throw invalidToken()
      const route = routes.find((one) => one.method === method && one.path.test(path))
      if (route === undefined) throw new GraphError({ code: 2500, message: `Unknown path components: ${path}` })
      const fault = this.simulation.faults.next(route.endpoint)
      const parts = route.path.exec(path)?.slice(1) ?? []
      const { simulation } = this
      const asked: GraphRequest = { simulation, method, parts, query: url.searchParams, url, token }
      await this.#send(route, asked, fault, response)
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      sendJson(response, error.status, error.body, error.headers)
    }
  }

  async #send(route: Route, request: GraphRequest, fault: Fault | null, response: ServerResponse): Promise<void> {
    if (fault?.kind === 'revoke') {
      this.simulation.isRevoked = true
      throw invalidToken()
    }
    if (fault?.kind === 'error') throw new GraphError({ ...fault, message: `(#${fault.code}) Simulated.` })
    if (fault?.kind === 'throttled') {
      throw throttled(fault.code, this.simulation.world.account(request.parts[0] ?? '')?.id ?? '0', fault.minutes)
    }
    if (fault?.kind === 'slow') await delay(fault.ms)
    else if (fault !== null && fault.kind !== 'loop' && fault.kind !== 'repeat') return breakAnswer(fault, response)
    sendJson(response, 200, altered(route, request, fault), this.#usage())
  }

  /**
   * https://developers.facebook.com/docs/marketing-api/insights/best-practices/#rate-limiting : how much of the quota
   * is used.
   */
  #usage(): Record<string, string> {
    const used = Math.min(90, this.requests.length / 100)
    const throttle = { app_id_util_pct: used, acc_id_util_pct: used, ads_api_access_tier: 'standard_access' }
    return { 'x-fb-ads-insights-throttle': JSON.stringify(throttle) }
  }
}

/** A page that leads to itself, or begins with the end of the one before. */
function altered(route: Route, request: GraphRequest, fault: Fault | null): object {
  const answer = route.answer(request)
  if (fault?.kind === 'loop') {
    const { paging, data } = answer as Page
    const cursor = request.query.get('after') ?? cursorOf(0)
    return { data, paging: { ...paging, cursors: { before: cursor, after: cursor }, next: request.url.href } }
  }
  if (fault?.kind === 'repeat') {
    const before = route.answer({ ...request, query: withoutCursor(request.query) }) as Page
    const { data, ...rest } = answer as Page
    return { data: [...before.data.slice(-3), ...data], ...rest }
  }
  return answer
}

function withoutCursor(query: URLSearchParams): URLSearchParams {
  const other = new URLSearchParams(query)
  other.delete('after')
  return other
}

async function breakAnswer(fault: Fault, response: ServerResponse): Promise<void> {
  if (fault.kind === 'html') {
    const page =
      '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>'
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  } else if (fault.kind === 'cut_json') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"ad_id":"1202')
  } else if (fault.kind === 'hang') await once(response, 'close')
  else response.destroy()
}

function tokenOf({ headers }: IncomingMessage, url: URL): string {
  const inQuery = url.searchParams.get('access_token')
  url.searchParams.delete('access_token')
  return inQuery ?? /^(?:Bearer|OAuth) (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers })
    .end(JSON.stringify(body))
}
