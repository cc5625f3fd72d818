import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '../../../agent/incidents/channels/channel.ts'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { messageSentences } from '../../../shared/notifications/message-words.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  addEvent,
  addIncident,
  addRoute,
  notificationRows,
  openIncident,
  openMany,
  undispatched,
} from '../../support/incident-events.ts'
import { addBrand, type Brand } from '../../support/job-rows.ts'
import { type Deliver, startTestNotifier, type TestNotifier, type TestNotifierOptions } from '../../support/notifier.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let sql: pg.Client
let mine: Brand
let notifiers: TestNotifier[]
let told: (Delivery & { readonly channel: string })[]

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  mine = await addOpenBrand(sql, 'Birch Coffee')
  notifiers = []
  told = []
})

afterEach(async () => {
  for (const notifier of notifiers) await notifier.stop()
  await database.drop()
})

function noting(channel: string): Deliver {
  return (delivery) => {
    told.push({ ...delivery, channel })
    return 'taken'
  }
}

async function start(channels: readonly string[], options: Partial<TestNotifierOptions> = {}): Promise<TestNotifier> {
  const named: Record<string, Deliver> = {}
  for (const channel of channels) named[channel] = noting(channel)
  const notifier = await startTestNotifier({ url: database.url, channels: named, ...options })
  notifiers.push(notifier)
  return notifier
}

const of = ({ organizationId, brandId }: Brand) => ({ organization_id: organizationId, brand_id: brandId })
const titles = (): string[] => told.map(({ message }) => message.title)

/** Everything that waits is dispatched, and everything that can be is delivered. */
async function settled(): Promise<void> {
  await waitFor(
    async () => {
      // In this order: what is dispatched has its messages by then.
      const waiting = await undispatched(sql)
      const states = (await notificationRows(sql)).map(({ state }) => state)
      const isOver = waiting === 0 && !states.includes('pending') && !states.includes('sending')
      if (!isOver) throw new Error(`${waiting} undispatched, ${states.join()}`)
      return true
    },
    { describe: 'everything to be told' },
  )
}

/** What a round of a leader does that nobody had to wake. */
async function anotherRound({ database: pool }: TestNotifier): Promise<void> {
  await dispatchRound(pool, { gatherMs: 0, aliveSeconds: 150 })
}

