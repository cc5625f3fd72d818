import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { passes } from '../../../agent/housekeeping/passes.ts'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import type { KeepDays } from '../../../agent/store/housekeeping/sweeps.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addEvent, addRoute, notificationRows, openIncident } from '../../support/incident-events.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import {
  addLines,
  addOldRun,
  addQuietJob,
  addStep,
  daysAgo,
  hastyPace,
  housekeepingPool,
  idsOf,
  usualKeep,
  walkAll,
} from '../../support/old-rows.ts'

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
afterEach(() =>
  client.query(
    `truncate organizations, scheduled_jobs, run_steps, run_logs, dataset_status_history, incidents cascade`,
  ),
)

/** What went, by table. */
function sweepAll(keep: Partial<KeepDays> = {}, limit = 200): Promise<Record<string, number>> {
  const pace = { ...hastyPace, limit: [limit, limit] as const, mostRows: 50 }
  return walkAll(pool, { keep: { ...usualKeep, ...keep }, pace })
}

describe('retention: runs', () => {
  test('retention: successful runs go after 90 days, failed and cancelled ones after 180, with steps and lines', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addQuietJob(client, { brand_id: brandId })
    const gone = [
      await addOldRun(client, jobId, 91),
      await addOldRun(client, jobId, 92, { problem: 'warnings' }),
      await addOldRun(client, jobId, 181, { status: 'failed' }),
      await addOldRun(client, jobId, 200, { status: 'cancelled' }),
    ]
    const stay = [
      await addOldRun(client, jobId, 89),
      await addOldRun(client, jobId, 100, { status: 'failed' }),
      await addOldRun(client, jobId, 170, { status: 'cancelled' }),
      await addOldRun(client, jobId, 1),
    ]
    for (const runId of [...gone, ...stay]) await addStep(client, runId)
    expect(await sweepAll()).toEqual({ scheduled_job_runs: 4, run_steps: 4 })
    expect(await idsOf(client, 'scheduled_job_runs')).toEqual(new Set(stay))
    expect(await idsOf(client, 'run_steps', 'run_id')).toEqual(new Set(stay))
  })

  test('retention: what a job names stays, and so does the last run of a job, however old', async () => {
    const current = await addQuietJob(client)
    const running = await addOldRun(client, current, 300)
    await addOldRun(client, current, 299)
    const named = await addOldRun(client, current, 298)
    const newest = await addOldRun(client, current, 297)
    await client.query('update scheduled_jobs set current_run_id = $2, last_run_id = $3 where id = $1', [
      current,
      running,
      named,
    ])
    const foreign = await addQuietJob(client, { status: 'active' })
    await addOldRun(client, foreign, 301, { status: 'failed' })
    const last = await addOldRun(client, foreign, 300, { status: 'failed' })
    expect(await sweepAll()).toEqual({ scheduled_job_runs: 2 })
    expect(await idsOf(client, 'scheduled_job_runs')).toEqual(new Set([running, named, newest, last]))
  })

  test('retention: the run that a dataset names as its last attempt stays', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addQuietJob(client, { brand_id: brandId })
    const named = await addOldRun(client, jobId, 300, { status: 'failed' })
    await addOldRun(client, jobId, 300)
    const last = await addOldRun(client, jobId, 1)
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_run_id) values ($1, 'orders', 'failed', $2)`,
      [brandId, named],
    )
    expect(await sweepAll()).toEqual({ scheduled_job_runs: 1 })
    expect(await idsOf(client, 'scheduled_job_runs')).toEqual(new Set([named, last]))
  })

  test('retention: what has not ended stays, and a run counts from its end', async () => {
    const jobId = await addQuietJob(client)
    const running = await addRun(client, jobId, { status: 'running', started_at: daysAgo(300) })
    const longOne = await addOldRun(client, jobId, 300, { completed_at: daysAgo(89) })
    const oddEnd = await addOldRun(client, jobId, 300, { completed_at: 'infinity' })
    await addOldRun(client, jobId, 200, { completed_at: null, status: 'failed' })
    const last = await addOldRun(client, jobId, 1)
    expect(await sweepAll()).toEqual({ scheduled_job_runs: 1 })
    expect(await idsOf(client, 'scheduled_job_runs')).toEqual(new Set([running, longOne, oddEnd, last]))
  })

  test('retention: rows of other programs, with nothing but the older columns, have the same ages', async () => {
    const { rows } = await client.query<{ id: string }>(
      `insert into scheduled_jobs (name, job_type, schedule_type, cron_expression)
       values ('Theirs', 'theirs', 'recurring', '0 6 * * *') returning id`,
    )
    const jobId = rows[0]?.id ?? ''
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at, logs, created_at)
       select $1, 'completed', now() - n * interval '10 days', now() - n * interval '10 days', 'text', now() - n * interval '10 days'
       from generate_series(1, 20) n`,
      [jobId],
    )
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, created_at) values ($1, 'pending', now() - interval '200 days')`,
      [jobId],
    )
    expect(await sweepAll()).toEqual({ scheduled_job_runs: 13, 'scheduled_job_runs.logs': 18 })
    const left = await client.query(`select logs is not null as text from scheduled_job_runs order by started_at desc`)
    expect(left.rows.map(({ text }: { text: boolean }) => text)).toEqual([
      true,
      true,
      ...Array.from({ length: 6 }, () => false),
    ])
  })

  test('retention, J6: an archived one-time job goes with its runs when the last of them is older than every age', async () => {
    const { brandId } = await addBrand(client)
    const archived = { brand_id: brandId, status: 'archived', next_run_at: null }
    const once = await addJob(client, archived)
    await client.query('update scheduled_jobs set last_run_id = $2 where id = $1', [
      once,
      await addOldRun(client, once, 181, { attempt_number: 2 }),
    ])
    await addOldRun(client, once, 182, { status: 'failed' })
    const stay = [
      await addJob(client, { ...archived, name: 'Its success is old, but its failure was not' }),
      await addJob(client, { ...archived, name: 'An incident is about it' }),
      await addJob(client, { ...archived, name: 'Its dataset names its run' }),
      await addJob(client, {
        ...archived,
        name: 'Recurring',
        schedule_type: 'recurring',
        cron_expression: '0 6 * * *',
      }),
      await addJob(client, { ...archived, name: 'Completed', status: 'completed' }),
    ]
    const [young = '', troubled = '', needed = '', ...others] = stay
    await addOldRun(client, young, 100)
    await addOldRun(client, troubled, 300)
    await client.query(
      `insert into incidents (kind, scheduled_job_id, summary, resolved_at) values ('run_failed', $1, 'It failed.', now())`,
      [troubled],
    )
    const named = await addOldRun(client, needed, 300)
    await addOldRun(client, needed, 299)
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_run_id) values ($1, 'orders', 'completed', $2)`,
      [brandId, named],
    )
    for (const jobId of others) await addOldRun(client, jobId, 300)
    expect(await sweepAll()).toEqual({ scheduled_jobs: 1, scheduled_job_runs: 2 })
    expect(await idsOf(client, 'scheduled_jobs')).toEqual(new Set(stay))
  })
})

