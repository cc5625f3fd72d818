import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DesktopPort } from '../../../agent/incidents/channels/desktop.ts'
import { openDesktop } from '../../../agent/incidents/channels/desktop.ts'
import type { DeviceMessage } from '../../../agent/incidents/device-outbox.ts'
import { TestClock } from '../../support/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  addEvent,
  addRoute,
  notificationRows,
  openIncident,
  openMany,
  undispatched,
} from '../../support/incident-events.ts'
import type { Brand } from '../../support/job-rows.ts'
import { MemoryOutbox } from '../../support/memory-outbox.ts'
import { startTestNotifier, type TestNotifier, type TestNotifierOptions } from '../../support/notifier.ts'
import { waitFor } from '../../support/wait.ts'

/** The desktop of a device as the shell provides it, without the shell. */
class TestDesktop implements DesktopPort {
  readonly seen: DeviceMessage[] = []
  doNotDisturb = false
  refuses: string | null = null

  state(): 'showing' | 'do_not_disturb' {
    return this.doNotDisturb ? 'do_not_disturb' : 'showing'
  }

  async show(message: DeviceMessage): Promise<void> {
    if (this.refuses !== null) throw new Error(this.refuses)
    this.seen.push(message)
  }
}

let database: TestDatabase
let sql: pg.Client
let mine: Brand
let notifiers: TestNotifier[]

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  mine = await addOpenBrand(sql, 'Birch Coffee')
  notifiers = []
})

afterEach(async () => {
  for (const notifier of notifiers) await notifier.stop()
  await database.drop()
})

async function startDevice(
  port: TestDesktop,
  outbox = new MemoryOutbox(),
  options: Partial<TestNotifierOptions> = {},
): Promise<TestNotifier> {
  const channels = { desktop: openDesktop(port) }
  const device = await startTestNotifier({ url: database.url, channels, desktop: { port, outbox }, ...options })
  notifiers.push(device)
  await waitFor(() => outbox.cursor() !== null, { describe: 'the device to know where it is' })
  return device
}

const open = (dataset = 'orders'): Promise<string> =>
  openIncident(sql, { organization_id: mine.organizationId, brand_id: mine.brandId, dataset_key: dataset })
const openAndDispatch = async (dataset: string): Promise<void> => {
  await open(dataset)
  await waitFor(async () => (await undispatched(sql)) === 0, { describe: 'the dispatch' })
}
const seen = (port: TestDesktop, count: number): Promise<unknown> =>
  waitFor(() => port.seen.length >= count, { describe: `${count} messages to be shown` })

