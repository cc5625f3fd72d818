import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { storedTableNames } from '../../shared/stored-tables.ts'
import { type Database, isUnreachable } from '../store/database.ts'
import type { Batch } from '../store/housekeeping/batch.ts'
import {
  beginSweep,
  type KeepDays,
  type LastSweep,
  type SweepProgress,
  tellSweep,
} from '../store/housekeeping/sweeps.ts'
import { listTableSizes } from '../store/table-sizes.ts'
import { type Pass, passes } from './passes.ts'
import { type WalkPace, walk } from './walk.ts'

export interface SweepOptions {
  readonly database: Database
  readonly clock: Clock
  readonly agentId: string
  readonly keep: KeepDays
  readonly last: LastSweep | null
  /** Ends the sweep after the statement under way. */
  readonly signal: AbortSignal
  readonly pace: WalkPace
}

/** How often it is written down how far a sweep is, ms. */
const tellMs = 2_000

/**
 * One sweep: what is too old goes, table by table, and how far it is can be read all the time. A table that cannot be swept does not keep
 * the others from it. Throws when the database is gone.
 */
export async function sweep(options: SweepOptions): Promise<SweepProgress> {
  const { database, agentId, keep, signal } = options
  const sizes = await listTableSizes(database, storedTableNames)
  const tables = Object.fromEntries(
    sizes.map(({ table, rows, inserted, heapBytes, indexBytes, toastBytes }) => [
      table,
      { rows, inserted, bytes: heapBytes + indexBytes + toastBytes },
    ]),
  )
  const record = new SweepRecord(options, await beginSweep(database, { agentId, keepDays: keep, tables }))
  try {
    for (const pass of passes) await carryOut(pass, options, record)
  } catch (error) {
    await record.end('failed').catch(() => undefined)
    throw error
  }
  return record.end(signal.aborted ? 'stopped' : record.hasFailed ? 'failed' : 'completed')
}

async function carryOut(pass: Pass, options: SweepOptions, record: SweepRecord): Promise<void> {
  const { last, signal } = options
  const from =
    pass.remembers === true && last !== null && last.logsFrom !== null ? ([last.logsFrom, noId] as const) : null
  if (signal.aborted) return
  try {
    await walk(pass, {
      ...options,
      from,
      onBatch: (batch) => record.add(pass, batch),
      onKept: (reason) => record.fail(`One of the ${pass.what} could not be removed: ${reason}`),
    })
  } catch (error) {
    if (signal.aborted) return
    record.fail(`Not all ${pass.what} were looked at: ${describeError(error)}`)
    if (isUnreachable(error)) throw error
  }
}

/** Before every id. */
const noId = '00000000-0000-0000-0000-000000000000'

/** What a sweep has done so far, in memory and now and then on record. */
class SweepRecord {
  readonly #database: Database
  readonly #clock: Clock
  readonly #id: string
  readonly #removed = new Map<string, number>()
  readonly #failures = new Set<string>()
  #logsThrough: string | null = null
  #toldAt: number

  constructor({ database, clock }: SweepOptions, id: string) {
    this.#database = database
    this.#clock = clock
    this.#id = id
    this.#toldAt = clock.monotonic()
  }

  get hasFailed(): boolean {
    return this.#failures.size > 0
  }

  fail(reason: string): void {
    this.#failures.add(reason)
  }

  async add(pass: Pass, { removed, next }: Batch): Promise<void> {
    for (const [table, rows] of Object.entries(removed)) {
      if (rows > 0) this.#removed.set(table, (this.#removed.get(table) ?? 0) + rows)
    }
    if (pass.remembers === true && next !== null) this.#logsThrough = next[0]
    if (this.#clock.monotonic() - this.#toldAt < tellMs) return
    await this.#tell(this.#progress('running'))
    this.#toldAt = this.#clock.monotonic()
  }

  async end(state: SweepProgress['state']): Promise<SweepProgress> {
    const progress = this.#progress(state)
    await this.#tell(progress)
    return progress
  }

  #tell(progress: SweepProgress): Promise<void> {
    return tellSweep(this.#database, this.#id, progress)
  }

  #progress(state: SweepProgress['state']): SweepProgress {
    return {
      state,
      removed: Object.fromEntries(this.#removed),
      logsThrough: this.#logsThrough,
      failure: this.#failures.size === 0 ? null : [...this.#failures].join('\n').slice(0, 4_000),
    }
  }
}
