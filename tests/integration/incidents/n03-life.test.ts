import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'

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
  await scene.succeed('orders', 25)
  await scene.round()
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

async function chosen() {
  const [incident] = await scene.open()
  return { organizationId: scene.organizationId, incidents: [{ id: incident?.id ?? '' }] }
}

const inHours = (hours: number): string => scene.hoursAgo(-hours).toISOString()
const types = async (): Promise<string[]> => (await scene.events()).map(({ type, told }) => (told ? `${type}!` : type))

async function remind(minutes: number): Promise<void> {
  await console.sql.query(
    `insert into notification_settings (organization_id, remind_every_minutes, changed_by) values ($1, $2, 'test')`,
    [scene.organizationId, minutes],
  )
}

describe('N3: a snooze', () => {
  test('that has run out ends by the clock, and is told once more if nothing has recovered', async () => {
    await console.client.incidents.snooze({ ...(await chosen()), until: inHours(1) })
    const { nextTurnAt } = await scene.round()
    expect(nextTurnAt).toEqual(scene.hoursAgo(-1))
    scene.at.advance({ hours: 1, seconds: 1 })
    await scene.round()
    expect(await types()).toEqual(['opened!', 'snoozed', 'woken', 'reminded!'])
    expect(await scene.open()).toMatchObject([{ snoozed_until: null }])
    expect(await scene.round()).toMatchObject({ hasChanged: false })
  })

  test('until it recovers ends with it', async () => {
    await console.client.incidents.snooze({ ...(await chosen()), until: null })
    scene.at.advance({ hours: 24 * 300 })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    await scene.succeed('orders')
    await scene.round()
    scene.at.advance({ hours: 25 })
    await scene.round()
    expect(await types()).toEqual(['opened!', 'snoozed', 'resolved!', 'opened!'])
    expect(await scene.open()).toMatchObject([{ snoozed_until: null }])
  })

  test('of an effect is over without a word', async () => {
    const jobId = await scene.job('load', { next_run_at: scene.hoursAgo(-9) })
    const incidents = await chosen()
    await scene.end(jobId, { status: 'failed', attempt_number: 4 }, { next_attempt: 1 })
    await scene.round()
    await console.client.incidents.snooze({ ...incidents, until: inHours(1) })
    scene.at.advance({ hours: 2 })
    await scene.round()
    expect((await types()).slice(-2)).toEqual(['snoozed', 'woken'])
  })
})

describe('N2: reminders', () => {
  test('off by default', async () => {
    scene.at.advance({ hours: 24 * 30 })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
  })

  test('as often as the organization wants them, of what nobody is on', async () => {
    await remind(120)
    const { nextTurnAt } = await scene.round()
    expect(nextTurnAt).toEqual(scene.hoursAgo(-2))
    for (let n = 0; n < 2; n += 1) {
      scene.at.advance({ hours: 2 })
      await scene.round()
      await scene.round()
    }
    expect(await types()).toEqual(['opened!', 'reminded!', 'reminded!'])
    await console.client.incidents.acknowledge(await chosen())
    scene.at.advance({ hours: 48 })
    await scene.round()
    expect(await types()).toEqual(['opened!', 'reminded!', 'reminded!', 'acknowledged'])
  })

  test('missed ones are one', async () => {
    await remind(60)
    scene.at.advance({ hours: 10 })
    await scene.round()
    await scene.round()
    expect(await types()).toEqual(['opened!', 'reminded!'])
  })

  test('not of effects, nor of what has ended in the same round', async () => {
    await remind(60)
    const jobId = await scene.job('load')
    await scene.end(jobId, { status: 'failed', attempt_number: 4 }, { next_attempt: 1 })
    await scene.round()
    scene.at.advance({ hours: 1 })
    await scene.succeed('orders')
    await scene.end(jobId, { status: 'completed' })
    await scene.round()
    expect((await types()).filter((type) => type.startsWith('reminded'))).toEqual([])
  })
})

test('N3: an acknowledged incident that recovers and comes back is open again, for whoever is there', async () => {
  await console.as({ operator: 'ada' }).incidents.acknowledge(await chosen())
  await scene.succeed('orders')
  await scene.round()
  scene.at.advance({ hours: 25 })
  await scene.round()
  expect(await scene.open()).toMatchObject([{ acknowledged_by: null }])
})

test('an incident of a kind that only a newer program knows is left as it is', async () => {
  await console.sql.query(
    `insert into incidents (kind, organization_id, summary, snoozed_until, released_at) values ('from_the_future', $1, 'New.', now(), now())`,
    [scene.organizationId],
  )
  await remind(60)
  scene.at.advance({ hours: 1 })
  await scene.round()
  expect(await scene.round()).toMatchObject({ hasChanged: false })
  expect((await scene.open()).map(({ kind }) => kind).toSorted()).toEqual(['dataset_stale', 'from_the_future'])
})
