import type { Database, Statement } from '../database.ts'
import { type Batch, type BatchRequest, type BatchRow, beforeAll, progress } from './batch.ts'
import { cutoff } from './cutoff.ts'
import type { KeepDays } from './sweeps.ts'

/** By when they were heard of first: the clocks of their senders decide nothing. One of which something was told since stays. */
const statement: Statement = {
  name: 'sweep_external_runs',
  text: `
with old as materialized (
  select run.id, run.received_at,
    greatest(run.received_at, run.last_event_at)
      < case when run.status = 'completed' then ${cutoff('$1::integer')} else ${cutoff('$2::integer')} end as is_over
  from external_runs run
  where run.received_at < ${cutoff('least($1::integer, $2::integer)')}
    and (run.received_at, run.id) > ($3::timestamptz, $4::uuid)
  order by run.received_at, run.id
  limit $5::integer
), gone as (
  delete from external_runs run using old where run.id = old.id and old.is_over and $6::boolean returning run.id
)
select (select count(*) from old) as looked, last.received_at::text as first, last.id::text as second, false as again,
  (select count(*) from gone) as runs
from (select 1) one
left join (select * from old order by received_at desc, id desc limit 1) last on true`,
}

interface Row extends BatchRow {
  readonly runs: number
}

/** Removes runs of other programs, with the ages of our own. */
export async function sweepExternalRuns(database: Database, keep: KeepDays, request: BatchRequest): Promise<Batch> {
  const { after, limit, removes } = request
  const values = [keep.successfulRuns, keep.failedRuns, ...(after ?? beforeAll), limit, removes]
  const [row] = await database.query<Row>(statement, values)
  if (row === undefined) throw new Error('sweep_external_runs returned no row')
  return { removed: { external_runs: row.runs }, ...progress(row, request) }
}

const namesStatement: Statement = {
  name: 'sweep_lineage_names',
  text: `
with age as materialized (select ${cutoff('$1::integer')} as cutoff), datasets as (
  delete from lineage_datasets where $3::boolean and ctid = any (array(
    select old.ctid from lineage_datasets old where old.last_event_at < (select age.cutoff from age) limit $2::integer
  ))
  returning name
), jobs as (
  delete from lineage_jobs where $3::boolean and ctid = any (array(
    select old.ctid from lineage_jobs old where old.facets_at < (select age.cutoff from age) limit $2::integer
  ))
  returning name
)
-- The age is looked at also where there is nothing to compare with it, so that a wrong one is refused.
select (select count(*) from datasets) as datasets, (select count(*) from jobs) as jobs from age where age.cutoff is not null`,
}

/** Removes names that nobody has told of for `keepDays`: a program that names its tables by the day makes new ones for ever. */
export async function sweepLineageNames(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { limit, removes } = request
  const [row] = await database.query<{ datasets: number; jobs: number }>(namesStatement, [keepDays, limit, removes])
  const { datasets = 0, jobs = 0 } = row ?? {}
  return {
    removed: { lineage_datasets: datasets, lineage_jobs: jobs },
    next: null,
    isLast: datasets < limit && jobs < limit,
  }
}
