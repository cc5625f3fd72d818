import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, migrationsDirectory, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let client: pg.Client

beforeEach(async () => {
  database = await createTestDatabase({ template: 'older' })
  client = await database.connect()
})

afterEach(() => database.drop())

async function applyMigrations(): Promise<void> {
  await migrate(client, { directory: migrationsDirectory, clock: systemClock })
}

type Contents = Record<string, { columns: string; rows: number; checksum: string }>

/** Rows of every table in the columns given, or in all columns it has now. */
async function contents(of?: Contents): Promise<Contents> {
  const { rows: tables } = await client.query<{ name: string; columns: string }>(
    `select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' group by 1`,
  )
  const found: Contents = {}
  for (const { name, columns: all } of tables) {
    if (of !== undefined && of[name] === undefined) continue
    const columns = of?.[name]?.columns ?? all
    const { rows } = await client.query<{ rows: number; checksum: string }>(
      `select count(*)::int as rows, md5(string_agg(row(${columns})::text, ',' order by id)) as checksum from ${name}`,
    )
    found[name] = { columns, rows: rows[0]?.rows ?? 0, checksum: rows[0]?.checksum ?? '' }
  }
  return found
}

async function count(query: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${query}`)
  return Number(rows[0]?.count)
}

describe('a database of an older program, with rows', () => {
  test('keeps every row and every value of its columns', async () => {
    const before = await contents()
    expect(before['scheduled_jobs']?.rows).toBe(300)
    expect(before['scheduled_job_runs']?.rows).toBe(4_015)
    await applyMigrations()
    expect(await contents(before)).toEqual(before)
  })

  test('and twice in a row', async () => {
    const before = await contents()
    await applyMigrations()
    await client.query('delete from pipeline_migrations')
    await applyMigrations()
    expect(await contents(before)).toEqual(before)
  })

  test('also when that program made the first phases itself', async () => {
    await client.query(`
      create table dataset_status (
        id uuid primary key default gen_random_uuid(),
        brand_id uuid not null references brands (id),
        dataset_key text not null,
        last_success_at timestamptz, last_attempt_at timestamptz,
        last_status text default 'unknown' check (last_status in ('completed', 'failed', 'running', 'unknown')),
        last_run_id uuid references scheduled_job_runs (id),
        records_affected integer default 0, error_message text, metadata jsonb default '{}',
        organization_id uuid references organizations (id),
        created_at timestamptz default now(), updated_at timestamptz default now(),
        unique (brand_id, dataset_key)
      );
      alter table scheduled_jobs add column trigger_source varchar(20) default 'scheduled'
        check (trigger_source in ('scheduled', 'manual', 'api'));
      alter table scheduled_jobs add column max_retries integer default 3, add column last_error text;
      alter table scheduled_job_runs add column attempt_number integer default 1;
      insert into dataset_status (brand_id, dataset_key, last_status)
        select id, 'meta_ads_performance', 'completed' from brands;`)
    const before = await contents()
    await applyMigrations()
    expect(await contents(before)).toEqual(before)
    // More than its column took.
    await client.query(`update dataset_status set records_affected = 3000000000`)
  })

  test('keeps its view, its triggers and its indexes', async () => {
    const owned = `pg_class where relname like 'idx\\_%'`
    const indexes = await count(owned)
    await applyMigrations()
    expect(await count(owned)).toBe(indexes)
    expect(await count('recent_job_runs')).toBeGreaterThan(0)
    expect(await count(`pg_trigger where tgname = 'scheduled_jobs_updated_at'`)).toBe(1)
  })

  test('its program goes on: rows with only its columns just work', async () => {
    await applyMigrations()
    const { rows: jobs } = await client.query<Record<string, unknown>>(
      `insert into scheduled_jobs (name, job_type, schedule_type, cron_expression, next_run_at)
       values ('From outside', 'meta_sync', 'recurring', '0 6 * * *', now()) returning *`,
    )
    const job = jobs[0] ?? {}
    expect(job).toMatchObject({
      status: 'active',
      max_retries: 3,
      priority: 1,
      overlap_policy: 'queue',
      time_zone: null,
    })
    const { rows: runs } = await client.query<Record<string, unknown>>(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at) values ($1, 'running', now()) returning *`,
      [job['id']],
    )
    expect(runs[0]).toMatchObject({ status: 'running', attempt_number: 1, agent_id: null, run_token: null })
    await client.query(`update scheduled_job_runs set status = 'completed', completed_at = now() where id = $1`, [
      runs[0]?.['id'],
    ])
    await client.query(`update scheduled_jobs set next_run_at = now() + interval '1 day' where id = $1`, [job['id']])
  })

  test('J14: its narrower checks are widened', async () => {
    await applyMigrations()
    await client.query(`update scheduled_jobs set status = 'archived' where id = md5('job 1')::uuid`)
    await client.query(`update scheduled_job_runs set status = 'cancelled' where id = md5('run 1')::uuid`)
    await expect(
      client.query(`update scheduled_jobs set status = 'nonsense' where id = md5('job 1')::uuid`),
    ).rejects.toThrow('scheduled_jobs_status_check')
  })

  test('its organizations have the section off until an admin turns it on', async () => {
    await applyMigrations()
    expect(await count(`organization_features where feature = 'PIPELINE_MANAGER' and not enabled`)).toBe(2)
  })
})
