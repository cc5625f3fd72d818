import type { JsonObject } from '../../shared/domain.ts'
import type { DatasetName } from '../../shared/lineage/mapping.ts'
import type { Database, Statement } from './database.ts'
import { attemptOrder } from './outside-events.ts'

/** What was said about a dataset of another program's name. */
export interface TellOfDataset extends DatasetName {
  readonly organizationId: string
  readonly producer: string
  readonly jobNamespace: string
  readonly jobName: string
  readonly at: Date
  /** Null: it was only named; with `attemptedAt`, a run ended without bringing data, for the reason in `error`. */
  readonly status: 'running' | 'completed' | 'failed' | null
  readonly attemptedAt: Date | null
  readonly error: string | null
  /** Of `digestId`; null where nothing was attempted. */
  readonly attemptKey: string | null
  readonly freshAsOf: Date | null
  readonly rows: number | null
  /** What was said of it without a run; null = nothing. */
  readonly facets: JsonObject | null
}

/** What is known of it from all that was said. */
export interface LineageDataset extends DatasetName {
  readonly producer: string
  readonly jobNamespace: string
  readonly jobName: string
  readonly lastEventAt: Date
  /** As in TellOfDataset. */
  readonly status: 'running' | 'completed' | 'failed' | null
  readonly attemptAt: Date | null
  readonly error: string | null
  readonly attemptKey: string | null
  readonly successAt: Date | null
  readonly records: number | null
}

const attemptOf = (row: string): string =>
  `(${attemptOrder(`${row}.attempt_at`, `${row}.status`, `${row}.attempt_key`)})`
const successOf = (row: string): string =>
  `(coalesce(${row}.success_at, '-infinity'), coalesce(${row}.records_affected, -1))`
const nameOf = (row: string): string =>
  `(${row}.last_event_at, ${row}.producer collate "C", ${row}.job_namespace collate "C", ${row}.job_name collate "C")`
const facetsOf = (row: string): string => `(coalesce(${row}.facets_at, '-infinity'), ${row}.facets::text collate "C")`

const isNewer = (rank: (row: string) => string): string => `${rank('excluded')} > ${rank('known')}`
/** As in `record_outside_events`. */
const isNewerAttempt = `(${isNewer(attemptOf)} or ${attemptOf('excluded')} = ${attemptOf('known')}
    and (excluded.status, excluded.error_message) is distinct from (known.status, known.error_message))`

const newer = (condition: string, columns: readonly string[]): string =>
  columns.map((name) => `${name} = case when ${condition} then excluded.${name} else known.${name} end`).join(',\n    ')

/** As `record_outside_events`: the order in which it is told decides nothing, and what is known is not written. */
const recordStatement: Statement = {
  name: 'record_lineage_datasets',
  text: `
with told as (
  select * from jsonb_to_recordset($1::jsonb) as told (
    organization_id uuid, namespace text, name text, producer text, job_namespace text, job_name text,
    last_event_at timestamptz, status text, attempt_at timestamptz, error_message text, success_at timestamptz,
    records_affected bigint, facets jsonb, facets_at timestamptz, attempt_key uuid
  )
), subject as (
  select distinct on (organization_id, namespace, name) *
  from told order by organization_id, namespace, name, ${nameOf('told')} desc
), attempt as (
  select distinct on (organization_id, namespace, name) *
  from told where attempt_at is not null order by organization_id, namespace, name, ${attemptOf('told')} desc
), success as (
  select distinct on (organization_id, namespace, name) *
  from told where success_at is not null order by organization_id, namespace, name, ${successOf('told')} desc
), described as (
  select distinct on (organization_id, namespace, name) *
  from told where facets_at is not null order by organization_id, namespace, name, ${facetsOf('told')} desc
)
insert into lineage_datasets as known (
  organization_id, namespace, name, producer, job_namespace, job_name, last_event_at, status, attempt_at,
  error_message, success_at, records_affected, facets, facets_at, attempt_key
)
select subject.organization_id, subject.namespace, subject.name, subject.producer, subject.job_namespace,
  subject.job_name, subject.last_event_at, attempt.status, attempt.attempt_at, attempt.error_message,
  success.success_at, success.records_affected, coalesce(described.facets, '{}'), described.facets_at,
  attempt.attempt_key
from subject
left join attempt using (organization_id, namespace, name)
left join success using (organization_id, namespace, name)
left join described using (organization_id, namespace, name)
order by subject.organization_id, subject.namespace collate "C", subject.name collate "C"
on conflict (organization_id, namespace, name) do update set
    ${newer(isNewer(nameOf), ['last_event_at', 'producer', 'job_namespace', 'job_name'])},
    ${newer(isNewerAttempt, ['status', 'attempt_at', 'error_message', 'attempt_key'])},
    ${newer(isNewer(successOf), ['success_at', 'records_affected'])},
    ${newer(isNewer(facetsOf), ['facets', 'facets_at'])}
where ${[isNewerAttempt, ...[nameOf, successOf, facetsOf].map(isNewer)].join('\n  or ')}`,
}

