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
  /** All datasets as they were just read; not kept here, where they would be most of what an agent holds. */
  readonly onOverview: (overview: Overview) => void
  readonly onChange: (change: FreshnessChange) => void
  readonly onTrouble: (message: string) => void
}

const tickMs = 1_000
/** After a run has ended, so that many that end together are one question. */
const settleMs = 700
/** Reading takes a tenth of the time at most: half a second for 50,000 datasets, while runs end all the time. */
const mostShare = 0.1

/**
 * Watches the states of all datasets. It asks the database only when they may have changed: after a run, when a dataset
 * passes its maximum age, and now and then because other programs write too.
 */
export class FreshnessWatch {
  readonly #options: FreshnessWatchOptions
  /** By brand and dataset; null until the database has answered once. */
  #states: ReadonlyMap<string, FreshnessState> | null = null
  #asOf = new Date(0)
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

  /** The database's clock, as of now; null until it has answered once. */
  now(): Date | null {
    if (this.#states === null) return null
    return new Date(this.#asOf.getTime() + this.#options.clock.monotonic() - this.#readAt)
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
      const before = this.#states
      this.#states = statesOf(overview)
      this.#asOf = overview.asOf
      this.#readAt = clock.monotonic()
      this.#restUntil = this.#readAt + (this.#readAt - askedAt) / mostShare
      this.#nextStaleMs = nextStale(overview)
      this.#wasTroubled = false
      if (before !== null) this.#tellChanges(before, overview)
      onOverview(overview)
    } catch (error) {
      // Said once; the agent itself tells when the database goes and comes back.
      if (!this.#wasTroubled) onTrouble(`The state of the datasets cannot be read: ${describeError(error)}`)
      this.#wasTroubled = true
    }
  }

  #tellChanges(before: ReadonlyMap<string, FreshnessState>, { brands }: Overview): void {
    for (const brand of brands) {
      for (const dataset of brand.datasets) {
        const known = before.get(placeOf(brand, dataset))
        if (known === undefined || known === dataset.freshness) continue
        this.#options.onChange({ brand, dataset, before: known })
      }
    }
  }
}

function placeOf({ id }: BrandView, { dataset }: DatasetView): string {
  return `${id} ${dataset}`
}

function statesOf({ brands }: Overview): ReadonlyMap<string, FreshnessState> {
  return new Map(
    brands.flatMap((brand) => brand.datasets.map((dataset) => [placeOf(brand, dataset), dataset.freshness] as const)),
  )
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
