import type { Clock } from '../../shared/clock.ts'
import { formatDuration } from '../../shared/duration.ts'
import { describeError } from '../../shared/errors.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import { labelOfRemoved } from '../../shared/stored-tables.ts'
import type { Leadership } from '../leader/leadership.ts'
import { announceChanges } from '../store/changes.ts'
import type { Database } from '../store/database.ts'
import { type KeepDays, lastSweep, type Removed, type SweepProgress } from '../store/housekeeping/sweeps.ts'
import { sweep } from './sweep.ts'
import { usualWalkPace, type WalkPace } from './walk.ts'

export interface HousekeepingSettings {
  /** A connection for this alone, with the purpose `housekeeping`. */
  readonly database: Database
  readonly clock: Clock
  readonly leadership: Leadership
  readonly agentId: string
  readonly keep: KeepDays
  /** Something was removed, in a sentence. */
  readonly onSwept: (message: string) => void
  readonly onTrouble: (message: string) => void
  readonly pace?: Partial<HousekeepingPace>
}

/** Milliseconds. */
export interface HousekeepingPace {
  /** From one sweep's beginning to the next one's. */
  readonly everyMs: number
  /** After this agent began to lead, and after a failure. */
  readonly settleMs: number
  readonly walk: WalkPace
}

const usualPace: HousekeepingPace = { everyMs: 3_600_000, settleMs: 60_000, walk: usualWalkPace }

/**
 * Removes what is older than it is kept, once an hour, while this agent leads. What was removed, how far a sweep is and how large the
 * tables were stands in `housekeeping_sweeps`; when it was swept last is read there too, so that a new leader does not begin anew.
 *
 * Promises: nothing goes that is younger than its age, that something names, or that is the last of its job. No statement looks at more
 * than 5,000 rows or waits for anybody longer than a second, and four fifths of the time pass between them, so nobody waits for a sweep.
 * Two sweeps at the same time (a leader that does not know yet that it leads no more) remove each row once.
 */
export class Housekeeping {
  readonly #settings: HousekeepingSettings
  readonly #pace: HousekeepingPace
  #unsubscribe: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #leading: AbortController | null = null
  #sweeping: Promise<void> | null = null

  constructor(settings: HousekeepingSettings) {
    this.#settings = settings
    this.#pace = { ...usualPace, ...settings.pace }
  }

  start(): void {
    if (this.#unsubscribe !== null) return
    const { leadership } = this.#settings
    this.#unsubscribe = leadership.subscribe((isLeader) => this.#turn(isLeader))
    this.#turn(leadership.isLeader)
  }

  /** Complete when it resolves: after the statement under way. Safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    this.#turn(false)
    await this.#sweeping
  }

  #turn(isLeader: boolean): void {
    this.#leading?.abort()
    this.#leading = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (!isLeader) return
    this.#leading = new AbortController()
    this.#arm(this.#leading.signal, this.#pace.settleMs)
  }

  #arm(signal: AbortSignal, ms: number): void {
    if (signal.aborted) return
    this.#timer = setTimeout(() => {
      // One that was begun in an earlier term ends first.
      const before = this.#sweeping ?? Promise.resolve()
      this.#sweeping = before.then(() => this.#round(signal))
    }, ms)
  }

  /** Never rejects. */
  async #round(signal: AbortSignal): Promise<void> {
    try {
      this.#arm(signal, await this.#sweepWhenDue(signal))
    } catch (error) {
      if (!signal.aborted) this.#settings.onTrouble(`Housekeeping was interrupted: ${describeError(error)}`)
      this.#arm(signal, this.#pace.settleMs)
    }
  }

  /** Returns when to look again, ms. */
  async #sweepWhenDue(signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0
    const { everyMs, walk: pace } = this.#pace
    const last = await lastSweep(this.#settings.database)
    const isWhole = last !== null && (last.state === 'completed' || last.state === 'failed')
    const waitMs = isWhole ? everyMs - last.secondsAgo * 1_000 : 0
    if (waitMs > 0) return waitMs
    const began = this.#settings.clock.monotonic()
    const progress = await sweep({ ...this.#settings, last, signal, pace })
    await this.#tell(progress, this.#settings.clock.monotonic() - began)
    return everyMs
  }

  async #tell({ removed, failure }: SweepProgress, tookMs: number): Promise<void> {
    const { database, onSwept, onTrouble } = this.#settings
    if (failure !== null) onTrouble(`Housekeeping could not remove everything. ${failure}`)
    const words = wordsOf(removed)
    if (words === null) return
    onSwept(`Removed what is older than it is kept: ${words} · ${formatDuration(tookMs)}`)
    await announceChanges(database, topicsOf(removed))
  }
}

/** "12 runs, 3,400 log lines"; null when nothing was removed. */
function wordsOf(removed: Removed): string | null {
  const parts = Object.entries(removed).map(
    ([table, rows]) => `${rows.toLocaleString('en-US')} ${labelOfRemoved(table).toLowerCase()}`,
  )
  return parts.length === 0 ? null : parts.join(', ')
}

function topicsOf(removed: Removed): LiveTopic[] {
  const has = (...tables: string[]): boolean => tables.some((table) => Object.hasOwn(removed, table))
  const topics: readonly (readonly [LiveTopic, boolean])[] = [
    ['runs', has('scheduled_job_runs', 'run_logs', 'scheduled_job_runs.logs')],
    ['jobs', has('scheduled_jobs')],
    ['datasets', has('dataset_status_history')],
    ['incidents', has('incidents')],
  ]
  return topics.flatMap(([topic, hasChanged]) => (hasChanged ? [topic] : []))
}