describe('N2: transitions are told, states are not', () => {
  test('an incident that opens and ends is told twice on each channel that a route names', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    await addRoute(sql, mine.organizationId, 'mail', { tells_resolved: false })
    await start(['slack', 'mail', 'elsewhere'])
    const incident = await openIncident(sql, of(mine))
    await settled()
    await addEvent(sql, incident, 'resolved')
    await settled()
    expect(told.map(({ channel, message }) => `${channel} ${message.title}`).toSorted()).toEqual([
      'mail Stale dataset: orders of Birch Coffee',
      'slack Resolved: stale dataset orders of Birch Coffee',
      'slack Stale dataset: orders of Birch Coffee',
    ])
    expect(told[0]?.message).toMatchObject({
      type: 'opened',
      organization: { id: mine.organizationId, name: 'Birch Coffee' },
      incidents: [{ id: incident, kind: 'dataset_stale', brand: 'Birch Coffee', dataset: 'orders' }],
    })
    expect(await notificationRows(sql, 'slack')).toMatchObject([
      {
        state: 'delivered',
        transition: 'opened',
        incident_id: incident,
        attempts: 1,
        channel_type: 'webhook',
        answer: 'taken',
      },
      { state: 'delivered', transition: 'resolved', incident_id: incident },
    ])
  })

  test('repeated rounds and several leaders at once change nothing', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const one = await start(['slack'])
    const two = await start(['slack'])
    for (let index = 0; index < 20; index += 1) await openIncident(sql, { ...of(mine), dataset_key: `set_${index}` })
    await settled()
    await Promise.all([one, two, one, two].map(anotherRound))
    await settled()
    const transitions = (await notificationRows(sql)).reduce((sum, row) => sum + row.transitions, 0)
    expect(transitions).toBe(20)
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
    expect([...one.troubles, ...two.troubles]).toEqual([])
  })

  test('only a leader dispatches; whoever has the channel delivers', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const follower = await start(['slack'], { isLeader: false })
    await openIncident(sql, of(mine))
    follower.notifier.hear('dispatch')
    expect(await undispatched(sql)).toBe(1)
    await start([], { isLeader: true })
    await settled()
    expect(told).toHaveLength(1)
  })

  test('no route: only the console and the desktops are told, and without a desktop nothing is kept for one', async () => {
    await start(['slack'])
    await openIncident(sql, of(mine))
    await settled()
    expect([told, await notificationRows(sql)]).toEqual([[], []])
  })

  test('what an operator did is told to nobody, and does not wait for ever', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const notifier = await start(['slack'])
    const incident = await addIncident(sql, of(mine))
    await sql.query(`insert into incident_events (incident_id, type) values ($1, 'acknowledged')`, [incident])
    await addEvent(sql, incident)
    await settled()
    await anotherRound(notifier)
    expect(titles()).toEqual(['Stale dataset: orders of Birch Coffee'])
  })

  test('an organization whose section is off is told nothing', async () => {
    const off = await addBrand(sql, 'Off')
    await addRoute(sql, off.organizationId, 'slack')
    await start(['slack'])
    await openIncident(sql, of(off))
    await settled()
    expect(told).toEqual([])
  })

  test('what concerns everybody is told once on a channel that two organizations share', async () => {
    const other = await addOpenBrand(sql, 'Alder Outdoor')
    for (const { organizationId } of [mine, other]) await addRoute(sql, organizationId, 'slack')
    const agent = await start(['slack'])
    await openIncident(sql, { kind: 'agent_lost', dataset_key: null, agent_id: agent.id, summary: 'It is silent.' })
    await settled()
    expect(titles()).toEqual([`Lost agent: ${agent.name}`])
    expect(await notificationRows(sql)).toMatchObject([{ organization_id: null }])
  })

  test('what concerns everybody says nothing of effects: those of one organization are not for the others', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const other = await addOpenBrand(sql, 'Alder Outdoor')
    const agent = await start(['slack'])
    const columns = { kind: 'agent_lost', dataset_key: null, agent_id: agent.id, summary: 'It is silent.' }
    const lost = await addIncident(sql, columns)
    for (const brand of [mine, other]) await addIncident(sql, { ...of(brand), cause_id: lost })
    await addEvent(sql, lost)
    await settled()
    expect(told.map(({ message }) => message.incidents[0]?.effects)).toEqual([0])
    expect(told.flatMap(({ message }) => messageSentences(message))).toEqual(['It is silent.'])
  })
})