describe('retention: logs', () => {
  test('retention: lines and text of a run go after 30 days, the run stays; more lines than a batch takes go in several', async () => {
    const jobId = await addQuietJob(client)
    const old = await addOldRun(client, jobId, 31, { logs: 'as text' })
    const young = await addOldRun(client, jobId, 29, { logs: 'as text' })
    await addLines(client, old, 170)
    await addLines(client, young, 5)
    expect(await sweepAll()).toEqual({ run_logs: 170, 'scheduled_job_runs.logs': 1 })
    expect(await idsOf(client, 'run_logs', 'run_id')).toEqual(new Set([young]))
    const { rows } = await client.query('select id, logs from scheduled_job_runs where logs is not null')
    expect(rows).toEqual([{ id: young, logs: 'as text' }])
  })

  test('retention: logs that are kept longer than their runs go with them, in batches', async () => {
    const jobId = await addQuietJob(client)
    const old = await addOldRun(client, jobId, 91)
    await addOldRun(client, jobId, 1)
    await addLines(client, old, 170)
    expect(await sweepAll({ logs: 3_000 })).toEqual({ run_logs: 170, scheduled_job_runs: 1 })
  })

  test('retention: the log of a run that goes on stays', async () => {
    const jobId = await addQuietJob(client)
    const running = await addRun(client, jobId, { status: 'running', started_at: daysAgo(40), logs: 'as text' })
    await addLines(client, running, 3)
    expect(await sweepAll()).toEqual({})
  })
})

