import { createHash } from 'node:crypto'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, jobRow, only, runOf, runsOf } from '../../support/job-rows.ts'
import {
  createTestScheduler,
  DatabaseNow,
  done,
  type StepHandler,
  type TestScheduler,
} from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate scheduled_jobs, organizations cascade'))

const noon = new Date('2026-03-02T12:00:00Z')
const tomorrow = new Date('2026-03-03T06:00:00Z')

let agent: TestScheduler
beforeEach(async () => {
  agent = createTestScheduler({ url: database.url, at: new DatabaseNow(noon), jobs: { work: () => done } })
})
afterEach(() => agent.stop())

/** The agent still does what it is for, and has not complained about the database. */
async function expectAlive(endedBefore: number): Promise<void> {
  const witness = await addJob(client, { next_run_at: noon, concurrency_key: 'witness' })
  await agent.scheduler.poll()
  await agent.ended(endedBefore + 1)
  expect(await jobRow(client, witness)).toMatchObject({ status: 'completed' })
  expect(agent.of('database').filter((event) => !event.reachable)).toEqual([])
}

describe('J13: schedules that cannot be read', () => {
  test.each([
    ['cron with words', '@every 5m', 'UTC', '@every 5m'],
    ['cron with six fields', '* * * * * *', 'UTC', '* * * * * *'],
    ['empty cron', '', 'UTC', '""'],
    ['cron that never fires', '0 0 31 2 *', 'UTC', '0 0 31 2 *'],
    ['zone that does not exist', '0 6 * * *', 'Europe/Kyivv', 'Europe/Kyivv'],
    ['an offset for a zone', '0 6 * * *', 'UTC+3', 'UTC+3'],
    ['an empty zone', '0 6 * * *', '', '0 6 * * *'],
  ])('J13: %s: last_error names it and the agent goes on', async (_, cron_expression, time_zone, named) => {
    const unplanned = await addJob(client, { next_run_at: null, cron_expression, time_zone })
    await agent.scheduler.start()
    await waitFor(async () => (await jobRow(client, unplanned)).last_error, { describe: 'the message' })
    const job = await jobRow(client, unplanned)
    expect(job).toMatchObject({ status: 'active', next_run_at: null, current_run_id: null })
    expect(job.last_error).toContain(named)
    expect(job.last_error).toContain('Correct its cron expression or time zone.')
    await expectAlive(0)
  })

  test('J13: one that is due still runs, and says afterwards why nothing more is planned', async () => {
    const due = await addJob(client, { next_run_at: noon, cron_expression: 'every morning' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runOf(client, due)).toMatchObject({ status: 'completed' })
    expect(await jobRow(client, due)).toMatchObject({ next_run_at: null, status: 'active', runs_completed: 1 })
    expect((await jobRow(client, due)).last_error).toContain('cron expression or time zone')
    await expectAlive(1)
  })

  test('J13: a recurring row without any cron expression', async () => {
    const jobId = await addJob(client, { next_run_at: noon, schedule_type: 'recurring' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'active', next_run_at: null })
    expect((await jobRow(client, jobId)).last_error).toContain('not valid')
  })
})

describe('due times at the edge (bad input 26)', () => {
  test.each(['-infinity', '0001-01-01 00:00:00+00 BC', '1901-12-31', '1970-01-01'])(
    'bad input 26: due since %s: runs once, then follows its cadence',
    async (next_run_at) => {
      const jobId = await addJob(client, { next_run_at, cron_expression: '0 6 * * *', time_zone: 'UTC' })
      await agent.scheduler.start()
      await agent.ended(1)
      expect(await runsOf(client, jobId)).toMatchObject([{ status: 'completed' }])
      expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: tomorrow })
      await expectAlive(1)
    },
  )

  test.each(['infinity', '9999-12-31', '294276-12-31'])(
    'bad input 26: due at %s: never runs, and keeps nobody from running',
    async (next_run_at) => {
      const jobId = await addJob(client, { next_run_at })
      await agent.scheduler.start()
      await expectAlive(0)
      expect(await runsOf(client, jobId)).toEqual([])
    },
  )
})

