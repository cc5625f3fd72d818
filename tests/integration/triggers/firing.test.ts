import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Leadership } from '../../../agent/leader/leadership.ts'
import { DatasetTriggers } from '../../../agent/triggers/dataset-triggers.ts'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { askedFor } from '../../../shared/retry.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

const catalog = testCatalog({
  datasets: { orders: {}, report: {} },
  jobTypes: { load: { datasets: ['orders'] }, build: { datasets: ['report'] } },
})

let pm: TestConsole
let sql: pg.Client
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
  sql = pm.sql
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(sql)
  await addAgent(sql, catalog, ['load', 'build'])
})
afterEach(() => sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const round = () => triggerRound(pm.services.database)

/** On the one trigger "when orders is refreshed, build". */
const make = async (input: { jobId?: string; debounceSeconds?: number } = {}): Promise<string> => {
  const target = input.jobId === undefined ? { jobType: 'build' } : { jobId: input.jobId }
  const { debounceSeconds = 0 } = input
  const { trigger } = await pm.client.triggers.create({ ...brand, dataset: 'orders', ...target, debounceSeconds })
  return trigger.id
}
const report = (): Promise<string> =>
  addJob(sql, {
    brand_id: brand.brandId,
    name: 'Report',
    job_type: 'build',
    cron_expression: '0 6 * * *',
    next_run_at: tomorrow(),
  })
const tomorrow = (): Date => new Date(Date.now() + 86_400_000)

/** As a program that knows nothing of us writes it; seconds before now. */
async function refresh(secondsAgo = 0): Promise<void> {
  await sql.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
     values ($1, 'orders', clock_timestamp() - $2 * interval '1 second', now(), 'completed')
     on conflict (brand_id, dataset_key) do update set last_success_at = excluded.last_success_at`,
    [brand.brandId, secondsAgo],
  )
}

interface Queued {
  readonly name: string
  readonly job_type: string
  readonly trigger_source: string
  readonly requested_by: string
  readonly parameters: unknown
}
const queued = async (): Promise<Queued[]> =>
  (await sql.query<Queued>(`select * from scheduled_jobs where schedule_type = 'one_time' order by created_at`)).rows

const only = async () => {
  const { triggers } = await pm.client.triggers.list({ organizationId: brand.organizationId })
  const [trigger] = triggers
  if (trigger === undefined || triggers.length !== 1) throw new Error(`${triggers.length} triggers`)
  return trigger
}

describe('a refresh starts the job', () => {
  test('once, whoever wrote it, with the parameters of the job and who asked', async () => {
    const jobId = await report()
    await sql.query(`update scheduled_jobs set parameters = '{"days": 3}' where id = $1`, [jobId])
    await make({ jobId })
    await refresh()
    expect([(await round()).queued, (await round()).queued]).toEqual([1, 0])
    expect(await queued()).toMatchObject([
      {
        name: 'Report',
        job_type: 'build',
        trigger_source: 'api',
        requested_by: 'trigger: orders was refreshed',
        parameters: { days: 3 },
      },
    ])
    expect(await only()).toMatchObject({ lastOutcome: 'queued', lastReason: null, firesAt: null, hindrance: null })
  })

  test('recorded by the calls of the console too; a failure and a start are no refresh', async () => {
    await make()
    const { brandId } = brand
    await pm.client.freshness.recordStart({ brandId, dataset: 'orders' })
    await pm.client.freshness.recordFailure({ brandId, dataset: 'orders', error: 'It failed.' })
    expect((await round()).queued).toBe(0)
    await pm.client.freshness.recordSuccess({ brandId, dataset: 'orders', records: 1 })
    expect((await round()).queued).toBe(1)
  })

  test('what was there before the trigger, and what comes late from before it, fires nothing', async () => {
    await refresh(10)
    await make()
    expect((await round()).queued).toBe(0)
    await refresh(5)
    expect((await round()).queued).toBe(0)
    await refresh()
    expect((await round()).queued).toBe(1)
  })

  test('a success to the microsecond is dealt with once, and the next microsecond is another', async () => {
    await make()
    await sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at) values ($1, 'orders', date_trunc('second', now()) + interval '1.000001 s')`,
      [brand.brandId],
    )
    expect([(await round()).queued, (await round()).queued]).toEqual([1, 0])
    await sql.query(`update scheduled_jobs set status = 'archived', next_run_at = null`)
    await sql.query(`update dataset_status set last_success_at = last_success_at + interval '1 microsecond'`)
    expect([(await round()).queued, (await round()).queued]).toEqual([1, 0])
  })
})

