import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '../../../agent/incidents/channels/channel.ts'
import { type DispatchSettings, dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { messageSentences } from '../../../shared/notifications/message-words.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addEvent, addRoute, notificationRows, openIncident, openMany } from '../../support/incident-events.ts'
import type { Brand } from '../../support/job-rows.ts'
import { startTestNotifier, type TestNotifier } from '../../support/notifier.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let sql: pg.Client
let mine: Brand
let notifiers: TestNotifier[]
let told: { readonly channel: string; readonly message: Delivery['message'] }[]

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  mine = await addOpenBrand(sql, 'Birch Coffee')
  notifiers = []
  told = []
  await addRoute(sql, mine.organizationId, 'chat')
  await addRoute(sql, mine.organizationId, 'pager', {
    after_minutes: 20,
    changed_at: new Date(Date.now() - 86_400_000),
  })
})

afterEach(async () => {
  for (const notifier of notifiers) await notifier.stop()
  await database.drop()
})

async function start(options: { readonly isLeader?: boolean } = {}): Promise<TestNotifier> {
  const note = (channel: string) => (delivery: Delivery) => {
    told.push({ channel, message: delivery.message })
    return 'taken'
  }
  const channels = { chat: note('chat'), pager: note('pager'), pager2: note('pager2') }
  const notifier = await startTestNotifier({ url: database.url, channels, ...options })
  notifiers.push(notifier)
  return notifier
}

/** What a leader does at the instant it had set itself. Returns when it looks again, ms. */
const look = ({ database: pool }: TestNotifier, settings: Partial<DispatchSettings> = {}): Promise<number | null> =>
  dispatchRound(pool, { gatherMs: 0, aliveSeconds: 150, ...settings })

const on = async (channel: string): Promise<string[]> =>
  (await notificationRows(sql, channel)).map(({ title }) => title)

/** One that opened so long ago, and was told at once. */
async function opened(minutesAgo: number, columns: Record<string, unknown> = {}): Promise<string> {
  const { organizationId, brandId } = mine
  const id = await openIncident(sql, { organization_id: organizationId, brand_id: brandId, ...columns })
  await pass(minutesAgo)
  return id
}

/** So many minutes, for what has happened until now. */
async function pass(minutes: number): Promise<void> {
  const by = `make_interval(mins => ${minutes})`
  await sql.query(`update incidents set opened_at = opened_at - ${by}`)
  await sql.query(`update incident_events set happened_at = happened_at - ${by}`)
}