describe('parameters that no job type can have meant', () => {
  test.each([
    ['a JSON array', '[1, 2]'],
    ['a JSON string', '"rm -rf /"'],
    ['a JSON number', '7'],
    ['nesting of 20,000 levels', `{"a": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['__proto__', '{"__proto__": {"admin": true}}'],
  ])('%s: the run fails as invalid parameters, once', async (_, parameters) => {
    const jobId = await addJob(client, { next_run_at: noon, parameters })
    await agent.scheduler.start()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'failed', problem: 'invalid_parameters' })
    expect(run.error_message).not.toBe('')
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'active', next_run_at: null })
    await expectAlive(1)
  })

  test('null parameters mean none were given', async () => {
    await client.query('alter table scheduled_jobs alter column parameters drop not null')
    const sql = await addJob(client, { next_run_at: noon, parameters: null, concurrency_key: 'a' })
    const json = await addJob(client, { next_run_at: noon, parameters: 'null', concurrency_key: 'b' })
    await agent.scheduler.start()
    await agent.ended(2)
    for (const id of [sql, json]) expect(await runOf(client, id)).toMatchObject({ status: 'completed' })
  })
})

describe('words and numbers that the rules do not know', () => {
  test('statuses of another program are left alone', async () => {
    await client.query('alter table scheduled_jobs drop constraint scheduled_jobs_status_check')
    const ids: string[] = []
    for (const status of ['ACTIVE', 'active ', 'deleted', '']) {
      ids.push(await addJob(client, { next_run_at: noon, status }))
    }
    await agent.scheduler.start()
    await expectAlive(0)
    for (const id of ids) expect(await runsOf(client, id)).toEqual([])
  })

  test('an unknown schedule type runs once', async () => {
    const jobId = await addJob(client, { next_run_at: noon, schedule_type: 'sometimes', cron_expression: '* * * * *' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
    await expectAlive(1)
  })

  test('negative, absurd and missing numbers', async () => {
    await client.query('alter table scheduled_jobs alter column runs_completed drop not null')
    await client.query('alter table scheduled_jobs alter column max_retries drop not null')
    const cadence = { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const negative = await addJob(client, {
      ...cadence,
      max_retries: -5,
      max_runs: -1,
      runs_completed: -9,
      concurrency_key: 'a',
    })
    const missing = await addJob(client, {
      ...cadence,
      max_retries: null,
      runs_completed: null,
      concurrency_key: 'b',
    })
    const full = await addJob(client, {
      ...cadence,
      runs_completed: 2_147_483_647,
      next_attempt: 2_147_483_647,
      concurrency_key: 'c',
    })
    await agent.scheduler.start()
    await agent.ended(3)
    expect(await runOf(client, negative)).toMatchObject({ status: 'completed' })
    expect(await jobRow(client, missing)).toMatchObject({ status: 'active', runs_completed: 1, next_run_at: tomorrow })
    // It cannot be counted any further: the run says so instead of running for ever.
    expect((await runOf(client, full)).completed_at).not.toBeNull()
    expect((await jobRow(client, full)).current_run_id).toBeNull()
    await expectAlive(3)
  })

  test('bad input 36, 37: names with markup, controls and no visible character', async () => {
    for (const name of ['<script>alert(1)</script>', '\u202Eevil', '', '\n\n', '🙂'.repeat(2_000)]) {
      await addJob(client, { next_run_at: noon, name, concurrency_key: `key ${name.length}` })
    }
    await agent.scheduler.start()
    await agent.ended(5)
    expect(agent.of('run_ended').map((event) => event.status)).toEqual(Array.from({ length: 5 }, () => 'completed'))
  })

  test('bad input 32: a concurrency key that no index takes is refused when it is written', async () => {
    const random = Array.from({ length: 400 }, (_, n) => createHash('md5').update(`${n}`).digest('hex')).join('')
    await expect(addJob(client, { concurrency_key: random })).rejects.toThrow('scheduled_jobs_concurrency_key_check')
    const longest = await addJob(client, { next_run_at: noon, concurrency_key: random.slice(0, 255) })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, longest)).toMatchObject({ status: 'completed' })
  })

  test('a value that a column does not take is refused when it is written and when it is edited', async () => {
    const job = await addJob(client, { next_run_at: noon })
    for (const [column, value] of [
      ['priority', 4],
      ['overlap_policy', 'wait'],
      ['catch_up_policy', 'all'],
      ['timeout_minutes', 0],
      ['trigger_source', 'rumour'],
    ] as const) {
      const refused = { code: '23514', constraint: `scheduled_jobs_${column.replace('_minutes', '')}_check` }
      await expect(addJob(client, { [column]: value })).rejects.toMatchObject(refused)
      const edit = client.query(`update scheduled_jobs set ${column} = $2 where id = $1`, [job, value])
      await expect(edit).rejects.toMatchObject(refused)
    }
    expect(await jobRow(client, job)).toMatchObject({
      priority: 1,
      overlap_policy: 'queue',
      trigger_source: 'scheduled',
    })
    await agent.scheduler.start()
    await agent.ended(1)
  })

  test('the last attempt number that the column holds keeps nobody else from running', async () => {
    const far = await addJob(client, { next_run_at: noon, max_retries: 2_147_483_647, concurrency_key: 'far' })
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at, attempt_number)
       values ($1, 'failed', $2::timestamptz - interval '1 hour', $2::timestamptz - interval '59 minutes', 2147483647)`,
      [far, noon],
    )
    await agent.scheduler.start()
    await agent.ended(1)
    expect((await runsOf(client, far)).map((run) => [run.status, run.attempt_number])).toContainEqual([
      'completed',
      2_147_483_647,
    ])
    await expectAlive(1)
  })
})

