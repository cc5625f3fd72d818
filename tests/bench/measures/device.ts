import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OfflineStore, openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { StoredRunOutbox } from '../../../agent/offline/run-outbox.ts'
import { offlineSubjects } from '../../../agent/offline/subjects.ts'
import type { KeptRun } from '../../../agent/scheduler/run-outbox.ts'
import { systemClock } from '../../../shared/clock.ts'
import { end, line } from '../../support/kept-runs.ts'
import { spread } from '../statistics.ts'
import { printTable } from '../table.ts'
import type { Bench } from './bench.ts'

/**
 * What the store on the device costs while the database is away: it works in the agent's own thread, so every operation is a pause of
 * it. What is kept is on the disk when the call returns; one write of a page that is waited for is the measure to compare with.
 */
export async function device({ options }: Bench): Promise<void> {
  const times = options.quick ? 10 : 200
  const folder = await mkdtemp(join(tmpdir(), 'bench-device-'))
  try {
    const store = await open(folder)
    const outbox = new StoredRunOutbox(store, console.error)
    const rows = [
      measured('one page written and waited for', times, pageWriter(join(folder, 'page'))),
      measured('keep 1 result', times, (time) => outbox.keep(results(1, `one ${time}`))),
      measured('keep 10 results', times, (time) => outbox.keep(results(10, `ten ${time}`))),
      measured('count what waits', times, () => outbox.count()),
      measured('remove 10 delivered results', times, (time) => outbox.remove(idsOf(results(10, `ten ${time}`)))),
    ]
    store.close()
    rows.push(['begin with what is left', await opened(folder)])
    await fill(folder)
    rows.push(['begin with a full store (64 MB, checked whole)', await opened(folder)])
    console.log(`\nThe store on the device; median [min–max] of ${times}, ms`)
    printTable(['', 'ms'], rows)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function open(folder: string): Promise<OfflineStore> {
  const onLog = ({ message }: { message: string }): void => console.error(message)
  const store = await openOfflineStore({ folder, subjects: offlineSubjects, clock: systemClock, onLog })
  if (!store.report.isUsable) throw new Error('The store cannot be used.')
  return store
}

/** Runs of one step with two kilobytes of log. */
function results(count: number, name: string): KeptRun[] {
  const lines = Array.from({ length: 3 }, (_, index) => line(index + 1))
  return Array.from({ length: count }, (_, index) => end(`${name} ${index}`, { logs: 'l'.repeat(2_000), lines }))
}

function idsOf(runs: readonly KeptRun[]): string[] {
  return runs.map(({ record }) => record.runId)
}

function measured(name: string, times: number, work: (time: number) => unknown): [string, string] {
  const took = Array.from({ length: times }, (_, time) => {
    const began = systemClock.monotonic()
    work(time)
    return systemClock.monotonic() - began
  })
  return [name, spread(took, 2)]
}

function pageWriter(file: string): () => void {
  return () => {
    const descriptor = openSync(file, 'a')
    writeSync(descriptor, Buffer.alloc(4_096))
    fsyncSync(descriptor)
    closeSync(descriptor)
  }
}

async function opened(folder: string): Promise<string> {
  const took: number[] = []
  for (let time = 0; time < 5; time += 1) {
    const began = systemClock.monotonic()
    const store = await open(folder)
    took.push(systemClock.monotonic() - began)
    store.close()
  }
  return spread(took, 1)
}

async function fill(folder: string): Promise<void> {
  const store = await open(folder)
  const outbox = new StoredRunOutbox(store, console.error)
  const logs = 'l'.repeat(60_000)
  for (let time = 0; store.report.reason === null; time += 1) {
    outbox.keep(results(10, `fill ${time}`).map((run) => ({ ...run, record: { ...run.record, logs } })))
  }
  store.close()
}
