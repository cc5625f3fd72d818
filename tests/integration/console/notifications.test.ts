import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { incidentKinds } from '../../../shared/incidents.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { openIncident } from '../../support/incident-events.ts'
import { type Brand, only } from '../../support/job-rows.ts'
import { containing } from '../cli/matchers.ts'
import { errorOf } from './error-of.ts'
import { addAgent } from './working-agent.ts'

let console: TestConsole
let mine: Brand
let other: Brand
beforeAll(async () => {
  console = await createTestConsole()
  other = await addOpenBrand(console.sql, 'Other')
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  await console.sql.query('truncate agents, notifications cascade')
  mine = await addOpenBrand(console.sql, 'Mine')
})

async function addChannels(name: string, channels: Record<string, string>, alive = true): Promise<void> {
  await addAgent(console.sql, { name, jobTypes: {}, alive })
  const published = Object.entries(channels).map(([key, type]) => [key, { type }])
  await console.sql.query(`update agents set catalog = $2 where name = $1`, [
    name,
    JSON.stringify({ channels: Object.fromEntries(published) as unknown }),
  ])
}

async function addDelivery(columns: Record<string, unknown>): Promise<string> {
  const all = { organization_id: mine.organizationId, channel: 'slack', title: 'Told', ...columns }
  const places = Object.keys(all).map((_, index) => `$${index + 1}`)
  const { rows } = await console.sql.query<{ id: string }>(
    `insert into notifications (${Object.keys(all).join(', ')}) values (${places.join(', ')}) returning id`,
    Object.values(all),
  )
  return only(rows).id
}

