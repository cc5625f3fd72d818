import {
  type ExternalReport,
  type ExternalRun,
  type ExternalRunKey,
  isSameRun,
  mergeExternalRuns,
  runOfReport,
} from '../../shared/external-runs.ts'
import type { Database, Statement } from './database.ts'

/** What a batch did to one run. */
export interface RecordedExternalRun {
  /** As it was before the batch; null = it was not known. */
  readonly before: ExternalRun | null
  readonly after: ExternalRun
}

/**
 * Writes what messages say about runs, in one transaction of the caller: at most four statements, whatever their number. What is known
 * already is not written again. Several agents may do so at once: rows are locked in one order, and both accounts are merged.
 */
export async function recordExternalRuns(
  database: Database,
  reports: readonly ExternalReport[],
): Promise<RecordedExternalRun[]> {
  const told = gathered(reports)
  if (told.length === 0) return []
  const runs = (of: readonly ToldRun[]): ExternalRun[] => of.map(([, run]) => run)
  const known = await lockExternalRuns(database, runs(told))
  const unknown = told.filter(([key]) => !known.has(key))
  const added = await insertExternalRuns(database, runs(unknown))
  // Somebody else was quicker to add them; they are there, and committed.
  const raced = unknown.filter(([key]) => !added.has(key))
  for (const [key, run] of await lockExternalRuns(database, runs(raced))) known.set(key, run)
  const recorded = told.map(([key, run]): RecordedExternalRun => {
    const before = known.get(key) ?? null
    return { before, after: before === null ? run : mergeExternalRuns(before, run) }
  })
  await updateExternalRuns(
    database,
    recorded.flatMap(({ before, after }) => (before === null || isSameRun(before, after) ? [] : [after])),
  )
  return recorded
}

type ToldRun = readonly [key: string, run: ExternalRun]

