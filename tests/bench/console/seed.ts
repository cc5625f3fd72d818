/**
 * The database that the console is looked at with: brands × 50 datasets of which 95 in 100 are fresh, ten jobs for each brand, and runs
 * over 90 days. What varies is drawn by a hash of its number, so that every seed is the same.
 */
import type pg from 'pg'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { withClient } from '../server.ts'
import { datasetsOfType, jobTypes } from './catalog.ts'

export interface Sizes {
  readonly brands: number
  readonly runs: number
}

export interface Seeded {
  readonly organizationId: string
  readonly brandIds: readonly string[]
  readonly agentIds: readonly string[]
}

/** Runs written by one statement. */
const chunk = 100_000
const historyDays = 90
const agents = 5
/** Only the newest have steps, and fewer a log: what is opened from the head of the list. */
const withSteps = 20_000
const withLog = 2_000

export async function seed(url: string, sizes: Sizes): Promise<Seeded> {
  await migrate(url, { directory: 'migrations', clock: systemClock })
  return withClient(url, async (client) => {
    // As an agent writes: without a notification for each statement.
    await client.query(
      `set pipeline_manager.agent = 'on'; set synchronous_commit = off; set maintenance_work_mem = '256MB'`,
    )
    await seedBrands(client, sizes.brands)
    await seedJobs(client)
    await seedDatasets(client)
    for (let from = 1; from <= sizes.runs; from += chunk) {
      await seedRuns(client, from, Math.min(from + chunk - 1, sizes.runs), sizes.runs)
    }
    await seedRecords(client)
    await seedRunning(client)
    await client.query('drop table numbered_jobs')
    await client.query('vacuum analyze')
    await client.query('checkpoint')
    return readSeeded(client)
  })
}

async function seedBrands(client: pg.Client, brands: number): Promise<void> {
  await client.query(`insert into organizations (name) values ('Bench')`)
  await client.query(
    `insert into organization_features (organization_id, feature, enabled) select id, 'PIPELINE_MANAGER', true from organizations`,
  )
  await client.query(
    `insert into brands (organization_id, name)
    select organization.id, 'Brand ' || to_char(n, 'FM0000') from organizations organization, generate_series(1, $1::integer) n`,
    [brands],
  )
  await client.query(
    `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types)
    select gen_random_uuid(), 'bench-' || n, 'bench', n, '0', 'stopped', 10, $2::text[]
    from generate_series(1, $1::integer) n`,
    [agents, jobTypes],
  )
}

/**
 * A job of each type for every brand. Its data is up to 20 hours old and its next run comes 22 hours after the last one: before the
 * maximum of 24, and after this benchmark has ended. Some are paused, retrying, dead or archived.
 */
async function seedJobs(client: pg.Client): Promise<void> {
  await client.query(
    `insert into scheduled_jobs
      (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at, status, next_attempt, last_error)
    select brand.id, 'Load ' || type.key || ' of ' || brand.name, type.key, 'recurring', type.number || ' 6 * * *', 'Europe/Berlin',
      case when drawn.n < 5 or drawn.n between 25 and 45 then null
        else now() + interval '22 hours' - (drawn.n * 73 % 1024) / 1024.0 * interval '20 hours' end,
      case when drawn.n between 25 and 45 then 'paused' when drawn.n > 1014 then 'archived' else 'active' end,
      case when drawn.n between 5 and 15 then 2 end,
      case when drawn.n < 15 then 'HTTP 429 at the shop' end
    from (select id, name, row_number() over (order by id) as number from brands) brand
    cross join (select key, number - 1 as number from unnest($1::text[]) with ordinality as t (key, number)) type
    cross join lateral (select hashint8(brand.number * 100 + type.number) & 1023 as n) drawn`,
    [jobTypes],
  )
  await client.query(`create table numbered_jobs as
    select row_number() over (order by id) - 1 as number, id, brand_id, job_type from scheduled_jobs`)
  await client.query('alter table numbered_jobs add primary key (number)')
}

async function seedDatasets(client: pg.Client): Promise<void> {
  await client.query(
    `insert into dataset_status
      (brand_id, dataset_key, organization_id, last_status, last_success_at, last_attempt_at, records_affected, error_message, metadata)
    select job.brand_id, 'd' || substr(job.job_type, 2) || '_' || dataset.number, brand.organization_id,
      case when drawn.n < 26 then 'failed' when drawn.n < 36 then 'unknown' else 'completed' end,
      case when drawn.n < 26 then now() - interval '40 hours' when drawn.n < 36 then null else last.success end,
      case when drawn.n between 26 and 35 then null else coalesce(last.success, now() - interval '1 hour') end,
      case when drawn.n >= 36 then drawn.n * 17 end,
      case when drawn.n < 26 then 'HTTP 429 at the shop: too many requests, asked again after 60 s' end,
      case when drawn.n between 36 and 40 then '{"suspicious": true}'::jsonb else '{}'::jsonb end
    from scheduled_jobs job
    join brands brand on brand.id = job.brand_id
    cross join generate_series(0, $1::integer - 1) as dataset (number)
    cross join lateral (
      select coalesce(job.next_run_at - interval '22 hours', now() - interval '6 hours') as success
    ) last
    cross join lateral (select hashtext(job.id::text || dataset.number) & 1023 as n) drawn`,
    [datasetsOfType],
  )
  await client.query(`insert into dataset_policies (brand_id, dataset_key, max_age_hours, changed_by)
    select brand_id, dataset_key, 48, 'bench' from dataset_status where hashtext(id::text) & 1023 < 5`)
}

