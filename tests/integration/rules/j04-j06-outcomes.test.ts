import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StepFailure, type StepFailureKind } from '../../../agent/jobs/executors/executor.ts'
import { renderTemplate, templateScope } from '../../../agent/jobs/template.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { askedFor } from '../../../shared/retry.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, datasetRow, jobRow, only, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, type StepHandler } from '../../support/scheduler.ts'
import { agentPool, claim } from '../../support/store-runs.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = agentPool(database.url)
})
afterEach(async () => {
  await pool.stop()
  await client.query('truncate scheduled_jobs cascade')
})

const noon = new Date('2026-03-02T12:00:00Z')
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000)

const failing: StepHandler = () => {
  throw new Error('the shop did not answer')
}

function failingWith(kind: StepFailureKind, detail = {}): StepHandler {
  return () => {
    throw new StepFailure(kind, 'no luck', detail)
  }
}

/** Runs whatever is due at noon until `runs` runs have ended. */
async function runAt(work: StepHandler, runs: number, at = new DatabaseNow(noon)): Promise<void> {
  await using agent = createTestScheduler({ url: database.url, at, jobs: { work } })
  await agent.scheduler.start()
  await agent.ended(runs)
}

describe('J4: attempt numbers', () => {
  test.each([
    ['no run yet', null, 1],
    ['failed at attempt 1', { status: 'failed', attempt_number: 1 }, 2],
    ['failed at the last retry', { status: 'failed', attempt_number: 3 }, 4],
    ['failed beyond the retries', { status: 'failed', attempt_number: 4 }, 1],
    ['completed', { status: 'completed', attempt_number: 2 }, 1],
    ['cancelled', { status: 'cancelled', attempt_number: 2 }, 1],
  ])('J4: the last run, of another program, %s', async (_, last, attempt) => {
    const jobId = await addJob(client, { next_run_at: noon })
    if (last) {
      await addRun(client, jobId, { status: 'failed', attempt_number: 2, started_at: minutes(-90) })
      await addRun(client, jobId, { ...last, started_at: minutes(-60), completed_at: minutes(-59) })
    }
    expect(only(await claim(pool, { now: noon }))).toMatchObject({ attempt, maxRetries: 3 })
  })

  test('J4: a job with max_retries 0 and one that has none at all', async () => {
    const none = await addJob(client, { next_run_at: noon, max_retries: 0 })
    await addRun(client, none, { status: 'failed', attempt_number: 1, started_at: minutes(-60) })
    expect(only(await claim(pool, { now: noon }))).toMatchObject({ jobId: none, attempt: 1, maxRetries: 0 })
  })

  test('J4: a run snoozed by a rate limit keeps its number and waits as long as it was told to', async () => {
    const jobId = await addJob(client, { next_run_at: noon, next_attempt: 2 })
    await runAt(failingWith('rate_limited', { retryAfterMs: 90_000 }), 1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'cancelled', problem: 'snoozed', attempt_number: 2 })
    expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 2, next_run_at: minutes(1.5), status: 'active' })
  })

  test('J4: whatever absurd wait the other side asks for, the job has a next run within a day', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    await runAt(failingWith('rate_limited', { retryAfterMs: 1e18 }), 1)
    expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: askedFor, next_run_at: minutes(24 * 60) })
  })
})

