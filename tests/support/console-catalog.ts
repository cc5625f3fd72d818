/** A small catalog for tests of the console, and agents that can run it. */
import type pg from 'pg'
import type { Catalog, JobType, Page } from '../../agent/jobs/catalog/catalog.ts'
import { emptyCatalog } from '../../agent/jobs/catalog/catalog.ts'
import { publicCatalog } from '../../agent/jobs/catalog/public-catalog.ts'
import type { JsonObject } from '../../shared/domain.ts'
import type { Due } from '../../shared/due.ts'

export interface JobTypeInput {
  /** Datasets that its steps refresh, each in a step of its own; `name?` = only when that parameter is true. */
  readonly datasets: readonly (string | { readonly dataset: string; readonly when: string })[]
  readonly parameters?: JsonObject
  readonly cadence?: JobType['cadence']
  readonly backfill?: JobType['backfill']
}

export function testCatalog(input: {
  readonly datasets?: Readonly<
    Record<string, { maxAgeHours?: number | null; due?: Due | null; neverZero?: boolean; label?: string }>
  >
  readonly jobTypes?: Readonly<Record<string, JobTypeInput>>
  readonly pages?: Readonly<Record<string, Page['requires']>>
}): Catalog {
  const datasets = Object.entries(input.datasets ?? {}).map(
    ([key, { maxAgeHours = null, due = null, neverZero = false, label = key }]) =>
      [
        key,
        { key, label, description: null, maxAgeHours, due, neverZero, probe: null, owner: null, runbook: null },
      ] as const,
  )
  const jobTypes = Object.entries(input.jobTypes ?? {}).map(([key, jobType]) => [key, jobTypeOf(key, jobType)] as const)
  const pages = Object.entries(input.pages ?? {}).map(
    ([key, requires]) => [key, { key, label: key, requires, owner: null, runbook: null }] as const,
  )
  // A folder makes it a file of one's own.
  return {
    ...emptyCatalog,
    datasets: new Map(datasets),
    jobTypes: new Map(jobTypes),
    pages: new Map(pages),
    baseDirectory: '/',
  }
}

function jobTypeOf(key: string, { datasets, parameters, cadence = null, backfill = null }: JobTypeInput): JobType {
  return {
    key,
    label: key,
    description: null,
    timeoutMinutes: 60,
    parameters: parameters ?? { type: 'object', properties: {} },
    cadence,
    secrets: [],
    backfill,
    resume: false,
    expectedMinutes: null,
    owner: null,
    runbook: null,
    steps: datasets.map((one, position) => ({
      key: `step_${position}`,
      label: `Step ${position}`,
      dataset: typeof one === 'string' ? one : one.dataset,
      fatal: true,
      retry: 'allowed',
      when: typeof one === 'string' ? null : one.when,
      run: null,
    })),
  }
}

/** A living agent that can run these job types of the catalog, and has published it. */
export async function addAgent(
  client: pg.ClientBase,
  catalog: Catalog,
  jobTypes: readonly string[],
  name = 'worker',
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, catalog)
     values (gen_random_uuid(), $1, 'host', 1, '0.0.0', 'running', $2, 4, $3) returning id`,
    [name, jobTypes, JSON.stringify(publicCatalog(catalog))],
  )
  return rows[0]?.id ?? ''
}

/** A row of dataset_status as any program writes it; ages in hours before now, null = never. */
export async function addStatus(
  client: pg.ClientBase,
  brandId: string,
  dataset: string,
  {
    successAge = null,
    attemptAge = successAge,
    status = 'completed',
    error = null,
    records = null,
    metadata = {},
  }: {
    successAge?: number | null
    attemptAge?: number | null
    status?: string
    error?: string | null
    records?: number | null
    metadata?: JsonObject
  } = {},
): Promise<void> {
  await client.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status, error_message, records_affected, metadata)
     values ($1, $2, now() - $3 * interval '1 hour', now() - $4 * interval '1 hour', $5, $6, $7, $8)
     on conflict (brand_id, dataset_key) do update set last_success_at = excluded.last_success_at,
       last_attempt_at = excluded.last_attempt_at, last_status = excluded.last_status,
       error_message = excluded.error_message, records_affected = excluded.records_affected, metadata = excluded.metadata`,
    [brandId, dataset, successAge, attemptAge, status, error, records, JSON.stringify(metadata)],
  )
}
