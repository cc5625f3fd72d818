import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, type Brand } from '../../support/job-rows.ts'
import { agentPool, claim } from '../../support/store-runs.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecord, asRecords, commandsOn } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
let brand: Brand
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  brand = await addBrand(client, 'Acme')
})
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions, holds cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const why = ['--reason', 'warehouse migration'] as const

test('pm hold, pm holds, pm jobs, pm status and pm release tell one story', async () => {
  await addJob(client, { brand_id: brand.brandId, name: 'Nightly' })
  expect((await pm('holds')).stdout).toContain('Nothing is held.')
  const made = await pm('hold', '--brand', 'Acme', '--for', '2h', ...why)
  expect(made.stdout).toMatch(
    /^Nothing starts for Acme until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. What runs goes on\. \(hold /,
  )
  expect((await pm('holds')).stdout).toMatch(/in force +Acme .* warehouse migration/)
  expect((await pm('jobs')).stdout).toMatch(/Nightly .* held until /)
  expect((await pm('status')).stdout).toMatch(
    /Nothing starts for Acme: held until .* warehouse migration\. End it: pm release /,
  )
  const pool = agentPool(database.url, 1)
  expect(await claim(pool)).toEqual([])
  const [hold] = asRecords((await json('holds'))['holds'])
  const id = String(asRecord(hold)['id'])
  expect((await pm('release', id.slice(0, 8))).stdout).toContain('The hold of Acme is ended; what is due starts now.')
  expect(await claim(pool)).toHaveLength(1)
  await pool.stop()
  expect(asRecords((await json('holds'))['holds'])).toMatchObject([{ state: 'over' }])
})

test('pm run queues what is held and says so', async () => {
  await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
  await pm('hold', '--brand', 'Acme', '--type', 'load', ...why)
  const { stdout } = await pm('run', 'load', '--brand', 'Acme')
  expect(stdout).toMatch(/is queued .*\n.*It is held by .+ until it is ended: warehouse migration/)
})

test('a maintenance window can be planned, and its end moved', async () => {
  const from = '2030-01-31T14:00:00Z'
  expect(await json('hold', '--brand', 'Acme', '--from', from, '--for', '4h', ...why)).toMatchObject({
    hold: { state: 'planned', startsAt: '2030-01-31T14:00:00.000Z', endsAt: '2030-01-31T18:00:00.000Z' },
  })
  const later = await json('release', 'Acme', '--until', '2030-01-31T20:00:00Z')
  expect(later).toMatchObject({ changed: true, hold: { endsAt: '2030-01-31T20:00:00.000Z', endedAt: null } })
})

test('without a brand it is the only organization; of several one has to be named', async () => {
  expect(await json('hold', ...why)).toMatchObject({ message: containing('all brands'), hold: { brandId: null } })
  await addBrand(client, 'Other')
  expect(await errorFrom('hold', ...why)).toMatchObject({
    code: 'invalid_input',
    field: '--org',
    fix: matching(/--org/),
  })
  expect(await errorFrom('hold', '--brand', 'Acme', '--from', 'noon', ...why)).toMatchObject({ field: '--from' })
  expect(await errorFrom('hold', '--brand', 'Acme', '--until', '2020-01-01T00:00:00Z', ...why)).toMatchObject({
    code: 'invalid_input',
    field: 'endsAt',
  })
})

test('what is held is not overdue: pm doctor says nothing of it, and pm status no time that has passed', async () => {
  await addAgent(client, {
    jobTypes: ['work'],
    catalog: published({ work: { steps: [{ key: 'a', dataset: 'orders' }] } }),
  })
  await addJob(client, { brand_id: brand.brandId, cron_expression: '0 6 * * *', next_run_at: anHourAgo() })
  const doctor = async (): Promise<string> => (await pm('doctor')).stdout
  expect(await doctor()).toContain('overdue: 1 job of work due since')
  await pm('hold', '--brand', 'Acme', '--for', '2h', ...why)
  expect(await doctor()).not.toContain('overdue')
  expect((await pm('status')).stdout).toMatch(/in (2 h|1 h 59 min|119 min), held until then/)
  await pm('hold', '--brand', 'Acme', ...why)
  expect((await pm('status')).stdout).toMatch(/ held /)
})

test('pm run --wait says that the hold is what it waits for', async () => {
  await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
  await pm('hold', '--brand', 'Acme', '--type', 'load', ...why)
  const { stderr, stdout } = await pm('run', 'load', '--brand', 'Acme', '--wait', '--timeout', '1')
  expect(`${stdout}${stderr}`).toMatch(/held by .+ until it is ended/)
  expect(`${stdout}${stderr}`).not.toContain('waits for an agent')
})

test('a hold that is released twice is over already, and that is no error', async () => {
  const { hold } = await json('hold', '--brand', 'Acme', ...why)
  const id = String(asRecord(hold)['id'])
  expect(await json('release', id.slice(0, 8))).toMatchObject({ changed: true })
  expect(await json('release', id.slice(0, 8))).toMatchObject({
    changed: false,
    message: 'The hold is over already.',
    hold: { state: 'over' },
  })
  expect(await errorFrom('release', id, '--until', '2030-01-31T20:00:00Z')).toMatchObject({ code: 'conflict' })
  expect(await errorFrom('release', 'Acme')).toMatchObject({ code: 'not_found' })
})

test('two ends at once are refused, and the same mute twice is one', async () => {
  const twice = ['--for', '2h', '--until', '2030-01-31T20:00:00Z']
  expect(await errorFrom('hold', '--brand', 'Acme', ...twice, ...why)).toMatchObject({ field: '--until' })
  expect(await errorFrom('mute', '--org', 'Acme', ...twice)).toMatchObject({ field: '--until' })
  const mute = ['mute', '--org', 'Acme', '--dataset', 'orders', '--note', 'known']
  const { rule } = await json(...mute)
  expect(await json(...mute)).toMatchObject({ rule: { id: asRecord(rule)['id'] } })
  expect(asRecord((await json(...mute.slice(0, 5)))['rule'])['id']).not.toBe(asRecord(rule)['id'])
  expect(asRecords((await json('mutes', '--org', 'Acme'))['rules'])).toHaveLength(2)
})

test('the same hold twice is one, and said to be there', async () => {
  const until = ['--until', '2030-01-31T20:00:00Z']
  expect(await json('hold', '--brand', 'Acme', ...until, ...why)).toMatchObject({ changed: true })
  expect(await json('hold', '--brand', 'Acme', ...until, ...why)).toMatchObject({
    changed: false,
    message: matching(/^This hold is there already\. Nothing starts for Acme until 2030-01-31 20:00 UTC\./),
  })
  expect(asRecords((await json('holds'))['holds'])).toHaveLength(1)
})

test.each([
  'brands',
  'holds',
  'incidents',
  'channels',
  'triggers',
  'hooks',
  'jobs',
  'runs',
  'agents',
  'organizations',
  'backfills',
  'pings',
  'policy',
])('pm %s list is pm %s', async (word) => {
  await addJob(client, { brand_id: brand.brandId, name: 'Nightly', next_run_at: new Date('2030-01-31T14:00:00Z') })
  expect(await pm(word, 'list')).toEqual(await pm(word))
})

test('pm mutes list is pm mutes, with its organization before or after the word', async () => {
  await pm('mute', '--org', 'Acme', '--dataset', 'orders')
  const { stdout } = await pm('mutes', '--org', 'Acme')
  expect(stdout).toContain('orders')
  expect((await pm('mutes', 'list', '--org', 'Acme')).stdout).toBe(stdout)
  expect((await pm('mutes', '--org', 'Acme', 'list')).stdout).toBe(stdout)
})

test('the options of a list stand before or after the word', async () => {
  await addBrand(client, 'Other')
  await pm('hold', '--brand', 'Other', ...why)
  for (const args of [
    ['holds', 'list', '--brand', 'Acme'],
    ['holds', '--brand', 'Acme', 'list'],
  ]) {
    expect((await pm(...args)).stdout).toContain('Nothing is held.')
  }
  expect((await pm('holds', 'list')).stdout).toContain('Other')
})

function anHourAgo(): Date {
  return new Date(Date.now() - 3_600_000)
}
