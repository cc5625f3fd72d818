import type {
  CatchUpPolicy,
  JobStatus,
  JsonObject,
  OverlapPolicy,
  ScheduleType,
  TriggerSource,
} from '../../shared/domain.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import { type ContinuedWork, continuedWork } from './continued-work.ts'
import type { Database, Statement } from './database.ts'
import { isFree } from './hold-conditions.ts'

/** Everything an agent needs to execute a run and to reschedule its job afterwards, without another question. */
export interface ClaimedRun {
  readonly runId: string
  /** The fencing value: every later write of this run names it (J3). */
  readonly runToken: string
  readonly jobId: string
  readonly jobName: string
  readonly jobType: string
  readonly jobStatus: JobStatus
  /** Null for platform-level jobs. */
  readonly brandId: string | null
  /** Null for platform-level jobs, and for a brand that no longer exists. */
  readonly brandName: string | null
  readonly organizationId: string | null
  readonly scheduleType: ScheduleType
  readonly cronExpression: string | null
  readonly timeZone: string | null
  readonly triggerSource: TriggerSource
  readonly parameters: JsonObject
  readonly attempt: number
  /** The run with which this work was first tried: the same for every attempt at one fire, its own for one that begins anew. */
  readonly firstRunId: string
  /** The earlier run that it goes on with; null = it begins at the beginning. */
  readonly continues: ContinuedWork | null
  readonly maxRetries: number
  readonly maxRuns: number | null
  readonly runsCompleted: number
  /** Null = the job type's own limit. */
  readonly timeoutMinutes: number | null
  readonly catchUpPolicy: CatchUpPolicy
  readonly overlapPolicy: OverlapPolicy
  readonly version: number
  /** The instant it was due. */
  readonly scheduledFor: Date
  /** The database's clock at the claim. */
  readonly claimedAt: Date
}

/** Chosen by the agent, so that it knows what it asked for even when it gets no answer. */
export interface ClaimIds {
  /** Time-ordered ids keep the index pages of recent runs together. */
  readonly runIds: readonly string[]
  /** One for each of `runIds`. */
  readonly runTokens: readonly string[]
}

export interface ClaimRequest extends ClaimIds {
  readonly agentId: string
  /** J8: no other job type is ever touched. */
  readonly jobTypes: readonly string[]
  /** As many as there are `runIds`. */
  readonly limit: number
  readonly leaseSeconds: number
  /** Stands in for the database's clock in tests; null in production. */
  readonly now: Date | null
}

/** The database's clock, or what stands in for it. */
const now = 'coalesce($1::timestamptz, now())'

/** What `job` and `brand` say of a claim; the run's own columns are those of `run`. */
const claimedColumns = `
  job.id as "jobId", job.name as "jobName",
  job.job_type as "jobType", job.status as "jobStatus", job.brand_id as "brandId", brand.name as "brandName",
  brand.organization_id as "organizationId", job.schedule_type as "scheduleType",
  job.cron_expression as "cronExpression", job.time_zone as "timeZone", job.trigger_source as "triggerSource",
  coalesce(job.max_retries, 3) as "maxRetries", job.max_runs as "maxRuns",
  coalesce(job.runs_completed, 0) as "runsCompleted", job.timeout_minutes as "timeoutMinutes",
  job.catch_up_policy as "catchUpPolicy", job.overlap_policy as "overlapPolicy", job.version,
  ${continuedWork('job')} as continues`

/** The same of a run that is on record. */
const runColumns = `
  run.id as "runId", run.run_token as "runToken", run.parameters, run.attempt_number as attempt,
  coalesce(job.first_run_id, run.id) as "firstRunId",
  run.scheduled_for as "scheduledFor", run.started_at as "claimedAt"`

/** What the column holds; a row of another program may be that far. */
const mostAttempts = 2_147_483_647