const route = { channel: 'slack', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
const actionsOf = async ({ organizationId }: Brand) => (await console.client.admin.actions({ organizationId })).actions

describe('channels', () => {
  const listed = async () =>
    (await console.client.notifications.channels({ organizationId: mine.organizationId })).channels

  test('are what agents have, with who lives; the desktops are always there', async () => {
    await addChannels('one', { slack: 'slack', pager: 'webhook' })
    await addChannels('two', { slack: 'slack' })
    await addChannels('gone', { mail: 'email' }, false)
    expect(await listed()).toMatchObject([
      { name: 'desktop', type: 'desktop', agents: [], notice: null },
      { name: 'mail', type: 'email', agents: [] },
      { name: 'pager', type: 'webhook', agents: ['one'] },
      { name: 'slack', type: 'slack', agents: expect.arrayContaining(['one', 'two']) as unknown },
    ])
  })

  test('of one name and two types are listed as two: it is shown, never silently won', async () => {
    await addChannels('one', { ops: 'slack' })
    await addChannels('two', { ops: 'webhook' })
    expect((await listed()).filter(({ name }) => name === 'ops').map(({ type, agents }) => [type, agents])).toEqual(
      expect.arrayContaining([
        ['slack', ['one']],
        ['webhook', ['two']],
      ]),
    )
  })

  test('say what waits, what came of the latest, and what is wrong; not what is another organization’s', async () => {
    await addChannels('one', { slack: 'slack' })
    await addDelivery({ state: 'pending' })
    await addDelivery({ state: 'sending' })
    await addDelivery({ state: 'held', held_for: 'quiet_hours' })
    await addDelivery({ state: 'delivered', ended_at: new Date('2026-11-26T10:00:00Z') })
    await addDelivery({ state: 'failed', failure: 'It answered 404.', ended_at: new Date('2026-11-26T11:00:00Z') })
    await addDelivery({
      organization_id: other.organizationId,
      state: 'failed',
      failure: 'Theirs.',
      ended_at: new Date('2026-11-26T12:00:00Z'),
    })
    expect((await listed())[1]).toMatchObject({
      name: 'slack',
      pending: 2,
      held: 1,
      lastDeliveredAt: new Date('2026-11-26T10:00:00Z'),
      lastFailedAt: new Date('2026-11-26T11:00:00Z'),
      lastFailure: 'It answered 404.',
      notice: 'The channel "slack" fails: It answered 404.',
    })
    await addDelivery({ state: 'delivered', ended_at: new Date('2026-11-26T11:30:00Z') })
    expect((await listed())[1]).toMatchObject({ notice: null })
  })

  test('that a route names and nobody has are there, and say so', async () => {
    await addChannels('gone', { slack: 'slack' }, false)
    const { organizationId } = mine
    await console.client.notifications.setRoute({ organizationId, ...route })
    await console.sql.query('truncate agents cascade')
    expect((await listed())[1]).toMatchObject({
      name: 'slack',
      type: null,
      agents: [],
      notice: containing('No running agent has the channel "slack"'),
    })
  })
})

describe('routes', () => {
  beforeEach(() => addChannels('one', { slack: 'slack' }))

  test('checklist 28: what somebody else changed meanwhile is not overwritten, nor removed', async () => {
    const { organizationId } = mine
    const { id: routeId } = await console.client.notifications.setRoute({ organizationId, ...route })
    const [seen] = (await console.client.notifications.routes({ organizationId })).routes
    const seenAt = seen?.changedAt.toISOString() ?? ''
    await console.client.notifications.setRoute({ organizationId, routeId, ...route, enabled: false })
    const late = { organizationId, routeId, ...route, tellsResolved: false, seenAt }
    expect(await errorOf(console.client.notifications.setRoute(late))).toMatchObject({ code: 'CONFLICT' })
    const removal = { organizationId, routeId, seenAt }
    expect(await errorOf(console.client.notifications.removeRoute(removal))).toMatchObject({ code: 'CONFLICT' })
    const [now] = (await console.client.notifications.routes({ organizationId })).routes
    expect(now).toMatchObject({ enabled: false, tellsResolved: true })
    const again = { ...late, seenAt: now?.changedAt.toISOString() ?? '' }
    expect(await console.client.notifications.setRoute(again)).toMatchObject({ changed: true })
  })

  test('one that was removed comes back under its own id, for whoever saw none there; no other id is made up', async () => {
    const { organizationId } = mine
    const { setRoute, removeRoute } = console.client.notifications
    const { id: routeId } = await setRoute({ organizationId, ...route, afterMinutes: 20 })
    const back = { organizationId, routeId, seenAt: null, ...route, afterMinutes: 20 }
    expect(await errorOf(setRoute(back))).toMatchObject({ code: 'CONFLICT', data: { field: 'seenAt' } })
    await removeRoute({ organizationId, routeId })
    expect(await errorOf(setRoute({ ...back, seenAt: undefined }))).toMatchObject({ code: 'NOT_FOUND' })
    const theirs = { ...back, organizationId: other.organizationId }
    expect(await errorOf(setRoute(theirs))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await setRoute(back)).toEqual({ id: routeId, changed: true })
    expect((await console.client.notifications.routes({ organizationId })).routes).toMatchObject([
      { id: routeId, afterMinutes: 20 },
    ])
    const never = { ...back, routeId: '00000000-0000-4000-8000-000000000000' }
    expect(await errorOf(setRoute(never))).toMatchObject({ code: 'NOT_FOUND', data: { field: 'routeId' } })
  })

  test('what is given to somebody is told at once: a route has a person or a time; no reserved word is a person', async () => {
    const { organizationId } = mine
    const { setRoute } = console.client.notifications
    const { id } = await setRoute({ organizationId, ...route, person: ' Ana ' })
    expect((await console.client.notifications.routes({ organizationId })).routes).toMatchObject([
      { id, person: 'Ana' },
    ])
    const both = await errorOf(setRoute({ organizationId, ...route, person: 'Ana', afterMinutes: 20 }))
    expect(both).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'afterMinutes' } })
    const again = await errorOf(setRoute({ organizationId, ...route, repeatMinutes: 15 }))
    expect(again).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'repeatMinutes' } })
    const none = await errorOf(setRoute({ organizationId, ...route, person: 'nobody' }))
    expect(none).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'person' } })
    await setRoute({ organizationId, routeId: id, ...route, person: 'me' })
    expect((await console.client.notifications.routes({ organizationId })).routes).toMatchObject([{ person: 'tester' }])
  })

  test('are made, changed and removed, each recorded with before and after; repeating one changes nothing', async () => {
    const { organizationId, brandId } = mine
    const made = await console.client.notifications.setRoute({
      organizationId,
      ...route,
      kinds: ['job_dead', 'dataset_stale'],
    })
    expect(made.changed).toBe(true)
    const change = { organizationId, routeId: made.id, ...route, kinds: null, brandIds: [brandId.toUpperCase()] }
    expect(await console.client.notifications.setRoute(change)).toEqual({ id: made.id, changed: true })
    expect(await console.client.notifications.setRoute(change)).toEqual({ id: made.id, changed: false })
    expect((await console.client.notifications.routes({ organizationId })).routes).toMatchObject([
      { id: made.id, ...route, brandIds: [brandId], changedBy: 'tester' },
    ])
    expect(await console.client.notifications.removeRoute({ organizationId, routeId: made.id })).toEqual({
      changed: true,
    })
    expect((await console.client.notifications.routes({ organizationId })).routes).toEqual([])
    expect(await actionsOf(mine)).toMatchObject([
      { action: 'route.remove', after: null, before: { brandIds: [brandId] } },
      { action: 'route.set', before: { kinds: ['dataset_stale', 'job_dead'] }, after: { kinds: null } },
      { action: 'route.create', before: null },
    ])
  })

  test('follow groups that a brand carries, and keep those that none carries any more', async () => {
    const { organizationId, brandId } = mine
    const change = (add: string[], remove: string[] = []) =>
      console.client.admin.changeGroups({ organizationId, brandIds: [brandId], add, remove })
    const followed = { organizationId, ...route, groups: ['emea'] }
    await expect(console.client.notifications.setRoute(followed)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { field: 'groups', value: 'emea' },
    })
    await change(['EMEA'])
    const { id: routeId } = await console.client.notifications.setRoute(followed)
    await change([], ['EMEA'])
    const off = { ...followed, routeId, enabled: false }
    expect(await console.client.notifications.setRoute(off)).toMatchObject({ changed: true })
    expect((await console.client.notifications.routes({ organizationId })).routes).toMatchObject([
      { brandIds: null, groups: ['EMEA'], enabled: false },
    ])
  })

  test.each([
    ['a channel that nobody has', { channel: 'slak' }, 'NOT_FOUND', 'channel', 'Did you mean "slack"?'],
    ['the console itself', { channel: 'in_app' }, 'INVALID_INPUT', 'channel', 'another channel'],
    [
      'a brand that is not there',
      { brandIds: ['00000000-0000-4000-8000-000000000000'] },
      'NOT_FOUND',
      'brandIds',
      'id',
    ],
    ['a route that is not there', { routeId: '00000000-0000-4000-8000-000000000000' }, 'NOT_FOUND', 'routeId', 'id'],
  ])('%s is refused, and says what to do', async (_what, change, code, field, fix) => {
    const call = console.client.notifications.setRoute({ organizationId: mine.organizationId, ...route, ...change })
    expect(await errorOf(call)).toMatchObject({ code, data: { field, fix: containing(fix) } })
  })

  test('whose brand is archived or whose channel has vanished can be changed and switched off, not on', async () => {
    const { organizationId, brandId } = mine
    const { setRoute } = console.client.notifications
    const of = { organizationId, ...route, brandIds: [brandId] }
    const { id: routeId } = await setRoute(of)
    await console.sql.query('update brands set archived_at = now() where id = $1', [brandId])
    await console.sql.query('truncate agents cascade')
    const off = { ...of, routeId, enabled: false }
    expect(await setRoute({ ...of, routeId, tellsResolved: false })).toMatchObject({ changed: true })
    expect(await setRoute(off)).toMatchObject({ changed: true })
    const refused = { code: 'NOT_FOUND', data: { field: 'channel' } }
    expect(await errorOf(setRoute({ ...of, routeId }))).toMatchObject(refused)
    expect(await errorOf(setRoute({ ...off, channel: 'pager' }))).toMatchObject(refused)
    expect(await errorOf(setRoute(of))).toMatchObject({ code: 'NOT_FOUND', data: { field: 'brandIds' } })
  })

  test('of another organization, and their brands, do not exist', async () => {
    const { organizationId } = mine
    const theirs = await console.client.notifications.setRoute({ organizationId: other.organizationId, ...route })
    const ours = { organizationId, ...route }
    const errors = await Promise.all([
      errorOf(console.client.notifications.setRoute({ ...ours, routeId: theirs.id })),
      errorOf(console.client.notifications.removeRoute({ organizationId, routeId: theirs.id })),
      errorOf(console.client.notifications.setRoute({ ...ours, brandIds: [other.brandId] })),
    ])
    expect(errors.map(({ code }) => code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  })
})

