import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRoute, notificationRows } from '../../support/incident-events.ts'

const catalog = testCatalog({ datasets: { orders: { maxAgeHours: 24 } }, jobTypes: { load: { datasets: ['orders'] } } })

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  scene = await openScene(console, catalog)
  await addRoute(console.sql, scene.organizationId, 'slack')
  await scene.succeed('orders', 25)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

/** One round of the evaluation, and one of the dispatch. */
async function look(): Promise<void> {
  await scene.round()
  await dispatch()
}

const dispatch = (): Promise<number | null> =>
  dispatchRound(console.services.database, { gatherMs: 0, aliveSeconds: 150 })

const titles = async (): Promise<string[]> => (await notificationRows(console.sql, 'slack')).map(({ title }) => title)

/** A rule for an hour, or for ever. Returns its id. */
async function mute(until: Date | null = scene.hoursAgo(-1)): Promise<string> {
  const { organizationId } = scene
  const rule = await console.client.incidents.mute({ organizationId, until: until?.toISOString() ?? null })
  return rule.id
}

/** So much later, for the evaluation and for rules, which the dispatch holds against the database's own clock. */
async function later(minutes: number): Promise<void> {
  scene.at.advance({ minutes })
  const ran = `update mute_rules set until = now() - interval '1 second' where until < $1`
  await console.sql.query(ran, [scene.hoursAgo(0)])
}

describe('N3: what opened under a mute rule', () => {
  test('is told once when the rule has run out and it is open still', async () => {
    await mute()
    await look()
    expect(await titles()).toEqual([])
    expect(await scene.round()).toMatchObject({ hasChanged: false, nextTurnAt: scene.hoursAgo(-1) })
    await later(61)
    await look()
    await look()
    expect(await titles()).toEqual(['Stale dataset: orders of Acme'])
    await scene.succeed('orders')
    await look()
    expect(await titles()).toHaveLength(2)
  })

  test('is told to nobody while a rule fits, also another one', async () => {
    await mute()
    await look()
    await mute(scene.hoursAgo(-3))
    await later(61)
    await look()
    expect(await titles()).toEqual([])
    await later(120)
    await look()
    expect(await titles()).toHaveLength(1)
  })

  test('and has ended under it is never told', async () => {
    await mute()
    await look()
    await scene.succeed('orders')
    await look()
    await later(61)
    await look()
    expect(await titles()).toEqual([])
    expect(await scene.open()).toEqual([])
  })

  test('is told when somebody removes the rule', async () => {
    const ruleId = await mute(null)
    await look()
    await console.client.incidents.unmute({ organizationId: scene.organizationId, ruleId })
    await look()
    await look()
    expect(await titles()).toEqual(['Stale dataset: orders of Acme'])
  })

  test('is not told while somebody is on it, and is when they no longer are', async () => {
    await mute()
    await look()
    const [incident] = await scene.open()
    const chosen = { organizationId: scene.organizationId, incidents: [{ id: incident?.id ?? '' }] }
    await console.client.incidents.acknowledge(chosen)
    await later(61)
    await look()
    expect(await titles()).toEqual([])
    await console.client.incidents.unacknowledge(chosen)
    await look()
    expect(await titles()).toHaveLength(1)
  })

  test('is one message, no reminder beside it', async () => {
    await console.sql.query(
      `insert into notification_settings (organization_id, remind_every_minutes, changed_by) values ($1, 60, 'test')`,
      [scene.organizationId],
    )
    await mute()
    await look()
    await later(61)
    await look()
    await later(30)
    await look()
    expect(await titles()).toEqual(['Stale dataset: orders of Acme'])
    await later(31)
    await look()
    expect((await titles()).at(-1)).toBe('Still open: stale dataset orders of Acme')
  })

  test('of an organization, when all hear of it: those that were told are not told again', async () => {
    const other = await console.sql.query<{ id: string }>(
      `insert into organizations (name) values ('Other') returning id`,
    )
    const otherId = other.rows[0]?.id ?? ''
    await console.sql.query(
      `insert into organization_features (organization_id, feature, enabled)
       select $1, feature, true from organization_features where organization_id = $2`,
      [otherId, scene.organizationId],
    )
    await addRoute(console.sql, otherId, 'mail')
    await mute()
    await console.sql.query(`update agents set heartbeat_at = now() - interval '1 hour'`)
    await look()
    const mail = await notificationRows(console.sql, 'mail')
    expect(mail.map(({ transition }) => transition)).toEqual(['opened'])
    expect(await titles()).toEqual([])
    await later(61)
    await look()
    expect(await notificationRows(console.sql, 'mail')).toHaveLength(mail.length)
    expect((await notificationRows(console.sql, 'slack')).length).toBeGreaterThan(0)
  })
})

describe('the end of what was given to Ana is told to her', () => {
  const give = (incidentId: string) =>
    console
      .as({ operator: 'ben' })
      .incidents.acknowledge({ organizationId: scene.organizationId, incidents: [{ id: incidentId }], for: 'Ana' })
  const toAna = async (): Promise<string[]> =>
    (await notificationRows(console.sql, 'ana_phone')).map(({ title }) => title)
  beforeEach(() => addRoute(console.sql, scene.organizationId, 'ana_phone', { person: 'Ana' }))

  test('also where a rule mutes it for everybody else', async () => {
    await mute()
    await look()
    const [incident] = await scene.open()
    await give(incident?.id ?? '')
    await look()
    await scene.succeed('orders')
    await look()
    expect(await toAna()).toEqual([
      'Given to Ana: stale dataset orders of Acme',
      'Resolved: stale dataset orders of Acme',
    ])
    expect(await titles()).toEqual([])
  })

  test('also where it is an effect, which nobody else was told of; the centre shows none of it', async () => {
    const jobId = await scene.job('load')
    await scene.end(jobId, { status: 'failed', problem: 'failed' })
    await look()
    const effect = (await scene.open()).find(({ cause_id: cause }) => cause !== null)
    await give(effect?.id ?? '')
    await look()
    await scene.succeed('orders')
    await look()
    expect(await toAna()).toEqual([
      'Given to Ana: stale dataset orders of Acme',
      'Resolved: stale dataset orders of Acme',
    ])
    expect((await titles()).filter((title) => title.includes('orders'))).toEqual([])
    const { events } = await console.client.incidents.centre({ organizationId: scene.organizationId })
    expect(events.some(({ incident }) => incident.id === effect?.id)).toBe(false)
  })
})

test('N3: the same rule asked for twice by one person, also at the same time, is one', async () => {
  const { organizationId } = scene
  const rule = { organizationId, note: 'Moving.', until: scene.hoursAgo(-1).toISOString() }
  const [first, second] = await Promise.all([console.client.incidents.mute(rule), console.client.incidents.mute(rule)])
  expect(first.id).toBe(second.id)
  const other = await console.client.incidents.mute({ ...rule, note: 'Moving again.' })
  expect(other.id).not.toBe(first.id)
})
