import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { countJobsByState, listJobPage } from '../../../agent/store/job-pages.ts'
import { viewJobs } from '../../../agent/store/job-views.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { listRefreshingJobs } from '../../../agent/store/refreshing-jobs.ts'
import { findRuns, listForeignJobTypes, listRunDurations, listRuns } from '../../../agent/store/scheduled-job-runs.ts'
import { findJobs, listJobs } from '../../../agent/store/scheduled-jobs.ts'
import { listJobsToCheck, listOverdueJobs, listStuckRuns } from '../../../agent/store/work-facts.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, migrationsDirectory, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'

let testDatabase: TestDatabase
let older: TestDatabase
let client: pg.Client
let pools: DatabasePool[]
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  client = await testDatabase.connect()
  older = await createTestDatabase({ template: 'older' })
  await migrate(older.url, { directory: migrationsDirectory, clock: systemClock })
  pools = [testDatabase, older].map(({ url }) =>
    openPool({ url, applicationName: 'lists', size: 2, purpose: 'console', onConnectionError: () => undefined }),
  )
})
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.stop()))
  await testDatabase.drop()
  await older.drop()
})

const pool = (which: 'new' | 'older'): DatabasePool => {
  const found = pools[which === 'new' ? 0 : 1]
  if (found === undefined) throw new Error('no pool')
  return found
}
const everyRun = { brandId: null, jobType: null, jobId: null, status: null, problem: null, after: null }
const everyJob = { brandId: null, jobType: null, state: 'all' as const, limit: 500 }

describe('runs', () => {
  test('pages follow one another without gap or double, also where runs started at the same microsecond', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at)
       select $1, 'completed', timestamptz '2026-03-01 00:00:00.123456+00' + (n / 3) * interval '1 microsecond'
       from generate_series(1, 50) n`,
      [jobId],
    )
    await addRun(client, jobId, { status: 'pending', started_at: null })
    const seen: string[] = []
    let after: string | null = null
    for (let page = 0; page < 20; page += 1) {
      const runs: Awaited<ReturnType<typeof listRuns>> = await listRuns(pool('new'), {
        ...everyRun,
        jobId,
        after,
        limit: 7,
      })
      seen.push(...runs.map(({ id }) => id))
      after = runs.at(-1)?.cursor ?? null
      if (runs.length < 7) break
    }
    const { rows } = await client.query<{ id: string }>(
      'select id from scheduled_job_runs where scheduled_job_id = $1 order by started_at desc, id desc',
      [jobId],
    )
    expect(seen).toEqual(rows.map(({ id }) => id))
  })

  test('the beginning and the end of an id find it; only as many as could be meant', async () => {
    const jobId = await addJob(client, { next_run_at: null })
    const id = '01a20ae3-836e-740c-8a8e-47be6f7e6148'
    const sibling = '01a20ae3-836e-740c-8a8e-424f6d2dabbf'
    for (const one of [id, sibling]) await addRun(client, jobId, { id: one, started_at: new Date() })
    const found = async (part: string): Promise<string[]> => (await findRuns(pool('new'), part)).map((run) => run.id)
    expect(await found('6f7e6148')).toEqual([id])
    expect(await found(id)).toEqual([id])
    expect((await found('01a20ae3')).toSorted()).toEqual([sibling, id].toSorted())
    expect(await found('00000000')).toEqual([])
  })

  test('F7: durations are those of the last 20 completed runs of the brand and job type, newest first', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, job_type: 'slow' })
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at)
       select $1, case n when 30 then 'failed' else 'completed' end, now() - (40 - n) * interval '1 hour',
         now() - (40 - n) * interval '1 hour' + n * interval '1 second'
       from generate_series(1, 30) n`,
      [jobId],
    )
    const [durations, ...others] = await listRunDurations(pool('new'), [
      { brandId, jobType: 'slow' },
      { brandId, jobType: 'never' },
    ])
    expect(durations).toMatchObject({ brandId, jobType: 'slow' })
    expect(others).toEqual([])
    expect(durations?.durationsMs).toEqual(Array.from({ length: 20 }, (_, index) => (29 - index) * 1_000))
  })
})

describe('a database that another program was using', () => {
  test('the console lists each of its jobs once, in every order, with the state that it counts', async () => {
    const own = await older.connect()
    const { rows } = await own.query<{ id: string }>('select id from scheduled_jobs order by id')
    const states = ['running', 'retrying', 'dead', 'active', 'paused', 'completed', 'archived'] as const
    const every = {
      brandId: null,
      organizationId: rows[0]?.id ?? '',
      withPlatform: true,
      jobTypes: null,
      scheduleType: null,
      text: '',
    }
    const organizations = await own.query<{ id: string }>('select id from organizations')
    const found = new Set<string>()
    let counted = 0
    for (const { id: organizationId } of organizations.rows) {
      const request = { ...every, organizationId, states, after: null, limit: 501 }
      for (const segments of [
        ['urgent', 'active', 'rest'],
        ['nextRunPlanned', 'nextRunRest'],
        ['byName'],
        ['byLastFinished'],
      ] as const) {
        const ids = (await listJobPage(pool('older'), segments, request)).map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const id of ids) found.add(id)
        counted = (await countJobsByState(pool('older'), request)).reduce((sum, { jobs }) => sum + jobs, 0)
        expect(counted).toBe(ids.length)
      }
    }
    expect([...found].toSorted()).toEqual(rows.map(({ id }) => id))
    expect(await viewJobs(pool('older'), [...found])).toHaveLength(rows.length)
  })

  test('its jobs are listed with the state and the last run that its rows tell of', async () => {
    const jobs = await listJobs(pool('older'), everyJob)
    expect(jobs.length).toBeGreaterThan(0)
    expect(jobs.map(({ status }) => status)).not.toContain('archived')
    const own = await older.connect()
    const { rows } = await own.query<{ id: string; status: string }>(
      `select distinct on (job.id) job.id, run.status
       from scheduled_jobs job join scheduled_job_runs run on run.scheduled_job_id = job.id
       where run.completed_at is not null
       order by job.id, run.started_at desc, run.id desc`,
    )
    const last = new Map(rows.map(({ id, status }) => [id, status]))
    for (const job of jobs) expect([job.id, job.lastRunStatus]).toEqual([job.id, last.get(job.id) ?? null])
    const running = await own.query<{ id: string }>(
      `select distinct scheduled_job_id as id from scheduled_job_runs where status = 'running' and completed_at is null`,
    )
    const states = jobs.filter(({ state }) => state === 'running').map(({ id }) => id)
    expect(states.toSorted()).toEqual(running.rows.map(({ id }) => id).toSorted())
  })

  test('every list can be read', async () => {
    const database = pool('older')
    expect(await listRuns(database, { ...everyRun, limit: 500 })).toHaveLength(500)
    expect(await listRuns(database, { ...everyRun, problem: 'any', limit: 10 })).toHaveLength(10)
    await Promise.all([
      listRefreshingJobs(database, null),
      listForeignJobTypes(database),
      listJobsToCheck(database),
      listOverdueJobs(database),
    ])
    expect((await listStuckRuns(database)).length).toBeGreaterThan(0)
    const [job] = await listJobs(database, everyJob)
    expect(await findJobs(database, { idPart: job?.id ?? '', name: '', brandId: null })).toMatchObject([
      { id: job?.id },
    ])
  })
})
