import { countRemoved, standing } from '../backfills.ts'
import type { Database, Statement } from '../database.ts'
import { type Batch, type BatchRequest, type BatchRow, beforeAll, progress } from './batch.ts'
import { cutoff, isOver } from './cutoff.ts'

/**
 * - A run stays while its job or a dataset names it, and when it is the last of its job. Datasets are asked once for a batch, by the time
 *   of their last attempt (measured: an index by brand took 0.3 ms for each run; one on the run would cost every success).
 * - An archived one-time job is nothing but its runs: it goes, with all of them, when the last one is older than every age. (Archived =
 *   done, and shown nowhere but under its own filter.) It stays while an incident is about it, which would go with it.
 */
const statement: Statement = {
  name: 'sweep_runs',
  text: `
with named as materialized (
  select status.last_run_id as id
  from dataset_status status
  where status.last_run_id is not null
    and (status.last_attempt_at is null or status.last_attempt_at < ${cutoff('least($1::integer, $2::integer)')} + interval '1 day')
), old as materialized (
  select run.id, run.scheduled_job_id, run.started_at,
    ${isOver('run', `case when run.status = 'completed' then ${cutoff('$1')} else ${cutoff('$2')} end`)} as is_over
  from scheduled_job_runs run
  where run.started_at < ${cutoff('least($1, $2)')}
    and (run.started_at, run.id) > ($3::timestamptz, $4::uuid)
  order by run.started_at, run.id
  limit $5::integer
), judged as materialized (
  select old.id, old.scheduled_job_id, exists (
      select from scheduled_job_runs later
      where later.scheduled_job_id = old.scheduled_job_id and (later.started_at, later.id) > (old.started_at, old.id)
    ) as has_later
  from old
  where old.is_over and old.id not in (select named.id from named) and $7::boolean
), finished as materialized (
  select job.id, job.backfill_id, job.backfill_id is not null and ${standing} = 'cancelled' as was_cancelled
  from judged
  join scheduled_jobs job on job.id = judged.scheduled_job_id
  where not judged.has_later and job.status = 'archived' and job.schedule_type = 'one_time'
    and job.next_run_at is null and job.current_run_id is null
    and not exists (select from incidents incident where incident.scheduled_job_id = job.id)
    and not exists (
      select from scheduled_job_runs run
      where run.scheduled_job_id = job.id and (
        ${isOver('run', cutoff('greatest($1, $2)'))} is not true or run.id in (select named.id from named)
      )
    )
  -- Somebody may restore it at this instant.
  for update of job skip locked
), gone as materialized (
  select judged.id
  from judged
  join scheduled_jobs job on job.id = judged.scheduled_job_id
  where judged.has_later and job.last_run_id is distinct from judged.id and job.current_run_id is distinct from judged.id
  union
  select run.id from finished join scheduled_job_runs run on run.scheduled_job_id = finished.id
), lines as (
  delete from run_logs line
  using (select log.run_id, log.seq from gone join run_logs log on log.run_id = gone.id limit $6::integer) part
  where line.run_id = part.run_id and line.seq = part.seq
  returning line.seq
), steps as (
  delete from run_steps step using gone where step.run_id = gone.id and (select count(*) from lines) < $6::integer
  returning step.position
), runs as (
  delete from scheduled_job_runs run using gone where run.id = gone.id and (select count(*) from lines) < $6::integer
  returning run.id
), jobs as (
  delete from scheduled_jobs job
  using finished
  where job.id = finished.id and (select count(*) from lines) < $6::integer
  returning job.id, finished.backfill_id, finished.was_cancelled
), counted as (
  ${countRemoved('select backfill_id, count(*) as cancelled from jobs where was_cancelled group by backfill_id')}
)
select (select count(*) from old) as looked, last.started_at::text as first, last.id::text as second,
  (select count(*) from lines) >= $6::integer as again, (select count(*) from lines) as lines,
  (select count(*) from steps) as steps, (select count(*) from runs) as runs, (select count(*) from jobs) as jobs
from (select 1) one
left join (select * from old order by started_at desc, id desc limit 1) last on true`,
}

interface Row extends BatchRow {
  readonly lines: number
  readonly steps: number
  readonly runs: number
  readonly jobs: number
}

export interface RunAges {
  /** Days, for runs that completed, with warnings or without. */
  readonly successfulRuns: number
  /** Days, for runs that failed or were cancelled. */
  readonly failedRuns: number
}

/** Removes runs that are older than their age, with their steps and lines, and archived one-time jobs of which nothing younger is left. */
export async function sweepRuns(database: Database, ages: RunAges, request: BatchRequest): Promise<Batch> {
  const { after, limit, mostRows, removes } = request
  const values = [ages.successfulRuns, ages.failedRuns, ...(after ?? beforeAll), limit, mostRows, removes]
  const [row] = await database.query<Row>(statement, values)
  if (row === undefined) throw new Error('sweep_runs returned no row')
  const { runs, steps, lines, jobs } = row
  const removed = { scheduled_job_runs: runs, run_steps: steps, run_logs: lines, scheduled_jobs: jobs }
  return { removed, ...progress(row, request) }
}

const announcedStatement: Statement = {
  name: 'sweep_announced_runs',
  text: `
with gone as (
  delete from scheduled_job_runs run
  using (
    select announced.id
    from scheduled_job_runs announced
    join scheduled_jobs job on job.id = announced.scheduled_job_id
    where announced.started_at is null and announced.created_at < ${cutoff('$1::integer')}
      and announced.agent_id is null and announced.completed_at is null
      and job.last_run_id is distinct from announced.id and job.current_run_id is distinct from announced.id
      and exists (
        select from scheduled_job_runs later
        where later.scheduled_job_id = announced.scheduled_job_id and later.created_at > announced.created_at
      )
    limit $2::integer
  ) old
  where run.id = old.id and $3::boolean
  returning run.id
)
select count(*) as runs from gone`,
}

/** Removes runs that another program announced longer than `keepDays` ago and never started, unless nothing younger was. */
export async function sweepAnnouncedRuns(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { limit, removes } = request
  const [row] = await database.query<{ runs: number }>(announcedStatement, [keepDays, limit, removes])
  const runs = row?.runs ?? 0
  return { removed: { scheduled_job_runs: runs }, next: null, isLast: runs < limit }
}
