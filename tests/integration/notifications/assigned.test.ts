/** Whoever is given an incident hears of it, where a route says so. */
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandIncidents } from '../../../agent/incidents/commands.ts'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addEvent, addRoute, notificationRows, openIncident } from '../../support/incident-events.ts'
import type { Brand } from '../../support/job-rows.ts'
import { startTestNotifier, type TestNotifier } from '../../support/notifier.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let sql: pg.Client
let mine: Brand
let notifier: TestNotifier

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  mine = await addOpenBrand(sql, 'Birch Coffee')
  await addRoute(sql, mine.organizationId, 'chat')
  await addRoute(sql, mine.organizationId, 'ana_phone', { person: 'Ana' })
})

afterEach(async () => {
  await notifier.stop()
  await database.drop()
})

async function start(isLeader: boolean): Promise<void> {
  const channels = { chat: () => 'taken', ana_phone: () => 'taken' }
  notifier = await startTestNotifier({ url: database.url, channels, isLeader })
}

const look = (): Promise<number | null> => dispatchRound(notifier.database, { gatherMs: 0, aliveSeconds: 150 })

const opened = (dataset = 'orders'): Promise<string> =>
  openIncident(sql, { organization_id: mine.organizationId, brand_id: mine.brandId, dataset_key: dataset })

async function give(id: string, operator: string, assignee: string | null): Promise<void> {
  const input = { command: 'acknowledge', note: null, assignee } as const
  await commandIncidents(notifier.database, { operator, door: 'console' }, [{ id, seenEventId: null }], input)
}

async function takeBack(id: string, operator: string): Promise<void> {
  const chosen = [{ id, seenEventId: null }]
  await commandIncidents(notifier.database, { operator, door: 'console' }, chosen, { command: 'unacknowledge' })
}

const on = async (channel: string): Promise<string[]> =>
  (await notificationRows(sql, channel)).map(({ title }) => title)

test('what is given to somebody is told once on their channel, by a leader that hears of it; not what they took', async () => {
  await start(true)
  const [given, taken] = [await opened(), await opened('stock')]
  await waitFor(async () => (await on('chat')).length === 2, { describe: 'the openings' })
  await give(taken, 'Ana', null)
  await give(given, 'Ben', 'Ana')
  await waitFor(async () => (await on('ana_phone')).length === 1, { describe: 'the phone' })
  await look()
  expect(await on('ana_phone')).toEqual(['Given to Ana: stale dataset orders of Birch Coffee'])
  expect(await on('chat')).toHaveLength(2)
  const { rows } = await sql.query<{ message: { incidents: object[] } }>(
    `select message from notifications where channel = 'ana_phone'`,
  )
  expect(rows[0]?.message.incidents[0]).toMatchObject({ assignedTo: 'Ana', assignedBy: 'Ben', transition: 'assigned' })
})

test('the end of what is theirs is told there; of what was handed on, and never told, it is not', async () => {
  await start(false)
  const [kept, handed] = [await opened(), await opened('stock')]
  await give(kept, 'Ben', 'Ana')
  await give(handed, 'Ben', 'Ana')
  await look()
  await give(handed, 'Ana', 'Cem')
  await look()
  await addEvent(sql, kept, 'resolved')
  await addEvent(sql, handed, 'resolved')
  await look()
  expect((await on('ana_phone')).toSorted()).toEqual([
    'Given to Ana: stale dataset orders of Birch Coffee',
    'Given to Ana: stale dataset stock of Birch Coffee',
    'Resolved: stale dataset orders of Birch Coffee',
  ])
})

test('what was taken back or given anew before anybody was told: nothing, or once', async () => {
  await start(false)
  const [back, again] = [await opened(), await opened('stock')]
  await give(back, 'Ben', 'Ana')
  await takeBack(back, 'Ben')
  await give(again, 'Ben', 'Ana')
  await takeBack(again, 'Ben')
  await give(again, 'Ben', 'Ana')
  await look()
  await look()
  expect(await on('ana_phone')).toEqual(['Given to Ana: stale dataset stock of Birch Coffee'])
})
