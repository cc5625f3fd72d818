/**
 * Counts of very many runs without reading them: when each started is in an index alone, and the indexes of uncommon runs hold all
 * but those that simply completed. How long these took is in the runs; so it is taken from some of them, drawn at random.
 */
import type { Database } from './database.ts'
import { composed, Places } from './run-conditions.ts'
import type { BrandFacts } from './run-sources.ts'
import {
  bucketOf,
  durationMs,
  groupRuns,
  type RunGroup,
  resultCode,
  resultOf,
  type SummaryRange,
} from './run-summary.ts'

/** Whose runs. */
export interface RunOwner {
  readonly organizationId: string
  /** Also runs of platform-level jobs. */
  readonly withPlatform: boolean
  /** Only of these brands; null or absent = of all. */
  readonly brandIds?: readonly string[] | null
  readonly brands: BrandFacts
}

interface Counted {
  readonly bucket: number
  /** Of a result; null = of all. */
  readonly code: number | null
  readonly runs: number
}

/** The runs of each bucket and result. Not for owners that have runs of brands that are gone: those are in no brand's index. */
export async function countRuns(database: Database, owner: RunOwner, range: SummaryRange): Promise<RunGroup[]> {
  const places = new Places()
  const bucket = bucketOf(range, places)
  const uncommon = (source: string, ...conditions: string[]): string => `
select ${bucket} as bucket, ${resultCode} as code, count(*) as runs
from ${source}
where ${[...conditions, inRange(range, places), isOwn(owner, places)].join(' and ')}
group by 1, 2`
  const statement = composed(
    'count_runs',
    [
      `select ${bucket} as bucket, null::integer as code, count(*) as runs from (${entries(owner, range, places)}) run group by 1`,
      uncommon('scheduled_job_runs run', 'run.problem is not null'),
      uncommon('scheduled_job_runs run', 'run.problem is null', 'run.agent_id is null'),
      uncommon(
        'scheduled_jobs job join scheduled_job_runs run on run.id = job.current_run_id',
        'job.current_run_id is not null',
        'run.problem is null',
        'run.agent_id is not null',
        `run.status <> 'completed'`,
      ),
    ].join(' union all '),
  )
  return withCompleted(await database.query<Counted>(statement, places.values))
}

/** A run of ours without a problem has completed, unless it is still the current one of its job. */
function withCompleted(counted: readonly Counted[]): RunGroup[] {
  const completed = new Map<number, number>()
  for (const { bucket, code, runs } of counted) {
    completed.set(bucket, (completed.get(bucket) ?? 0) + (code === null ? runs : -runs))
  }
  return [
    ...[...completed].map(([bucket, runs]) => ({ bucket, result: resultOf(1), runs, durationMs: null })),
    ...counted.flatMap(({ bucket, code, runs }) =>
      code === null ? [] : [{ bucket, result: resultOf(code), runs, durationMs: null }],
    ),
  ]
}

/**
 * How long completed runs took: one in `every` of them, by the last byte of its id, which is random in ids of any version (RFC 9562).
 * Of 200 runs in a bucket, the 95th in a hundred lies between the 92nd and the 98th of all, nineteen times out of twenty.
 */
export async function sampleDurations(
  database: Database,
  owner: RunOwner,
  range: SummaryRange,
  every: number,
): Promise<RunGroup[]> {
  const places = new Places()
  // By when it started and not by its id: neighbours in time are neighbours on the disk.
  const source = `(
  select run.started_at, run.id from (${entries(owner, range, places)}) run
  where get_byte(uuid_send(run.id), 15) < ${places.of(Math.max(1, Math.round(256 / every)))}::integer
  order by run.started_at, run.id
) drawn
cross join lateral (
  select whole.* from scheduled_job_runs whole
  where whole.started_at = drawn.started_at and whole.id = drawn.id
  limit 1
) run`
  return groupRuns(database, { source, conditions: [`(${durationMs}) is not null`], range, places })
}

/** When each of the owner's runs of the range started, and its id, from an index alone. */
function entries(owner: RunOwner, range: SummaryRange, places: Places): string {
  const runs = (which: string): string =>
    `select run.started_at, run.id from scheduled_job_runs run where ${which} and ${inRange(range, places)}`
  if (hasAll(owner)) return runs('true')
  const { organizationId, brandIds = null } = owner
  const which =
    brandIds === null
      ? `brand.organization_id = ${places.of(organizationId)}::uuid`
      : `brand.id = any (${places.of(brandIds)}::uuid[])`
  const own = `select run.started_at, run.id
from brands brand
cross join lateral (${runs('run.brand_id = brand.id')} offset 0) run
where ${which}`
  return owner.withPlatform ? `${own} union all ${runs('run.brand_id is null')}` : own
}

function inRange({ from, to }: SummaryRange, places: Places): string {
  return `run.started_at >= ${places.of(from)}::timestamptz and run.started_at < ${places.of(to)}::timestamptz`
}

function isOwn(owner: RunOwner, places: Places): string {
  const { brandIds = null } = owner
  if (brandIds !== null) return `run.brand_id = any (${places.of(brandIds)}::uuid[])`
  if (hasAll(owner)) return 'true'
  const organization = '(select brand.organization_id from brands brand where brand.id = run.brand_id)'
  return `coalesce(${organization} = ${places.of(owner.organizationId)}::uuid, ${owner.withPlatform && 'run.brand_id is null'})`
}

function hasAll({ withPlatform, brands }: RunOwner): boolean {
  return withPlatform && brands.own === brands.all
}