describe('J5: what it started is dead', () => {
  test('fired again, it is tried once more: one job and one incident, which the first success ends', async () => {
    const jobId = await report()
    const triggerId = await make({ jobId })
    const scene = await openScene(pm, catalog)
    const fire = async (): Promise<string> => {
      scene.at.advance({ hours: 1 })
      await refresh()
      expect((await round()).queued).toBe(1)
      const { rows } = await sql.query<{ last_job_id: string }>(
        `update scheduled_jobs job set next_run_at = null from dataset_triggers trigger
         where job.id = trigger.last_job_id and trigger.id = $1 and job.next_run_at <= now() and job.status = 'active'
           and coalesce(job.next_attempt, 1) <= 1
         returning last_job_id`,
        [triggerId],
      )
      return rows[0]?.last_job_id ?? 'none is due'
    }
    const failed = { status: 'failed', attempt_number: 4 }
    const first = await fire()
    await scene.end(first, failed, { next_attempt: 1 })
    await scene.round()
    await sql.query(`update scheduled_jobs set parameters = '{"days": 3}' where id = $1`, [jobId])
    expect(await fire()).toBe(first)
    await scene.round()
    await scene.end(first, failed, { next_attempt: 1 })
    await scene.round()
    expect(await queued()).toMatchObject([{ parameters: { days: 3 } }])
    expect((await scene.open()).map(({ kind }) => kind)).toEqual(['job_dead'])
    await scene.end(await fire(), { status: 'completed' }, { status: 'archived', next_attempt: null })
    await scene.round()
    expect([await scene.open(), await scene.told()]).toEqual([[], ['opened job_dead', 'resolved job_dead']])
    expect(await fire()).not.toBe(first)
  })

  test('its attempts begin again, whatever ended those before (J4)', async () => {
    await make()
    await refresh()
    await round()
    await endOnly({ problem: 'configuration' })
    await refresh()
    expect((await round()).queued).toBe(1)
    const { rows } = await sql.query('select next_attempt from scheduled_jobs where next_run_at <= now()')
    expect(rows).toEqual([{ next_attempt: askedFor }])
  })

  test('its outcome is unknown: it waits for a person, and the trigger queues another one', async () => {
    await make()
    await refresh()
    await round()
    await endOnly({ problem: 'outcome_unknown' })
    await refresh()
    expect((await round()).queued).toBe(1)
    const { rows } = await sql.query('select next_run_at is null as waits from scheduled_jobs order by created_at, id')
    expect(rows).toEqual([{ waits: true }, { waits: false }])
  })

  test.each(['paused', 'archived'])('%s by a person, it is left as it is', async (status) => {
    await make()
    await refresh()
    await round()
    await sql.query(`update scheduled_jobs set status = $1, next_run_at = null, last_run_status = 'failed'`, [status])
    await refresh()
    expect((await round()).queued).toBe(1)
    expect(await queued()).toMatchObject([{ status }, { status: 'active' }])
  })
})

describe('the debounce', () => {
  test('gathers refreshes from the first one on and fires once, for the last', async () => {
    const id = await make({ debounceSeconds: 600 })
    await refresh()
    const { queued: count, nextMs } = await round()
    expect(count).toBe(0)
    expect(nextMs).toBeGreaterThan(590_000)
    const { firesAt } = await only()
    await refresh()
    await refresh()
    await round()
    expect((await only()).firesAt).toEqual(firesAt)
    await sql.query(`update dataset_triggers set due_at = now() - interval '1 second' where id = $1`, [id])
    expect([(await round()).queued, (await round()).queued]).toEqual([1, 0])
    const { rows } = await sql.query(
      `select from dataset_triggers trigger join dataset_status status using (brand_id, dataset_key) where fired_for = last_success_at`,
    )
    expect(rows).toHaveLength(1)
  })

  test('shortened, it counts from the refresh that waits', async () => {
    const id = await make({ debounceSeconds: 3_600 })
    await refresh()
    await round()
    const { organizationId } = brand
    await pm.client.triggers.update({ organizationId, triggerId: id, debounceSeconds: 0 })
    expect((await round()).queued).toBe(1)
  })
})