describe('N3: what is not told', () => {
  beforeEach(async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    await start(['slack'])
  })

  test.each<[string, Record<string, unknown>]>([
    ['a rule for the brand', { brand_id: true }],
    ['a rule for the dataset', { dataset_key: 'orders' }],
    ['a rule for the kind', { kind: 'dataset_stale' }],
    ['a rule for everything', {}],
    ['a rule that holds still', { until: new Date('2999-01-01') }],
  ])('%s keeps it quiet', async (_what, rule) => {
    const columns = { ...rule, ...('brand_id' in rule ? { brand_id: mine.brandId } : {}) }
    await addMuteRule(columns)
    await openIncident(sql, of(mine))
    await settled()
    expect(told).toEqual([])
  })

  test.each<[string, Record<string, unknown>]>([
    ['another dataset', { dataset_key: 'prices' }],
    ['another kind', { kind: 'job_dead' }],
    ['a time that is over', { until: new Date('2020-01-01') }],
    ['a job type it does not have', { job_type: 'load' }],
  ])('a rule for %s does not', async (_what, rule) => {
    await addMuteRule(rule)
    await openIncident(sql, of(mine))
    await settled()
    expect(told).toHaveLength(1)
  })

  async function addMuteRule(columns: Record<string, unknown>): Promise<void> {
    const all = { organization_id: mine.organizationId, created_by: 'test', ...columns }
    const places = Object.keys(all).map((_, index) => `$${index + 1}`)
    await sql.query(
      `insert into mute_rules (${Object.keys(all).join(', ')}) values (${places.join(', ')})`,
      Object.values(all),
    )
  }

  test('an effect is not told, its cause is; once the cause is over and it is not, it is told itself', async () => {
    const cause = await addIncident(sql, {
      ...of(mine),
      kind: 'run_failed',
      dataset_key: null,
      job_type: 'load_orders',
    })
    const effect = await openIncident(sql, { ...of(mine), cause_id: cause })
    await addEvent(sql, cause)
    await settled()
    expect(titles()).toEqual(['Failed run: load_orders of Birch Coffee'])
    expect(told[0]?.message.incidents).toMatchObject([{ effects: 1 }])
    await addEvent(sql, cause, 'resolved')
    await sql.query(`update incident_events set dispatched_at = null where incident_id = $1`, [effect])
    await settled()
    expect(titles().slice(1).toSorted()).toEqual([
      'Resolved: failed run load_orders of Birch Coffee',
      'Stale dataset: orders of Birch Coffee',
    ])
  })

  test('what is snoozed until it ends is told when it ends; reminders are for what nobody is on', async () => {
    const snoozed = await openIncident(sql, of(mine))
    const acknowledged = await openIncident(sql, { ...of(mine), dataset_key: 'prices' })
    await settled()
    await sql.query(`update incidents set snoozed_until = 'infinity' where id = $1`, [snoozed])
    await sql.query(`update incidents set acknowledged_at = now() where id = $1`, [acknowledged])
    for (const incident of [snoozed, acknowledged]) await addEvent(sql, incident, 'reminded')
    await settled()
    expect(told).toHaveLength(2)
    await addEvent(sql, snoozed, 'resolved')
    await settled()
    expect(titles().at(-1)).toBe('Resolved: stale dataset orders of Birch Coffee')
  })
})

describe('N4, point 31: many at once', () => {
  test('two are two messages', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const notifier = await start([], { isLeader: false })
    await openMany(sql, 2, mine)
    await anotherRound(notifier)
    expect(await notificationRows(sql)).toMatchObject([{ transitions: 1 }, { transitions: 1 }])
  })

  test('1,000 datasets that go stale at once are one summary on each channel; every one of them stays in the centre', async () => {
    for (const channel of ['slack', 'mail', 'pager']) await addRoute(sql, mine.organizationId, channel)
    await start(['slack', 'mail', 'pager'])
    await openMany(sql, 1_000, mine)
    await settled()
    expect(told.map(({ channel, message }) => `${channel}: ${message.title}`).toSorted()).toEqual([
      'mail: 1,000 stale datasets',
      'pager: 1,000 stale datasets',
      'slack: 1,000 stale datasets',
    ])
    expect(told[0]?.message.incidents).toHaveLength(20)
    expect(await notificationRows(sql, 'slack')).toMatchObject([
      { transitions: 1_000, incident_id: null, transition: 'opened' },
    ])
    const { rowCount } = await sql.query('select from notification_events')
    expect(rowCount).toBe(3_000)
    expect((await sql.query('select from incident_events where dispatched_at is not null')).rowCount).toBe(1_000)
  })

  test('what comes within the time of gathering is told together, and not before', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    const notifier = await start(['slack'], { isLeader: false })
    const gather = { gatherMs: 600_000, aliveSeconds: 150 }
    await openMany(sql, 1, mine)
    const waitMs = await dispatchRound(notifier.database, gather)
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(600_000)
    expect(await notificationRows(sql)).toEqual([])
    await openIncident(sql, of(mine))
    await openIncident(sql, { ...of(mine), dataset_key: 'prices' })
    await sql.query(`update incident_events set happened_at = now() - interval '10 minutes' where id = 1`)
    expect(await dispatchRound(notifier.database, gather)).toBeNull()
    expect(await notificationRows(sql)).toMatchObject([{ title: '3 stale datasets', transitions: 3 }])
  })

  test('fault 30: an older database that is restored tells what it has not told yet in one message', async () => {
    await addRoute(sql, mine.organizationId, 'slack')
    await openMany(sql, 50, mine)
    await sql.query(`update incident_events set happened_at = now() - interval '9 days'`)
    await start(['slack'])
    await settled()
    expect(titles()).toEqual(['50 stale datasets'])
  })
})