describe('J5: failures', () => {
  test('J4, J5: all attempts at one fire know its first run, also one that was put off; the next fire has another', async () => {
    const at = new DatabaseNow(noon)
    const jobId = await addJob(client, { next_run_at: noon, cron_expression: '0 13 * * *', time_zone: 'UTC' })
    const other = await addJob(client, { name: 'Other', job_type: 'other', status: 'paused' })
    await addRun(client, other, { status: 'failed', attempt_number: 1, started_at: minutes(-1) })
    const keys: string[] = []
    const ends = [new StepFailure('rate_limited', 'wait', { retryAfterMs: 60_000 }), new Error('no answer'), null, null]
    const key = '{{ run.first_id }}'
    const work: StepHandler = (context) => {
      keys.push(renderTemplate(key, templateScope(context)))
      const end = ends.shift() ?? null
      if (end !== null) throw end
      return done
    }
    await using agent = createTestScheduler({ url: database.url, at, jobs: { work } })
    await agent.scheduler.start()
    for (const [ended, due] of [1, 6, 60].entries()) {
      await agent.ended(ended + 1)
      at.set(minutes(due))
      await agent.scheduler.poll()
    }
    await agent.ended(4)
    const [first, , , last] = await runsOf(client, jobId)
    expect(keys).toEqual([first?.id, first?.id, first?.id, last?.id])
    expect(last?.id).not.toBe(first?.id)
  })

  test('J5: backoff 5, 10, 20 minutes, then the cadence; last_error says which attempt and when', async () => {
    const at = new DatabaseNow(noon)
    const jobId = await addJob(client, { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC' })
    await using agent = createTestScheduler({ url: database.url, at, jobs: { work: failing } })
    await agent.scheduler.start()
    let due = 0
    for (const [attempt, backoff] of [
      [1, 5],
      [2, 10],
      [3, 20],
    ] as const) {
      await agent.ended(attempt)
      const job = await jobRow(client, jobId)
      due += backoff
      expect(job).toMatchObject({ next_run_at: minutes(due), next_attempt: attempt + 1, status: 'active' })
      expect(job.last_error).toContain(
        `Attempt ${attempt} of 4 failed: work: the shop did not answer. Retry at 2026-03-02`,
      )
      at.set(minutes(due))
      await agent.scheduler.poll()
    }
    await agent.ended(4)
    const job = await jobRow(client, jobId)
    expect(job).toMatchObject({ next_run_at: new Date('2026-03-03T06:00:00Z'), next_attempt: 1, status: 'active' })
    expect(job.last_error).toContain('Attempt 4 of 4 failed')
    expect(job.last_error).toContain('No retries are left.')
    expect((await runsOf(client, jobId)).map((run) => run.attempt_number)).toEqual([1, 2, 3, 4])
  })

  test('J5: exhausted, a one-time job stays dead: active, nothing planned, nothing running', async () => {
    const jobId = await addJob(client, { next_run_at: noon, max_retries: 0 })
    await runAt(failing, 1)
    const job = await jobRow(client, jobId)
    expect(job).toMatchObject({ status: 'active', next_run_at: null, current_run_id: null, last_run_status: 'failed' })
    expect(job.last_error).toContain('The job is dead; retry it by hand.')
    expect(await runOf(client, jobId)).toMatchObject({ status: 'failed', problem: 'failed' })
  })

  test.each<StepFailureKind>(['invalid_parameters', 'configuration', 'outcome_unknown'])(
    'J5: %s exhausts at once',
    async (kind) => {
      const oneTime = await addJob(client, { next_run_at: noon, concurrency_key: 'a' })
      const recurring = await addJob(client, { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC' })
      await runAt(failingWith(kind), 2)
      expect(await runOf(client, oneTime)).toMatchObject({ status: 'failed', problem: kind })
      expect(await jobRow(client, oneTime)).toMatchObject({ next_run_at: null, status: 'active', next_attempt: 1 })
      expect(await jobRow(client, recurring)).toMatchObject({ next_run_at: new Date('2026-03-03T06:00:00Z') })
      expect((await jobRow(client, recurring)).last_error).toContain('not retried until somebody corrects this')
    },
  )

  test('J5: parameters that break the schema exhaust at once, name the parameter, and start nothing', async () => {
    let started = 0
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: {
        work: {
          parameters: { type: 'object', properties: { days: { type: 'integer' } }, additionalProperties: false },
          steps: [
            {
              key: 'work',
              run: () => {
                started += 1
                return done
              },
            },
          ],
        },
      },
    })
    const jobId = await addJob(client, { next_run_at: noon, parameters: '{"days": "seven"}' })
    await agent.scheduler.start()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'failed', problem: 'invalid_parameters' })
    expect(run.error_message).toContain('days')
    expect(run.logs).toContain('days')
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: null, status: 'active' })
    expect(started).toBe(0)
  })

  test('J5: a step marked retry: never that fails ends outcome_unknown and leaves its dataset unknown', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: noon })
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: { work: { steps: [{ key: 'create', retry: 'never', dataset: 'ad_creations', run: failing }] } },
    })
    await agent.scheduler.start()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
    expect(only(await stepsOf(client, run.id))).toMatchObject({ status: 'unknown', metadata: { retry: 'never' } })
    expect(await datasetRow(client, brandId, 'ad_creations')).toMatchObject({ last_status: 'unknown' })
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: null, status: 'active' })
  })

  test('J14: a non-fatal step that may be repeated warns when it is not known whether it was done', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: {
        work: {
          steps: [
            { key: 'tell', fatal: false, run: failingWith('outcome_unknown') },
            { key: 'work', run: () => done },
          ],
        },
      },
    })
    await agent.scheduler.start()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'completed' })
    expect((await stepsOf(client, run.id)).map(({ status }) => status)).toEqual(['unknown', 'completed'])
  })

  test('J5: the start of a step marked retry: never is on record before it begins', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    let seen: unknown
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: {
        work: {
          steps: [
            {
              key: 'create',
              retry: 'never',
              run: async ({ identity, log }) => {
                log.write('info', 'begun')
                seen = await stepsOf(client, identity.runId)
                return done
              },
            },
          ],
        },
      },
    })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(seen).toMatchObject([{ step_key: 'create', status: 'running', metadata: { retry: 'never' } }])
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
  })
})

