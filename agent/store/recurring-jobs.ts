import type { Database, Statement } from './database.ts'
import { foreignRunning, type Job, jobColumns, listedJobs } from './job-columns.ts'

/** A recurring job, and whether it is for something that another program calls a product. */
export type RecurringJobRow = Job & { readonly hasProduct: boolean }

const listStatement: Statement = {
  name: 'list_recurring_jobs_of_organization',
  text: `
with ${foreignRunning}
select ${jobColumns()}, j.product_id is not null as "hasProduct"
${listedJobs}
where j.schedule_type = 'recurring' and j.status in ('active', 'paused')
  and case when $1::uuid is null then j.brand_id is null
    else brand.organization_id = $1::uuid and (brand.archived_at is null or brand.id = any ($2::uuid[])) end
order by j.created_at, j.id`,
}

/**
 * Those of an organization's brands in use that are not over, or (null) of the platform; the oldest first. `alsoOf`: ids of archived
 * brands whose jobs are listed too.
 */
export async function listRecurringJobs(
  database: Database,
  organizationId: string | null,
  alsoOf: readonly string[] = [],
): Promise<RecurringJobRow[]> {
  return database.query<RecurringJobRow>(listStatement, [organizationId, alsoOf])
}
