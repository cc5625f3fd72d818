import type { Clock } from '../../../../shared/clock.ts'
import { type AdAccount, fetchAccount } from '../../../connectors/meta/accounts.ts'
import { addDays, countDays, type DayRange, dayInOrUtc, partsOf } from '../../../connectors/meta/days.ts'
import { GraphFailure } from '../../../connectors/meta/graph-failure.ts'
import type { AdDay } from '../../../connectors/meta/insight-row.ts'
import { fetchAdInsights, fetchInsights } from '../../../connectors/meta/insights.ts'
import { confirmBrandAdAccount } from '../../../store/brand-ad-accounts.ts'
import { databaseNow } from '../../../store/database-clock.ts'
import {
  clearStagedInsights,
  completeInsightsFetch,
  type FetchedWindow,
  listVanishedAds,
  stageInsights,
} from '../../../store/meta-insights-staging.ts'
import type { BuiltinHandler } from '../../executors/builtin.ts'
import type { StepContext, StepResult } from '../../executors/executor.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { type MetaSession, withMeta } from './session.ts'

/** Days of a request: few enough for most accounts to be answered at once. */
const daysPerRequest = 7
/** Ads that are missing from an answer are asked for one by one, so many at most. */
const mostAsked = 50

/**
 * `run: { builtin: meta_insights, with: { token_env: … } }`: fetches what each ad did on each day of the window, for
 * every account of the brand, and stages it. Nothing is saved here: a window is saved whole or not at all, by
 * meta_save_insights.
 */
export function metaInsights(dependencies: BuiltinDependencies): BuiltinHandler {
  return (settings, context) =>
    withMeta(dependencies, settings, context, async (session) => {
      const { runId } = context.identity
      await clearStagedInsights(dependencies.database, runId)
      try {
        return await new InsightsFetch(dependencies, context, session).run()
      } catch (error) {
        // What is half fetched is of no use; when the database is what failed, the next run clears it.
        await clearStagedInsights(dependencies.database, runId).catch(() => undefined)
        throw error
      }
    })
}

class InsightsFetch {
  readonly #dependencies: BuiltinDependencies
  readonly #context: StepContext
  readonly #session: MetaSession
  readonly #currencies = new Map<string, string>()
  #daysDone = 0
  #daysTotal = 0
  #received = 0
  #staged = 0
  #kept = 0
  /** Time spent waiting for Meta, ms. */
  #waited = 0

  constructor(dependencies: BuiltinDependencies, context: StepContext, session: MetaSession) {
    this.#dependencies = dependencies
    this.#context = context
    this.#session = session
  }

  async run(): Promise<StepResult> {
    const { accounts, client } = this.#session
    const { clock } = this.#dependencies
    const began = clock.monotonic()
    const days = Number(this.#context.parameters['days_back'] ?? 7)
    this.#daysTotal = days * accounts.length
    for (const { accountId } of accounts) await this.#fetchAccount(accountId, days)
    this.#tellOddities()
    return {
      recordsAffected: null,
      metadata: {
        accounts: accounts.length,
        days,
        rows: this.#staged,
        currencies: [...new Set(this.#currencies.values())],
        requests: client.requests,
        waited_ms: Math.round(this.#waited),
        took_ms: Math.round(clock.monotonic() - began),
      },
    }
  }

  async #fetchAccount(accountId: string, days: number): Promise<void> {
    const { client, brandId } = this.#session
    const { database } = this.#dependencies
    const account = await fetchAccount(client, accountId)
    await confirmBrandAdAccount(database, brandId, accountId, account)
    this.#currencies.set(accountId, account.currency)
    const range = await this.#windowOf(accountId, account, days)
    for (const part of partsOf(range, daysPerRequest)) {
      await this.#stage(accountId, account, fetchInsights(client, accountId, part))
      this.#daysDone += countDays(part)
      this.#context.progress(this.#daysDone, this.#daysTotal)
    }
    const window = { runId: this.#context.identity.runId, brandId, accountId, ...range }
    const kept = await this.#askForVanished(window, account)
    const rows = await completeInsightsFetch(database, window, kept)
    this.#staged += rows
    this.#kept += kept.length
    this.#context.log.write(
      'info',
      `${accountId} (${account.name}): ${rows} rows from ${range.since} to ${range.until}`,
    )
  }

  /** The last `days` days of the account's own calendar, today included, by the database's clock. */
  async #windowOf(accountId: string, { timeZone }: AdAccount, days: number): Promise<DayRange> {
    const now = await databaseNow(this.#dependencies.database)
    const until = dayInOrUtc(timeZone, now, () =>
      this.#context.log.write(
        'warn',
        `${accountId} has the time zone "${timeZone}", which nobody knows; its days are taken as UTC.`,
      ),
    )
    return { since: addDays(until, 1 - days), until }
  }

  async #stage(accountId: string, account: AdAccount, pages: AsyncIterable<AdDay[]>): Promise<void> {
    const { database, clock } = this.#dependencies
    for await (const page of timed(pages, clock, (ms) => (this.#waited += ms))) {
      this.#received += page.length
      // The same ad and day twice in a page: the later one counts.
      const rows = new Map(
        page.map((row) => [`${row.adId} ${row.date}`, { ...row, currency: row.currency ?? account.currency }]),
      )
      if (rows.size > 0) await stageInsights(database, this.#context.identity.runId, accountId, [...rows.values()])
    }
  }

  /**
   * Ads that have rows in the window, and of which Meta says nothing now: the day was restated, or the ad was deleted,
   * which takes it out of its account's answers. Each is asked for by itself. Returns those nobody could tell about:
   * their rows are kept.
   */
  async #askForVanished(window: FetchedWindow, account: AdAccount): Promise<string[]> {
    const vanished = await listVanishedAds(this.#dependencies.database, window)
    const kept = vanished.slice(mostAsked)
    for (const adId of vanished.slice(0, mostAsked)) {
      try {
        await this.#stage(window.accountId, account, fetchAdInsights(this.#session.client, adId, window))
      } catch (error) {
        const isUnseen = error instanceof GraphFailure && (error.kind === 'permission' || error.kind === 'refused')
        if (!isUnseen) throw error
        kept.push(adId)
      }
    }
    return kept
  }

  #tellOddities(): void {
    const { log } = this.#context
    const repeated = this.#received - this.#staged
    if (repeated > 0) log.write('warn', `${repeated} rows came more than once; the last of each counts.`)
    if (this.#kept > 0) {
      log.write(
        'warn',
        `Meta says nothing any more about ${this.#kept} ads that have rows in the window; their rows are kept.`,
      )
    }
    const currencies = new Set(this.#currencies.values())
    if (currencies.size < 2) return
    const list = [...this.#currencies].map(([account, currency]) => `${account} in ${currency}`).join(', ')
    log.write('warn', `The accounts of the brand count in different currencies (${list}): sums over them mean nothing.`)
  }
}

/** The same pages; `onWait` is told how long each was waited for, ms. */
async function* timed<Page>(
  pages: AsyncIterable<Page>,
  clock: Clock,
  onWait: (ms: number) => void,
): AsyncGenerator<Page> {
  let from = clock.monotonic()
  for await (const page of pages) {
    onWait(clock.monotonic() - from)
    yield page
    from = clock.monotonic()
  }
  onWait(clock.monotonic() - from)
}
