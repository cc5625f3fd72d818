import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Identity } from '../../../agent/console/context.ts'
import { KeptAnswers, type Question } from '../../../agent/console/kept-answers.ts'
import { StoredAnswers } from '../../../agent/offline/answers.ts'
import { type OfflineStore, openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { offlineSubjects } from '../../../agent/offline/subjects.ts'
import { TestClock } from '../../support/clock.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

const person: Identity = { operator: 'one', door: 'console', scope: 'admin', organizationId: null }
const start = new Date('2026-03-02T12:00:00Z')

let folder: TemporaryFolder
let clock: TestClock
let store: OfflineStore
let answers: KeptAnswers

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  folder = await temporaryFolder()
  clock = new TestClock(start)
  store = await openStore()
  answers = keeping()
})
afterEach(async () => {
  answers.stop()
  store.close()
  vi.useRealTimers()
  await folder.remove()
})

function openStore(fileBytes?: number): Promise<OfflineStore> {
  return openOfflineStore({
    folder: folder.path,
    subjects: offlineSubjects,
    clock,
    onLog: () => undefined,
    limits: { ballastBytes: 4_096, ...(fileBytes === undefined ? {} : { fileBytes }) },
  })
}

function keeping(place = 'server:5432/ops'): KeptAnswers {
  return new KeptAnswers({ store: new StoredAnswers(store, clock), place, now: () => clock.now() })
}

/** As the next process does: nothing is left in memory. */
function restarted(place?: string): KeptAnswers {
  answers.stop()
  answers = keeping(place)
  return answers
}

function question(call: string, input: unknown = {}, identity: Partial<Identity> = {}): Question {
  return { call, input, identity: { ...person, ...identity } }
}

const written = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000)

describe('O1: an answer', () => {
  const jobs = question('jobs.list', { organizationId: 'a', limit: 50, states: ['dead'] })
  const answer = {
    asOf: start,
    jobs: [{ id: '1', name: 'Nightly', next: null, at: [new Date(0)], missing: undefined }],
  }

  test('is found again as it was, instants and all, by this process and the next', async () => {
    answers.keep(jobs, answer)
    expect(answers.find(jobs)).toEqual({ answer, asOf: start })
    await written()
    expect(answers.find(jobs)).toEqual({ answer, asOf: start })
    expect(restarted().find(jobs)).toEqual({ answer, asOf: start })
  })

  test('is the latest to its question, in whatever order its fields are given', async () => {
    answers.keep(jobs, answer)
    await written()
    clock.advance(60_000)
    const later = { ...answer, jobs: [] }
    answers.keep(question('jobs.list', { states: ['dead'], limit: 50, organizationId: 'a' }), later)
    expect(answers.find(jobs)).toEqual({ answer: later, asOf: clock.now() })
    expect(restarted().find(jobs)).toEqual({ answer: later, asOf: clock.now() })
  })

  test.each([
    ['another input', question('jobs.list', { organizationId: 'a', limit: 51, states: ['dead'] })],
    ['another call', question('jobs.get', { organizationId: 'a', limit: 50, states: ['dead'] })],
    ['somebody bound to an organization', { ...jobs, identity: { ...person, organizationId: 'a' } }],
    ['somebody who is not shown platform jobs', { ...jobs, identity: { ...person, scope: 'read' } as const }],
  ])('is none to %s', (_what, other) => {
    answers.keep(jobs, answer)
    expect(answers.find(other)).toBeNull()
  })

  test('of one database is none of another', () => {
    answers.keep(jobs, answer)
    expect(restarted('other:5432/ops').find(jobs)).toBeNull()
    expect(restarted('server:5432/ops').find(jobs)).not.toBeNull()
  })

  test('that was damaged on the disk is not given', async () => {
    answers.keep(question('jobs.get'), { text: 'x'.repeat(200_000) })
    answers.stop()
    store.close()
    const file = join(folder.path, 'offline.sqlite')
    const descriptor = openSync(file, 'r+')
    // In the middle of the document's pages, where SQLite itself sees nothing wrong.
    writeSync(descriptor, Buffer.from('garbage'), 0, 7, statSync(file).size - 60_000)
    closeSync(descriptor)
    store = await openStore()
    answers = keeping()
    expect(answers.find(question('jobs.get'))).toBeNull()
  })

  test('is forgotten when the database is another one', async () => {
    answers.keep(jobs, answer)
    await written()
    answers.keep(question('jobs.get'), answer)
    answers.clear()
    expect([answers.hasAny, answers.find(jobs), answers.find(question('jobs.get'))]).toEqual([false, null, null])
  })
})