/** J10, overlap `skip`: whether work with the concurrency key of this job ended after the job fell due. */
export const overtaken = (job: string): string =>
  `(${job}.overlap_policy = 'skip' and scheduled_jobs_overtaken(${job}))`

/**
 * J2. Claims up to `limit` due jobs in one statement: the job loses its due time and names its run, the run row is
 * written as running with attempt, agent, token and lease.
 *
 * - The limit is a literal, one statement per size: with `limit $1` the generic plan expects a tenth of all due rows and
 *   scans the table (measured: 500 µs against 260–430 µs).
 * - Each priority level is a range of one index, so jobs that are not due yet are never walked over. A lateral join is
 *   always a nested loop, which keeps the levels in order.
 * - A busy concurrency key is skipped here; two agents that see one key free at the same instant are told apart by the
 *   unique index on running keys (the caller retries on a unique violation).
 * - J4: the attempt number is kept on the job; only a job whose last run was written by another program looks it up.
 * - What goes on with earlier work is known by its first run, which the job names; a fire (`next_attempt` 1) never does, whatever an
 *   older program has left there, except of a job that is there to go on with a run.
 * - J10: with catch-up `skip`, a fire of the cadence more than a minute late is left for `listSkippableJobs`.
 * - What is held is passed over. The statement asks by itself, so no notification has to be in time; it locks `holds` before it looks, which
 *   is how whoever makes a hold knows when the claims that did not see it are over (`letClaimsEnd`).
 */
function claimStatement(limit: number): Statement {
  return {
    name: `claim_${limit}`,
    text: `
with job as (
  update scheduled_jobs j
  set next_run_at = null, current_run_id = ($4::uuid[])[chosen.position],
    first_run_id = case when j.next_attempt is distinct from 1 or j.continues_run_id is not null then j.first_run_id end
  from (
    select id, next_run_at, (row_number() over ())::integer as position
    from (select distinct on (key) id, next_run_at from ${dueJobs(limit)} order by key, next_run_at) one_per_key
  ) chosen
  where j.id = chosen.id
  returning j.id, j.name, j.job_type, j.status, j.brand_id, j.schedule_type, j.cron_expression, j.time_zone,
    j.trigger_source, j.requested_by, j.max_retries, j.max_runs, j.runs_completed, j.timeout_minutes,
    j.catch_up_policy, j.overlap_policy, j.version, j.current_run_id, coalesce(j.first_run_id, j.current_run_id) as first_run_id,
    j.continues_run_id, j.continues_at_step,
    coalesce(j.parameters, '{}') as parameters,
    greatest(chosen.next_run_at, '2000-01-01') as scheduled_for, ($5::uuid[])[chosen.position] as run_token,
    case when j.next_attempt is not null then greatest(j.next_attempt, 1) else coalesce((
      select case when last.status = 'failed' and last.attempt_number <= coalesce(j.max_retries, 3)
        then least(last.attempt_number, ${mostAttempts - 1}) + 1 else 1 end
      from scheduled_job_runs last
      where last.scheduled_job_id = j.id and last.started_at is not null
      order by last.started_at desc, last.id desc
      limit 1
    ), 1) end as attempt
), run as (
  insert into scheduled_job_runs (
    id, scheduled_job_id, status, started_at, created_at, attempt_number, agent_id, run_token, lease_expires_at,
    heartbeat_at, scheduled_for, trigger_source, requested_by, parameters, brand_id, job_type, continues_run_id
  )
  select job.current_run_id, job.id, 'running', coalesce($1::timestamptz, now()), coalesce($1::timestamptz, now()),
    job.attempt, $3::uuid, job.run_token, coalesce($1::timestamptz, now()) + $6::double precision * interval '1 second',
    coalesce($1::timestamptz, now()), job.scheduled_for, job.trigger_source, job.requested_by, job.parameters,
    job.brand_id, job.job_type, job.continues_run_id
  from job
)
select ${claimedColumns}, job.current_run_id as "runId", job.run_token as "runToken", job.parameters, job.attempt,
  job.first_run_id as "firstRunId",
  job.scheduled_for as "scheduledFor", coalesce($1::timestamptz, now()) as "claimedAt"
from job
left join brands brand on brand.id = job.brand_id`,
  }
}

