/** What calls about days of the calendar are made with. */
import type pg from 'pg'
import type { Catalog } from '../../agent/jobs/catalog/catalog.ts'
import { marketingCatalog } from '../../agent/jobs/catalog/marketing.ts'
import { type Brand, insert } from '../support/job-rows.ts'

/** The preset, and a job type that is about days. */
export function catalogWithDays(): Catalog {
  const preset = marketingCatalog()
  const load = {
    key: 'load_days',
    label: 'Load days',
    description: null,
    timeoutMinutes: 60,
    parameters: { type: 'object', properties: { day: { type: 'string', format: 'date' } } },
    steps: [],
    cadence: null,
    secrets: [],
    backfill: { from: 'day', to: null, mostDays: 1 },
    resume: false,
    expectedMinutes: null,
    owner: null,
    runbook: null,
  }
  return { ...preset, jobTypes: new Map(preset.jobTypes).set(load.key, load) }
}

/** Returns its id. */
export function addBackfill(
  client: pg.ClientBase,
  { organizationId, brandId }: Pick<Brand, 'organizationId' | 'brandId'>,
): Promise<string> {
  return insert(client, 'backfills', {
    organization_id: organizationId,
    brand_id: brandId,
    job_type: 'load_days',
    first_day: '2026-01-01',
    last_day: '2026-01-03',
    days_per_run: 1,
    runs: 3,
    requested_by: 'Ben',
  })
}