describe('questions that are the same in other words', () => {
  test('who asks is told to each as they are', () => {
    answers.keep(question('session.get', undefined), { operator: 'one', scope: 'admin', organizations: [] })
    const other = question('session.get', undefined, { operator: 'two', scope: 'admin' })
    expect(answers.find(other)?.answer).toEqual({ operator: 'two', scope: 'admin', organizations: [] })
  })

  test('"the last 24 hours" is one question, at whatever minute and however long the page is open', () => {
    const lastDay = (from: Date, to: string | null = null): Question =>
      question('runs.list', { organizationId: 'a', from: from.toISOString(), to })
    const hoursAgo = (hours: number): Date => new Date(clock.now().getTime() - hours * 3_600_000)
    answers.keep(lastDay(hoursAgo(24)), { runs: ['day'] })
    answers.keep(lastDay(hoursAgo(1)), { runs: ['hour'] })
    clock.advance(90 * 60_000)
    expect(answers.find(lastDay(hoursAgo(24)))?.answer).toEqual({ runs: ['day'] })
    expect(answers.find(lastDay(hoursAgo(27)))?.answer).toEqual({ runs: ['day'] })
    expect(answers.find(lastDay(hoursAgo(1)))?.answer).toEqual({ runs: ['hour'] })
    expect(answers.find(lastDay(hoursAgo(72)))).toBeNull()
    expect(answers.find(lastDay(hoursAgo(24), clock.now().toISOString()))).toBeNull()
  })
})

describe('what is not kept, and how much', () => {
  test('streams, texts and what is too large', async () => {
    const stream = (async function* () {
      yield await Promise.resolve(1)
    })()
    answers.keep(question('runs.followLog'), stream)
    answers.keep(question('text'), 'text')
    answers.keep(question('large'), { text: 'x'.repeat(2 * 1024 ** 2) })
    await written()
    for (const call of ['runs.followLog', 'text', 'large']) expect(restarted().find(question(call))).toBeNull()
  })

  test('the oldest give way: to their number, to their size, to their age', async () => {
    const keep = (from: number, count: number, size: number): void => {
      for (let n = from; n < from + count; n += 1) answers.keep(question('jobs.get', { n }), { text: 'x'.repeat(size) })
    }
    keep(0, 60, 500_000)
    await written()
    clock.advance(1_000)
    keep(60, 3, 500_000)
    await written()
    expect(restarted().find(question('jobs.get', { n: 0 }))).toBeNull()
    expect(answers.find(question('jobs.get', { n: 62 }))).not.toBeNull()
    clock.advance(31 * 24 * 3_600_000)
    keep(100, 1, 10)
    await written()
    expect(answers.find(question('jobs.get', { n: 62 }))).toBeNull()
    expect(answers.find(question('jobs.get', { n: 100 }))).not.toBeNull()
  })

  test('fault 21: a store that takes nothing: the latest are held in memory, not more and more', async () => {
    store.close()
    for (let n = 0; n < 1_000; n += 1) answers.keep(question('jobs.get', { n }), { n })
    await written()
    expect(answers.find(question('jobs.get', { n: 0 }))).toBeNull()
    expect(answers.find(question('jobs.get', { n: 999 }))?.answer).toEqual({ n: 999 })
  })

  test('fault 21: answers give way before anything else when the quota is reached', async () => {
    answers.stop()
    store.close()
    store = await openStore(1024 ** 2)
    answers = keeping()
    for (let n = 0; n < 20; n += 1) {
      answers.keep(question('jobs.get', { n }), { text: 'x'.repeat(100_000) })
      await written()
    }
    expect(answers.find(question('jobs.get', { n: 19 }))).not.toBeNull()
    expect(store.report.isUsable).toBe(true)
  })
})
