import { z } from 'zod'
import { createGuardedFetch } from '../../connectors/download/guarded-fetch.ts'
import { pageAddress } from '../../connectors/web/page-address.ts'
import { PageReader, type PageReading } from '../../connectors/web/page-reader.ts'
import {
  type AdDestination,
  hasMetaAds,
  listAdDestinations,
  removeAbandonedPages,
  saveLandingPage,
} from '../../store/landing-pages.ts'
import type { BuiltinHandler } from '../executors/builtin.ts'
import { type StepContext, StepFailure, type StepResult } from '../executors/executor.ts'
import type { BuiltinDependencies } from './dependencies.ts'
import { brandOf } from './meta/session.ts'

const settingsSchema = z.strictObject({
  /** Not used: which agents may run it. */
  token_env: z.string().optional(),
  /** Between two requests to one host. */
  pause_seconds: z.number().min(0).max(60).default(1),
  megabytes: z.number().positive().max(100).default(10),
  timeout_seconds: z.number().positive().max(120).default(30),
})

/** Hosts that are asked at the same time. */
const lanes = 4
const mostNamed = 20
const agent = { name: 'PipelineManager', version: '1.0' }

/**
 * `run: { builtin: landing_pages }`: asks for the pages that a brand's ads lead to, and keeps their status, title, hash
 * and size. A page that answers with an error is a warning: somebody pays for clicks on it.
 */
export function landingPages(dependencies: BuiltinDependencies): BuiltinHandler {
  return async (settings, context) => {
    const checked = settingsSchema.safeParse(settings)
    if (!checked.success) {
      throw new StepFailure('configuration', 'landing_pages takes pause_seconds, megabytes and timeout_seconds.')
    }
    const { pause_seconds, megabytes, timeout_seconds } = checked.data
    const brandId = brandOf(context)
    const wanted = await wantedPages(dependencies, brandId, context)
    const { host } = new URL(await dependencies.meta.graphUrl())
    const guarded = createGuardedFetch({ allowHosts: [...dependencies.catalog.httpAllowHosts, host] })
    const reader = new PageReader({
      fetch: guarded.fetch,
      agent,
      pauseMs: pause_seconds * 1_000,
      mostBytes: megabytes * 1024 ** 2,
      timeoutMs: timeout_seconds * 1_000,
      signal: context.signal,
      clock: dependencies.clock,
    })
    try {
      return await new PageRound(dependencies, context, brandId, reader).run(wanted)
    } finally {
      await guarded.stop()
    }
  }
}

/**
 * One for each page, however many addresses with however many tracking parameters lead to it. Pages that no ad leads to
 * any more are forgotten.
 */
async function wantedPages(
  { database }: BuiltinDependencies,
  brandId: string,
  { parameters, log }: StepContext,
): Promise<AdDestination[]> {
  const destinations = await listAdDestinations(database, brandId)
  if (destinations.length === 0 && !(await hasMetaAds(database, brandId))) {
    throw new StepFailure('retryable', 'Nothing is known of the ads of this brand yet. Run meta_sync first.')
  }
  const pages = new Map<string, number>()
  for (const { url, ads } of destinations) {
    const page = pageAddress(url)
    if (page !== null) pages.set(page, (pages.get(page) ?? 0) + ads)
  }
  const most = Number(parameters['max_pages'] ?? 100)
  if (pages.size > most) log.write('info', `The ads lead to ${pages.size} pages; max_pages is ${most}.`)
  await removeAbandonedPages(database, brandId, [...pages.keys()])
  return [...pages].slice(0, most).map(([url, ads]) => ({ url, ads }))
}

class PageRound {
  readonly #dependencies: BuiltinDependencies
  readonly #context: StepContext
  readonly #brandId: string
  readonly #reader: PageReader
  readonly #counts: Record<PageReading['outcome'], number> = { fetched: 0, not_allowed: 0, refused: 0, failed: 0 }
  readonly #broken: string[] = []
  #new = 0
  #changed = 0

  constructor(dependencies: BuiltinDependencies, context: StepContext, brandId: string, reader: PageReader) {
    this.#dependencies = dependencies
    this.#context = context
    this.#brandId = brandId
    this.#reader = reader
  }

  async run(pages: readonly AdDestination[]): Promise<StepResult> {
    const waiting = [...pages]
    let done = 0
    const lane = async (): Promise<void> => {
      for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
        await this.#readOne(page)
        done += 1
        this.#context.progress(done, pages.length)
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
    const stopped = ended.find((one) => one.status === 'rejected')
    if (stopped !== undefined) throw stopped.reason
    return this.#result(pages.length)
  }

  async #readOne(page: AdDestination): Promise<void> {
    const reading = await this.#reader.read(page.url)
    const { isNew, isChanged } = await saveLandingPage(this.#dependencies.database, this.#brandId, {
      ...page,
      ...reading,
    })
    this.#counts[reading.outcome] += 1
    if (isNew) this.#new += 1
    else if (isChanged) this.#changed += 1
    const wrong = reading.problem ?? ((reading.status ?? 0) >= 400 ? `it answers with status ${reading.status}` : null)
    if (wrong !== null) this.#note(page, wrong)
  }

  #note({ url, ads }: AdDestination, wrong: string): void {
    const words = `${url.slice(0, 300)} (${ads} ${ads === 1 ? 'ad' : 'ads'}): ${wrong}`
    this.#broken.push(words)
    if (this.#broken.length <= mostNamed) this.#context.log.write('warn', words)
  }

  #result(wanted: number): StepResult {
    const { fetched, failed } = this.#counts
    const result: StepResult = {
      recordsAffected: fetched,
      metadata: { ...this.#counts, new: this.#new, changed: this.#changed },
    }
    const words = this.#words(wanted)
    if (wanted > 0 && failed === wanted) throw new StepFailure('retryable', words, { partial: result })
    this.#context.log.write(
      'info',
      `${fetched} of ${wanted} pages fetched: ${this.#new} new, ${this.#changed} changed.`,
    )
    return this.#broken.length === 0 ? result : { ...result, warning: words }
  }

  #words(wanted: number): string {
    const more = this.#broken.length > 3 ? `; and ${this.#broken.length - 3} more` : ''
    return `${this.#broken.length} of ${wanted} pages cannot be used: ${this.#broken.slice(0, 3).join('; ')}${more}.`
  }
}
