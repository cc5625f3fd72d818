import type { Database, Statement } from '../database.ts'
import { type Batch, type BatchRequest, type BatchRow, type Place, progress } from './batch.ts'
import { cutoff } from './cutoff.ts'

const beforeAllDatasets: Place = ['00000000-0000-0000-0000-000000000000', '']

/**
 * No index begins with the time: it would cost every result of every run. So the index by brand and dataset is walked from one dataset
 * to the next, with one look at what is old in each.
 */
const statement: Statement = {
  name: 'sweep_dataset_history',
  text: `
with recursive dataset as (
  (
    select history.brand_id, history.dataset_key, 1 as place
    from dataset_status_history history
    where (history.brand_id, history.dataset_key) > ($2::uuid, $3::text)
    order by history.brand_id, history.dataset_key
    limit 1
  )
  union all
  select next.brand_id, next.dataset_key, dataset.place + 1
  from dataset
  cross join lateral (
    select history.brand_id, history.dataset_key
    from dataset_status_history history
    where (history.brand_id, history.dataset_key) > (dataset.brand_id, dataset.dataset_key)
    order by history.brand_id, history.dataset_key
    limit 1
  ) next
  where dataset.place < $4::integer
), gone as (
  delete from dataset_status_history history
  using (
    select old.run_id, old.step_position
    from dataset
    cross join lateral (
      select history.run_id, history.step_position
      from dataset_status_history history
      where history.brand_id = dataset.brand_id and history.dataset_key = dataset.dataset_key
        and history.happened_at < ${cutoff('$1::integer')}
    ) old
    where $6::boolean
    limit $5::integer
  ) old
  where history.run_id = old.run_id and history.step_position = old.step_position
  returning history.run_id
)
select (select count(*) from dataset) as looked, last.brand_id::text as first, last.dataset_key as second,
  (select count(*) from gone) >= $5::integer as again, (select count(*) from gone) as removed
from (select 1) one
left join (select * from dataset order by place desc limit 1) last on true`,
}

/** Removes results of datasets that are older than `keepDays`, of those whose brand is gone as well. */
export async function sweepDatasetHistory(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { after, limit, mostRows, removes } = request
  const values = [keepDays, ...(after ?? beforeAllDatasets), limit, mostRows, removes]
  const [row] = await database.query<BatchRow & { removed: number }>(statement, values)
  if (row === undefined) throw new Error('sweep_dataset_history returned no row')
  return { removed: { dataset_status_history: row.removed }, ...progress(row, request) }
}
