import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OfflineStore, openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { StoredRunOutbox } from '../../../agent/offline/run-outbox.ts'
import { offlineSubjects } from '../../../agent/offline/subjects.ts'
import type { KeptRun } from '../../../agent/scheduler/run-outbox.ts'
import { TestClock } from '../../support/clock.ts'
import { end, everythingIn, keptAt, line, progress } from '../../support/kept-runs.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let folder: TemporaryFolder
let store: OfflineStore
let damage: string[]
beforeEach(async () => {
  folder = await temporaryFolder()
  damage = []
})
afterEach(async () => {
  store.close()
  await folder.remove()
})

async function open(fileBytes = 64 * 1024 ** 2): Promise<StoredRunOutbox> {
  const onLog = (): void => undefined
  const limits = { fileBytes, ballastBytes: 0 }
  const clock = new TestClock()
  store = await openOfflineStore({ folder: folder.path, subjects: offlineSubjects, clock, onLog, limits })
  return new StoredRunOutbox(store, (message) => damage.push(message))
}

test('O3: what is kept comes back as it was, in the order in which the runs were first kept', async () => {
  const outbox = await open()
  const runs = [end('b'), progress('a'), end('c', { errorMessage: 'Grüße 🚀', metadata: { deep: { er: [1, null] } } })]
  for (const run of runs) expect(outbox.keep([run])).toBe(true)
  expect(outbox.keep([runs[0] ?? end('b')])).toBe(true)
  expect(everythingIn(outbox)).toEqual(runs)
  expect(outbox.count()).toBe(2)
  store.close()
  expect(everythingIn(await open())).toEqual(runs)
})

test('O3: a run that is kept again takes the place of what was kept before; its lines are added, their times stay', async () => {
  const outbox = await open()
  outbox.keep([progress('a', { lines: [line(1), line(2)] })])
  const later = new Date(keptAt.getTime() + 5_000)
  const again = [line(1, { ageMs: 5_999 }), line(2, { ageMs: 5_998 }), line(3, { ageMs: 10 })]
  outbox.keep([{ ...end('a', { lines: again }), keptAt: later }])
  expect(everythingIn(outbox)).toEqual([{ ...end('a', { lines: again }), keptAt: later }])
  expect(outbox.count()).toBe(1)
})

test('O3: what was delivered is gone, lines and all', async () => {
  const outbox = await open()
  outbox.keep([end('a'), end('b')])
  outbox.remove(['a', 'unknown'])
  expect(everythingIn(outbox)).toEqual([end('b')])
  outbox.remove(['b'])
  expect(outbox.count()).toBe(0)
  const left = store.run(
    { name: 'kept_runs', steps: [], precious: [], isDurable: false },
    (section) => section.all('select * from kept_lines'),
    null,
  )
  expect(left).toEqual([])
})

test('fault 22: a result that does not read as it was written is not delivered, and that is said', async () => {
  const outbox = await open()
  outbox.keep([end('a', { errorMessage: 'find me here' }), end('b')])
  store.close()
  const file = join(folder.path, 'offline.sqlite')
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, 'X', readFileSync(file).indexOf('find me here'))
  closeSync(descriptor)
  const next = await open()
  expect(everythingIn(next)).toEqual([end('b')])
  expect(damage).toEqual([expect.stringContaining('runs a is damaged and cannot be delivered')])
  expect(next.count()).toBe(1)
})

test('fault 21: on a full store chatter gives way, never a result or a warning', async () => {
  const outbox = await open(512 * 1024)
  const long = 'm'.repeat(2_000)
  const chatty = (runId: string): KeptRun =>
    end(runId, {
      lines: Array.from({ length: 40 }, (_, index) =>
        line(index + 1, { message: long, level: index % 20 === 0 ? 'warn' : 'info' }),
      ),
    })
  const runs = Array.from({ length: 20 }, (_, number) => chatty(`run ${number}`))
  for (const run of runs) expect(outbox.keep([run])).toBe(true)
  const kept = everythingIn(outbox)
  expect(kept.map(({ record }) => record.runId)).toEqual(runs.map(({ record }) => record.runId))
  for (const { record } of kept) expect(record.lines.filter(({ level }) => level === 'warn')).toHaveLength(2)
  expect(kept.flatMap(({ record }) => record.lines).length).toBeLessThan(20 * 40)
})

test('fault 21: without a store nothing is kept and nothing is thrown', async () => {
  const outbox = await open()
  store.close()
  expect(outbox.keep([end('a')])).toBe(false)
  expect(everythingIn(outbox)).toEqual([])
  expect(outbox.count()).toBe(0)
  outbox.remove(['a'])
})