describe('N4: a desktop', () => {
  test('shows each transition once, and leads to the incident', async () => {
    const port = new TestDesktop()
    await startDevice(port)
    const incident = await open()
    await seen(port, 1)
    await addEvent(sql, incident, 'resolved')
    await seen(port, 2)
    expect(port.seen).toMatchObject([
      {
        title: 'Stale dataset: orders of Birch Coffee',
        body: 'Orders is stale.',
        severity: 'problem',
        place: `/incidents/${incident}`,
        incidentId: incident,
      },
      { title: 'Resolved: stale dataset orders of Birch Coffee', severity: 'resolved' },
    ])
    const rows = await notificationRows(sql)
    expect(rows.map(({ channel, state }) => [channel, state])).toEqual([
      ['desktop', 'delivered'],
      ['desktop', 'delivered'],
    ])
  })

  test('every device shows it, each once', async () => {
    const ports = [new TestDesktop(), new TestDesktop()]
    for (const port of ports) await startDevice(port)
    await open()
    for (const port of ports) await seen(port, 1)
    expect(ports.map((port) => port.seen.length)).toEqual([1, 1])
    expect(await notificationRows(sql)).toHaveLength(1)
  })

  test('a new device shows nothing from before its time; one that was away shows what it missed in one message', async () => {
    const [early, outbox] = [new TestDesktop(), new MemoryOutbox()]
    const device = await startDevice(early, outbox)
    await open('first')
    await seen(early, 1)
    await device.stop()
    const elsewhere = new TestDesktop()
    await startDevice(elsewhere)
    for (const dataset of ['a', 'b', 'c', 'd']) {
      await openAndDispatch(dataset)
    }
    await startDevice(early, outbox, { isLeader: false })
    await seen(early, 2)
    expect(early.seen[1]).toMatchObject({ title: '4 stale datasets', place: '/incidents', incidentId: null })
    const late = new TestDesktop()
    await startDevice(late, new MemoryOutbox(), { isLeader: false })
    expect(late.seen).toEqual([])
  })

  test('1,000 datasets that go stale at once are one summary', async () => {
    const port = new TestDesktop()
    await startDevice(port)
    await openMany(sql, 1_000, mine)
    await seen(port, 1)
    expect(port.seen).toMatchObject([{ title: '1,000 stale datasets', place: '/incidents' }])
  })

  test('after two messages the next ones are gathered', async () => {
    const port = new TestDesktop()
    const clock = new TestClock()
    const device = await startDevice(port, new MemoryOutbox(), { clock, gatherMs: 10_000, isLeader: false })
    notifiers.push(await startTestNotifier({ url: database.url }))
    for (const dataset of ['a', 'b', 'c', 'd', 'e']) {
      await openAndDispatch(dataset)
      if (dataset < 'c') await seen(port, dataset === 'a' ? 1 : 2)
    }
    clock.advance(9_999)
    device.notifier.hear('deliveries')
    expect(port.seen).toHaveLength(2)
    clock.advance(1)
    device.notifier.hear('deliveries')
    await seen(port, 3)
    expect(port.seen.map(({ title }) => title)).toEqual([
      'Stale dataset: a of Birch Coffee',
      'Stale dataset: b of Birch Coffee',
      '3 stale datasets',
    ])
  })

  test('is not disturbed when it does not want to be; afterwards there is one message', async () => {
    const port = new TestDesktop()
    const outbox = new MemoryOutbox()
    const device = await startDevice(port, outbox)
    port.doNotDisturb = true
    for (const dataset of ['a', 'b', 'c']) {
      await openAndDispatch(dataset)
    }
    expect(port.seen).toEqual([])
    port.doNotDisturb = false
    device.notifier.hear('deliveries')
    await seen(port, 1)
    expect(port.seen).toMatchObject([{ title: '3 stale datasets' }])
  })

  test('a system that refuses is remembered, and the next message is shown', async () => {
    const port = new TestDesktop()
    const outbox = new MemoryOutbox()
    await startDevice(port, outbox)
    port.refuses = 'notifications are switched off'
    await open('a')
    await waitFor(() => outbox.entries.some(({ state }) => state === 'failed'), { describe: 'the refusal' })
    expect(outbox.entries).toMatchObject([{ state: 'failed', failure: 'notifications are switched off' }])
    port.refuses = null
    await open('b')
    await seen(port, 1)
    expect(port.seen).toMatchObject([{ title: 'Stale dataset: b of Birch Coffee' }])
  })

  test('what was about to be shown when the device died is shown once more', async () => {
    const outbox = new MemoryOutbox()
    const message = {
      id: 'm',
      title: 'T',
      body: '',
      severity: 'problem',
      place: '/incidents',
      incidentId: null,
    } as const
    outbox.take([message], '0')
    outbox.showing('m')
    const port = new TestDesktop()
    await startDevice(port, outbox)
    await seen(port, 1)
    expect([port.seen.length, outbox.entries[0]?.state]).toEqual([1, 'shown'])
  })

  test('fault 30: after an older database was restored it goes on from there, and shows nothing old', async () => {
    await startDevice(new TestDesktop())
    await open('before')
    await waitFor(async () => (await notificationRows(sql)).length === 1, { describe: 'the message' })
    const port = new TestDesktop()
    const outbox = new MemoryOutbox()
    outbox.take([], '900000')
    await startDevice(port, outbox, { isLeader: false })
    await waitFor(() => outbox.cursor() !== '900000', { describe: 'the device to know where it is' })
    await open('after')
    await seen(port, 1)
    expect(port.seen).toMatchObject([{ title: 'Stale dataset: after of Birch Coffee' }])
  })

  test('an organization that routes desktops elsewhere is heard', async () => {
    await addRoute(sql, mine.organizationId, 'desktop', { kinds: ['job_dead'] })
    const port = new TestDesktop()
    await startDevice(port)
    await open()
    await openIncident(sql, {
      kind: 'job_dead',
      organization_id: mine.organizationId,
      job_type: 'load',
      dataset_key: null,
    })
    await seen(port, 1)
    expect(port.seen).toMatchObject([{ title: 'Dead job: load' }])
  })
})
