import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../shared/clock.ts'
import { describeError } from '../../../shared/errors.ts'
import { StepFailure } from '../../jobs/executors/executor.ts'
import { htmlTitle } from './html-title.ts'
import { allAllowed, mostRobotsBytes, parseRobots, type Robots } from './robots.ts'

/**
 * What came of asking for a page.
 * - `fetched`: the server answered, whatever the status;
 * - `not_allowed`: its robots.txt asks to leave it alone;
 * - `refused`: not something to fetch: a private address, too large, redirects without end; asking again gives the same;
 * - `failed`: no answer this time.
 */
export interface PageReading {
  readonly outcome: 'fetched' | 'not_allowed' | 'refused' | 'failed'
  readonly status: number | null
  readonly finalUrl: string | null
  readonly title: string | null
  readonly contentType: string | null
  readonly sha256: string | null
  readonly bytes: number | null
  /** Null when it was fetched. */
  readonly problem: string | null
}

export interface PageReaderOptions {
  /** Holds each connection to public addresses. */
  readonly fetch: typeof fetch
  /** Product token of robots.txt, and its version for the header. */
  readonly agent: { readonly name: string; readonly version: string }
  /** Between two requests to one host, at least; a longer Crawl-delay counts up to ten seconds. */
  readonly pauseMs: number
  readonly mostBytes: number
  /** For one request. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly clock: Clock
}

const mostRedirects = 5
const longestPauseMs = 10_000
/** Enough to find a title in. */
const keptBytes = 256 * 1024

interface Host {
  /** The requests before the next one. */
  queue: Promise<unknown>
  /** By the monotonic clock, ms: not before. */
  freeAt: number
  pauseMs: number
  robots: Promise<Robots> | null
}

class PageProblem extends Error {
  readonly outcome: 'not_allowed' | 'refused' | 'failed'

  constructor(outcome: 'not_allowed' | 'refused' | 'failed', message: string) {
    super(message)
    this.outcome = outcome
  }
}

/** Reads pages as a polite guest: asks robots.txt first, one request at a time for each host, with a pause after each. */
export class PageReader {
  readonly #options: PageReaderOptions
  readonly #hosts = new Map<string, Host>()

  constructor(options: PageReaderOptions) {
    this.#options = options
  }

  /** Never throws for what is wrong with a page. @throws the signal's reason */
  async read(address: string): Promise<PageReading> {
    try {
      return await this.#follow(new URL(address))
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (error instanceof PageProblem) return { ...nothing, outcome: error.outcome, problem: error.message }
      return { ...nothing, outcome: 'failed', problem: describeError(error) }
    }
  }

  async #follow(start: URL): Promise<PageReading> {
    let url = start
    for (let hops = 0; hops <= mostRedirects; hops += 1) {
      const answer = await this.#visit(url)
      if (!(answer instanceof URL)) return answer
      url = answer
    }
    throw new PageProblem('refused', `it redirects more than ${mostRedirects} times`)
  }