describe('a route that waits', () => {
  test('is told once of what is open still and nobody has taken, after its minutes; others at once', async () => {
    const notifier = await start({ isLeader: false })
    await opened(0)
    const waitMs = await look(notifier)
    expect(waitMs).toBeGreaterThan(19 * 60_000)
    expect(waitMs).toBeLessThanOrEqual(20 * 60_000)
    expect([await on('chat'), await on('pager')]).toEqual([['Stale dataset: orders of Birch Coffee'], []])
    await pass(20)
    expect(await look(notifier)).toBeNull()
    await look(notifier)
    expect(await on('pager')).toEqual(['Nobody is on it: stale dataset orders of Birch Coffee'])
    expect(await on('chat')).toHaveLength(1)
    await waitFor(() => told.some(({ channel }) => channel === 'pager'), { describe: 'the pager' })
    const message = told.find(({ channel }) => channel === 'pager')?.message
    expect(message === undefined ? [] : messageSentences(message)).toEqual([
      expect.stringMatching(/^Open for 20 min( \d+ s)?, nobody is on it\.$/),
      'Orders is stale.',
    ])
  })

  test('does not tell of what is expected while it is held, however long nobody is on it', async () => {
    const notifier = await start({ isLeader: false })
    const id = await opened(30, { quiet_until: new Date(Date.now() + 3_600_000) })
    expect(await look(notifier)).toBeNull()
    expect(await on('pager')).toEqual([])
    await sql.query('update incidents set quiet_until = null where id = $1', [id])
    await look(notifier)
    expect(await on('pager')).toHaveLength(1)
  })

  test('that follows a group is told of the brands that carry it then', async () => {
    await sql.query(`update notification_routes set brand_groups = '{EMEA}', brand_group_keys = '{emea}'`)
    const notifier = await start({ isLeader: false })
    await opened(30)
    await look(notifier)
    expect([await on('chat'), await on('pager')]).toEqual([[], []])
    await sql.query(`insert into brand_groups (brand_id, group_key, name) values ($1, 'emea', 'Emea')`, [mine.brandId])
    await opened(30, { dataset_key: 'prices' })
    await look(notifier)
    expect(await on('chat')).toEqual(['Stale dataset: prices of Birch Coffee'])
    expect(await on('pager')).toHaveLength(2)
  })

  test('is told by a leader by itself, at its time', async () => {
    await start()
    await opened(0)
    await waitFor(async () => (await on('chat')).length === 1, { describe: 'the chat' })
    await pass(20)
    // As much as its clock would do: somebody changed a route.
    await sql.query(`update notification_routes set tells_resolved = true where channel = 'chat'`)
    await waitFor(() => told.some(({ channel }) => channel === 'pager'), { describe: 'the pager' })
    expect(await on('pager')).toHaveLength(1)
  })

  test('hears of the end only where it was told of the incident', async () => {
    const notifier = await start({ isLeader: false })
    const [early, late] = [await opened(0, { dataset_key: 'prices' }), await opened(0)]
    await look(notifier)
    await addEvent(sql, early, 'resolved')
    await pass(20)
    await look(notifier)
    await addEvent(sql, late, 'resolved')
    await look(notifier)
    expect(await on('pager')).toEqual([
      'Nobody is on it: stale dataset orders of Birch Coffee',
      'Resolved: stale dataset orders of Birch Coffee',
    ])
    expect(await on('chat')).toHaveLength(4)
  })

  test.each<[what: string, quiet: string]>([
    ['somebody has acknowledged', `update incidents set acknowledged_at = now(), acknowledged_by = 'ana'`],
    ['is snoozed', `update incidents set snoozed_until = now() + interval '1 hour'`],
    [
      'a rule keeps quiet',
      `insert into mute_rules (organization_id, created_by) select organization_id, 'ana' from incidents`,
    ],
    ['is an effect', `update incidents set cause_id = id`],
    ['is an effect that has some time to recover after its cause', `update incidents set released_at = now()`],
    ['is of another kind', `update notification_routes set kinds = '{job_dead}' where channel = 'pager'`],
    ['has a route that is off', `update notification_routes set enabled = false where channel = 'pager'`],
    ['has an organization that is off', `update organization_features set enabled = false`],
  ])('is told nothing of what %s', async (_what, statement) => {
    const notifier = await start({ isLeader: false })
    await opened(0)
    await look(notifier)
    await sql.query(statement)
    await pass(300)
    await look(notifier)
    expect(await on('pager')).toEqual([])
  })

  test('counts again from when nobody is on it any more', async () => {
    const notifier = await start({ isLeader: false })
    const incident = await opened(300)
    await sql.query(
      `insert into incident_events (incident_id, type, happened_at, dispatched_at) values ($1, 'unacknowledged', now(), now())`,
      [incident],
    )
    await look(notifier)
    expect(await on('pager')).toEqual([])
    await pass(20)
    await look(notifier)
    expect(await on('pager')).toHaveLength(1)
  })

  test('tells what came due in quiet hours after them, if nobody has taken it by then', async () => {
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
    const hours = { timeZone: 'UTC', from: at(-2), to: at(2), days: [0, 1, 2, 3, 4, 5, 6] }
    await sql.query(
      `insert into notification_settings (organization_id, quiet_hours, changed_by) values ($1, $2, 'test')`,
      [mine.organizationId, JSON.stringify(hours)],
    )
    const notifier = await start({ isLeader: false })
    await opened(60)
    const taken = await opened(60, { dataset_key: 'prices' })
    await look(notifier)
    expect(await on('pager')).toEqual([])
    await sql.query(`update incidents set acknowledged_at = now() where id = $1`, [taken])
    await sql.query('update notification_settings set quiet_hours = null')
    await look(notifier)
    expect(await on('pager')).toEqual(['Nobody is on it: stale dataset orders of Birch Coffee'])
  })

  test('moved to another channel: what is open still is told there once, after its minutes; the end where it was told', async () => {
    const notifier = await start({ isLeader: false })
    const incident = await opened(20)
    await look(notifier)
    await sql.query(`update notification_routes set channel = 'pager2', changed_at = now() where channel = 'pager'`)
    expect(await look(notifier)).toBeGreaterThan(19 * 60_000)
    expect([(await on('pager')).length, await on('pager2')]).toEqual([1, []])
    await sql.query(`update notification_routes set changed_at = changed_at - interval '20 minutes'`)
    await look(notifier)
    await look(notifier)
    expect([(await on('pager')).length, (await on('pager2')).length]).toEqual([1, 1])
    await addEvent(sql, incident, 'resolved')
    await look(notifier)
    expect((await on('pager2')).at(-1)).toBe('Resolved: stale dataset orders of Birch Coffee')
  })

  test('removed and brought back under its own id: tells nobody twice, and the end of what it told', async () => {
    const notifier = await start({ isLeader: false })
    const incident = await opened(20)
    await look(notifier)
    await sql.query(`create table kept as select * from notification_routes where channel = 'pager'`)
    await sql.query(`delete from notification_routes where channel = 'pager'`)
    await look(notifier)
    await sql.query('insert into notification_routes select * from kept')
    await pass(300)
    await look(notifier)
    expect(await on('pager')).toHaveLength(1)
    await addEvent(sql, incident, 'resolved')
    await look(notifier)
    expect((await on('pager')).at(-1)).toBe('Resolved: stale dataset orders of Birch Coffee')
  })

  test('more than one round takes: the rest at once in the next, and what waits for a later time is not forgotten', async () => {
    const notifier = await start({ isLeader: false })
    for (const dataset of ['a', 'b', 'c']) await openIncident(sql, { ...scope(), dataset_key: dataset })
    await pass(20)
    await opened(5, { dataset_key: 'd' })
    expect(await look(notifier, { mostEscalations: 2 })).toBe(0)
    expect(await look(notifier, { mostEscalations: 2 })).toBe(0)
    const waitMs = (await look(notifier, { mostEscalations: 2 })) ?? 0
    expect(waitMs).toBeGreaterThan(14 * 60_000)
    expect(waitMs).toBeLessThanOrEqual(15 * 60_000)
    const { rows } =
      await sql.query(`select dataset_key from incidents join incident_events event on event.incident_id = incidents.id
      where event.type = 'escalated' order by 1`)
    expect(rows).toEqual(['a', 'b', 'c'].map((key) => ({ dataset_key: key })))
  })

  test('an organization in its quiet hours keeps nobody else waiting, however much of it waits; it is looked at when they end', async () => {
    const quiet = await addOpenBrand(sql, 'Night Owls')
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
    const hours = { timeZone: 'UTC', from: at(-2), to: at(2), days: [0, 1, 2, 3, 4, 5, 6] }
    await sql.query(
      `insert into notification_settings (organization_id, quiet_hours, changed_by) values ($1, $2, 'test')`,
      [quiet.organizationId, JSON.stringify(hours)],
    )
    await addRoute(sql, quiet.organizationId, 'pager', { after_minutes: 1, changed_at: new Date(0) })
    await openMany(sql, 3, quiet)
    await pass(600)
    const notifier = await start({ isLeader: false })
    await opened(20)
    expect(await look(notifier, { mostEscalations: 2 })).toBeGreaterThan(100 * 60_000)
    expect(await on('pager')).toEqual(['Nobody is on it: stale dataset orders of Birch Coffee'])
  })

  test('a desktop route that waits takes nothing from desktops: what opens is told there at once, and once more later', async () => {
    await addRoute(sql, mine.organizationId, 'desktop', { after_minutes: 20, changed_at: new Date(0) })
    await sql.query(
      `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types, catalog)
       values (gen_random_uuid(), 'laptop', 'host', 1, '0', 'running', 1, '{}', '{"channels": {"desktop": {"type": "desktop"}}}')`,
    )
    const notifier = await start({ isLeader: false })
    await opened(0)
    await look(notifier)
    expect(await on('desktop')).toEqual(['Stale dataset: orders of Birch Coffee'])
    await pass(20)
    await look(notifier)
    expect(await on('desktop')).toHaveLength(2)
  })

  test('told again every so many minutes, 10 times at most, and only while nobody is on it', async () => {
    await sql.query(`update notification_routes set repeat_minutes = 15 where channel = 'pager'`)
    const notifier = await start({ isLeader: false })
    const incident = await opened(20)
    for (const waitMs of [await look(notifier), await look(notifier)]) {
      expect(waitMs).toBeGreaterThan(14 * 60_000)
      expect(waitMs).toBeLessThanOrEqual(15 * 60_000)
    }
    await pass(15)
    await look(notifier)
    await look(notifier)
    expect(await on('pager')).toHaveLength(2)
    await sql.query(`update incidents set acknowledged_at = now(), acknowledged_by = 'Ana'`)
    await pass(60)
    await look(notifier)
    expect(await on('pager')).toHaveLength(2)
    await sql.query('update incidents set acknowledged_at = null, acknowledged_by = null')
    for (let round = 0; round < 12; round += 1) {
      await pass(15)
      await look(notifier)
    }
    expect(await on('pager')).toHaveLength(11)
    const { rows } = await sql.query<{ note: string }>(
      `select note from incident_events where incident_id = $1 and type = 'escalated' order by id desc limit 1`,
      [incident],
    )
    expect(rows).toEqual([{ note: 'On pager, for the 11. time: nobody was on it still.' }])
  })

  test('many are one message', async () => {
    const notifier = await start({ isLeader: false })
    for (const dataset of ['a', 'b', 'c']) await openIncident(sql, { ...scope(), dataset_key: dataset })
    await pass(20)
    await look(notifier)
    expect(await on('pager')).toEqual(['3 incidents that nobody is on'])
  })

  test('of a new route: nothing at once of what is open already, but after its minutes', async () => {
    const notifier = await start({ isLeader: false })
    await sql.query(`update notification_routes set changed_at = now()`)
    await opened(600)
    expect(await look(notifier)).toBeGreaterThan(19 * 60_000)
    expect(await on('pager')).toEqual([])
  })

  test('two routes to one channel are two messages at their times, and one when they are due together', async () => {
    const more = { after_minutes: 60, changed_at: new Date(Date.now() - 86_400_000) }
    await addRoute(sql, mine.organizationId, 'pager', more)
    const notifier = await start({ isLeader: false })
    await opened(20)
    await look(notifier)
    await pass(40)
    await look(notifier)
    expect(await on('pager')).toHaveLength(2)
    await opened(60, { dataset_key: 'prices' })
    await look(notifier)
    await look(notifier)
    expect(await on('pager')).toHaveLength(3)
  })

  test('J11, N2: several leaders at once, and one that begins anew, tell once; what came due without one is told later', async () => {
    await opened(600)
    const [one, two] = [await start({ isLeader: false }), await start({ isLeader: false })]
    await Promise.all([one, two, one, two].map((each) => look(each)))
    await one.stop()
    const three = await start()
    await look(three)
    expect(await on('pager')).toHaveLength(1)
    expect([...one.troubles, ...two.troubles, ...three.troubles]).toEqual([])
  })

  test('a round that the database loses tells nothing, and the next one all', async () => {
    const notifier = await start({ isLeader: false })
    await opened(60)
    await sql.query(`alter table notification_events add constraint lost check (channel <> 'pager') not valid`)
    await expect(look(notifier)).rejects.toThrow('lost')
    expect([await on('chat'), await on('pager')]).toEqual([[], []])
    await sql.query('alter table notification_events drop constraint lost')
    await look(notifier)
    expect([(await on('chat')).length, (await on('pager')).length]).toEqual([1, 1])
  })
})

function scope(): Record<string, unknown> {
  return { organization_id: mine.organizationId, brand_id: mine.brandId }
}