describe('what is held', () => {
  beforeEach(() => addRoute(sql, mine.organizationId, 'slack'))

  /** Quiet hours around this moment, by the clock of this machine, on which the database runs too. */
  async function beQuiet(): Promise<void> {
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
    const hours = { timeZone: 'UTC', from: at(-2), to: at(2), days: [0, 1, 2, 3, 4, 5, 6] }
    await sql.query(
      `insert into notification_settings (organization_id, quiet_hours, changed_by) values ($1, $2, 'test')`,
      [mine.organizationId, JSON.stringify(hours)],
    )
  }

  test('N3: what comes in quiet hours is one summary afterwards', async () => {
    await beQuiet()
    const notifier = await start(['slack'])
    const first = await openIncident(sql, of(mine))
    await settled()
    await openMany(sql, 2, mine)
    await settled()
    await addEvent(sql, first, 'resolved')
    await settled()
    expect(told).toEqual([])
    expect(await notificationRows(sql)).toMatchObject([
      { state: 'held', held_for: 'quiet_hours', transitions: 4, attempts: 0, next_try_at: null },
    ])
    await sql.query('update notification_settings set quiet_hours = null')
    notifier.notifier.hear('dispatch')
    await waitFor(() => told.length > 0, { describe: 'the summary' })
    await settled()
    expect(titles()).toEqual(['In the quiet hours: 3 stale datasets; 1 incident resolved'])
    expect(await notificationRows(sql)).toMatchObject([{ state: 'delivered', transitions: 4 }])
  })

  test('N3: one that was held alone is told as itself', async () => {
    await beQuiet()
    const notifier = await start(['slack'])
    const incident = await openIncident(sql, of(mine))
    await settled()
    await sql.query('update notification_settings set quiet_hours = null')
    notifier.notifier.hear('dispatch')
    await waitFor(() => told.length > 0, { describe: 'the message' })
    expect(told[0]?.message).toMatchObject({ type: 'opened', heldFor: 'quiet_hours', incidents: [{ id: incident }] })
  })

  test('N3: for a route that was switched off is told to nobody; to one that is there again at the end of the quiet hours, it is', async () => {
    await addRoute(sql, mine.organizationId, 'mail')
    await beQuiet()
    // No other round is under way.
    const notifier = await start(['slack', 'mail'], { isLeader: false })
    await openIncident(sql, of(mine))
    await anotherRound(notifier)
    await sql.query(`update notification_routes set enabled = false`)
    await anotherRound(notifier)
    expect(await notificationRows(sql)).toMatchObject([{ state: 'held' }, { state: 'held' }])
    await sql.query(`update notification_routes set enabled = true where channel = 'slack'`)
    await sql.query('update notification_settings set quiet_hours = null')
    await anotherRound(notifier)
    await waitFor(() => told.length > 0, { describe: 'the message' })
    await settled()
    expect(told.map(({ channel }) => channel)).toEqual(['slack'])
    expect(await notificationRows(sql, 'mail')).toMatchObject([
      { state: 'dropped', failure: 'No route tells there any more.' },
    ])
  })

  test('what it told of is gone meanwhile: nothing is told', async () => {
    await beQuiet()
    const notifier = await start(['slack'])
    await openIncident(sql, of(mine))
    await settled()
    await sql.query('delete from incidents')
    await sql.query('update notification_settings set quiet_hours = null')
    notifier.notifier.hear('dispatch')
    await waitFor(async () => (await notificationRows(sql))[0]?.state === 'dropped', { describe: 'it to be dropped' })
    expect(await notificationRows(sql)).toMatchObject([{ failure: 'What it told of is gone.' }])
  })

  test('point 31: what opens and ends again and again is told three times, then once an hour', async () => {
    const notifier = await start(['slack'])
    for (let index = 0; index < 5; index += 1) {
      const incident = await openIncident(sql, of(mine))
      await settled()
      await addEvent(sql, incident, 'resolved')
      await settled()
    }
    expect(titles().filter((title) => title.startsWith('Stale'))).toHaveLength(3)
    expect(await notificationRows(sql)).toContainEqual(
      expect.objectContaining({ state: 'held', held_for: 'flapping', transitions: 4 }),
    )
    await sql.query(`update notifications set created_at = now() - interval '61 minutes' where state = 'held'`)
    notifier.notifier.hear('dispatch')
    await waitFor(() => titles().some((title) => title.startsWith('Again')), { describe: 'the summary' })
    expect(titles().at(-1)).toBe('Again and again: 2 stale datasets; 2 incidents resolved')
  })
})