/** Run 1 is the newest. */
async function seedRuns(client: pg.Client, from: number, to: number, all: number): Promise<void> {
  await client.query(
    `insert into scheduled_job_runs
      (scheduled_job_id, brand_id, job_type, status, problem, started_at, completed_at, scheduled_for, attempt_number,
        trigger_source, requested_by, agent_id, run_token, records_affected, error_message, parameters, metadata)
    select job.id, job.brand_id, job.job_type,
      case when drawn.n < 30 then 'failed' when drawn.n < 40 then 'cancelled' else 'completed' end,
      case when drawn.n < 25 then 'failed' when drawn.n < 30 then 'timed_out' when drawn.n < 40 then 'cancelled'
        when drawn.n < 50 then 'warnings' end,
      at.started, at.started + (20 + drawn.n / 4) * interval '1 second', at.started,
      case when drawn.n % 40 = 7 then 2 else 1 end,
      case when drawn.n between 200 and 229 then 'manual' when drawn.n between 230 and 239 then 'api' else 'scheduled' end,
      case when drawn.n between 200 and 229 then 'Operator' end,
      agent.id, gen_random_uuid(), drawn.n * 17,
      case when drawn.n < 30 then 'HTTP 429 at the shop: too many requests' end, '{}', '{}'
    from generate_series($1::integer, $2::integer) as numbered (run)
    cross join lateral (select hashint8(numbered.run) & 1023 as n) drawn
    join numbered_jobs job on job.number = (numbered.run::bigint * 7919) % (select count(*) from numbered_jobs)
    cross join lateral (
      select now() - interval '10 minutes' - (numbered.run::double precision / $3::integer) * $4::integer * interval '1 day' as started
    ) at
    join (select id, row_number() over (order by name) - 1 as number from agents) agent on agent.number = numbered.run % $5::integer`,
    [from, to, all, historyDays, agents],
  )
}

async function seedRecords(client: pg.Client): Promise<void> {
  await client.query(
    `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key, started_at, completed_at, records_affected)
    select run.id, step.n, 'load_' || dataset.key, 'completed', true, dataset.key,
      run.started_at, run.completed_at, 100
    from (select * from scheduled_job_runs order by started_at desc limit $1) run
    cross join generate_series(0, $2::integer - 1) as step (n)
    cross join lateral (select 'd' || substr(run.job_type, 2) || '_' || step.n as key) dataset`,
    [withSteps, datasetsOfType],
  )
  await client.query(
    `insert into run_logs (run_id, seq, logged_at, level, step_key, message)
    select run.id, n, run.started_at, 'info', 'load', 'line ' || n || ' of the log, of the length that lines have'
    from (select * from scheduled_job_runs order by started_at desc limit $1) run, generate_series(1, 50) n`,
    [withLog],
  )
  await client.query(`update scheduled_jobs job
    set last_run_id = last.id, last_run_status = last.status, last_run_finished_at = last.completed_at, last_run_duration_ms = 60000
    from numbered_jobs numbered
    cross join lateral (
      select * from scheduled_job_runs run where run.scheduled_job_id = numbered.id order by run.started_at desc limit 1
    ) last
    where job.id = numbered.id`)
}

/** Twenty runs in progress, with leases that outlast this benchmark. */
async function seedRunning(client: pg.Client): Promise<void> {
  await client.query(`with started as (
      insert into scheduled_job_runs
        (scheduled_job_id, brand_id, job_type, status, started_at, attempt_number, trigger_source, agent_id, run_token,
          lease_expires_at, heartbeat_at, parameters)
      select job.id, job.brand_id, job.job_type, 'running', now() - interval '2 minutes', 1, 'scheduled',
        (select id from agents order by name limit 1), gen_random_uuid(), now() + interval '1 day', now(), '{}'
      from numbered_jobs job join scheduled_jobs own on own.id = job.id and own.status = 'active' and own.next_run_at is not null
      order by job.number limit 20
      returning id, scheduled_job_id
    )
    update scheduled_jobs job set current_run_id = started.id from started where job.id = started.scheduled_job_id`)
}

async function readSeeded(client: pg.Client): Promise<Seeded> {
  const idsOf = async (text: string): Promise<string[]> =>
    (await client.query<{ id: string }>(text)).rows.map(({ id }) => id)
  const [organizationId = ''] = await idsOf('select id from organizations')
  return {
    organizationId,
    brandIds: await idsOf('select id from brands order by name'),
    agentIds: await idsOf('select id from agents order by name'),
  }
}
