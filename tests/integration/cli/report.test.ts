import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecords, commandsOn } from './command-line.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, agents, dataset_status, dataset_status_history cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)

/** Successes so many hours ago. */
async function addSuccesses(brandId: string, dataset: string, hours: readonly number[]): Promise<void> {
  await client.query(
    `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
     select gen_random_uuid(), 1, $1::uuid, $2, now() - hours * interval '1 hour', 'completed' from unnest($3::float8[]) as success (hours)`,
    [brandId, dataset, hours],
  )
  await client.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_status) values ($1, $2, now() - $3 * interval '1 hour', 'completed')`,
    [brandId, dataset, Math.min(...hours)],
  )
}

test('pm report: the least fresh brand first, one brand dataset by dataset, as JSON and as CSV', {
  timeout: 120_000,
}, async () => {
  const acme = await addBrand(client, 'Acme')
  const { rows } = await client.query<{ id: string }>(
    `insert into brands (organization_id, name) values ($1, '=Birch') returning id`,
    [acme.organizationId],
  )
  await addAgent(client, { catalog: published({}, { datasets: { orders: 24 } }) })
  const daily = Array.from({ length: 16 }, (_, day) => day * 20)
  await addSuccesses(acme.brandId, 'orders', daily)
  await addSuccesses(
    rows[0]?.id ?? '',
    'orders',
    daily.filter((hour) => hour === 0 || hour > 84),
  )
  const { stdout } = await pm('report', '--days', '7')
  expect(stdout).toMatch(/^Over the last 7 days the data was fresh for 77\.\d % of the time; it went stale once\.\n/)
  expect(stdout).toMatch(/=Birch +5\d(\.\d)? % +100 % +1 [\s\S]*Acme +100 % +100 % +0 /)
  const one = await pm('report', '--brand', 'Acme', '--days', '30')
  expect(one.stdout).toMatch(/There is a history since .* UTC\.\n[\s\S]*orders +100 %/)
  expect(asRecords((await json('report', '--brand', 'Acme', '--days', '7'))['brands'])).toMatchObject([
    { name: 'Acme', timesStale: 0, staleMs: 0, datasets: [{ dataset: 'orders' }] },
  ])
  const csv = (await pm('report', '--days', '7', '--csv')).stdout.split('\r\n')
  expect(csv[0]).toMatch(/^organization,brand,dataset,max_age_hours,fresh_share,/)
  expect(csv[1]).toMatch(/,'=Birch,orders,24,0\.5\d+,1\.0+,1,/)
  expect(csv).toHaveLength(4)
})

test('pm report takes 7, 30 or 90 days, and one form of the answer', { timeout: 120_000 }, async () => {
  expect(await errorFrom('report', '--days', '12')).toMatchObject({ code: 'invalid_input', field: '--days' })
  expect(await errorFrom('report', '--csv')).toMatchObject({ field: '--csv' })
})