describe('what cannot run fires nothing and says so', () => {
  test.each<[string, string, (jobId: string) => Promise<unknown>]>([
    [
      'a paused job',
      'The job is paused.',
      (id) => sql.query(`update scheduled_jobs set status = 'paused' where id = $1`, [id]),
    ],
    [
      'an archived job',
      'The job is archived.',
      (id) => sql.query(`update scheduled_jobs set status = 'archived' where id = $1`, [id]),
    ],
    ['a deleted job', 'The job was deleted.', (id) => sql.query('delete from scheduled_jobs where id = $1', [id])],
    ['an archived brand', 'The brand is archived.', () => sql.query('update brands set archived_at = now()')],
  ])('%s', async (_what, reason, put) => {
    const jobId = await report()
    await make({ jobId })
    await put(jobId)
    await refresh()
    expect([(await round()).queued, (await round()).queued]).toEqual([0, 0])
    expect(await queued()).toEqual([])
    expect(await only()).toMatchObject({ hindrance: reason, lastOutcome: 'skipped', lastReason: reason })
  })

  test('J10: overlap "skip" while a run of its key goes on; "queue" waits behind it', async () => {
    const jobId = await report()
    await make({ jobId })
    const runId = await addRun(sql, jobId, { started_at: new Date() })
    await sql.query(`update scheduled_jobs set current_run_id = $2, overlap_policy = 'skip' where id = $1`, [
      jobId,
      runId,
    ])
    await refresh()
    expect((await round()).queued).toBe(0)
    expect((await only()).lastReason).toContain('in progress')
    await sql.query(`update scheduled_jobs set overlap_policy = 'queue' where id = $1`, [jobId])
    await refresh()
    expect((await round()).queued).toBe(1)
  })

  test('refreshes while the queued run has not begun queue no second one', async () => {
    await make()
    for (let index = 0; index < 5; index += 1) {
      await refresh()
      await round()
    }
    expect(await queued()).toHaveLength(1)
    expect((await only()).lastReason).toContain('has not begun')
  })

  test('paused, it lets refreshes pass; resumed, it fires for what comes then', async () => {
    const triggerId = await make()
    const { organizationId } = brand
    await pm.client.triggers.update({ organizationId, triggerId, isPaused: true })
    await refresh()
    expect((await round()).queued).toBe(0)
    await pm.client.triggers.update({ organizationId, triggerId, isPaused: false })
    expect((await round()).queued).toBe(0)
    await refresh()
    expect((await round()).queued).toBe(1)
  })

  test.each(['infinity', '2999-01-01', '-infinity'])(
    'bad input: a success at %s fires nothing, a right one then does',
    async (at) => {
      await make()
      await sql.query(`insert into dataset_status (brand_id, dataset_key, last_success_at) values ($1, 'orders', $2)`, [
        brand.brandId,
        at,
      ])
      expect(await round()).toEqual({ queued: 0, nextMs: null })
      expect((await pm.client.triggers.list({ organizationId: brand.organizationId })).triggers).toHaveLength(1)
      await refresh()
      expect((await round()).queued).toBe(1)
    },
  )
})

test('a loop that the catalog does not know ends: the trigger pauses itself and says why', async () => {
  await make()
  let count = 0
  for (let index = 0; index < 40; index += 1) {
    await refresh()
    count += (await round()).queued
    await sql.query(`update scheduled_jobs set status = 'archived', next_run_at = null`)
  }
  expect(count).toBe(30)
  const trigger = await only()
  expect(trigger).toMatchObject({ lastOutcome: 'stopped' })
  expect(trigger.pausedBecause).toContain('30 times')
  const { organizationId } = brand
  await pm.client.triggers.update({ organizationId, triggerId: trigger.id, isPaused: false })
  await refresh()
  expect((await round()).queued).toBe(1)
})

describe('many at once', () => {
  test('rounds of many leaders fire once for each refresh', async () => {
    await make()
    for (let index = 1; index <= 5; index += 1) {
      await refresh()
      const rounds = await Promise.all(Array.from({ length: 8 }, round))
      expect(rounds.reduce((sum, one) => sum + one.queued, 0)).toBe(1)
      await sql.query(`update scheduled_jobs set status = 'archived', next_run_at = null`)
    }
    expect(await queued()).toHaveLength(5)
  })

  test('two schedulers and two leaders: one run for one refresh, which begins by itself', async () => {
    await make()
    const troubles: string[] = []
    const leaders = [1, 2].map(() => {
      const options = {
        database: pm.services.database,
        leadership: leading,
        onTrouble: (text: string) => troubles.push(text),
      }
      return new DatasetTriggers(options)
    })
    await using one = createTestScheduler({ url: pm.database.url, jobs: { build: () => done }, agentName: 'one' })
    await using two = createTestScheduler({ url: pm.database.url, jobs: { build: () => done }, agentName: 'two' })
    await Promise.all([one.scheduler.start(), two.scheduler.start()])
    for (const leader of leaders) leader.start()
    try {
      await refresh()
      for (const leader of leaders) leader.changed(['datasets'])
      await waitFor(() => one.of('run_ended').length + two.of('run_ended').length > 0, { describe: 'the run' })
      for (const leader of leaders) leader.changed(['datasets'])
    } finally {
      await Promise.all(leaders.map((leader) => leader.stop()))
    }
    const runs = await sql.query<{ trigger_source: string; requested_by: string }>('select * from scheduled_job_runs')
    expect(runs.rows).toMatchObject([{ trigger_source: 'api', requested_by: 'trigger: orders was refreshed' }])
    expect(troubles).toEqual([])
  })

  const leading: Leadership = { isLeader: true, subscribe: () => () => undefined }
})

/** The one job there is has failed at its first attempt, and is not tried again. */
async function endOnly({ problem }: { readonly problem: string }): Promise<void> {
  await sql.query(
    `with run as (
      insert into scheduled_job_runs (scheduled_job_id, status, problem, attempt_number, started_at, completed_at)
      select id, 'failed', $1, 1, now(), now() from scheduled_jobs returning id, scheduled_job_id
    )
    update scheduled_jobs job set next_run_at = null, next_attempt = null, last_run_status = 'failed', last_run_id = run.id
    from run where job.id = run.scheduled_job_id`,
    [problem],
  )
}