describe('settings', () => {
  const defaults = {
    kinds: Object.fromEntries(incidentKinds.map((kind) => [kind, !['at_risk', 'run_failed_first'].includes(kind)])),
    remindEveryMinutes: null,
    quietHours: null,
  }
  const quietHours = { timeZone: 'Europe/Berlin', from: '22:00', to: '07:00', days: [5, 1, 1] }
  const watched = (change: Partial<Record<(typeof incidentKinds)[number], boolean>> = {}) =>
    ({ ...defaults.kinds, ...change }) as Record<(typeof incidentKinds)[number], boolean>

  test('are the defaults until somebody decides; then they are recorded, and repeating them changes nothing', async () => {
    const { organizationId } = mine
    expect(await console.client.notifications.settings({ organizationId })).toEqual({
      ...defaults,
      changedAt: null,
      changedBy: null,
    })
    const unchanged = { organizationId, ...defaults, kinds: watched() }
    expect(await console.client.notifications.setSettings(unchanged)).toEqual({ changed: false })
    const change = { organizationId, kinds: watched({ at_risk: true }), remindEveryMinutes: 120, quietHours }
    expect(await console.client.notifications.setSettings(change)).toEqual({ changed: true })
    expect(await console.client.notifications.setSettings(change)).toEqual({ changed: false })
    expect(await console.client.notifications.settings({ organizationId })).toMatchObject({
      kinds: watched({ at_risk: true }),
      remindEveryMinutes: 120,
      quietHours: { ...quietHours, days: [1, 5] },
      changedBy: 'tester',
    })
    expect(await actionsOf(mine)).toMatchObject([{ action: 'notifications.settings', before: null }])
  })

  test('checklist 28: what somebody else decided meanwhile is not overwritten', async () => {
    const mineNow = {
      organizationId: mine.organizationId,
      ...defaults,
      kinds: watched({ at_risk: true }),
      seenAt: null,
    }
    expect(await console.client.notifications.setSettings(mineNow)).toEqual({ changed: true })
    const refused = await errorOf(console.client.notifications.setSettings({ ...mineNow, kinds: watched() }))
    expect(refused).toMatchObject({ code: 'CONFLICT', message: containing('changed by tester') })
    const { changedAt } = await console.client.notifications.settings({ organizationId: mine.organizationId })
    const again = { ...mineNow, kinds: watched(), seenAt: changedAt?.toISOString() ?? null }
    expect(await console.client.notifications.setSettings(again)).toEqual({ changed: true })
  })

  test.each([
    [
      'bad input 10: a zone with a typo',
      { quietHours: { ...quietHours, timeZone: 'Europe/Kyivv' } },
      'quietHours.timeZone',
    ],
    ['bad input 11: an offset', { quietHours: { ...quietHours, timeZone: 'UTC+3' } }, 'quietHours.timeZone'],
    ['a time that no clock shows', { quietHours: { ...quietHours, from: '24:00' } }, 'quietHours.from'],
    ['no day', { quietHours: { ...quietHours, days: [] } }, 'quietHours.days'],
    ['reminders every minute', { remindEveryMinutes: 1 }, 'remindEveryMinutes'],
  ])('%s is refused', async (_what, change, field) => {
    const input = { organizationId: mine.organizationId, ...defaults, kinds: watched(), ...change }
    expect(await errorOf(console.client.notifications.setSettings(input))).toMatchObject({
      code: 'INVALID_INPUT',
      data: { field },
    })
  })

  test('that another program has stored, and that make no sense, count as not decided', async () => {
    const { organizationId } = mine
    await console.sql.query(
      `insert into notification_settings (organization_id, kinds, quiet_hours, changed_by) values ($1, $2, $3, 'other')`,
      [organizationId, JSON.stringify({ dataset_stale: 'no', at_risk: true }), JSON.stringify({ timeZone: 'Mars' })],
    )
    expect(await console.client.notifications.settings({ organizationId })).toMatchObject({
      kinds: watched({ at_risk: true }),
      quietHours: null,
    })
  })
})

