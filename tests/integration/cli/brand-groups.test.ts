import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecords, commandsOn } from './command-line.ts'
import { containing } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const names = (rows: unknown): unknown[] => asRecords(rows).map(({ name }) => name)

test('pm brands group: puts brands into a group and takes them out, says what changed, and lists them', {
  timeout: 120_000,
}, async () => {
  const acme = await addBrand(client, 'Acme')
  await client.query(`insert into brands (organization_id, name) values ($1, 'Bolt')`, [acme.organizationId])
  const added = await pm('brands', 'group', 'EMEA', '--add', 'acme', 'Bolt')
  expect(added.stdout).toBe('Acme is in EMEA now.\nBolt is in EMEA now.\n')
  expect((await pm('brands', 'group', 'emea', '--add', 'Acme')).stdout).toBe('It is so already.\n')
  expect((await pm('brands', 'group', 'emea', '--remove', 'Bolt')).stdout).toBe('Bolt is in EMEA no more.\n')
  expect(await json('brands', 'group', 'emea')).toMatchObject({ brands: [{ name: 'Acme' }], archived: [] })
  expect(asRecords((await json('brands'))['brands'])).toMatchObject([
    { name: 'Acme', groups: ['EMEA'] },
    { name: 'Bolt', groups: [] },
  ])
  expect((await pm('brands')).stdout).toMatch(/Acme +Acme +EMEA /)
  await pm('brands', 'group', 'APAC', '--add', 'Bolt')
  expect(await errorFrom('brands', 'group', 'emea', '--rename', 'apac')).toMatchObject({ code: 'conflict' })
  expect(await errorFrom('brands', 'group', 'emea', '--join')).toMatchObject({ field: '--join' })
  expect((await pm('brands', 'group', 'emea', '--rename', 'Europe')).stdout).toBe('1 brand in Europe now.\n')
  expect(await json('brands', 'group', 'Europe', '--rename', 'APAC', '--join')).toMatchObject({ brands: 1, routes: 0 })
  expect(asRecords((await json('brands', 'group', 'apac'))['brands'])).toHaveLength(2)
  await addBrand(client, 'Other')
  await pm('brands', 'group', 'APAC', '--add', 'Other')
  expect(await errorFrom('brands', 'group', 'APAC', '--rename', 'Asia')).toMatchObject({
    code: 'ambiguous',
    field: '--org',
  })
  const ofOther = ['brands', 'group', 'APAC', '--rename', 'Asia', '--org', 'Other'] as const
  expect(await json(...ofOther)).toMatchObject({ brands: 1 })
  expect(asRecords((await json('brands', 'group', 'apac'))['brands'])).toHaveLength(2)
  expect(await errorFrom('brands', 'group', 'A;B', '--add', 'Acme')).toMatchObject({ code: 'invalid_input' })
})

test('--group narrows status, jobs, runs, readiness and the report; a group that nobody carries is an error', {
  timeout: 120_000,
}, async () => {
  const acme = await addBrand(client, 'Acme')
  const bolt = await addBrand(client, 'Bolt')
  const fix = { job_type: 'load', parameters: {} }
  const catalog = published(
    { load: { steps: [{ key: 'load', dataset: 'orders' }] } },
    {
      datasets: { orders: null },
      pages: { report: { label: 'Report', requires: [{ dataset: 'orders', max_age_hours: 24, fix }] } },
    },
  )
  await addAgent(client, { jobTypes: ['load'], catalog })
  for (const { brandId } of [acme, bolt]) {
    const jobId = await addJob(client, { brand_id: brandId, job_type: 'load', cron_expression: '0 6 * * *' })
    await addRun(client, jobId, { brand_id: brandId, status: 'completed', started_at: '2026-03-01T10:00Z' })
  }
  await pm('brands', 'group', 'EMEA', '--add', 'Acme')
  const group = ['--group', 'emea'] as const
  expect(names((await json('status', ...group))['brands'])).toEqual(['Acme'])
  expect(asRecords((await json('jobs', ...group))['jobs'])).toMatchObject([{ brandName: 'Acme' }])
  expect(asRecords((await json('runs', ...group))['runs'])).toMatchObject([{ brandName: 'Acme' }])
  expect(names((await json('report', ...group))['brands'])).toEqual(['Acme'])
  expect((await pm('ready', '--all', '--page', 'report', ...group)).stdout).toContain('of 1 of 1 brands')
  await addBrand(client, 'Other')
  expect(await errorFrom('ready', '--all', '--org', 'Other', ...group)).toMatchObject({ code: 'not_found' })
  const fixed = { code: 'not_found', field: '--group', fix: containing('EMEA') }
  expect(await errorFrom('jobs', '--group', 'EMAE')).toMatchObject(fixed)
  expect(await errorFrom('runs', ...group, '--brand', 'Acme')).toMatchObject({ code: 'invalid_input' })
  // A gate must not pass because nobody is left.
  await client.query(`update brands set archived_at = now() where id = $1`, [acme.brandId])
  for (const command of [['ready', '--all'], ['report'], ['status']]) {
    expect(await errorFrom(...command, ...group)).toMatchObject({ code: 'not_found', message: containing('put away') })
  }
})
