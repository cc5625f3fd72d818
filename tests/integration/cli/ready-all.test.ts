import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecords, commandsOn } from './command-line.ts'
import { matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, dataset_status cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const fix = { job_type: 'load', parameters: {} }
const catalog = published(
  { load: { steps: [{ key: 'load', dataset: 'orders' }] } },
  {
    datasets: { orders: null },
    pages: { report: { label: 'Report', requires: [{ dataset: 'orders', max_age_hours: 24, fix }] } },
  },
)

/** The minute of the day, UTC, so many minutes from now by the database. */
async function inMinutes(minutes: number): Promise<{ readonly at: Date; readonly clock: string }> {
  const { rows } = await client.query<{ at: Date }>(
    `select date_trunc('minute', now()) + $1 * interval '1 minute' as at`,
    [minutes],
  )
  const at = rows[0]?.at ?? new Date(0)
  return { at, clock: at.toISOString().slice(11, 16) }
}

test('pm ready --all: every brand, when it will be ready or why nobody can say; exit code 1 while one is not', {
  timeout: 120_000,
}, async () => {
  const acme = await addBrand(client, 'Acme')
  await client.query(`insert into brands (organization_id, name) values ($1, 'Birch')`, [acme.organizationId])
  await addAgent(client, { jobTypes: ['load'], catalog })
  const next = await inMinutes(60)
  const jobId = await addJob(client, {
    brand_id: acme.brandId,
    job_type: 'load',
    cron_expression: '0 3 * * *',
    next_run_at: next.at,
  })
  await addRun(client, jobId, {
    brand_id: acme.brandId,
    status: 'completed',
    started_at: '2026-01-01T03:00Z',
    completed_at: '2026-01-01T03:12Z',
  })
  const flags = ['ready', '--all', '--page', 'report'] as const
  const answer = await pm(...flags)
  expect(answer).toMatchObject({ code: 1, stdout: matching(/^2 of 2 pages are not ready, of 2 of 2 brands\./) })
  expect(answer.stdout).toMatch(/Acme +Report +▲ not ready +expected \d{4}-/)
  expect(answer.stdout).toMatch(
    /Birch +Report +▲ not ready +nobody can say: orders: nothing is planned that refreshes it\./,
  )
  expect(asRecords((await json(...flags))['pages'])).toMatchObject([
    { brand: { name: 'Acme' }, verdict: 'not_ready', unknown: null, isReadyBy: null },
    { brand: { name: 'Birch' }, expectedAt: null, work: null },
  ])

  await client.query(`delete from brands where name = 'Birch'`)
  const soon = await pm(...flags, '--by', (await inMinutes(70)).clock)
  expect(soon).toMatchObject({
    code: 1,
    stdout: matching(/^1 of 1 pages will not be ready by .* UTC, of 1 of 1 brands/),
  })
  const later = await pm(...flags, '--by', (await inMinutes(90)).clock, '--zone', 'UTC')
  expect(later).toMatchObject({
    code: 0,
    stdout: matching(/^Everything will be ready by .* UTC: 1 pages of 1 brands\.\n$/),
  })
})

test('pm ready takes one brand or all, and a time with all only', { timeout: 120_000 }, async () => {
  await addBrand(client, 'Acme')
  expect(await errorFrom('ready')).toMatchObject({ code: 'invalid_input', field: '--brand' })
  expect(await errorFrom('ready', '--all', '--brand', 'Acme')).toMatchObject({ field: '--all' })
  expect(await errorFrom('ready', '--brand', 'Acme', '--by', '09:00')).toMatchObject({ field: '--by' })
  expect(await errorFrom('ready', '--all', '--by', 'noon')).toMatchObject({ field: '--by' })
  expect(await errorFrom('ready', '--all', '--page', 'nothing')).toMatchObject({ code: 'not_found' })
})