/** In one statement, in the caller's transaction. */
export async function recordLineageDatasets(database: Database, told: readonly TellOfDataset[]): Promise<void> {
  if (told.length > 0) await database.query(recordStatement, [JSON.stringify(told.map(rowOf))])
}

function rowOf(told: TellOfDataset): JsonObject {
  return {
    organization_id: told.organizationId,
    namespace: told.namespace,
    name: told.name,
    producer: told.producer,
    job_namespace: told.jobNamespace,
    job_name: told.jobName,
    last_event_at: told.at.toISOString(),
    status: told.status,
    attempt_at: told.attemptedAt?.toISOString() ?? null,
    error_message: told.error,
    attempt_key: told.attemptKey,
    success_at: told.freshAsOf?.toISOString() ?? null,
    records_affected: told.rows,
    facets: told.facets ?? {},
    facets_at: told.facets === null ? null : told.at.toISOString(),
  }
}

const listStatement: Statement = {
  name: 'list_lineage_datasets',
  text: `
select namespace, name, producer, job_namespace as "jobNamespace", job_name as "jobName",
  last_event_at as "lastEventAt", status, attempt_at as "attemptAt",
  error_message as error, attempt_key as "attemptKey", success_at as "successAt", records_affected as records
from lineage_datasets
where organization_id = $1::uuid
order by last_event_at desc, namespace collate "C", name collate "C"
limit $2::int`,
}

/** Those that were named last. */
export async function listLineageDatasets(
  database: Database,
  organizationId: string,
  most: number,
): Promise<LineageDataset[]> {
  return database.query<LineageDataset>(listStatement, [organizationId, most])
}

const recordJobsStatement: Statement = {
  name: 'record_lineage_jobs',
  text: `
insert into lineage_jobs as known (organization_id, namespace, name, producer, facets, facets_at)
select distinct on (organization_id, namespace, name) organization_id, namespace, name, producer, facets, facets_at
from jsonb_to_recordset($1::jsonb) as told (
  organization_id uuid, namespace text, name text, producer text, facets jsonb, facets_at timestamptz
)
order by organization_id, namespace, name, facets_at desc, facets::text collate "C" desc
on conflict (organization_id, namespace, name) do update set
  producer = excluded.producer, facets = excluded.facets, facets_at = excluded.facets_at
where (excluded.facets_at, excluded.facets::text collate "C") > (known.facets_at, known.facets::text collate "C")`,
}

export interface TellOfJob extends DatasetName {
  readonly organizationId: string
  readonly producer: string
  readonly at: Date
  readonly facets: JsonObject
}

/** Jobs that were described without a run: what was said last is kept. */
export async function recordLineageJobs(database: Database, told: readonly TellOfJob[]): Promise<void> {
  if (told.length === 0) return
  const rows = told.map(({ organizationId, namespace, name, producer, at, facets }) => ({
    organization_id: organizationId,
    namespace,
    name,
    producer,
    facets,
    facets_at: at.toISOString(),
  }))
  await database.query(recordJobsStatement, [JSON.stringify(rows)])
}

const reportersStatement: Statement = {
  name: 'list_lineage_reporters',
  text: `
with latest as (
  select producer, job_namespace, job_name, status, last_event_at
  from external_runs
  where organization_id = $1::uuid and source = $2::text
  order by first_event_at desc, id desc
  limit 5000
)
select producer, job_namespace as "jobNamespace", count(*) as runs, count(distinct job_name) as jobs,
  count(*) filter (where status = 'failed') as failed, max(last_event_at) as "lastEventAt"
from latest
group by producer, job_namespace
order by max(last_event_at) desc, producer, job_namespace
limit 100`,
}

export interface Reporter {
  readonly producer: string
  readonly jobNamespace: string
  /** Of the latest 5,000 runs. */
  readonly runs: number
  readonly jobs: number
  readonly failed: number
  readonly lastEventAt: Date
}

/** Who reported lately through a door. */
export async function listReporters(database: Database, organizationId: string, source: string): Promise<Reporter[]> {
  return database.query<Reporter>(reportersStatement, [organizationId, source])
}