/** Locks due jobs whose key is free. */
function dueJobs(limit: number): string {
  return `(
  select candidate.id, candidate.key, candidate.next_run_at
  from (values (3::smallint), (2::smallint), (1::smallint), (0::smallint)) as level (priority)
  cross join lateral (
    select j.id, ${concurrencyKeyOf('j')} as key, j.next_run_at
    from scheduled_jobs j
    where j.status = 'active' and j.priority = level.priority
      and j.next_run_at <= coalesce($1::timestamptz, now())
      and j.job_type = any ($2::text[])
      and (
        j.catch_up_policy <> 'skip' or j.next_attempt <> 1 or j.schedule_type <> 'recurring'
        or j.next_run_at > coalesce($1::timestamptz, now()) - interval '1 minute'
      )
      and ${overtaken('j')} is not true
      and ${isFree('j', now)}
      -- A scalar question, so that it is always one look into the index and never a join over all that runs.
      and (
        select busy.id from scheduled_jobs busy
        where ${concurrencyKeyOf('busy')} = ${concurrencyKeyOf('j')} and busy.current_run_id is not null
        limit 1
      ) is null
    order by j.next_run_at
    limit ${limit}
    for no key update skip locked
  ) candidate
  limit ${limit}
) due`
}

const claimStatements = new Map<number, Statement>()

/** Claims due jobs (J1, J2). Throws a unique violation when another agent took the same concurrency key just now. */
export async function claimRuns(database: Database, request: ClaimRequest): Promise<ClaimedRun[]> {
  let statement = claimStatements.get(request.limit)
  if (!statement) claimStatements.set(request.limit, (statement = claimStatement(request.limit)))
  return database.query<ClaimedRun>(statement, [
    request.now,
    request.jobTypes,
    request.agentId,
    request.runIds,
    request.runTokens,
    request.leaseSeconds,
  ])
}

const adoptStatement: Statement = {
  name: 'adopt_runs',
  text: `
with run as (
  update scheduled_job_runs run
  set heartbeat_at = coalesce($1::timestamptz, now()),
    lease_expires_at = coalesce($1::timestamptz, now()) + $2::double precision * interval '1 second'
  from unnest($3::uuid[], $4::uuid[]) as asked (run_id, run_token)
  where run.id = any ($3::uuid[]) and run.id = asked.run_id and run.run_token = asked.run_token
    and run.completed_at is null
  returning run.*
)
select ${claimedColumns}, ${runColumns}
from run
join scheduled_jobs job on job.id = run.scheduled_job_id and job.current_run_id = run.id
left join brands brand on brand.id = job.brand_id`,
}

/** Those of the given claims that were made although their answer was lost, with their leases renewed. */
export async function adoptRuns(
  database: Database,
  { runIds, runTokens }: ClaimIds,
  leaseSeconds: number,
  now: Date | null,
): Promise<ClaimedRun[]> {
  return database.query<ClaimedRun>(adoptStatement, [now, leaseSeconds, runIds, runTokens])
}

/** A hold may have ended since the claim that it kept from something. */
const since = `coalesce($3::timestamptz, ${now} - interval '1 second')`

const nextDueStatement: Statement = {
  name: 'next_due',
  text: `
select coalesce($1::timestamptz, now()) as now, least(min(soonest.next_run_at), (
    select min(hold.ends_at) from holds hold
    where hold.ended_at is null and hold.starts_at <= ${now}
      and coalesce(hold.ends_at, 'infinity'::timestamptz) > ${since}
  )) as "nextDueAt"
from (values (3::smallint), (2::smallint), (1::smallint), (0::smallint)) as level (priority)
cross join lateral (
  select j.next_run_at
  from scheduled_jobs j
  where j.status = 'active' and j.priority = level.priority
    and j.next_run_at > ${since} and j.next_run_at < 'infinity'
    and j.job_type = any ($2::text[])
    and ${isFree('j', now)}
  order by j.next_run_at
  limit 1
) soonest`,
}

