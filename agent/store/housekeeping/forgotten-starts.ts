import type { Database, Statement } from '../database.ts'
import type { Batch, BatchRequest } from './batch.ts'

/**
 * Hours after which a start that nothing followed is forgotten. Runs of ours have leases; who only says "started" has none, and Healthchecks
 * gives its runs as long (peers: 72 h).
 */
export const longestStartHours = 72

const statement: Statement = {
  name: 'settle_forgotten_starts',
  text: `
with datasets as (
  update dataset_status set last_status = 'unknown'
  where $2::boolean and id = any (array(
    select forgotten.id from dataset_status forgotten
    where forgotten.last_status = 'running' and case
        when forgotten.last_run_id is null then forgotten.last_attempt_at < now() - $3::integer * interval '1 hour'
        -- A run and its datasets end in one statement, unless somebody else ended or deleted the run.
        else not exists (
          select from scheduled_job_runs run where run.id = forgotten.last_run_id and run.completed_at is null
        )
      end
    limit $1::integer
    for no key update skip locked
  ))
  returning id
), runs as (
  update external_runs set status = null
  where $2::boolean and id = any (array(
    select forgotten.id from external_runs forgotten
    where forgotten.status = 'running'
      and greatest(forgotten.received_at, forgotten.last_event_at) < now() - $3::integer * interval '1 hour'
    limit $1::integer
  ))
  returning id
)
select (select count(*) from datasets) as datasets, (select count(*) from runs) as runs`,
}

/**
 * F4: nothing stays running for ever. What another program started and never ended, or ended in our stead, is unknown; nothing is
 * removed.
 */
export async function settleForgottenStarts(database: Database, { limit, removes }: BatchRequest): Promise<Batch> {
  const [row] = await database.query<{ datasets: number; runs: number }>(statement, [limit, removes, longestStartHours])
  const { datasets = 0, runs = 0 } = row ?? {}
  return { removed: {}, next: null, isLast: datasets < limit && runs < limit }
}