describe('channels that nobody has', () => {
  beforeEach(() => addRoute(sql, mine.organizationId, 'slack'))

  test('a message waits for an agent that has its channel', async () => {
    await start([])
    await openIncident(sql, of(mine))
    await waitFor(async () => (await notificationRows(sql)).length === 1, { describe: 'the message' })
    expect(await notificationRows(sql)).toMatchObject([{ state: 'pending', channel_type: null }])
    await start(['slack'])
    await settled()
    expect(told).toHaveLength(1)
  })

  test('for a day; then it is no news any more, and says so', async () => {
    const notifier = await start([])
    await openIncident(sql, of(mine))
    await waitFor(async () => (await notificationRows(sql)).length === 1, { describe: 'the message' })
    await sql.query(`update notifications set queued_at = now() - interval '25 hours'`)
    notifier.notifier.hear('dispatch')
    await waitFor(async () => (await notificationRows(sql))[0]?.state === 'dropped', { describe: 'it to be dropped' })
    expect(await notificationRows(sql)).toMatchObject([
      { failure: 'No agent could tell it within 24 hours.', next_try_at: null },
    ])
  })
})

test('rows of other programs: words that are not ours break nothing', async () => {
  await addRoute(sql, mine.organizationId, 'slack', { kinds: ['of_tomorrow'] })
  await sql.query(
    `insert into notification_settings (organization_id, quiet_hours, changed_by) values ($1, $2, 'test')`,
    [mine.organizationId, JSON.stringify({ timeZone: 'Mars/Olympus', from: '25:00', to: 7, days: 'all' })],
  )
  await sql.query(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, catalog, started_at, heartbeat_at)
     select gen_random_uuid(), 'odd', 'odd', 1, '9', 'running', '{}', 1, catalog::jsonb, now(), now()
     from unnest(array['[]', '{"channels": 3}', '{"channels": {"slack": {"type": "carrier_pigeon"}, "x": 7}}']) catalog`,
  )
  const notifier = await start(['slack'])
  await openIncident(sql, { ...of(mine), kind: 'of_tomorrow', dataset_key: null, summary: 'Something new is wrong.' })
  await settled()
  expect(titles()).toEqual(['Incident: Something new is wrong.'])
  expect(notifier.troubles).toEqual([])
})

test('a round of the dispatch is noted by who leads, and not while another process holds it', async () => {
  const [idle, leading] = [await start([], { isLeader: false }), await start([])]
  await waitFor(() => leading.notifier.dispatchedAt !== null, { describe: 'a round' })
  expect(idle.notifier.dispatchedAt).toBeNull()
  let done = 0
  const settings = { gatherMs: 7, aliveSeconds: 150, onDone: () => (done += 1) }
  await sql.query('begin')
  await sql.query(`select pg_advisory_xact_lock(hashtext('pipeline-manager dispatch'))`)
  expect([await dispatchRound(idle.database, settings), done]).toEqual([7, 0])
  await sql.query('rollback')
  await dispatchRound(idle.database, settings)
  expect(done).toBe(1)
})
