import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunJournal } from '../../../agent/jobs/run-journal.ts'
import type { ClaimedRun } from '../../../agent/store/claim.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { recoverRuns } from '../../../agent/store/recovery.ts'
import { recordEnd, recordProgress } from '../../../agent/store/run-record.ts'
import {
  applyFailure,
  applyLostLease,
  applyStart,
  applySuccess,
  applyUnknown,
  type DatasetStatusFacts,
  neverAttempted,
} from '../../../shared/dataset-status.ts'
import { TestClock } from '../../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow } from '../../support/job-rows.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  pool = agentPool(database.url)
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

const base = new Date('2026-03-02T12:00:00Z').getTime()
const runCount = 3

/** What happens: to one of the runs, or to time. `deliver` writes what the run has noted, `end` ends it, `lose` takes it away. */
type Action =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'start' | 'failure' | 'unknown' | 'deliver' | 'end' | 'lose'; readonly run: number }
  | { readonly kind: 'success'; readonly run: number; readonly records: number | null; readonly suspicious: boolean }

type Apply = (status: DatasetStatusFacts) => DatasetStatusFacts

/** A run as its agent sees it, and what the rules say about the events it has not delivered yet. */
class TestRun {
  readonly claimed: ClaimedRun
  readonly journal: RunJournal
  refreshing = false
  /** Ended, or taken away. */
  over = false
  undelivered: Apply[] = []
  position = -1

  constructor(claimed: ClaimedRun) {
    this.claimed = claimed
    this.journal = new RunJournal(claimed)
  }
}

/** One dataset with several runs on it: the database on one side, the reducer of shared/dataset-status.ts on the other. */
class World {
  readonly clock = new TestClock()
  readonly runs: TestRun[]
  readonly brandId: string
  model: DatasetStatusFacts = neverAttempted

  constructor(runs: TestRun[], brandId: string) {
    this.runs = runs
    this.brandId = brandId
  }

  get now(): Date {
    return new Date(base + this.clock.monotonic())
  }

  async act(action: Action): Promise<void> {
    if (action.kind === 'pass') return this.clock.advance(action.ms)
    const run = this.runs[action.run]
    if (!run) return
    if (action.kind === 'deliver' || action.kind === 'end') return this.#deliver(run, action.kind === 'end')
    if (action.kind === 'lose') return this.#lose(run)
    this.#note(run, action)
  }

  /** An agent that has lost its run goes on for a while, and so do these; nothing of it may arrive. */
  #note(run: TestRun, action: Exclude<Action, { kind: 'pass' | 'deliver' | 'end' | 'lose' }>): void {
    if (run.refreshing === (action.kind === 'start')) return
    const at = this.now
    const { runId } = run.claimed
    run.refreshing = action.kind === 'start'
    if (run.refreshing) run.position += 1
    const event = { datasetKey: 'orders', stepPosition: run.position, at: this.clock.monotonic() }
    const nothing = { recordsAffected: null, suspicious: false, errorMessage: null, metadata: null }
    this.#noteStep(run)
    if (action.kind === 'start') {
      run.journal.dataset({ ...event, ...nothing, status: 'running' })
      run.undelivered.push((status) => applyStart(status, at, { runId }))
    } else if (action.kind === 'success') {
      const { records: recordsAffected, suspicious } = action
      run.journal.dataset({
        ...event,
        ...nothing,
        status: 'completed',
        recordsAffected,
        suspicious,
        metadata: { suspicious },
      })
      run.undelivered.push((status) => applySuccess(status, at, { runId, recordsAffected, suspicious }))
    } else if (action.kind === 'failure') {
      run.journal.dataset({ ...event, ...nothing, status: 'failed', errorMessage: 'broken' })
      run.undelivered.push((status) => applyFailure(status, at, { runId, error: 'broken' }))
    } else {
      run.journal.dataset({ ...event, ...nothing, status: 'unknown', errorMessage: 'stopped' })
      run.undelivered.push((status) => applyUnknown(status, at, { runId, reason: 'stopped' }))
    }
  }

  #noteStep(run: TestRun): void {
    run.journal.step({
      position: run.position,
      stepKey: `step ${run.position}`,
      status: run.refreshing ? 'running' : 'completed',
      fatal: true,
      datasetKey: 'orders',
      startedAt: this.clock.monotonic(),
      completedAt: null,
      recordsAffected: null,
      progressDone: null,
      progressTotal: null,
      errorMessage: null,
      metadata: {},
    })
  }

  async #deliver(run: TestRun, end: boolean): Promise<void> {
    // F4: a run that ends in the middle of a refresh says so.
    if (end && run.refreshing) this.#note(run, { kind: 'unknown', run: this.runs.indexOf(run) })
    const progress = run.journal.take(this.clock)
    if (end) await recordEnd(pool, [{ ...endOf(run.claimed), ...progress }], this.now)
    else await recordProgress(pool, [progress], this.now)
    run.journal.written()
    if (!run.over) this.model = run.undelivered.reduce((status, apply) => apply(status), this.model)
    run.undelivered = []
    run.over ||= end
  }

  async #lose(run: TestRun): Promise<void> {
    if (run.over) return
    run.over = true
    const { runId, jobId } = run.claimed
    const at = this.now
    const recovery = { runId, jobId, problem: 'agent_lost' as const, errorMessage: 'lost', reschedule: null }
    const recovered = await recoverRuns(pool, [recovery], at)
    if (recovered.length !== 1) throw new Error(`run ${runId} was not lost`)
    this.model = applyLostLease(this.model, at, { runId, reason: 'lost' })
  }

  async stored(): Promise<DatasetStatusFacts> {
    const row = await datasetRow(client, this.brandId, 'orders')
    if (row === null) return neverAttempted
    return {
      lastSuccessAt: row.last_success_at,
      lastAttemptAt: row.last_attempt_at,
      lastStatus: row.last_status as DatasetStatusFacts['lastStatus'], // The column's check allows no other words.
      lastRunId: row.last_run_id,
      recordsAffected: row.records_affected === null ? null : Number(row.records_affected),
      suspicious: row.metadata['suspicious'] === true,
      errorMessage: row.error_message,
    }
  }
}

