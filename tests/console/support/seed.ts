/** What the pages show, written by plain SQL: times count from the database's own clock. */
import type { Page } from '@playwright/test'
import { addJob, addRun, only } from '../../support/job-rows.ts'
import type { Workspace } from './fixtures.ts'

/** A job type that no agent of the tests can run: its jobs stay as they are. */
export const nobodyRuns = 'nobody_runs_this'

export interface StatusFacts {
  /** Hours since the last success; null = never. */
  readonly ageHours: number | null
  readonly lastStatus?: 'completed' | 'failed' | 'running' | 'unknown'
  readonly records?: number
  readonly error?: string
  readonly isSuspicious?: boolean
  readonly runId?: string
}

/** The status of a dataset as a job leaves it. */
export async function addStatus(agent: Workspace, brandId: string, dataset: string, facts: StatusFacts): Promise<void> {
  const { ageHours, lastStatus = 'completed', records = null, error = null, isSuspicious = false, runId = null } = facts
  await agent.sql.query(
    `insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status,
       records_affected, error_message, metadata, last_run_id)
     values ($1::uuid, $2, $3::uuid, now() - $4::float8 * interval '1 hour', now() - interval '10 minutes', $5, $6::bigint, $7,
       jsonb_build_object('suspicious', $8::boolean), $9::uuid)`,
    [brandId, dataset, agent.organizationId, ageHours, lastStatus, records, error, isSuspicious, runId],
  )
}

/** How many one-time jobs people have queued for a brand. */
export async function queuedByPeople(agent: Workspace, brandId: string): Promise<number> {
  const { rows } = await agent.sql.query<{ count: number }>(
    `select count(*)::int as count from scheduled_jobs
     where brand_id = $1::uuid and schedule_type = 'one_time' and trigger_source = 'manual'`,
    [brandId],
  )
  return only(rows).count
}

/** A schedule that is not due for a day. */
export async function addSchedule(agent: Workspace, brandId: string | null, columns: object = {}): Promise<string> {
  return addJob(agent.sql, {
    brand_id: brandId,
    name: 'Nightly orders',
    job_type: 'load_orders',
    cron_expression: '0 3 * * *',
    time_zone: 'UTC',
    next_run_at: await inHours(agent, 24),
    ...columns,
  })
}

/** A run that ended so many minutes ago; the job knows it as its last one. */
export async function addEndedRun(agent: Workspace, jobId: string, columns: object = {}): Promise<string> {
  const completed = await inHours(agent, -0.25)
  const runId = await addRun(agent.sql, jobId, {
    status: 'completed',
    started_at: await inHours(agent, -0.3),
    completed_at: completed,
    ...columns,
  })
  await agent.sql.query(
    `update scheduled_jobs j set last_run_id = run.id, last_run_status = run.status, last_run_finished_at = run.completed_at,
       last_run_duration_ms = 180000
     from scheduled_job_runs run where run.id = $1::uuid and j.id = run.scheduled_job_id`,
    [runId],
  )
  return runId
}

/** An instant by the database's clock. */
export async function inHours(agent: Workspace, hours: number): Promise<Date> {
  const { rows } = await agent.sql.query<{ at: Date }>(`select now() + $1::float8 * interval '1 hour' as at`, [hours])
  return only(rows).at
}

export interface Shop {
  readonly acme: string
  readonly zenith: string
  readonly ordersJob: string
  readonly failedRun: string
}

/** Two brands: one with everything that can be wrong, one where all is well. */
export async function addShops(agent: Workspace): Promise<Shop> {
  const acme = await agent.brand('Acme')
  const zenith = await agent.brand('Zenith')
  const ordersJob = await addSchedule(agent, acme)
  const failedRun = await addEndedRun(agent, ordersJob, {
    status: 'failed',
    problem: 'failed',
    error_message: 'HTTP 429 at the shop',
  })
  await addStatus(agent, acme, 'orders', {
    ageHours: 9,
    lastStatus: 'failed',
    error: 'HTTP 429 at the shop\nretry after 60 s',
    records: 1234,
    runId: failedRun,
  })
  await addStatus(agent, acme, 'stock', { ageHours: 2, lastStatus: 'failed', error: 'No route to the warehouse' })
  await addStatus(agent, acme, 'ad_assets', { ageHours: null, lastStatus: 'unknown' })
  await addStatus(agent, acme, 'templates_scraped', { ageHours: 3, records: 0, isSuspicious: true })
  await addSchedule(agent, zenith, { next_run_at: await inHours(agent, 2) })
  await addStatus(agent, zenith, 'orders', { ageHours: 1, records: 50 })
  await addStatus(agent, zenith, 'stock', { ageHours: 1, records: 5 })
  return { acme, zenith, ordersJob, failedRun }
}

/** A job in each state that a person sees; none of them changes by itself. */
export async function addJobsInEveryState(agent: Workspace, brandId: string): Promise<Record<JobNames, string>> {
  const add = (name: string, columns: object = {}) =>
    addSchedule(agent, brandId, { name, job_type: nobodyRuns, concurrency_key: `${brandId} ${name}`, ...columns })
  const dead = await add('Dead job', {
    schedule_type: 'one_time',
    cron_expression: null,
    next_run_at: null,
    next_attempt: null,
    last_error: 'Attempt 4 of 4 failed: HTTP 429 at the shop',
  })
  await addEndedRun(agent, dead, { status: 'failed', problem: 'failed', attempt_number: 4 })
  return {
    active: await add('Active job'),
    paused: await add('Paused job', { status: 'paused', next_run_at: null }),
    retrying: await add('Retrying job', { next_attempt: 2, last_error: 'Attempt 1 of 4 failed' }),
    dead,
    completed: await add('Completed job', { status: 'completed', next_run_at: null }),
    archived: await add('Archived job', { status: 'archived', next_run_at: null }),
  }
}

export type JobNames = 'active' | 'paused' | 'retrying' | 'dead' | 'completed' | 'archived'

/** Whether the page has grown wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth = 0, clientWidth = 0 } = document.scrollingElement ?? {}
    return scrollWidth - clientWidth
  })
}
