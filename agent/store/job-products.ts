import type { Database, Statement } from './database.ts'

const listStatement: Statement = {
  name: 'list_job_products',
  text: `
select job.product_id as "productId", count(*) as jobs
from scheduled_jobs job
join brands brand on brand.id = job.brand_id
where brand.organization_id = $1::uuid and ($2::uuid[] is null or job.brand_id = any ($2::uuid[]))
  and (cardinality($3::text[]) = 0 or job.job_type = any($3::text[]))
  and job.product_id is not null and job.status <> 'archived'
group by job.product_id
order by count(*) desc, job.product_id
limit 200`,
}

/** Products of jobs that are not archived, those of most jobs first; at most 200. No job types = of all; `brandIds` null too. */
export async function listJobProducts(
  database: Database,
  scope: {
    readonly organizationId: string
    readonly brandIds: readonly string[] | null
    readonly jobTypes: readonly string[]
  },
): Promise<{ productId: string; jobs: number }[]> {
  return database.query(listStatement, [scope.organizationId, scope.brandIds, scope.jobTypes])
}
