import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideTrigger,
  findTriggerLoop,
  mostFiringsPerHour,
  type RefreshedTrigger,
  type TriggerWay,
} from '../../../shared/dataset-triggers.ts'

const nowMs = Date.parse('2026-11-26T10:00:00Z')
const minuteMs = 60_000
const ready: RefreshedTrigger = {
  nowMs,
  successMs: nowMs - 5 * minuteMs,
  dueMs: null,
  debounceMs: minuteMs,
  isBrandArchived: false,
  jobStatus: 'active',
  overlapPolicy: 'queue',
  isBusy: false,
  isWaiting: false,
  hourBeganMs: null,
  firedInHour: 0,
}

describe('what becomes of a refresh', () => {
  test.each<[string, Partial<RefreshedTrigger>, string, RegExp]>([
    ['whose debounce is over', {}, 'queued', /^$/],
    ['of a moment ago', { successMs: nowMs }, 'wait', /^$/],
    ['that is dealt with at once', { successMs: nowMs, debounceMs: 0 }, 'queued', /^$/],
    ['ahead of the clock waits no longer than one of now', { successMs: nowMs + minuteMs }, 'wait', /^$/],
    ['whose job is paused', { jobStatus: 'paused' }, 'skipped', /^The job is paused\.$/],
    ['whose job is archived', { jobStatus: 'archived' }, 'skipped', /^The job is archived\.$/],
    ['whose job was deleted', { jobStatus: 'gone' }, 'skipped', /^The job was deleted\.$/],
    ['without a job, by type', { jobStatus: null }, 'queued', /^$/],
    ['of an archived brand', { isBrandArchived: true }, 'skipped', /^The brand is archived\.$/],
    ['J10: while its key is busy, queue', { isBusy: true }, 'queued', /^$/],
    ['J10: while its key is busy, skip', { isBusy: true, overlapPolicy: 'skip' }, 'skipped', /in progress/],
    ['while the last one waits', { isWaiting: true }, 'skipped', /has not begun/],
    ['that would be the 31st of an hour', { hourBeganMs: nowMs - minuteMs, firedInHour: 30 }, 'stopped', /loop/],
  ])('%s', (_what, part, kind, reason) => {
    const decision = decideTrigger({ ...ready, ...part })
    expect(decision.kind).toBe(kind)
    expect('reason' in decision ? decision.reason : '').toMatch(reason)
  })

  test('nothing fires before its debounce is over, and everything is dealt with then', () => {
    fc.assert(
      fc.property(anyTrigger, (trigger) => {
        const decision = decideTrigger(trigger)
        const end = trigger.dueMs ?? Math.min(trigger.successMs, trigger.nowMs) + trigger.debounceMs
        expect(decision.kind === 'wait').toBe(end > trigger.nowMs)
        expect(decision.kind === 'wait' ? decision.dueMs : 0).toBeLessThanOrEqual(trigger.nowMs + 86_400_000)
      }),
    )
  })

  test('however refreshes come, it stops exactly when an hour has as many firings as the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 * minuteMs }), { minLength: 1, maxLength: 200 }), (gaps) => {
        let [at, hourBeganMs, firedInHour] = [nowMs, null as number | null, 0]
        for (const gap of gaps) {
          at += gap
          const decision = decideTrigger({
            ...ready,
            nowMs: at,
            successMs: at,
            debounceMs: 0,
            hourBeganMs,
            firedInHour,
          })
          expect(decision.kind).toBe(
            firedInHour === mostFiringsPerHour && at - (hourBeganMs ?? 0) < 60 * minuteMs ? 'stopped' : 'queued',
          )
          if (decision.kind !== 'queued') return
          hourBeganMs = decision.hourBeganMs
          firedInHour = decision.firedInHour
        }
      }),
    )
  })
})

