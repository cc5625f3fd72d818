import type { Database, Statement } from './database.ts'

/**
 * Back from run to run of the same job, each the one before by the index: over one that failed into this attempt, or that was given back and
 * kept its attempt (J4). What somebody asked for starts counting anew, and so does every fire.
 */
const statement: Statement = {
  name: 'first_run_of_work',
  text: `
with recursive work as (
  select run.id, run.scheduled_job_id, run.started_at, run.attempt_number, 1 as depth
  from scheduled_job_runs run
  where run.id = $1::uuid
  union all
  select earlier.id, earlier.scheduled_job_id, earlier.started_at, earlier.attempt_number, work.depth + 1
  from work
  cross join lateral (
    select run.*
    from scheduled_job_runs run
    where run.scheduled_job_id = work.scheduled_job_id and run.started_at is not null
      and (run.started_at, run.id) < (work.started_at, work.id)
    order by run.started_at desc, run.id desc
    limit 1
  ) earlier
  where (earlier.problem in ('released', 'snoozed') and earlier.attempt_number = work.attempt_number)
    or (earlier.status = 'failed' and earlier.attempt_number = work.attempt_number - 1)
)
select work.id from work order by work.depth desc limit 1`,
}

/** The run with which the work of this one was first tried; the same for all attempts at one fire. */
export async function firstRunOf(database: Database, runId: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(statement, [runId])
  return row?.id ?? runId
}