  /** A reading, or where a redirect leads. */
  async #visit(url: URL): Promise<PageReading | URL> {
    const robots = await this.#robotsOf(url)
    if (!robots.isAllowed(`${url.pathname}${url.search}`)) {
      throw new PageProblem('not_allowed', `robots.txt of ${url.host} asks to leave this page alone`)
    }
    return this.#ask(url, (response) => this.#readingOf(response, url))
  }

  async #readingOf(response: Response, url: URL): Promise<PageReading | URL> {
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel()
      const next = URL.parse(location, url.href)
      if (next !== null && /^https?:$/.test(next.protocol)) return next
      throw new PageProblem('refused', `it redirects to "${location.slice(0, 200)}", which is no web page`)
    }
    const contentType = response.headers.get('content-type')?.slice(0, 200) ?? null
    const { sha256, bytes, start } = await this.#bodyOf(response)
    const title = contentType === null || contentType.includes('html') ? htmlTitle(start, contentType ?? '') : null
    return {
      outcome: 'fetched',
      status: response.status,
      finalUrl: url.href.slice(0, 2_000),
      title,
      contentType,
      sha256,
      bytes,
      problem: null,
    }
  }

  async #bodyOf(response: Response): Promise<{ sha256: string; bytes: number; start: Uint8Array }> {
    const { mostBytes } = this.#options
    const hash = createHash('sha256')
    const kept: Uint8Array[] = []
    let bytes = 0
    const body: AsyncIterable<Uint8Array> | null = response.body
    for await (const part of body ?? []) {
      if (bytes < keptBytes) kept.push(part)
      bytes += part.length
      if (bytes > mostBytes)
        throw new PageProblem('refused', `it is larger than ${Math.round(mostBytes / 1024 ** 2)} MB`)
      hash.update(part)
    }
    return { sha256: hash.digest('hex'), bytes, start: Buffer.concat(kept) }
  }

  #robotsOf(url: URL): Promise<Robots> {
    const host = this.#hostOf(url)
    host.robots ??= this.#findRobots(host, new URL('/robots.txt', url))
    return host.robots
  }

  /** RFC 9309 §2.3.1.2: redirects are followed, also to other hosts; too many are as if there was none. */
  async #findRobots(host: Host, start: URL): Promise<Robots> {
    let url = start
    for (let hops = 0; hops <= mostRedirects; hops += 1) {
      const answer = await this.#askForRobots(url)
      if (!(answer instanceof URL)) {
        const wanted = (answer.crawlDelaySeconds ?? 0) * 1_000
        host.pauseMs = Math.max(host.pauseMs, Math.min(wanted, longestPauseMs))
        return answer
      }
      url = answer
    }
    return allAllowed
  }

  /** RFC 9309 §2.3.1: none there (4xx) allows all; a server that fails allows nothing for now. */
  #askForRobots(url: URL): Promise<Robots | URL> {
    return this.#ask(url, async (response) => {
      if (response.ok) return parseRobots(await beginningOf(response), this.#options.agent.name)
      await response.body?.cancel()
      if (response.status >= 500) {
        throw new PageProblem('failed', `robots.txt of ${url.host} cannot be read: status ${response.status}`)
      }
      const location = response.status < 400 ? response.headers.get('location') : null
      const next = location === null ? null : URL.parse(location, url.href)
      return next !== null && /^https?:$/.test(next.protocol) ? next : allAllowed
    })
  }

  /** One request, when it is its turn. */
  #ask<Answer>(url: URL, use: (response: Response) => Promise<Answer>): Promise<Answer> {
    const { clock, signal } = this.#options
    const host = this.#hostOf(url)
    const turn = async (): Promise<Answer> => {
      const waitMs = host.freeAt - clock.monotonic()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      signal.throwIfAborted()
      try {
        return await this.#request(url, use)
      } finally {
        host.freeAt = clock.monotonic() + host.pauseMs
      }
    }
    const answer = host.queue.then(turn)
    host.queue = answer.catch(() => undefined)
    return answer
  }

  async #request<Answer>(url: URL, use: (response: Response) => Promise<Answer>): Promise<Answer> {
    const { agent, timeoutMs, signal } = this.#options
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), timeoutMs)
    try {
      const response = await this.#options.fetch(url, {
        redirect: 'manual',
        headers: {
          'user-agent': `${agent.name}/${agent.version}`,
          accept: 'text/html,application/xhtml+xml,*/*;q=0.5',
        },
        signal: AbortSignal.any([signal, timeout.signal]),
      })
      return await use(response)
    } catch (error) {
      if (timeout.signal.aborted) throw new PageProblem('failed', `no whole answer within ${timeoutMs / 1_000} s`)
      if (error instanceof Error && error.cause instanceof StepFailure) {
        throw new PageProblem('refused', error.cause.message)
      }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #hostOf({ origin }: URL): Host {
    const known = this.#hosts.get(origin)
    if (known !== undefined) return known
    const host: Host = { queue: Promise.resolve(), freeAt: 0, pauseMs: this.#options.pauseMs, robots: null }
    this.#hosts.set(origin, host)
    return host
  }
}

const nothing = {
  status: null,
  finalUrl: null,
  title: null,
  contentType: null,
  sha256: null,
  bytes: null,
} as const satisfies Partial<PageReading>

async function beginningOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const body: AsyncIterable<Uint8Array> | null = response.body
  for await (const part of body ?? []) {
    parts.push(part)
    bytes += part.length
    if (bytes >= mostRobotsBytes) break
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}