describe('J6: successes', () => {
  test('J6: success clears last_error, counts the run, and plans the next from the cadence in its zone', async () => {
    const jobId = await addJob(client, {
      next_run_at: noon,
      cron_expression: '30 9 * * *',
      time_zone: 'Europe/Berlin',
      last_error: 'Attempt 1 failed',
      next_attempt: 2,
      runs_completed: 4,
    })
    await runAt(() => ({ recordsAffected: 12, metadata: {} }), 1)
    expect(await jobRow(client, jobId)).toMatchObject({
      status: 'active',
      last_error: null,
      runs_completed: 5,
      next_attempt: 1,
      next_run_at: new Date('2026-03-03T08:30:00Z'),
      last_run_status: 'completed',
    })
    expect(await runOf(client, jobId)).toMatchObject({ attempt_number: 2, records_affected: '12', problem: null })
  })

  test('J6: max_runs reached completes the job', async () => {
    const cadence = { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC', max_runs: 3 }
    const last = await addJob(client, { ...cadence, runs_completed: 2, concurrency_key: 'a' })
    const notYet = await addJob(client, { ...cadence, runs_completed: 1, concurrency_key: 'b' })
    await runAt(() => done, 2)
    expect(await jobRow(client, last)).toMatchObject({ status: 'completed', runs_completed: 3, next_run_at: null })
    expect(await jobRow(client, notYet)).toMatchObject({ status: 'active', runs_completed: 2 })
  })

  test.each([
    ['scheduled', 'completed'],
    ['manual', 'archived'],
    ['api', 'archived'],
  ])('J6: a one-time job asked for by %s becomes %s', async (trigger_source, status) => {
    const jobId = await addJob(client, { next_run_at: noon, trigger_source })
    await runAt(() => done, 1)
    expect(await jobRow(client, jobId)).toMatchObject({ status, next_run_at: null, runs_completed: 1 })
  })

  test('J6: a failed manual job is not archived: somebody has to see it', async () => {
    const jobId = await addJob(client, { next_run_at: noon, trigger_source: 'manual', max_retries: 0 })
    await runAt(failing, 1)
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'active' })
  })
})

