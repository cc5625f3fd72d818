import type { Database, Statement } from '../database.ts'
import type { Batch, BatchRequest } from './batch.ts'
import { cutoff } from './cutoff.ts'

/** By time: of what is older than the age, only what people did is in the way. */
const statement: Statement = {
  name: 'sweep_reports',
  text: `
with gone as (
  delete from operator_actions where $3::boolean and id = any (array(
    select report.id from operator_actions report
    where report.happened_at < ${cutoff('$1::integer')} and report.door = 'api'
      and report.action in ('dataset.start', 'dataset.success', 'dataset.failure')
    order by report.happened_at, report.id
    limit $2::integer
  ))
  returning id
)
select count(*) as rows from gone`,
}

/** Removes what programs have reported of datasets from the record of actions: each is as old as its result. What people did stays. */
export async function sweepReports(
  database: Database,
  keepDays: number,
  { limit, removes }: BatchRequest,
): Promise<Batch> {
  const [row] = await database.query<{ rows: number }>(statement, [keepDays, limit, removes])
  const rows = row?.rows ?? 0
  return { removed: { operator_actions: rows }, next: null, isLast: rows < limit }
}