/** One account for each run, in the order in which rows are locked. */
function gathered(reports: readonly ExternalReport[]): ToldRun[] {
  const runs = new Map<string, ExternalRun>()
  for (const report of reports) {
    const told = runOfReport(report)
    const key = textOf(told)
    const before = runs.get(key)
    runs.set(key, before === undefined ? told : mergeExternalRuns(before, told))
  }
  return [...runs].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function textOf({ organizationId, source, runKey }: ExternalRunKey): string {
  return `${organizationId} ${source} ${runKey}`
}

const columns = `
  organization_id as "organizationId", source, run_key as "runKey", parent_key as "parentKey", producer,
  job_namespace as "jobNamespace", job_name as "jobName", status, first_event_at as "firstEventAt",
  last_event_at as "lastEventAt", started_at as "startedAt", running_at as "runningAt", completed_at as "completedAt",
  nominal_start_at as "nominalStartAt", nominal_end_at as "nominalEndAt", records_affected as records,
  error_message as error, log, log_at as "logAt", facts, brand_id as "brandId", dataset_key as "datasetKey"`

/**
 * Each by its own look into the index of keys. The organization is compared as no index can, so that none that begins with it is taken: while
 * the table is empty all look alike, and that plan is kept (measured: 400 ms for a batch once there were 10,000 runs).
 */
const lockStatement: Statement = {
  name: 'lock_external_runs',
  text: `
select run.*
from unnest($1::uuid[], $2::text[], $3::text[]) as asked (organization_id, source, run_key)
cross join lateral (
  select ${columns}
  from external_runs
  where external_runs.run_key = asked.run_key and external_runs.source = asked.source
    and external_runs.organization_id is not distinct from asked.organization_id
  limit 1
  for no key update
) as run`,
}

async function lockExternalRuns(
  database: Database,
  keys: readonly ExternalRunKey[],
): Promise<Map<string, ExternalRun>> {
  if (keys.length === 0) return new Map()
  const rows = await database.query<ExternalRun>(lockStatement, [
    keys.map(({ organizationId }) => organizationId),
    keys.map(({ source }) => source),
    keys.map(({ runKey }) => runKey),
  ])
  return new Map(rows.map((row) => [textOf(row), row]))
}

/** Rows as one JSON document: one parameter, whatever their number. */
const given = `
  jsonb_to_recordset($1::jsonb) as given (
    "organizationId" uuid, source text, "runKey" text, "parentKey" text, producer text, "jobNamespace" text,
    "jobName" text, status text, "firstEventAt" timestamptz, "lastEventAt" timestamptz, "startedAt" timestamptz,
    "runningAt" timestamptz, "completedAt" timestamptz, "nominalStartAt" timestamptz, "nominalEndAt" timestamptz,
    records bigint, error text, log text, "logAt" timestamptz, facts jsonb, "brandId" uuid, "datasetKey" text
  )`

const insertStatement: Statement = {
  name: 'insert_external_runs',
  text: `
insert into external_runs (
  organization_id, source, run_key, parent_key, producer, job_namespace, job_name, status, first_event_at,
  last_event_at, started_at, running_at, completed_at, nominal_start_at, nominal_end_at, records_affected,
  error_message, log, log_at, facts, brand_id, dataset_key
)
select "organizationId", source, "runKey", "parentKey", producer, "jobNamespace", "jobName", status, "firstEventAt",
  "lastEventAt", "startedAt", "runningAt", "completedAt", "nominalStartAt", "nominalEndAt", records,
  error, log, "logAt", facts, "brandId", "datasetKey"
from ${given}
on conflict (run_key, source, organization_id) do nothing
returning organization_id as "organizationId", source, run_key as "runKey"`,
}

/** The keys of those that were not there. */
async function insertExternalRuns(database: Database, runs: readonly ExternalRun[]): Promise<Set<string>> {
  if (runs.length === 0) return new Set()
  const added = await database.query<ExternalRunKey>(insertStatement, [JSON.stringify(runs)])
  return new Set(added.map(textOf))
}

const updateStatement: Statement = {
  name: 'update_external_runs',
  text: `
update external_runs as run
set parent_key = "parentKey", producer = given.producer, job_namespace = "jobNamespace", job_name = "jobName",
  status = given.status, first_event_at = "firstEventAt", last_event_at = "lastEventAt", started_at = "startedAt",
  running_at = "runningAt", completed_at = "completedAt", nominal_start_at = "nominalStartAt",
  nominal_end_at = "nominalEndAt", records_affected = records, error_message = error, log = given.log,
  log_at = "logAt", facts = given.facts, brand_id = "brandId", dataset_key = "datasetKey"
from ${given}
where run.run_key = "runKey" and run.source = given.source
  and run.organization_id is not distinct from "organizationId"`,
}

async function updateExternalRuns(database: Database, runs: readonly ExternalRun[]): Promise<void> {
  if (runs.length > 0) await database.query(updateStatement, [JSON.stringify(runs)])
}

/** Runs of so many days, and so many of them, are looked back at. */
const ownedLately = { days: 30, runs: 10_000 } as const

const ownStatement: Statement = {
  name: 'own_external_runs',
  text: `
update external_runs set brand_id = $4::uuid, dataset_key = $5::text
where id = any (array(
  select run.id from external_runs run
  where run.organization_id = $1::uuid and run.first_event_at > now() - $6::integer * interval '1 day'
    and run.brand_id is null and run.source = $2::text and run.facts ?| $3::text[]
  order by run.first_event_at desc
  limit $7::integer
))`,
}

/** Runs that are nobody's yet and have one of these facts are from now on of this brand and dataset: the latest of the last days. */
export async function ownExternalRuns(
  database: Database,
  { organizationId, source }: Pick<ExternalRunKey, 'organizationId' | 'source'>,
  facts: readonly string[],
  { brandId, datasetKey }: { readonly brandId: string; readonly datasetKey: string },
): Promise<void> {
  if (facts.length === 0) return
  const values = [organizationId, source, facts, brandId, datasetKey, ownedLately.days, ownedLately.runs]
  await database.query(ownStatement, values)
}
