import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

/** What a probe has measured last of a dataset. */
export interface ProbeRow {
  readonly probedAt: Date
  /** Of the newest row; null = none, or not asked for. */
  readonly latestAt: Date | null
  readonly rowCount: number | null
  /** When what it measures last changed; null = it was measured once. */
  readonly movedAt: Date | null
  /** Whether anything had moved with the last success that was measured; null = nothing to compare with. */
  readonly moved: boolean | null
  readonly problem: string | null
}

const findStatement: Statement = {
  name: 'find_dataset_probe',
  text: `
select probed_at as "probedAt", ${finite('latest_at')} as "latestAt", row_count as "rowCount", moved_at as "movedAt", moved, problem
from dataset_probes
where brand_id = $1::uuid and dataset_key = $2::text`,
}

/** Null = it was never measured. */
export async function findDatasetProbe(database: Database, brandId: string, dataset: string): Promise<ProbeRow | null> {
  const [row] = await database.query<ProbeRow>(findStatement, [brandId, dataset])
  return row ?? null
}

/** A dataset to be measured now, by whoever has claimed it. */
export interface DueProbe {
  readonly brandId: string
  readonly dataset: string
}

/** Two agents that know the same probe do not both measure; nor is one measured more often than this. */
const restSeconds = 10

/**
 * Due: measured never, before the last success, or longer ago than its cadence. One that could not be measured waits for its
 * cadence.
 */
const claimStatement: Statement = {
  name: 'claim_due_probes',
  text: `
with due as (
  select status.brand_id, status.dataset_key
  from unnest($1::text[], $2::integer[]) as wanted (dataset, minutes)
  join dataset_status status on status.dataset_key = wanted.dataset
  join brands brand on brand.id = status.brand_id and brand.archived_at is null
  left join dataset_probes probe on probe.brand_id = status.brand_id and probe.dataset_key = status.dataset_key
  where ${finite('status.last_success_at')} is not null and (
    probe.probed_at is null
    or probe.probed_at < now() - make_interval(mins => wanted.minutes)
    or probe.problem is null and probe.success_at is distinct from status.last_success_at
  )
  order by probe.probed_at nulls first
  limit $4::integer
)
insert into dataset_probes as probe (brand_id, dataset_key, probed_at, agent_id)
select due.brand_id, due.dataset_key, now(), $3::uuid from due
on conflict (brand_id, dataset_key) do update
set probed_at = now(), agent_id = excluded.agent_id
where probe.probed_at <= now() - interval '${restSeconds} seconds'
returning brand_id as "brandId", dataset_key as dataset`,
}

/** `cadences`: minutes by dataset, of the probes that this agent knows. */
export async function claimDueProbes(
  database: Database,
  agentId: string,
  cadences: ReadonlyMap<string, number>,
  limit: number,
): Promise<DueProbe[]> {
  const values = [[...cadences.keys()], [...cadences.values()], agentId, limit]
  return database.query<DueProbe>(claimStatement, values)
}

export interface Measurement {
  /** As Postgres reads a timestamp with a zone; null = no row, or not asked for. */
  readonly latest: string | null
  readonly rows: number | null
}

/**
 * Moved = another latest row or another count than before, now or at any time since the last success that was measured: rows are
 * written before a run says that it has succeeded.
 */
const recordStatement: Statement = {
  name: 'record_probe',
  text: `
with before as (
  select probe.latest_at, probe.row_count, probe.success_at, probe.success_measured_at, probe.moved_at, probe.moved,
    -- Nothing was measured before.
    probe.latest_at is null and probe.row_count is null as is_first,
    (probe.latest_at, probe.row_count) is distinct from ($3::timestamptz, $4::bigint) as is_other,
    status.last_success_at as success
  from dataset_probes probe
  join dataset_status status on status.brand_id = probe.brand_id and status.dataset_key = probe.dataset_key
  where probe.brand_id = $1::uuid and probe.dataset_key = $2::text
  for no key update of probe
), judged as (
  select before.*, before.success is distinct from before.success_at as is_news,
    case when is_first then null when is_other then now() else before.moved_at end as now_moved_at
  from before
)
update dataset_probes probe
set latest_at = $3::timestamptz, row_count = $4::bigint, problem = null, success_at = judged.success,
  moved_at = judged.now_moved_at,
  success_measured_at = case when judged.is_news then now() else judged.success_measured_at end,
  moved = case
    when judged.is_first or judged.success_at is null then null
    when judged.is_news then coalesce(judged.now_moved_at > judged.success_measured_at, false)
    else judged.moved or judged.is_other
  end
from judged
where probe.brand_id = $1::uuid and probe.dataset_key = $2::text
returning probe.moved, judged.is_news as "isNews",
  extract(epoch from now() - judged.now_moved_at)::float8 as "restedSeconds"`,
}

export interface ProbeJudgement {
  readonly moved: boolean | null
  /** It is the first measurement after this success. */
  readonly isNews: boolean
  /** Since it last moved; null = nobody knows. */
  readonly restedSeconds: number | null
}

/** Null = the dataset is gone. */
export async function recordProbe(
  database: Database,
  { brandId, dataset }: DueProbe,
  { latest, rows }: Measurement,
): Promise<ProbeJudgement | null> {
  const [row] = await database.query<ProbeJudgement>(recordStatement, [brandId, dataset, latest, rows])
  return row ?? null
}

const problemStatement: Statement = {
  name: 'record_probe_problem',
  text: `update dataset_probes set problem = $3::text where brand_id = $1::uuid and dataset_key = $2::text`,
}

/** What was measured before stays. */
export async function recordProbeProblem(
  database: Database,
  { brandId, dataset }: DueProbe,
  problem: string,
): Promise<void> {
  await database.query(problemStatement, [brandId, dataset, problem])
}

const doubtStatement: Statement = {
  name: 'doubt_dataset_success',
  text: `
update dataset_status status
set metadata = coalesce(status.metadata, '{}') || jsonb_build_object('suspicious', true, 'suspicious_because', $3::text)
from dataset_probes probe
where probe.brand_id = $1::uuid and probe.dataset_key = $2::text
  and status.brand_id = probe.brand_id and status.dataset_key = probe.dataset_key and status.last_success_at = probe.success_at
returning status.id`,
}

/** F8: marks the success that was measured as suspicious, unless there is a later one by now. */
export async function doubtSuccess(
  database: Database,
  { brandId, dataset }: DueProbe,
  because: string,
): Promise<boolean> {
  return (await database.query(doubtStatement, [brandId, dataset, because])).length > 0
}
