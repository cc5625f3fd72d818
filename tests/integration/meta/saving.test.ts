import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BuiltinDependencies, builtinHandlers } from '../../../agent/jobs/builtins/index.ts'
import { withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import type { StepContext, StepResult } from '../../../agent/jobs/executors/executor.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, migrationsDirectory, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { builtinDependencies, noonAccount } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { rejection, testStep } from '../../unit/executors/step-context.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator
let dependencies: BuiltinDependencies
let stop: () => Promise<void>

async function open(template: 'migrated' | 'older'): Promise<void> {
  database = await createTestDatabase({ template })
  client = await database.connect()
  if (template === 'older') await migrate(client, { directory: migrationsDirectory, clock: systemClock })
  folder = await temporaryFolder()
  const now = new Date()
  running = await startSimulator({ accounts: [noonAccount()], now: () => now })
  const catalog = withEnvironment(marketingCatalog(), { META_ACCESS_TOKEN: 'x' })
  const built = builtinDependencies({ url: database.url, simulator: running.simulator, folder: folder.path, catalog })
  dependencies = built.dependencies
  stop = built.stop
}

async function close(): Promise<void> {
  await stop()
  await running.stop()
  await folder.remove()
  await database.drop()
}

interface TestRun {
  readonly runId: string
  readonly brandId: string
  readonly abort: AbortController
  step(builtin: string): Promise<StepResult>
}

/** A run as an agent has it, its steps called one by one. */
async function beginRun(brand: string | null = null): Promise<TestRun> {
  const brandId = brand ?? (await addBrand(client)).brandId
  if (brand === null) {
    await client.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, $2)', [
      brandId,
      'act_1',
    ])
  }
  const jobId = await addJob(client, { brand_id: brandId, job_type: 'meta_sync', next_run_at: null })
  const runId = await addRun(client, jobId, { brand_id: brandId, job_type: 'meta_sync', started_at: new Date() })
  const handlers = builtinHandlers(dependencies)
  const token = running.simulator.simulation.token
  const step = testStep({ environment: { META_ACCESS_TOKEN: token }, parameters: { days_back: 3 } })
  const identity = { ...step.context.identity, runId, brandId, jobType: 'meta_sync' }
  const context: StepContext = { ...step.context, identity }
  return {
    runId,
    brandId,
    abort: step.abort,
    step: async (builtin) => {
      const handler = handlers.get(builtin)
      if (handler === undefined) throw new Error(`there is no ${builtin}`)
      return handler({ token_env: 'META_ACCESS_TOKEN' }, context)
    },
  }
}

async function count(table: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`)
  return rows[0]?.count ?? -1
}

describe('saving what was fetched', () => {
  beforeAll(() => open('migrated'))
  afterAll(() => close())
  afterEach(async () => {
    running.simulator.simulation.faults.clear()
    await client.query('delete from organizations')
    await client.query('delete from meta_insights_staging')
    await client.query('delete from meta_insights_fetches')
  })

  test('nothing is in the table before the step that saves', async () => {
    const run = await beginRun()
    await run.step('meta_insights')
    expect(await count('meta_ads_performance')).toBe(0)
    expect(await run.step('meta_save_insights')).toMatchObject({ recordsAffected: 30 })
    expect(await count('meta_ads_performance')).toBe(30)
    expect(await count('meta_insights_staging')).toBe(0)
  })

  test('rows that a crash of the server took are missed: nothing is saved, nothing removed', async () => {
    const first = await beginRun()
    await first.step('meta_insights')
    await first.step('meta_save_insights')
    const second = await beginRun(first.brandId)
    await second.step('meta_insights')
    // What recovery does to a table that is not logged.
    await client.query('truncate meta_insights_staging')
    const failure = await rejection(second.step('meta_save_insights'))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect(String(failure)).toContain('Of the 30 rows of act_1 only 0 are left')
    expect(await count('meta_ads_performance')).toBe(30)
  })

  test('J3: a run that somebody else has ended saves nothing', async () => {
    const run = await beginRun()
    await run.step('meta_insights')
    await client.query(`update scheduled_job_runs set status = 'failed', completed_at = now() where id = $1`, [
      run.runId,
    ])
    expect(String(await rejection(run.step('meta_save_insights')))).toContain('Nothing was saved')
    expect(await count('meta_ads_performance')).toBe(0)
  })

  test('J11: a cancelled step saves nothing', async () => {
    const run = await beginRun()
    await run.step('meta_insights')
    run.abort.abort(new Error('cancelled by a person'))
    expect(String(await rejection(run.step('meta_save_insights')))).toContain('cancelled by a person')
    expect(await count('meta_ads_performance')).toBe(0)
  })

  test('J11: a cancelled fetch leaves nothing staged', async () => {
    const run = await beginRun()
    running.simulator.simulation.faults.plan({ at: 'insights', fault: { kind: 'hang' } })
    const fetching = rejection(run.step('meta_insights'))
    run.abort.abort(new Error('cancelled by a person'))
    expect(await fetching).toMatchObject({ message: 'cancelled by a person' })
    expect(await count('meta_insights_staging')).toBe(0)
  })

  test('what lost agents left behind is cleared by the next run; what others fetch now is not', async () => {
    const lost = randomUUID()
    const other = await beginRun()
    for (const runId of [lost, other.runId]) {
      await client.query(
        `insert into meta_insights_staging (run_id, meta_ad_account_id, meta_ad_id, date) values ($1, 'act_9', '1', '2026-01-01')`,
        [runId],
      )
    }
    const run = await beginRun()
    await client.query('delete from brand_ad_accounts where brand_id = $1', [other.brandId])
    await run.step('meta_insights')
    const { rows } = await client.query<{ run_id: string }>('select distinct run_id from meta_insights_staging')
    expect(rows.map(({ run_id }) => run_id).toSorted()).toEqual([run.runId, other.runId].toSorted())
  })

  test('a step of one’s own that fetches and saves by itself leaves nothing to save', async () => {
    const run = await beginRun()
    expect(await run.step('meta_save_insights')).toEqual({ recordsAffected: null, metadata: {} })
  })
})

describe('in a table that an older program made, with narrower columns', () => {
  beforeEach(() => open('older'))
  afterEach(() => close())

  test('rows fit, a second sync changes nothing, and a ratio that does not fit is unknown', async () => {
    const run = await beginRun()
    await client.query('delete from meta_ads_performance')
    await run.step('meta_insights')
    await client.query(
      `update meta_insights_staging set roas = 12345678, link_cpc = 9999999.5
       where ctid = (select ctid from meta_insights_staging limit 1)`,
    )
    expect(await run.step('meta_save_insights')).toMatchObject({ metadata: { new: 30, changed: 0 } })
    const { rows } = await client.query('select roas, link_cpc from meta_ads_performance where roas is null')
    expect(rows).toContainEqual({ roas: null, link_cpc: null })
    const again = await beginRun(run.brandId)
    await again.step('meta_insights')
    // The one that did not fit comes with its true values now.
    expect(await again.step('meta_save_insights')).toMatchObject({ metadata: { new: 0, changed: 1, unchanged: 29 } })
    const third = await beginRun(run.brandId)
    await third.step('meta_insights')
    expect(await third.step('meta_save_insights')).toMatchObject({ metadata: { new: 0, changed: 0, unchanged: 30 } })
  })
})
