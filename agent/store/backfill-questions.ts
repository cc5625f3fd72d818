/** What is asked before days are run again: which were done, how long it takes, and by whose rules. */
import type { DayRange } from '../../shared/backfills.ts'
import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

const coveredStatement: Statement = {
  name: 'list_covered_days',
  text: `
select distinct run.parameters ->> $4::text as first, run.parameters ->> coalesce($5::text, $4::text) as last
from scheduled_job_runs run
where run.brand_id = $1::uuid and run.job_type = $2::text and (run.status = 'completed' or run.decision ->> 'outcome' = 'done')
  and run.parameters - $4::text - coalesce($5::text, $4::text) = $3::jsonb
  and run.parameters ->> $4::text <= $7::text collate "C"
  and run.parameters ->> coalesce($5::text, $4::text) >= $6::text collate "C"`,
}

export interface CoveredQuestion {
  readonly brandId: string
  readonly jobType: string
  /** Without those that say the days. */
  readonly parameters: JsonObject
  readonly from: string
  readonly to: string | null
  readonly days: DayRange
}

/** What runs with these other parameters have covered that completed, or that a person has found done of these days; what they say may be no days. */
export async function listCovered(database: Database, question: CoveredQuestion): Promise<DayRange[]> {
  const { brandId, jobType, parameters, from, to, days } = question
  const values = [brandId, jobType, JSON.stringify(parameters), from, to, days.first, days.last]
  return database.query<DayRange>(coveredStatement, values)
}

const medianStatement: Statement = {
  name: 'median_duration',
  text: `
select percentile_cont(0.5) within group (order by late.ms) as ms
from (
  select extract(epoch from run.completed_at - run.started_at) * 1000 as ms
  from scheduled_job_runs run
  where run.brand_id = $1::uuid and run.job_type = $2::text and run.status = 'completed'
    and isfinite(run.started_at) and isfinite(run.completed_at)
  order by run.started_at desc
  limit 50
) late`,
}

/** Of the last 50 completed runs of the type for the brand; null = there are none. ms */
export async function medianDuration(database: Database, brandId: string, jobType: string): Promise<number | null> {
  const [row] = await database.query<{ ms: number | null }>(medianStatement, [brandId, jobType])
  return row?.ms ?? null
}

const scheduleStatement: Statement = {
  name: 'find_schedule_like',
  text: `
select job.id, coalesce(job.name, job.job_type) as name, job.time_zone as "timeZone", job.overlap_policy = 'skip' as skips
from scheduled_jobs job
where job.brand_id = $1::uuid and job.job_type = $2::text and (
  job.id = $3::uuid
  or job.schedule_type = 'recurring' and job.status in ('active', 'paused') and ($3::uuid is null or exists (
    select from scheduled_jobs asked
    where asked.id = $3::uuid and asked.brand_id = $1::uuid and asked.job_type = $2::text
      and (asked.backfill_id is not null or asked.concurrency_key like 'backfill:%')
  ))
)
order by job.id = $3::uuid, job.status = 'active' desc, job.created_at, job.id
limit 1`,
}

export interface ScheduleLike {
  readonly id: string
  readonly name: string
  /** As stored: another program may have written one that there is not. */
  readonly timeZone: string | null
  /** A fire of it is skipped when work with its concurrency key ended after it. */
  readonly skips: boolean
}

/**
 * The job by whose rules days of a brand are run again: this one, or its oldest schedule of the type, if none is named or this one is itself a run of a
 * backfill, which has rules of its own. Null = there is none.
 */
export async function findScheduleLike(
  database: Database,
  {
    brandId,
    jobType,
    likeJobId,
  }: { readonly brandId: string; readonly jobType: string; readonly likeJobId: string | null },
): Promise<ScheduleLike | null> {
  const [row] = await database.query<ScheduleLike>(scheduleStatement, [brandId, jobType, likeJobId])
  return row ?? null
}
