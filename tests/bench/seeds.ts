/** The databases that are worked off. Sizes are those of a house that has used the program for a while. */
import { makeWorkerUtils } from 'graphile-worker'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { migrate } from '../../agent/store/migrate.ts'
import { systemClock } from '../../shared/clock.ts'
import { silent } from './contestants/graphile.ts'
import { bossQueue } from './contestants/pg-boss.ts'
import { withClient } from './server.ts'

export const jobTypes = Array.from({ length: 20 }, (_, index) => `t${index}`)
const brands = 1_000
const oldRuns = 100_000
const datasetStatuses = 50_000

/** What falls due, and when. */
export interface Due {
  readonly jobs: number
  /** The first one, seconds after its row is written; negative = it is due already. */
  readonly inSeconds: number
  /** The others follow evenly within this time; 0 = all at one instant. */
  readonly overSeconds: number
}

/** Our schema with history: 50,000 jobs of which none is due, 100,000 ended runs, 50,000 dataset states. */
export async function seedOurs(url: string): Promise<void> {
  await migrate(url, { directory: 'migrations', clock: systemClock })
  await withClient(url, async (client) => {
    await client.query(`insert into organizations (name) values ('bench')`)
    await client.query(
      `insert into brands (organization_id, name) select o.id, 'brand ' || n from organizations o, generate_series(1, $1) n`,
      [brands],
    )
    await client.query(`insert into scheduled_jobs
      (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at, status)
      select b.id, 'job', 't' || n % 20, 'recurring', n || ' 6 * * *', 'Europe/Berlin', now() + interval '1 day', 'active'
      from generate_series(0, 29) n, brands b`)
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, organization_id, last_status, last_success_at, last_attempt_at)
      select b.id, 'd_t' || n, b.organization_id, 'completed', now() - interval '1 day', now() - interval '1 day'
      from generate_series(0, $1 - 1) n, brands b`,
      [datasetStatuses / brands],
    )
    await client.query(
      `insert into scheduled_job_runs
      (scheduled_job_id, brand_id, job_type, status, started_at, completed_at, attempt_number, logs, agent_id, run_token)
      select j.id, j.brand_id, j.job_type, 'completed', now() - n * interval '1 day', now() - n * interval '1 day', 1, $2,
        gen_random_uuid(), gen_random_uuid()
      from scheduled_jobs j, generate_series(1, 4) n limit $1`,
      [oldRuns, 'x'.repeat(200)],
    )
  })
}

/** Due recurring jobs, one per brand and type. */
export async function addDueToOurs(url: string, due: Due): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `insert into scheduled_jobs
      (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at, parameters)
      select brand.id, 'due', 't' || (n - 1) / $2, 'recurring', '0 6 * * *', 'Europe/Berlin', at.due,
        jsonb_build_object('at', extract(epoch from at.due) * 1000)
      from generate_series(1, $1::integer) n
      join (select id, row_number() over (order by id) as position from brands) brand on brand.position = (n - 1) % $2 + 1
      cross join lateral (
        select now() + ($3::double precision + (n - 1) * $4::double precision) * interval '1 second' as due
      ) at`,
      [due.jobs, brands, due.inSeconds, due.overSeconds / due.jobs],
    )
  })
}

/** The record that a library's handler keeps, as lean as it can be: no foreign keys, five console indexes. */
export async function seedRecord(client: pg.Client): Promise<void> {
  await client.query(`create schema record
    create table runs (
      id uuid primary key, job_id uuid not null, brand_id uuid not null, job_type text not null, status text not null,
      started_at timestamptz not null, completed_at timestamptz, attempt integer not null, agent_id uuid not null,
      run_token uuid not null, records_affected bigint, error_message text, problem text, logs text
    )
    create index runs_job on runs (job_id, id)
    create index runs_started on runs (started_at, id)
    create index runs_brand on runs (brand_id, started_at, id)
    create index runs_type on runs (job_type, started_at, id)
    create index runs_problem on runs (started_at, id) where problem is not null
    create table steps (
      run_id uuid not null, position smallint not null, step_key text not null, status text not null,
      dataset_key text, started_at timestamptz, completed_at timestamptz, records_affected bigint,
      primary key (run_id, position)
    )
    create table lines (
      run_id uuid not null, seq integer not null, logged_at timestamptz not null, level text not null, step_key text,
      message text not null, primary key (run_id, seq)
    )
    create table dataset_status (
      brand_id uuid not null, dataset_key text not null, last_success_at timestamptz, last_attempt_at timestamptz,
      last_status text not null, last_run_id uuid, records_affected bigint, error_message text,
      primary key (brand_id, dataset_key)
    )
    create table brands (id uuid primary key, position integer not null)`)
  await client.query(`insert into record.brands select gen_random_uuid(), n from generate_series(1, $1::integer) n`, [
    brands,
  ])
  await client.query(
    `insert into record.dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
    select id, 'd_t' || n, now(), now(), 'completed' from record.brands, generate_series(0, $1 - 1) n`,
    [datasetStatuses / brands],
  )
  await client.query(
    `insert into record.runs (
      id, job_id, brand_id, job_type, status, started_at, completed_at, attempt, agent_id, run_token, logs
    )
    select gen_random_uuid(), gen_random_uuid(), id, 't' || n % 20, 'completed', now() - n * interval '1 day',
      now() - n * interval '1 day', 1, gen_random_uuid(), gen_random_uuid(), $2
    from record.brands, generate_series(1, $1) n`,
    [oldRuns / brands, 'x'.repeat(200)],
  )
}

/** What a library's job carries: enough to keep the same record. */
const payload = `jsonb_build_object(
  'at', extract(epoch from at.due) * 1000, 'job', gen_random_uuid(), 'brand', brand.id,
  'type', 't' || (n - 1) / ${brands}, 'dataset', 'd_t' || (n - 1) / ${brands})`
const dueRows = `generate_series(1, $1::integer) n
  join record.brands brand on brand.position = (n - 1) % ${brands} + 1
  cross join lateral (
    select now() + ($2::double precision + (n - 1) * $3::double precision) * interval '1 second' as due
  ) at`

export async function seedGraphile(url: string): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent })
  await utils.migrate()
  await utils.release()
  await withClient(url, seedRecord)
}

export async function addDueToGraphile(url: string, due: Due): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `select count(*) from ${dueRows} cross join lateral graphile_worker.add_job(
        'work', payload := ${payload}::json, run_at := at.due) job`,
      [due.jobs, due.inSeconds, due.overSeconds / due.jobs],
    ),
  )
}

export async function seedBoss(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue(bossQueue)
  await boss.stop()
  await withClient(url, seedRecord)
}

export async function addDueToBoss(url: string, due: Due): Promise<void> {
  const jobs = await withClient(url, async (client) => {
    const { rows } = await client.query<{ data: object; due: Date }>(
      `select ${payload} as data, at.due from ${dueRows}`,
      [due.jobs, due.inSeconds, due.overSeconds / due.jobs],
    )
    return rows
  })
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  for (let start = 0; start < jobs.length; start += 1_000) {
    const part = jobs.slice(start, start + 1_000)
    await boss.insert(
      bossQueue,
      part.map(({ data, due: startAfter }) => ({ data, startAfter })),
    )
  }
  await boss.stop()
}