async function newWorld(): Promise<World> {
  const { brandId } = await addBrand(client)
  for (let n = 0; n < runCount; n += 1) await addJob(client, { brand_id: brandId, concurrency_key: `${brandId} ${n}` })
  // Their leases are over at once, so that any of them can be lost at any time.
  const claimed = await claim(pool, { now: new Date(base - 1), leaseSeconds: 0 })
  expect(claimed).toHaveLength(runCount)
  return new World(
    claimed.map((run) => new TestRun(run)),
    brandId,
  )
}

const run = fc.nat(runCount - 1)
const on = (kind: 'start' | 'failure' | 'unknown' | 'deliver' | 'end' | 'lose'): fc.Arbitrary<Action> =>
  fc.record({ kind: fc.constant(kind), run })
const action: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: on('start'), weight: 4 },
  { arbitrary: on('failure'), weight: 2 },
  { arbitrary: on('unknown'), weight: 2 },
  { arbitrary: on('deliver'), weight: 5 },
  { arbitrary: on('end'), weight: 1 },
  { arbitrary: on('lose'), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('success' as const),
      run,
      records: fc.option(fc.nat(1000)),
      suspicious: fc.boolean(),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 600_000 }) }), weight: 6 },
)

const pass: Action = { kind: 'pass', ms: 1_000 }
const did = (kind: 'start' | 'failure' | 'unknown' | 'deliver', who: number): Action => ({ kind, run: who })

/** A run that is stopped after another has begun must not settle that other's attempt. */
const stoppedAfterTakeover: Action[] = [
  did('start', 0),
  did('deliver', 0),
  pass,
  did('start', 1),
  did('deliver', 1),
  pass,
  did('unknown', 0),
  did('deliver', 0),
]

/** A success that arrives after a newer failure: its records count, its attempt does not. */
const lateSuccess: Action[] = [
  did('start', 0),
  pass,
  { kind: 'success' as const, run: 0, records: 7, suspicious: true },
  pass,
  did('start', 1),
  pass,
  did('failure', 1),
  did('deliver', 1),
  pass,
  did('deliver', 0),
]

describe('F1-F4: the SQL does what the rules say', () => {
  test('F1, F2, F3, F4, J3: for any events of several runs, delivered in any order and however late, the row is what the reducer says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const world = await newWorld()
        for (const one of actions) {
          await world.act(one)
          expect(await world.stored()).toEqual(world.model)
        }
        // F4: nothing stays running for ever: whoever still runs ends, or loses its lease.
        for (const index of world.runs.keys()) {
          await world.act({ kind: 'pass', ms: 5 })
          await world.act({ kind: 'lose', run: index })
          expect(await world.stored()).toEqual(world.model)
        }
        expect((await world.stored()).lastStatus).not.toBe('running')
      }),
      { numRuns: 150, examples: [[stoppedAfterTakeover], [lateSuccess]] },
    )
  }, 120_000)
})