describe('rows that disappear', () => {
  /** Runs a job that does `harm` in the middle of its run. */
  async function runWhile(harm: (jobId: string) => Promise<unknown>, brandId: string | null = null): Promise<void> {
    const jobId = await addJob(client, { next_run_at: noon, brand_id: brandId, job_type: 'harmed' })
    const run: StepHandler = async () => {
      await harm(jobId)
      return { recordsAffected: 1, metadata: {} }
    }
    await using other = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: {
        harmed: { steps: [{ key: 'refresh', dataset: 'orders', run }] },
        work: () => done,
      },
    })
    await other.scheduler.start()
    await other.ended(1)
    await addJob(client, { next_run_at: noon })
    await other.scheduler.poll()
    await other.ended(2)
    expect(other.of('run_ended').at(-1)).toMatchObject({ status: 'completed', run: { jobType: 'work' } })
    expect(other.of('database').filter((event) => !event.reachable)).toEqual([])
  }

  test('a job deleted during its run: the result has nowhere to go, and the agent goes on', async () => {
    await runWhile((jobId) => client.query('delete from scheduled_jobs where id = $1', [jobId]))
    expect((await client.query(`select from scheduled_job_runs where job_type = 'harmed'`)).rowCount).toBe(0)
  })

  test('a brand deleted during a run of it', async () => {
    const { brandId } = await addBrand(client)
    await runWhile(() => client.query('delete from brands where id = $1', [brandId]), brandId)
    expect((await client.query('select from dataset_status where brand_id = $1', [brandId])).rowCount).toBe(0)
  })

  test('bad input 39: a brand deleted during a run, where another program keeps the job: the run still ends', async () => {
    await client.query('alter table scheduled_jobs drop constraint scheduled_jobs_brand_id_fkey')
    const { brandId } = await addBrand(client)
    await runWhile(() => client.query('delete from brands where id = $1', [brandId]), brandId)
    const { rows } = await client.query<{ status: string; completed_at: Date | null; error_message: string | null }>(
      `select run.* from scheduled_job_runs run where run.brand_id = $1`,
      [brandId],
    )
    const run = only(rows)
    expect(run.completed_at).not.toBeNull()
    expect(run.error_message).toContain('could not be recorded')
    await client.query('delete from scheduled_jobs')
  })

  test('bad input 39: a job of a brand that does not exist: failed at once with a reason, and not again', async () => {
    await client.query('alter table scheduled_jobs drop constraint if exists scheduled_jobs_brand_id_fkey')
    const brandId = '33333333-3333-4333-8333-333333333333'
    const jobId = await addJob(client, { next_run_at: noon, brand_id: brandId })
    await agent.scheduler.start()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'failed', problem: 'configuration' })
    expect(run.error_message).toContain(brandId)
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: null, status: 'active' })
    await expectAlive(1)
  })
})
