/** Runs of other programs, as an intake leaves them. */
import type pg from 'pg'
import { type Brand, type Columns, insert } from './job-rows.ts'

/** A run that has completed, unless the columns say otherwise; returns its id. */
export async function addExternalRun(client: pg.ClientBase, brand: Brand, columns: Columns = {}): Promise<string> {
  const at = new Date('2026-03-01T10:00:00Z')
  return insert(client, 'external_runs', {
    organization_id: brand.organizationId,
    source: 'lineage',
    run_key: 'run 1',
    producer: 'https://example.com/loader',
    job_namespace: 'airflow',
    job_name: 'load_orders',
    status: 'completed',
    first_event_at: at,
    last_event_at: at,
    started_at: at,
    completed_at: at,
    ...columns,
  })
}
