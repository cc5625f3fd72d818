/** What another program does to the tables that it shares with us, by its own role and in its own way, goes on. */
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addExternalRun } from '../../support/external-rows.ts'
import { addBrand, addJob, addRun, type Brand } from '../../support/job-rows.ts'

/** Roles are of the whole server, which other files use as well. */
const role = `app_${process.pid}`
let database: TestDatabase
let client: pg.Client
let app: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  await client.query(`create role ${role}`)
  await client.query(`
    grant select, insert, update, delete on organizations, brands, scheduled_jobs, scheduled_job_runs, dataset_status to ${role}`)
  app = await database.connect()
  await app.query(`set role ${role}`)
})
afterAll(async () => {
  await app.query('reset role')
  await client.query(`drop owned by ${role}; drop role ${role}`)
  await database.drop()
})

describe('design 4: a role that has rights on the older tables alone', () => {
  test('may not touch ours', async () => {
    await expect(app.query('delete from run_logs')).rejects.toThrow('permission denied')
  })

  test('removes a run, and what we keep of it goes too', async () => {
    const { runId } = await runWithLog()
    await app.query('delete from scheduled_job_runs where id = $1', [runId])
    expect(await countOf('run_logs where run_id = $1', runId)).toBe(0)
  })

  test('removes a job with its runs', async () => {
    const { jobId, runId } = await runWithLog()
    await app.query('delete from scheduled_jobs where id = $1', [jobId])
    expect(await countOf('run_logs where run_id = $1', runId)).toBe(0)
  })

  test('removes a brand and an organization, and the runs of other programs know it', async () => {
    const { brandId, organizationId } = await runWithLog()
    const runId = await addExternalRun(client, { brandId, organizationId }, { brand_id: brandId })
    await app.query('delete from brands where id = $1', [brandId])
    expect(await countOf('external_runs where id = $1 and brand_id is null', runId)).toBe(1)
    await app.query('delete from organizations where id = $1', [organizationId])
    expect(await countOf('external_runs where id = $1', runId)).toBe(0)
  })

  test('adds a failed run, also when it may add and nothing else', async () => {
    const { jobId, brandId } = await runWithLog()
    await client.query(`revoke select, update on scheduled_jobs, scheduled_job_runs from ${role}`)
    await app.query(`insert into scheduled_job_runs (scheduled_job_id, status) values ($1, 'failed')`, [jobId])
    await client.query(`grant select, update on scheduled_jobs, scheduled_job_runs to ${role}`)
    expect(await countOf(`scheduled_job_runs where brand_id = $1 and problem = 'failed'`, brandId)).toBe(1)
  })

  test('cannot use our triggers on a table of its own', async () => {
    await client.query(`grant create on schema public to ${role}`)
    await app.query('create table bait (id uuid)')
    await expect(
      app.query(`create trigger bait after delete on bait referencing old table as gone for each statement
        execute function scheduled_job_runs_cascade()`),
    ).rejects.toThrow('permission denied for function')
  })
})

describe("design 4: a function of another program with search_path = ''", () => {
  test('adds, ends and removes runs, and removes jobs, brands and organizations', async () => {
    const { jobId, brandId } = await runWithLog()
    await client.query(`set search_path = ''`)
    const add = `insert into public.scheduled_job_runs (scheduled_job_id, status) values ($1, 'failed') returning id`
    const { rows } = await client.query<{ id: string }>(add, [jobId])
    expect(await countOf(`public.scheduled_job_runs where brand_id = $1 and problem = 'failed'`, brandId)).toBe(1)
    await client.query(`update public.scheduled_job_runs set status = 'completed' where id = $1`, [rows[0]?.id])
    await client.query(`delete from public.scheduled_job_runs where id = $1`, [rows[0]?.id])
    await client.query(`
      insert into public.scheduled_jobs (name, job_type, schedule_type, next_run_at) values ('x', 'sync', 'one_time', now())`)
    await client.query(`delete from public.scheduled_jobs where name = 'x'`)
    await client.query(`insert into public.dataset_status (brand_id, dataset_key) values ($1, 'x')`, [brandId])
    await client.query(`update public.dataset_status set last_status = 'failed' where brand_id = $1`, [brandId])
    await client.query(`delete from public.organizations`)
    await client.query('reset search_path')
    expect(await countOf('brands where id = $1', brandId)).toBe(0)
  })

  test('every trigger function of ours that names a table has a search path', async () => {
    const { rows } = await client.query<{ name: string }>(
      `select p.proname as name from pg_proc p
       where p.pronamespace = 'public'::regnamespace and p.prorettype = 'trigger'::regtype and p.proconfig is null
         and exists (
           select from pg_class c where c.relnamespace = p.pronamespace and c.relkind = 'r'
             and p.prosrc ~ format('(from|join|into|update)\\s+%s\\M', c.relname)
         )`,
    )
    expect(rows).toEqual([])
  })
})

async function countOf(what: string, value: string | undefined): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${what}`, [value])
  return rows[0]?.count ?? -1
}

async function runWithLog(): Promise<Brand & { readonly jobId: string; readonly runId: string }> {
  const brand = await addBrand(client)
  const jobId = await addJob(client, { brand_id: brand.brandId })
  const runId = await addRun(client, jobId)
  await client.query(
    `insert into run_logs (run_id, seq, logged_at, level, message) values ($1, 1, now(), 'info', 'x')`,
    [runId],
  )
  return { ...brand, jobId, runId }
}
