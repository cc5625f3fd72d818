import type { Database, Statement } from './database.ts'

/** A brand that has a recurring job of a type. */
export interface ScheduledBrand {
  readonly brandId: string
  /** Of several its oldest. */
  readonly jobId: string
  readonly jobName: string
}

const listStatement: Statement = {
  name: 'list_scheduled_brands',
  text: `
select distinct on (j.brand_id) j.brand_id as "brandId", j.id as "jobId",
  coalesce(nullif(btrim(j.name), ''), j.job_type) as "jobName"
from scheduled_jobs j
join brands brand on brand.id = j.brand_id
where brand.organization_id = $1::uuid and brand.archived_at is null and j.job_type = $2::text
  and j.schedule_type = 'recurring' and j.status in ('active', 'paused')
order by j.brand_id, j.created_at, j.id`,
}

/** The organization's brands in use for which a recurring job of the type, active or paused, is there. */
export async function listScheduledBrands(
  database: Database,
  organizationId: string,
  jobType: string,
): Promise<ScheduledBrand[]> {
  return database.query<ScheduledBrand>(listStatement, [organizationId, jobType])
}
