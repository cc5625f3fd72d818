import { countRemoved } from '../backfills.ts'
import type { Database, Statement } from '../database.ts'
import type { Batch, BatchRequest } from './batch.ts'
import { cutoff } from './cutoff.ts'

/** A run that was called off before it began is a job without runs, which nothing else takes away. A backfill goes with the last of its jobs. */
const statement: Statement = {
  name: 'sweep_backfills',
  text: `
with old as materialized (
  select backfill.id from backfills backfill
  where backfill.created_at < ${cutoff('$1::integer')} and coalesce(backfill.cancelled_at, '-infinity') < ${cutoff('$1::integer')}
), never_begun as materialized (
  select job.id
  from old join scheduled_jobs job on job.backfill_id = old.id
  where job.status = 'archived' and job.current_run_id is null and job.last_run_id is null and job.next_run_at is null
    and job.updated_at < ${cutoff('$1::integer')}
    and not exists (select from scheduled_job_runs run where run.scheduled_job_id = job.id)
    and not exists (select from incidents incident where incident.scheduled_job_id = job.id)
  limit $2::integer
  for update of job skip locked
), jobs as (
  delete from scheduled_jobs job using never_begun where job.id = never_begun.id and $3::boolean returning job.id, job.backfill_id
), counted as (
  ${countRemoved(`select backfill_id, count(*) as cancelled from jobs group by backfill_id`)}
), gone as (
  delete from backfills backfill using old
  where backfill.id = old.id and $3::boolean
    and not exists (select from scheduled_jobs job where job.backfill_id = old.id)
  returning backfill.id
)
select (select count(*) from never_begun) as found, (select count(*) from jobs) as jobs, (select count(*) from gone) as backfills`,
}

/** Removes backfills of which no run is kept any more, and runs of old ones that never began. `keepDays`: of runs that failed or were cancelled. */
export async function sweepBackfills(
  database: Database,
  keepDays: number,
  { limit, removes }: BatchRequest,
): Promise<Batch> {
  const [row] = await database.query<{ found: number; jobs: number; backfills: number }>(statement, [
    keepDays,
    limit,
    removes,
  ])
  const { found, jobs, backfills } = row ?? { found: 0, jobs: 0, backfills: 0 }
  return { removed: { scheduled_jobs: jobs, backfills }, next: null, isLast: found < limit }
}