describe('deliveries', () => {
  const lost = { kind: 'agent_lost', dataset_key: null, summary: 'It is silent.' }
  const tellOf = async (incidentId: string, deliveryId: string): Promise<void> => {
    await console.sql.query(
      `insert into notification_events (event_id, channel, notification_id)
       select id, 'mail', $2 from incident_events where incident_id = $1`,
      [incidentId, deliveryId],
    )
  }

  test('J12: one that tells of a platform-level job is for administrators of all organizations', async () => {
    await addChannels('one', { mail: 'email' })
    const platform = await openIncident(console.sql, { kind: 'run_failed', dataset_key: null, job_type: 'vacuum' })
    const agent = await openIncident(console.sql, lost)
    const ended = { organization_id: null, channel: 'mail', ended_at: new Date('2026-11-26T10:00:00Z') }
    const secret = { ...ended, title: 'Failed run: vacuum', state: 'failed', failure: 'No such database: ledger' }
    const [failed, summary, shared] = [
      await addDelivery(secret),
      await addDelivery({ ...ended, title: 'summary', state: 'delivered' }),
      await addDelivery({ ...ended, title: 'Lost agent', state: 'delivered' }),
    ]
    await tellOf(platform, failed)
    await tellOf(agent, shared)
    const { organizationId } = mine
    const seen = async (client: TestConsole['client']) => {
      const { deliveries } = await client.notifications.deliveries({ organizationId })
      const { channels } = await client.notifications.channels({ organizationId })
      const mail = channels.find(({ name }) => name === 'mail')
      return [deliveries.map(({ title }) => title), mail?.lastFailure, mail?.lastDeliveredAt]
    }
    const own = console.as({ organizationId })
    expect(await seen(own)).toEqual([['Lost agent'], null, ended.ended_at])
    expect(await errorOf(own.notifications.delivery({ deliveryId: failed }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await own.notifications.delivery({ deliveryId: shared })).toMatchObject({ title: 'Lost agent' })
    await console.sql.query('delete from notification_events where notification_id = $1', [failed])
    expect(await errorOf(own.notifications.delivery({ deliveryId: failed }))).toMatchObject({ code: 'NOT_FOUND' })
    const all = [['Lost agent', 'summary', 'Failed run: vacuum'], secret.failure, ended.ended_at]
    expect(await seen(console.client)).toEqual(all)
    expect(await console.client.notifications.delivery({ deliveryId: summary })).toMatchObject({ title: 'summary' })
  })

  test('are listed the newest first, page by page, by channel and state; not those of others', async () => {
    const { organizationId } = mine
    for (const title of ['one', 'two', 'three']) await addDelivery({ title, state: 'delivered' })
    const everybody = { title: 'everybody', organization_id: null, state: 'failed', channel: 'mail' }
    await tellOf(await openIncident(console.sql, lost), await addDelivery(everybody))
    await addDelivery({ title: 'theirs', organization_id: other.organizationId })
    const list = (input: object) => console.client.notifications.deliveries({ organizationId, ...input })
    const first = await list({ limit: 2 })
    expect(first.deliveries.map(({ title }) => title)).toEqual(['everybody', 'three'])
    const second = await list({ limit: 2, cursor: first.nextCursor })
    expect([second.deliveries.map(({ title }) => title), second.nextCursor]).toEqual([['two', 'one'], null])
    expect((await list({ channel: 'mail' })).deliveries).toHaveLength(1)
    expect((await list({ states: ['delivered'] })).deliveries).toHaveLength(3)
    expect(await errorOf(list({ cursor: 'x' }))).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cursor' } })
  })

  test('of an incident are its own and the summaries that tell of it', async () => {
    const { organizationId } = mine
    const incidentId = await openIncident(console.sql, { organization_id: organizationId })
    await addDelivery({ title: 'its own', incident_id: incidentId })
    const summary = await addDelivery({ title: 'summary', transitions: 9 })
    await tellOf(incidentId, summary)
    await addDelivery({ title: 'something else' })
    const { deliveries } = await console.client.notifications.deliveries({ organizationId, incidentId })
    expect(deliveries.map(({ title }) => title)).toEqual(['summary', 'its own'])
  })
})

describe('a test', () => {
  test('waits for an agent that has the channel, and is recorded', async () => {
    const { organizationId } = mine
    await addChannels('one', { slack: 'slack' })
    const { deliveryId } = await console.client.notifications.test({ organizationId, channel: 'slack' })
    expect(await console.client.notifications.delivery({ deliveryId })).toMatchObject({
      channel: 'slack',
      channelType: 'slack',
      state: 'pending',
      isTest: true,
      transition: null,
      incidentId: null,
      transitions: 0,
      title: 'Test notification of Pipeline Manager',
    })
    expect(await actionsOf(mine)).toMatchObject([
      { action: 'notification.test', subjectType: 'channel', subjectId: 'slack', after: { deliveryId } },
    ])
  })

  test('of the desktop is for the device that is asked, where it has one', async () => {
    const { organizationId } = mine
    await addChannels('elsewhere', { desktop: 'desktop' })
    await console.client.notifications.test({ organizationId, channel: 'desktop' })
    await addChannels('test', { desktop: 'desktop' })
    await console.client.notifications.test({ organizationId, channel: 'desktop' })
    const { rows } = await console.sql.query('select for_agent from notifications order by sequence')
    expect(rows).toEqual([{ for_agent: null }, { for_agent: 'test' }])
  })

  test.each([
    ['a channel that nobody has', 'pager', 'NOT_FOUND'],
    ['a channel whose agents are gone', 'mail', 'UNAVAILABLE'],
    ['the console itself', 'in_app', 'INVALID_INPUT'],
  ])('of %s is refused', async (_what, channel, code) => {
    await addChannels('gone', { mail: 'email' }, false)
    const call = console.client.notifications.test({ organizationId: mine.organizationId, channel })
    expect(await errorOf(call)).toMatchObject({ code, data: { field: 'channel', value: channel, fix: containing('') } })
  })
})

test('nothing unexpected happened', () => {
  expect(console.troubles).toEqual([])
})
