import type { Database, Statement } from './database.ts'
import { type EvaluatedCatalog, isSwitchedOn, refresherRows } from './evaluated-datasets.ts'
import { finite } from './job-columns.ts'
import { isForOldDays } from './old-days.ts'

/** An active job that refreshes a dataset of its brand. */
export interface Refresher {
  readonly brandId: string
  readonly dataset: string
  readonly jobId: string
  readonly jobType: string
  /** Its last run ended after the dataset had last succeeded; also true where either is unknown. */
  readonly hasEndedSince: boolean
}

const statement: Statement = {
  name: 'list_refreshers',
  text: `
select wanted.brand_id as "brandId", wanted.dataset, job.id as "jobId", job.job_type as "jobType",
  coalesce(${finite('job.last_run_finished_at')} > ${finite('status.last_success_at')}, true) as "hasEndedSince"
from unnest($1::uuid[], $2::text[]) as wanted (brand_id, dataset)
join ${refresherRows('$3')} on refresher.dataset = wanted.dataset
join scheduled_jobs job on job.brand_id = wanted.brand_id and job.job_type = refresher."jobType"
left join dataset_status status on status.brand_id = wanted.brand_id and status.dataset_key = wanted.dataset
where job.status = 'active' and ${isSwitchedOn} and not ${isForOldDays('job')}
order by job.created_at, job.id`,
}

/** Who refreshes the given datasets, the oldest job first; paused jobs do not. */
export async function listRefreshers(
  database: Database,
  { refreshers }: EvaluatedCatalog,
  datasets: readonly { readonly brandId: string; readonly dataset: string }[],
): Promise<Refresher[]> {
  if (datasets.length === 0) return []
  const columns = [datasets.map(({ brandId }) => brandId), datasets.map(({ dataset }) => dataset)]
  return database.query<Refresher>(statement, [...columns, JSON.stringify(refreshers)])
}