describe('retention: results of datasets', () => {
  test('retention: results go after 400 days, of every dataset, also where the brand is gone', async () => {
    const { brandId } = await addBrand(client)
    const nobody = '00000000-0000-4000-8000-00000000cafe'
    await client.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
       select gen_random_uuid(), 0, brand.id, 'dataset_' || dataset, now() - day * interval '1 day', 'completed'
       from unnest($1::uuid[]) as brand (id), generate_series(1, 30) as dataset, unnest(array[1, 399, 401, 500]) as day`,
      [[brandId, nobody]],
    )
    expect(await sweepAll({}, 7)).toEqual({ dataset_status_history: 120 })
    const { rows } = await client.query(
      `select brand_id, count(*)::int as count, min(happened_at) > now() - interval '400 days' as young
       from dataset_status_history group by brand_id order by brand_id`,
    )
    expect(rows).toEqual([nobody, brandId].toSorted().map((id) => ({ brand_id: id, count: 60, young: true })))
  })
})

describe('retention: incidents', () => {
  async function addIncident(opened: number, resolved: number | null, causeId: string | null = null): Promise<string> {
    const { rows } = await client.query<{ id: string }>(
      `insert into incidents (kind, summary, opened_at, resolved_at, cause_id, dataset_key)
       values ('dataset_stale', 'It is stale.', $1, $2, $3, gen_random_uuid()) returning id`,
      [daysAgo(opened), resolved === null ? null : daysAgo(resolved), causeId],
    )
    const id = rows[0]?.id ?? ''
    await client.query(`insert into incident_events (incident_id, type, happened_at) values ($1, 'opened', $2)`, [
      id,
      daysAgo(opened),
    ])
    return id
  }

  test('retention: resolved incidents go after 400 days with all that happened to them; open ones and causes of younger ones stay', async () => {
    await addIncident(500, 450)
    const stay = [await addIncident(500, null), await addIncident(500, 399), await addIncident(2, 1)]
    const cause = await addIncident(500, 450)
    stay.push(cause, await addIncident(500, 10, cause))
    expect(await sweepAll({}, 2)).toEqual({ incidents: 1, incident_events: 1 })
    expect(await idsOf(client, 'incidents')).toEqual(new Set(stay))
    expect(await idsOf(client, 'incident_events', 'incident_id')).toEqual(new Set(stay))
  })

  test('retention: what was told goes after as long', async () => {
    const open = await addIncident(500, null)
    const told = (days: number, transition: string) =>
      client.query(
        `insert into notifications (incident_id, transition, channel, created_at) values ($1, $2, 'ops', $3)`,
        [open, transition, daysAgo(days)],
      )
    await told(401, 'opened')
    await told(399, 'reminded')
    expect(await sweepAll()).toEqual({ notifications: 1 })
    const { rows } = await client.query('select transition from notifications')
    expect(rows).toEqual([{ transition: 'reminded' }])
  })

  test('retention: what told of an open incident stays, however old, so that its end is told there too', async () => {
    const { organizationId, brandId } = await addOpenBrand(client)
    await addRoute(client, organizationId, 'ops')
    const dispatch = () => dispatchRound(pool, { gatherMs: 0, aliveSeconds: 150 })
    const columns = { organization_id: organizationId, brand_id: brandId }
    const open = [
      await openIncident(client, columns),
      await openIncident(client, { ...columns, dataset_key: 'prices' }),
    ]
    await dispatch()
    await client.query('update notifications set created_at = $1', [daysAgo(402)])
    for (let n = 0; n < 3; n += 1)
      await client.query(`insert into notifications (channel, created_at) values ('ops', $1)`, [daysAgo(401)])
    expect(await sweepAll({}, 2)).toEqual({ notifications: 3 })
    for (const id of open) await addEvent(client, id, 'resolved')
    expect(await sweepAll({}, 2)).toEqual({})
    await dispatch()
    const told = (await notificationRows(client)).map(({ transition }) => transition)
    expect(told).toEqual(['opened', 'opened', 'resolved', 'resolved'])
  })
})

describe('bad input 24: an age that would take what is young', () => {
  test.each([0, -1, 36_501, null])('bad input 24: %s days are refused by every statement', async (days) => {
    // What no caller can pass by its types.
    const keep = { logs: days, successfulRuns: days, failedRuns: days, history: days, incidents: days } as KeepDays
    const { brandId } = await addBrand(client)
    const jobId = await addQuietJob(client)
    await addOldRun(client, jobId, 500)
    await addOldRun(client, jobId, 499)
    await addRun(client, jobId, { status: 'pending', created_at: daysAgo(500) })
    await client.query(
      `with incident as (
         insert into incidents (kind, summary, opened_at, resolved_at) values ('agent_lost', 'It is lost.', $2, $2) returning id
       ), told as (
         insert into notifications (incident_id, transition, channel, created_at) select id, 'opened', 'ops', $2 from incident
       )
       insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
       values (gen_random_uuid(), 0, $1, 'orders', $2, 'completed')`,
      [brandId, daysAgo(500)],
    )
    const request = { after: null, limit: 100, mostRows: 100, removes: true }
    // These have ages that no setting says.
    const fixed = new Set(['starts of other programs', 'deliveries to hooks', 'removed checks'])
    const removing = passes.filter(({ what }) => !fixed.has(what))
    for (const pass of removing) await expect(pass.step(pool, keep, request)).rejects.toMatchObject({ code: '22023' })
    expect((await idsOf(client, 'scheduled_job_runs')).size).toBe(3)
  })
})
