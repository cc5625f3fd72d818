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

/** Quiet from now on, or no more. */
async function quiet(isOn: boolean): Promise<void> {
  const hours = { timeZone: 'UTC', from: '00:00', to: '23:59', days: [0, 1, 2, 3, 4, 5, 6] }
  await sql.query(
    `insert into notification_settings (organization_id, quiet_hours, changed_by) values ($1, $2, 'test')
     on conflict (organization_id) do update set quiet_hours = excluded.quiet_hours`,
    [mine.organizationId, isOn ? hours : null],
  )
}

const phoneTold = async (): Promise<[string, string | null][]> =>
  (await notificationRows(sql, 'ana_phone')).map(({ state, title, failure }) => [
    state === 'held' || state === 'dropped' ? state : title,
    failure,
  ])

test.each([
  ['taken back', async (id: string) => takeBack(id, 'Ben')],
  ['handed on', async (id: string) => give(id, 'Ben', 'Cem')],
])(
  'N3: what was given in quiet hours and %s before their end is not told, and the deliveries say why',
  async (_, undo) => {
    await start(false)
    await quiet(true)
    const [gone, kept] = [await opened(), await opened('stock')]
    await give(gone, 'Ben', 'Ana')
    await look()
    expect(await phoneTold()).toEqual([['held', null]])
    await undo(gone)
    await quiet(false)
    await look()
    expect(await phoneTold()).toEqual([['dropped', 'What was given was taken back, or handed on.']])
    await quiet(true)
    await give(kept, 'Ben', 'Ana')
    await look()
    await give(kept, 'Ben', 'Cem')
    await give(kept, 'Cem', 'Ana')
    await look()
    await quiet(false)
    await look()
    expect((await phoneTold())[1]).toEqual(['Given to Ana: stale dataset stock of Birch Coffee', null])
  },
)

test('N3: what was given in quiet hours is not told once the route of the person is gone, though others tell there', async () => {
  await start(false)
  await quiet(true)
  await addRoute(sql, mine.organizationId, 'ana_phone', { kinds: ['job_dead'] })
  await give(await opened(), 'Ben', 'Ana')
  await look()
  await sql.query('delete from notification_routes where person is not null')
  await quiet(false)
  await look()
  expect(await phoneTold()).toEqual([['dropped', 'No route tells there any more.']])
})

test('Undo of a change that took it from somebody does not tell them of what was theirs all along', async () => {
  await start(false)
  const id = await opened()
  await give(id, 'Ben', 'Ana')
  await look()
  await sql.query(`update incident_events set happened_at = happened_at - interval '1 hour'`)
  await give(id, 'Ben', 'Cem')
  await give(id, 'Ben', 'Ana')
  await look()
  await takeBack(id, 'Ben')
  await give(id, 'Ben', 'ana')
  await look()
  expect(await on('ana_phone')).toEqual(['Given to Ana: stale dataset orders of Birch Coffee'])
  await takeBack(id, 'Ben')
  await sql.query(`update incident_events set happened_at = happened_at - interval '1 hour'`)
  await give(id, 'Ben', 'Ana')
  await look()
  expect(await on('ana_phone')).toHaveLength(2)
})

test('one person, two spellings: case tells nobody apart, and the name stays as it was first written', async () => {
  await start(false)
  const id = await opened()
  await give(id, 'Ben', 'Ana')
  await give(id, 'Ben', 'ANA')
  await give(id, 'ana', null)
  await give(await opened('stock'), 'ana', 'Ana')
  await look()
  expect(await on('ana_phone')).toEqual(['Given to Ana: stale dataset orders of Birch Coffee'])
  const { rows } = await sql.query(
    `select dataset_key, acknowledged_by from incidents where acknowledged_at is not null order by 1`,
  )
  expect(rows).toEqual([
    { dataset_key: 'orders', acknowledged_by: 'Ana' },
    { dataset_key: 'stock', acknowledged_by: 'ana' },
  ])
})