/**
 * The next instant after `since` (null = a second ago) at which something of these types falls due or a hold ends (null = nothing planned),
 * and the database's clock. What is held is not counted: nobody is to wake up for it.
 */
export async function nextDue(
  database: Database,
  jobTypes: readonly string[],
  since: Date | null,
  now: Date | null,
): Promise<{ now: Date; nextDueAt: Date | null }> {
  const [row] = await database.query<{ now: Date; nextDueAt: Date | null }>(nextDueStatement, [now, jobTypes, since])
  if (!row) throw new Error('next_due returned no row')
  return row
}

export interface RunNowRequest {
  readonly agentId: string
  readonly runId: string
  readonly runToken: string
  readonly leaseSeconds: number
  readonly brandId: string | null
  readonly name: string
  readonly jobType: string
  readonly parameters: JsonObject
  readonly triggerSource: TriggerSource
  readonly requestedBy: string | null
  readonly now: Date | null
}

const runNowStatement: Statement = {
  name: 'run_now',
  text: `
with job as (
  insert into scheduled_jobs (
    brand_id, name, job_type, schedule_type, status, parameters, trigger_source, requested_by, current_run_id
  )
  select asked.brand_id, $3::text, asked.job_type, 'one_time', 'active', $5::jsonb, $6::text, $7::text, $8::uuid
  from (values ($2::uuid, $4::text)) as asked (brand_id, job_type)
  where ${isFree('asked', now)}
  returning id, name, job_type, status, brand_id, schedule_type, cron_expression, time_zone, trigger_source, requested_by,
    max_retries, max_runs, runs_completed, timeout_minutes, catch_up_policy, overlap_policy, version, current_run_id,
    parameters, continues_run_id, continues_at_step
), run as (
  insert into scheduled_job_runs (
    id, scheduled_job_id, status, started_at, created_at, attempt_number, agent_id, run_token, lease_expires_at,
    heartbeat_at, scheduled_for, trigger_source, requested_by, parameters, brand_id, job_type
  )
  select job.current_run_id, job.id, 'running', coalesce($1::timestamptz, now()), coalesce($1::timestamptz, now()), 1,
    $10::uuid, $9::uuid, coalesce($1::timestamptz, now()) + $11::double precision * interval '1 second',
    coalesce($1::timestamptz, now()), coalesce($1::timestamptz, now()), job.trigger_source, job.requested_by,
    job.parameters, job.brand_id, job.job_type
  from job
)
select ${claimedColumns}, job.current_run_id as "runId", $9::uuid as "runToken", job.parameters, 1 as attempt,
  job.current_run_id as "firstRunId",
  coalesce($1::timestamptz, now()) as "scheduledFor", coalesce($1::timestamptz, now()) as "claimedAt"
from job
left join brands brand on brand.id = job.brand_id`,
}

/**
 * Writes a one-time job and its claim in one commit: the agent's own "run now" for a job type it can run itself.
 * Null, with nothing written, when it is held; throws a unique violation when the concurrency key is busy. The caller then queues the job instead.
 */
export async function insertRunNow(database: Database, request: RunNowRequest): Promise<ClaimedRun | null> {
  const [run] = await database.query<ClaimedRun>(runNowStatement, [
    request.now,
    request.brandId,
    request.name,
    request.jobType,
    JSON.stringify(request.parameters),
    request.triggerSource,
    request.requestedBy,
    request.runId,
    request.runToken,
    request.agentId,
    request.leaseSeconds,
  ])
  return run ?? null
}
