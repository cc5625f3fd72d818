import type { Clock } from '../../shared/clock.ts'
import type { FreshnessState } from '../../shared/domain.ts'
import { describeError } from '../../shared/errors.ts'
import { type BrandView, type DatasetView, type Overview, readOverview } from '../freshness/overview.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Database } from '../store/database.ts'

/** A dataset that changed its state of freshness while we watched. */
export interface FreshnessChange {
  readonly brand: BrandView
  readonly dataset: DatasetView
  readonly before: FreshnessState
}

export interface FreshnessWatchOptions {
  readonly database: Database
  readonly clock: Clock
  /** Of the agent in this process. */
  readonly catalog: Catalog
  readonly aliveSeconds: number
  /** How old what is shown may get when nothing happens, ms. */
  readonly refreshMs: number
  readonly onOverview: () => void
  readonly onChange: (change: FreshnessChange) => void
  readonly onTrouble: (message: string) => void
}

const tickMs = 1_000
/** After a run has ended, so that many that end together are one question. */
const settleMs = 700
/** Reading takes a tenth of the time at most: half a second for 50,000 datasets, while runs end all the time. */
const mostShare = 0.1

/**
 * Keeps one picture of all datasets. It asks the database only when the picture may have changed: after a run, when a dataset
 * passes its maximum age, and now and then because other programs write too.
 */
export class FreshnessWatch {
  readonly #options: FreshnessWatchOptions
  #overview: Overview | null = null
  #readAt = 0
  #dueAt = 0
  #restUntil = 0
  /** When the next dataset passes its maximum age, by the database's clock, ms. */
  #nextStaleMs = Number.POSITIVE_INFINITY
  #reading: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #wasTroubled = false

  constructor(options: FreshnessWatchOptions) {
    this.#options = options
  }

  /** Null until the database has answered once. */
  get overview(): Overview | null {
    return this.#overview
  }

  /** The database's clock, as of now; null until it has answered once. */
  now(): Date | null {
    if (this.#overview === null) return null
    return new Date(this.#overview.asOf.getTime() + this.#options.clock.monotonic() - this.#readAt)
  }

  start(): void {
    if (this.#timer !== null) return
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#tick()
  }

  /** Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#reading
  }

  /** Something may have changed. */
  touch(): void {
    const soon = Math.max(this.#options.clock.monotonic() + settleMs, this.#restUntil)
    this.#dueAt = Math.min(this.#dueAt, soon)
  }

  #tick(): void {
    const now = this.#options.clock.monotonic()
    const hasAged = !this.#wasTroubled && now >= this.#restUntil && this.#hasPassedMaximum()
    const isDue = hasAged || now >= this.#dueAt
    if (!isDue || this.#reading !== null) return
    this.#reading = this.#read().finally(() => {
      this.#reading = null
    })
  }

  #hasPassedMaximum(): boolean {
    return this.#nextStaleMs < (this.now()?.getTime() ?? 0)
  }

  async #read(): Promise<void> {
    const { database, clock, catalog, aliveSeconds, refreshMs, onOverview, onTrouble } = this.#options
    const askedAt = clock.monotonic()
    this.#dueAt = askedAt + refreshMs
    try {
      const overview = await readOverview(database, { brandId: null, organizationId: null, catalog, aliveSeconds })
      const before = this.#overview
      this.#overview = overview
      this.#readAt = clock.monotonic()
      this.#restUntil = this.#readAt + (this.#readAt - askedAt) / mostShare
      this.#nextStaleMs = nextStale(overview)
      this.#wasTroubled = false
      if (before !== null) this.#tellChanges(before, overview)
      onOverview()
    } catch (error) {
      // Said once; the agent itself tells when the database goes and comes back.
      if (!this.#wasTroubled) onTrouble(`The state of the datasets cannot be read: ${describeError(error)}`)
      this.#wasTroubled = true
    }
  }

  #tellChanges(before: Overview, after: Overview): void {
    const states = new Map<string, FreshnessState>()
    for (const brand of before.brands) {
      for (const { dataset, freshness } of brand.datasets) states.set(`${brand.id} ${dataset}`, freshness)
    }
    for (const brand of after.brands) {
      for (const dataset of brand.datasets) {
        const known = states.get(`${brand.id} ${dataset.dataset}`)
        if (known === undefined || known === dataset.freshness) continue
        this.#options.onChange({ brand, dataset, before: known })
      }
    }
  }
}

function nextStale({ brands }: Overview): number {
  let next = Number.POSITIVE_INFINITY
  for (const { datasets } of brands) {
    for (const { freshness, staleAt } of datasets) {
      if (freshness !== 'stale' && staleAt !== null) next = Math.min(next, staleAt.getTime())
    }
  }
  return next
}
