/** Checks as they are stored, by plain SQL. */
import type pg from 'pg'
import { type Brand, type Columns, insert } from './job-rows.ts'

/** One that expects a ping every hour, unless the columns say otherwise. Returns its id. */
export function addCheck(client: pg.ClientBase, brand: Brand, columns: Columns = {}): Promise<string> {
  return insert(client, 'ping_checks', {
    organization_id: brand.organizationId,
    brand_id: brand.brandId,
    name: 'Nightly export',
    slug: 'nightly-export',
    dataset_key: 'nightly-export',
    period_seconds: 3_600,
    grace_seconds: 600,
    changed_by: 'test',
    ...columns,
  })
}
