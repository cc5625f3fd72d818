import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addIncident, incidentRows } from '../../support/incident-rows.ts'
import type { Brand } from '../../support/job-rows.ts'
import { only } from '../../support/job-rows.ts'
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
  brand = await addOpenBrand(client)
})
afterEach(() => client.query('truncate organizations, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const add = (columns: Record<string, unknown> = {}): Promise<string> =>
  addIncident(client, { organization_id: brand.organizationId, brand_id: brand.brandId, ...columns })

describe('pm incidents', () => {
  test('nothing is wrong, and says where to look for what was', async () => {
    expect((await pm('incidents')).stdout).toBe('Nothing is wrong. What was: pm incidents --all\n')
    expect((await pm('incidents', '--all')).stdout).toBe('Nothing is wrong, and nothing was.\n')
    expect(await json('incidents')).toEqual({ incidents: [] })
  })

  test('what is open, effects below their cause, with what to do; with --all what has ended', async () => {
    const cause = await add({
      kind: 'run_failed',
      dataset_key: null,
      summary: 'Nightly failed.',
      next_step: 'Retry it.',
      opened_at: new Date('2026-01-01T00:00:00Z'),
    })
    const effect = await add({
      cause_id: cause,
      summary: 'Orders is stale.',
      opened_at: new Date('2026-01-01T00:00:00Z'),
    })
    const ended = await add({ resolved_at: new Date(), resolution: 'It succeeded.', summary: 'Visits is stale.' })
    const { stdout } = await pm('incidents')
    const [, first = '', second = '', ...others] = stdout.trimEnd().split('\n')
    expect(first).toMatch(/^▲ open +Nightly failed\. \(and 1 effect\) .* Retry it\.$/)
    expect(second).toMatch(/^▲ open +└ Orders is stale\./)
    expect(others).toEqual([])
    const idsOf = async (...args: string[]): Promise<unknown[]> =>
      asRecords((await json('incidents', ...args))['incidents']).map(({ id }) => id)
    expect(await idsOf()).toEqual([cause, effect])
    expect(await idsOf('--all')).toEqual([cause, effect, ended])
    expect(await idsOf('--brand', 'Acme', '--limit', '1')).toEqual([cause])
    const other = await addOpenBrand(client, 'Other')
    expect(await idsOf('--org', 'Other')).toEqual([])
    expect(await idsOf('--brand', other.brandId)).toEqual([])
  })

  test('bad input 35: a name cannot speak to the terminal', async () => {
    await add({ summary: 'Orders\u001B[2J of \u202EAcme is stale.' })
    const { stdout } = await pm('incidents')
    expect([stdout.includes('\u001B'), stdout.includes('\u202E')]).toEqual([false, false])
  })
})

describe('pm ack', () => {
  test('--for gives it to somebody, and --on-it lists what they are on', async () => {
    const [given, free] = [await add(), await add({ dataset_key: 'stock', summary: 'Stock is stale.' })]
    expect((await pm('ack', given, '--for', 'Ana')).stdout).toContain('On it: Ana.')
    const on = async (name: string): Promise<unknown[]> =>
      asRecords((await json('incidents', '--on-it', name))['incidents']).map(({ id }) => id)
    expect([await on('Ana'), await on('nobody'), await on('me')]).toEqual([[given], [free], []])
    expect((await pm('incidents', '--on-it', 'me')).stdout).toBe('Nothing. Whoever is on it: pm incidents\n')
    expect(await errorFrom('ack', given, '--for', ' ')).toMatchObject({ code: 'invalid_input', field: '--for' })
  })

  test('--for me is whoever asks, --for nobody is refused; who is on a cause is on its effects', async () => {
    const cause = await add()
    await add({ dataset_key: 'stock', cause_id: cause })
    await pm('ack', cause, '--for', 'Me')
    expect((await incidentRows(client)).map((row) => row.acknowledged_by)).toEqual(['ada', null])
    const refused = { code: 'invalid_input', field: '--for', fix: containing('leave it out') }
    expect(await errorFrom('ack', cause, '--for', 'NOBODY')).toMatchObject(refused)
    expect(await json('incidents', '--on-it', 'Nobody')).toEqual({ incidents: [] })
    expect(asRecords((await json('incidents', '--on-it', 'ada'))['incidents'])).toHaveLength(2)
  })

  test('acknowledges by the beginning of an id, once, with a note, under the operator’s name', async () => {
    const id = await add({ summary: 'Orders is stale.' })
    const { stdout, code } = await pm('ack', id.slice(0, 6), '--note', ' The shop is down. ')
    expect([stdout, code]).toEqual(['Orders is stale.\nAcknowledged.\n', 0])
    expect(only(await incidentRows(client))).toMatchObject({ acknowledged_by: 'ada', note: 'The shop is down.' })
    expect(await json('ack', id)).toMatchObject({ id, outcome: 'unchanged', message: matching(/already\.$/) })
    const { rows } = await client.query('select operator, door, action, subject_id from operator_actions')
    expect(rows).toEqual([{ operator: 'ada', door: 'cli', action: 'incident.acknowledge', subject_id: id }])
  })

  test('says what is in the way', async () => {
    const ended = await add({ resolved_at: new Date() })
    expect(await errorFrom('ack', ended)).toMatchObject({ code: 'conflict', message: matching(/^It ended by itself/) })
    for (const text of ['nothing', 'ffff', '']) {
      expect(await errorFrom('ack', text)).toMatchObject({ code: 'not_found', fix: containing('pm incidents') })
    }
    await add({ id: 'aaaaaaaa-0000-4000-8000-000000000001' })
    await add({ id: 'aaaaaaaa-0000-4000-8000-000000000002' })
    expect(await errorFrom('ack', 'aaaa')).toMatchObject({ code: 'ambiguous' })
    expect(await errorFrom('ack', 'aaaa', '--note', 'x'.repeat(2_001))).toMatchObject({ field: '--note' })
  })
})

describe('pm snooze', () => {
  test.each([
    [['--for', '90m'], 90 * 60_000],
    [['--for', '2D'], 2 * 86_400_000],
    [['--for', '1 w'], 7 * 86_400_000],
  ])('%j, by the clock of the database', async (flags, ms) => {
    const id = await add()
    const before = Date.now()
    await pm('snooze', id, ...flags)
    const until = only(await incidentRows(client)).snoozed_until
    const aheadMs = new Date(until ?? 0).getTime() - before
    expect(aheadMs).toBeGreaterThanOrEqual(ms - 1_000)
    expect(aheadMs).toBeLessThan(ms + 60_000)
  })

  test('until an instant, or until it recovers', async () => {
    const id = await add()
    const at = new Date(Date.now() + 86_400_000)
    await pm('snooze', id, '--until', at.toISOString())
    expect(only(await incidentRows(client)).snoozed_until).toEqual(at)
    expect((await pm('snooze', id, '--until-recovery')).stdout).toContain('Snoozed until it recovers.')
    expect(only(await incidentRows(client)).snoozed_until).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    [[], '--for'],
    [['--for', '1h', '--until-recovery'], '--for'],
    [['--for', 'tomorrow'], '--for'],
    [['--for', '0h'], '--for'],
    [['--until', 'tomorrow'], '--until'],
    [['--until', '2030-01-01T00:00:00'], '--until'],
    [['--until', '2028-02-30T06:00:00Z'], '--until'],
    [['--until', '10/11/2028 06:00 +01:00'], '--until'],
    [['--until', '2020-01-01T00:00:00Z'], 'until'],
    [['--until', '2020-01-01T00:00Z'], 'until'],
    [['--for', '99999w'], 'until'],
  ])('bad input 27: %j is refused', async (flags, field) => {
    const id = await add()
    expect(await errorFrom('snooze', id, ...flags)).toMatchObject({ code: 'invalid_input', field, fix: matching(/./) })
    expect(only(await incidentRows(client)).snoozed_until).toBeNull()
  })
})

describe('pm mute', () => {
  test('adds a rule, lists it, and takes it away', async () => {
    await add({ dataset_key: 'orders' })
    await add({ dataset_key: 'visits' })
    const scope = ['--org', 'Acme', '--brand', 'Acme', '--dataset', 'orders', '--kind', 'dataset_stale']
    const { stdout } = await pm('mute', ...scope, '--for', '2d', '--note', 'Moving.')
    expect(stdout).toMatch(/^Rule \w{8} keeps 1 open incident quiet now\.\n$/)
    const [rule] = asRecords((await json('mutes', '--org', 'Acme'))['rules'])
    expect(rule).toMatchObject({
      datasetKey: 'orders',
      kind: 'dataset_stale',
      note: 'Moving.',
      createdBy: 'ada',
      mutes: 1,
    })
    expect((await pm('mutes', '--org', 'Acme')).stdout).toContain('orders')
    expect(await errorFrom('unmute', 'ffff', '--org', 'Acme')).toMatchObject({ code: 'not_found' })
    await pm('unmute', String(rule?.['id']).slice(0, 8), '--org', 'Acme')
    expect(await json('mutes', '--org', 'Acme')).toEqual({ rules: [] })
    expect((await pm('mutes', '--org', 'Acme')).stdout).toBe('No rule keeps anything quiet.\n')
  })

  test.each([
    [['--for', '99999w'], 'until'],
    [['--until', '9999-12-31T00:00:00Z'], 'until'],
    [['--until', '2028-02-30T06:00:00Z'], '--until'],
    [['--until', '10/11/2028 06:00 +01:00'], '--until'],
  ])('bad input 27: %j is refused', async (flags, field) => {
    const problem = await errorFrom('mute', '--org', 'Acme', ...flags)
    expect(problem).toMatchObject({ code: 'invalid_input', field, fix: matching(/./) })
    expect(await json('mutes', '--org', 'Acme')).toEqual({ rules: [] })
  })

  test('a brand of another organization, or a kind that does not exist, is refused', async () => {
    await addOpenBrand(client, 'Other')
    expect(await errorFrom('mute', '--org', 'Acme', '--brand', 'Other')).toMatchObject({ code: 'not_found' })
    const unknown = await errorFrom('mute', '--org', 'Acme', '--kind', 'bad')
    expect(asRecord(unknown)).toMatchObject({
      code: 'invalid_input',
      field: '--kind',
      fix: containing('dataset_stale'),
    })
  })
})