describe('an edit during a run wins', () => {
  /** Runs the job and, while it runs, changes it as `edit` says. */
  async function editedWhileRunning(
    columns: Record<string, unknown>,
    edit: string,
    end: StepHandler = () => done,
  ): Promise<string> {
    const jobId = await addJob(client, { next_run_at: noon, ...columns })
    const editing: StepHandler = async (context) => {
      await client.query(`update scheduled_jobs set ${edit} where id = $1`, [jobId])
      return end(context)
    }
    await runAt(editing, 1)
    return jobId
  }

  test('a new cadence decides the next run, not the one that was claimed', async () => {
    const jobId = await editedWhileRunning(
      { cron_expression: '0 6 * * *', time_zone: 'UTC' },
      `cron_expression = '0 18 * * *', next_run_at = '2026-03-02T18:00:00Z', version = version + 1`,
    )
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: new Date('2026-03-02T18:00:00Z'), version: 2 })
  })

  test('a new cadence whose author left the next run empty is planned from the row', async () => {
    const jobId = await addJob(client, { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC' })
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: {
        work: async () => {
          await client.query(
            `update scheduled_jobs set cron_expression = '0 18 * * *', version = version + 1 where id = $1`,
            [jobId],
          )
          return done
        },
      },
    })
    await agent.scheduler.start()
    await agent.ended(1)
    const planned = async (): Promise<Date | null> => (await jobRow(client, jobId)).next_run_at
    await expect.poll(planned).toEqual(new Date('2026-03-02T18:00:00Z'))
  })

  test.each([
    ['J5', 'failed', failing, { next_attempt: 2, next_run_at: minutes(5) }],
    ['J4', 'was told to wait', failingWith('rate_limited', { retryAfterMs: 60_000 }), { next_run_at: minutes(1) }],
  ])('%s: a run that %s keeps its next attempt', async (_, __, end, expected) => {
    const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const renamed = await editedWhileRunning(daily, `name = 'Better name', version = version + 1`, end)
    expect(await jobRow(client, renamed)).toMatchObject(expected)
    const planned = `name = 'Better name', next_run_at = '2026-03-03T06:00:00Z', version = version + 1`
    expect(await jobRow(client, await editedWhileRunning(daily, planned, end))).toMatchObject(expected)
  })

  test('J6: the last of max_runs is the last, also when the schedule is changed meanwhile; more of them go on', async () => {
    const last = { cron_expression: '0 6 * * *', time_zone: 'UTC', max_runs: 3, runs_completed: 2 }
    const edit = `cron_expression = '0 18 * * *', next_run_at = '2026-03-02T18:00:00Z', version = version + 1`
    const over = await editedWhileRunning(last, edit)
    expect(await jobRow(client, over)).toMatchObject({ status: 'completed', next_run_at: null, runs_completed: 3 })
    const goesOn = await editedWhileRunning(last, `${edit}, max_runs = 4`)
    expect(await jobRow(client, goesOn)).toMatchObject({ status: 'active', next_run_at: minutes(360) })
  })

  test('J5: a run that failed for good leaves the plan of the edit alone', async () => {
    const jobId = await editedWhileRunning(
      { cron_expression: '0 6 * * *', time_zone: 'UTC', max_retries: 0 },
      `cron_expression = '0 18 * * *', next_run_at = '2026-03-02T18:00:00Z', version = version + 1`,
      failing,
    )
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: new Date('2026-03-02T18:00:00Z') })
  })

  test('a pause during the run holds, and the run still counts', async () => {
    const jobId = await editedWhileRunning({ cron_expression: '0 6 * * *', time_zone: 'UTC' }, `status = 'paused'`)
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'paused', runs_completed: 1, current_run_id: null })
  })

  test('a one-time job that was given another time during its run keeps it', async () => {
    const jobId = await editedWhileRunning({}, `next_run_at = '2026-03-05T08:00:00Z', version = version + 1`)
    expect(await jobRow(client, jobId)).toMatchObject({
      status: 'active',
      next_run_at: new Date('2026-03-05T08:00:00Z'),
      runs_completed: 1,
    })
  })

  test('a one-time job that was only renamed during its run is completed', async () => {
    const jobId = await editedWhileRunning({}, `name = 'Better name', version = version + 1`)
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'completed', next_run_at: null })
  })

  test('a job that was archived during its run stays archived', async () => {
    const archived = await editedWhileRunning(
      { cron_expression: '0 6 * * *', time_zone: 'UTC' },
      `status = 'archived', version = version + 1`,
    )
    expect(await jobRow(client, archived)).toMatchObject({ status: 'archived' })
  })
})