const anyTrigger: fc.Arbitrary<RefreshedTrigger> = fc.record({
  nowMs: fc.constant(nowMs),
  successMs: fc.integer({ min: nowMs - 86_400_000, max: nowMs + 300_000 }),
  dueMs: fc.option(fc.integer({ min: nowMs - 86_400_000, max: nowMs + 86_400_000 })),
  debounceMs: fc.integer({ min: 0, max: 86_400 }).map((seconds) => seconds * 1_000),
  isBrandArchived: fc.boolean(),
  jobStatus: fc.constantFrom(null, 'active', 'paused', 'archived', 'completed', 'gone'),
  overlapPolicy: fc.constantFrom('queue' as const, 'skip' as const),
  isBusy: fc.boolean(),
  isWaiting: fc.boolean(),
  hourBeganMs: fc.option(fc.integer({ min: nowMs - 7_200_000, max: nowMs })),
  firedInHour: fc.integer({ min: 0, max: 40 }),
})

describe('a trigger that closes a loop', () => {
  const way = (dataset: string, jobType: string, ...refreshes: string[]): TriggerWay => ({
    dataset,
    jobType,
    refreshes,
  })

  test.each<[string, TriggerWay[], TriggerWay, string[] | null]>([
    ['on itself', [], way('a', 'A', 'a'), ['a', 'A', 'a']],
    ['of two', [way('b', 'B', 'a')], way('a', 'A', 'b'), ['a', 'A', 'b', 'B', 'a']],
    ['of three', [way('b', 'B', 'c'), way('c', 'C', 'a')], way('a', 'A', 'b'), ['a', 'A', 'b', 'B', 'c', 'C', 'a']],
    [
      'the shorter one is named',
      [way('b', 'B', 'c'), way('c', 'C', 'a'), way('b', 'D', 'a')],
      way('a', 'A', 'b'),
      ['a', 'A', 'b', 'D', 'a'],
    ],
    ['a chain is none', [way('b', 'B', 'c')], way('a', 'A', 'b'), null],
    ['two ways to one end are none', [way('b', 'B', 'd'), way('c', 'C', 'd')], way('a', 'A', 'b', 'c'), null],
    ['what refreshes nothing is none', [way('a', 'B')], way('a', 'A'), null],
    ['names of the prototype are names', [], way('constructor', 'A', '__proto__'), null],
  ])('%s', (_what, existing, added, chain) => {
    expect(findTriggerLoop(existing, added)).toEqual(chain)
  })

  const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const anyWay = fc.record({ dataset: name, jobType: name, refreshes: fc.uniqueArray(name, { maxLength: 3 }) })

  test('is found exactly when the dataset is reached again, and the chain is one of the ways', () => {
    fc.assert(
      fc.property(fc.array(anyWay, { maxLength: 12 }), anyWay, (existing, added) => {
        const chain = findTriggerLoop(existing, added)
        expect(chain !== null).toBe(reaches([...existing, added], added.refreshes, added.dataset))
        if (chain === null) return
        expect([chain[0], chain[1], chain.at(-1)]).toEqual([added.dataset, added.jobType, added.dataset])
        for (let index = 0; index + 2 < chain.length; index += 2) {
          const [dataset, jobType, refreshed = ''] = chain.slice(index, index + 3)
          const step = [...existing, added].find(
            (one) => one.dataset === dataset && one.jobType === jobType && one.refreshes.includes(refreshed),
          )
          expect(step).toBeDefined()
        }
      }),
    )
  })

  test('whatever is made in whatever order: what was let in never has a loop', () => {
    fc.assert(
      fc.property(fc.array(anyWay, { maxLength: 15 }), (wanted) => {
        const kept: TriggerWay[] = []
        for (const one of wanted) if (findTriggerLoop(kept, one) === null) kept.push(one)
        for (const { dataset, refreshes } of kept) expect(reaches(kept, refreshes, dataset)).toBe(false)
      }),
    )
  })

  /** By trying everything until nothing is new. */
  function reaches(ways: readonly TriggerWay[], from: readonly string[], wanted: string): boolean {
    const reached = new Set<string>(from)
    for (let size = -1; size !== reached.size; ) {
      size = reached.size
      for (const { dataset, refreshes } of ways) if (reached.has(dataset)) for (const one of refreshes) reached.add(one)
    }
    return reached.has(wanted)
  }
})
