import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import type { KeepDays } from '../../../agent/store/housekeeping/sweeps.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { addLines, daysAgo, hastyPace, housekeepingPool, idsOf, walkAll } from '../../support/old-rows.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  pool = housekeepingPool(database.url)
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

/** Ages of rows lie in the middle of days, so that the time a test takes changes nothing. */
const ageOfRow = fc.integer({ min: 0, max: 60 }).map((days) => days + 0.5)
const keepDays = fc.integer({ min: 1, max: 50 })
const keeps: fc.Arbitrary<KeepDays> = fc.record({
  logs: keepDays,
  successfulRuns: keepDays,
  failedRuns: keepDays,
  history: keepDays,
  incidents: keepDays,
})

interface Run {
  readonly job: number
  readonly status: 'completed' | 'failed' | 'cancelled' | 'running'
  readonly started: number
  /** Null: another program left it out. */
  readonly ended: number | null
  readonly lines: number
  readonly isNamedByJob: boolean
  readonly isNamedByDataset: boolean
}
const runs: fc.Arbitrary<Run> = fc
  .record({
    job: fc.nat({ max: 2 }),
    status: fc.constantFrom('completed', 'completed', 'failed', 'cancelled', 'running'),
    started: ageOfRow,
    took: fc.constantFrom(0.001, 0.25),
    hasEnd: fc.boolean(),
    lines: fc.nat({ max: 4 }),
    isNamedByJob: fc.boolean(),
    isNamedByDataset: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
  })
  .map(({ took, hasEnd, ...run }) => ({
    ...run,
    ended: run.status === 'running' || !hasEnd ? null : run.started - took,
  }))
function later(run: Run, days: number): Run {
  return { ...run, started: run.started - days, ended: run.ended === null ? null : run.ended - days }
}

const jobs = fc.record({ isArchived: fc.boolean(), isOneTime: fc.boolean() })

const world = fc.record({
  keep: keeps,
  jobs: fc.array(jobs, { minLength: 3, maxLength: 3 }),
  // No two start at the same instant: which of them is the last would be left to their ids.
  runs: fc.array(runs, { maxLength: 12 }).map((all) => all.map((run, place) => later(run, place * 0.0001))),
  results: fc.array(ageOfRow, { maxLength: 8 }),
  incidents: fc.array(fc.record({ opened: ageOfRow, resolved: fc.option(ageOfRow) }), { maxLength: 6 }),
  limit: fc.constantFrom(1, 3, 200),
  mostRows: fc.constantFrom(2, 200),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

const youngest = (run: Run): number => Math.min(run.started, run.ended ?? run.started)
const hasEnded = (run: Run): boolean => run.status !== 'running'
const ageOf = (run: Run, keep: KeepDays): number => (run.status === 'completed' ? keep.successfulRuns : keep.failedRuns)

/** The rules, said once more without SQL: which of the runs stay. */
function staying({ keep, jobs: all, runs: given }: World): Run[] {
  const lastOf = (job: number): Run | undefined =>
    given.filter((run) => run.job === job).toSorted((one, other) => one.started - other.started)[0]
  const namedByJob = (job: number): Run | undefined => given.find((run) => run.job === job && run.isNamedByJob)
  const isFinished = (job: number): boolean => {
    const { isArchived, isOneTime } = all[job] ?? { isArchived: false, isOneTime: false }
    const own = given.filter((run) => run.job === job)
    const both = Math.max(keep.successfulRuns, keep.failedRuns)
    return isArchived && isOneTime && own.every((run) => hasEnded(run) && youngest(run) > both && !run.isNamedByDataset)
  }
  return given.filter((run) => {
    if (isFinished(run.job)) return false
    const isOld = hasEnded(run) && youngest(run) > ageOf(run, keep)
    return !isOld || run.isNamedByDataset || run === lastOf(run.job) || run === namedByJob(run.job)
  })
}

async function fill({ jobs: all, runs: given, results, incidents }: World): Promise<Map<Run, string>> {
  await client.query('truncate organizations, scheduled_jobs, run_logs, dataset_status_history, incidents cascade')
  const { brandId } = await addBrand(client)
  const jobIds: string[] = []
  for (const { isArchived, isOneTime } of all) {
    jobIds.push(
      await addJob(client, {
        brand_id: brandId,
        schedule_type: isOneTime ? 'one_time' : 'recurring',
        cron_expression: isOneTime ? null : '0 6 * * *',
        status: isArchived ? 'archived' : 'paused',
        next_run_at: null,
      }),
    )
  }
  const ids = new Map<Run, string>()
  for (const run of given) {
    const jobId = jobIds[run.job] ?? ''
    const ended = run.ended === null ? null : daysAgo(run.ended)
    const columns = { status: run.status, started_at: daysAgo(run.started), completed_at: ended }
    const id = await addRun(client, jobId, columns)
    ids.set(run, id)
    await addLines(client, id, run.lines)
    const isNamed = run.isNamedByJob && given.find((other) => other.job === run.job && other.isNamedByJob) === run
    if (isNamed) await client.query('update scheduled_jobs set last_run_id = $2 where id = $1', [jobId, id])
    if (!run.isNamedByDataset) continue
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_run_id) values ($1, gen_random_uuid()::text, $2)`,
      [brandId, id],
    )
  }
  await client.query(
    `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
     select gen_random_uuid(), 0, $1, 'orders', at, 'completed' from unnest($2::timestamptz[]) at`,
    [brandId, results.map(daysAgo)],
  )
  await client.query(
    `insert into incidents (kind, summary, dataset_key, opened_at, resolved_at)
     select 'dataset_stale', 'It is stale.', gen_random_uuid()::text, opened, resolved
     from unnest($1::timestamptz[], $2::timestamptz[]) as given (opened, resolved)`,
    [
      incidents.map(({ opened }) => daysAgo(opened)),
      incidents.map(({ resolved }) => (resolved === null ? null : daysAgo(resolved))),
    ],
  )
  return ids
}

test('retention: whatever there is, a sweep removes all that is older than its age and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const ids = await fill(given)
      const { keep, limit, mostRows } = given
      await walkAll(pool, { keep, pace: { ...hastyPace, limit: [limit, limit], mostRows } })
      const stay = staying(given)
      const idOf = (run: Run): string => ids.get(run) ?? ''
      expect(await idsOf(client, 'scheduled_job_runs')).toEqual(new Set(stay.map(idOf)))
      const keepsLog = (run: Run): boolean => !hasEnded(run) || youngest(run) < given.keep.logs
      const withLog = stay.filter((run) => run.lines > 0 && keepsLog(run))
      expect(await idsOf(client, 'run_logs', 'run_id')).toEqual(new Set(withLog.map(idOf)))
      const { rows } = await client.query(
        `select (select count(*)::int from dataset_status_history) as results, (select count(*)::int from incidents) as incidents`,
      )
      expect(rows[0]).toEqual({
        results: given.results.filter((age) => age < given.keep.history).length,
        incidents: given.incidents.filter(
          ({ opened, resolved }) =>
            resolved === null || resolved < given.keep.incidents || opened < given.keep.incidents,
        ).length,
      })
    }),
    { numRuns: 25 },
  )
}, 120_000)
