import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deviceMessages, StoredDeviceOutbox } from '../../../agent/offline/device-outbox.ts'
import { type OfflineStore, openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { startProcess } from '../../support/child-process.ts'
import { TestClock } from '../../support/clock.ts'
import { deviceMessage } from '../../support/device-message.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let folder: TemporaryFolder
let clock: TestClock
let stores: OfflineStore[]
beforeEach(async () => {
  folder = await temporaryFolder()
  clock = new TestClock()
  stores = []
})
afterEach(async () => {
  for (const store of stores) store.close()
  await folder.remove()
})

async function open(at = join(folder.path, 'store'), fileBytes = 64 * 1024 ** 2): Promise<OfflineStore> {
  const onLog = (): void => undefined
  const store = await openOfflineStore({ folder: at, subjects: [deviceMessages], clock, onLog, limits: { fileBytes } })
  stores.push(store)
  return store
}

/** A store whose folder cannot be made: nothing of it ever works. */
async function openNowhere(): Promise<OfflineStore> {
  const at = join(folder.path, 'taken')
  writeFileSync(at, '')
  const store = await open(at)
  expect(store.report.isUsable).toBe(false)
  return store
}

const ids = (messages: readonly { id: string }[]): string[] => messages.map(({ id }) => id)

describe.each([
  ['in a file', open],
  ['in memory, while the store cannot be used', openNowhere],
] as const)('N4: the outbox of a device, %s', (_where, openStore) => {
  async function outbox(): Promise<StoredDeviceOutbox> {
    return new StoredDeviceOutbox(await openStore(), clock)
  }

  test('N4: a new device has no cursor and nothing to show', async () => {
    const device = await outbox()
    expect(device.cursor()).toBeNull()
    expect(device.pending(10)).toEqual([])
    expect(device.history(10)).toEqual([])
  })

  test('N4: what is taken is pending, the oldest first, whole, and at most as many as were asked for', async () => {
    const device = await outbox()
    device.take([deviceMessage('1', { incidentId: null, severity: 'resolved' }), deviceMessage('2')], '2')
    device.take([deviceMessage('3')], '3')
    expect(device.pending(2)).toEqual([
      deviceMessage('1', { incidentId: null, severity: 'resolved' }),
      deviceMessage('2'),
    ])
    expect(ids(device.pending(10))).toEqual(['1', '2', '3'])
    expect(device.cursor()).toBe('3')
  })

  test('N4: what was taken before is left out, whatever became of it', async () => {
    const device = await outbox()
    device.take([deviceMessage('1'), deviceMessage('2')], '2')
    device.showing('1')
    device.shown('1')
    device.take([deviceMessage('1'), deviceMessage('2'), deviceMessage('3')], '3')
    expect(ids(device.pending(10))).toEqual(['2', '3'])
  })

  test('N4: what is being shown, was shown or refused is not pending any more', async () => {
    const device = await outbox()
    device.take(
      ['1', '2', '3'].map((id) => deviceMessage(id)),
      '3',
    )
    for (const id of ['1', '2', '3']) device.showing(id)
    expect(device.pending(10)).toEqual([])
    device.shown('2')
    device.failed('3', 'no notification service')
    expect(device.pending(10)).toEqual([])
    expect(device.history(10)).toEqual([
      { ...deviceMessage('3'), state: 'failed', takenAt: clock.now(), failure: 'no notification service' },
      { ...deviceMessage('2'), state: 'shown', takenAt: clock.now(), failure: null },
      { ...deviceMessage('1'), state: 'showing', takenAt: clock.now(), failure: null },
    ])
    expect(ids(device.history(1))).toEqual(['3'])
  })

  test('N4: the history is capped; what is pending is not history', async () => {
    const device = await outbox()
    const all = Array.from({ length: 700 }, (_, number) => `${number}`)
    device.take(
      all.map((id) => deviceMessage(id)),
      '699',
    )
    for (const id of all.slice(0, 650)) device.shown(id)
    device.take([], '700')
    expect(device.history(1_000)).toHaveLength(550)
    expect(device.pending(1_000)).toHaveLength(50)
  })

  test('fault 30: begun anew: the cursor is gone, nothing old is shown, and numbers may be used again', async () => {
    const device = await outbox()
    device.take([deviceMessage('1'), deviceMessage('2')], '2')
    device.shown('1')
    device.startAnew()
    expect(device.cursor()).toBeNull()
    expect(device.pending(10)).toEqual([])
    device.take([deviceMessage('1', { title: 'Another one' })], '1')
    expect(device.pending(10)).toEqual([deviceMessage('1', { title: 'Another one' })])
  })
})

describe('N4: the outbox of a device and the end of its process', () => {
  test('N4: everything is there at the next start', async () => {
    const store = await open()
    const device = new StoredDeviceOutbox(store, clock)
    device.take([deviceMessage('1'), deviceMessage('2')], '2')
    device.showing('1')
    device.shown('1')
    store.close()
    const next = new StoredDeviceOutbox(await open(), clock)
    expect(next.cursor()).toBe('2')
    expect(ids(next.pending(10))).toEqual(['2'])
    expect(next.history(10)).toMatchObject([{ id: '2' }, { id: '1', state: 'shown' }])
  })

  test('N4: killed between showing and shown: shown once more rather than never, and then no more', async () => {
    const at = join(folder.path, 'store')
    mkdirSync(at)
    for (const _time of ['first', 'second']) {
      const child = startProcess(join(import.meta.dirname, 'device-process.ts'), [at])
      expect(await child.line()).toBe('ready 0')
      child.kill('SIGKILL')
      await child.exited
    }
    const device = new StoredDeviceOutbox(await open(at), clock)
    expect(device.pending(10)).toEqual([])
    expect(device.history(10)).toMatchObject([{ id: '1', state: 'failed' }])
    expect(device.cursor()).toBe('1')
  })

  test('N4: killed once between showing and shown: it is to be shown again', async () => {
    const at = join(folder.path, 'store')
    const child = startProcess(join(import.meta.dirname, 'device-process.ts'), [at])
    expect(await child.line()).toBe('ready 0')
    child.kill('SIGKILL')
    await child.exited
    expect(new StoredDeviceOutbox(await open(at), clock).pending(10)).toEqual([deviceMessage('1')])
  })
})

describe('fault 21: the outbox of a device and a store that is full', () => {
  test('fault 21: good news and history give way, never what is wrong', async () => {
    const device = new StoredDeviceOutbox(await open(undefined, 512 * 1024), clock)
    const long = 'b'.repeat(5_000)
    for (let number = 0; number < 60; number += 1) {
      const severity = number % 2 === 0 ? 'resolved' : 'problem'
      device.take([deviceMessage(`${number}`, { severity, body: long })], `${number}`)
    }
    device.take(
      Array.from({ length: 40 }, (_, number) => deviceMessage(`p${number}`, { body: long })),
      'p',
    )
    const pending = device.pending(1_000)
    expect(pending.filter(({ severity }) => severity === 'problem')).toHaveLength(70)
    expect(pending.length).toBeLessThan(100)
  })

  test('fault 21: more of what is wrong than the store can take: it waits in memory, is told once, and is kept when there is room', async () => {
    const store = await open(undefined, 256 * 1024)
    const device = new StoredDeviceOutbox(store, clock)
    const long = 'b'.repeat(5_000)
    const all = Array.from({ length: 80 }, (_, number) => `${number}`)
    for (const id of all) device.take([deviceMessage(id, { body: long })], id)
    expect(store.report.reason).toContain('no room left')
    expect(ids(device.pending(1_000))).toEqual(all)
    expect(device.cursor()).toBe('79')
    for (const id of all.slice(0, 60)) {
      device.showing(id)
      device.shown(id)
    }
    expect(ids(device.pending(1_000))).toEqual(all.slice(60))
    store.close()
    expect(ids(new StoredDeviceOutbox(await open(undefined, 256 * 1024), clock).pending(1_000))).toEqual(all.slice(60))
  })
})
