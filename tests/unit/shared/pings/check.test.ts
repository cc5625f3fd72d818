import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyPing,
  type CheckFacts,
  longestRunMs,
  mostOpenRuns,
  type Ping,
  type PingKind,
  pingKinds,
  viewCheck,
} from '../../../../shared/pings/check.ts'
import type { PingPlan } from '../../../../shared/pings/plan.ts'

const start = Date.UTC(2026, 10, 26, 12)
const at = (minutes: number): Date => new Date(start + minutes * 60_000)
const fresh: CheckFacts = { status: 'new', lastPingAt: null, lastDurationMs: null, openRuns: [], resumesByHand: false }
const hourly: PingPlan = { schedule: { kind: 'period', periodSeconds: 3_600 }, graceSeconds: 600 }
let made = 0

function ping(kind: PingKind, minutes: number, rid: string | null = null): Ping {
  made += 1
  return { kind, rid, at: at(minutes), newRunId: `new-${made}` }
}

function after(pings: readonly Ping[], facts: CheckFacts = fresh): CheckFacts {
  return pings.reduce((before, one) => applyPing(before, one).facts, facts)
}

describe('what each ping does', () => {
  test('start sets a start and leaves the last ping alone', () => {
    expect(after([ping('start', 0)])).toMatchObject({
      status: 'new',
      lastPingAt: null,
      openRuns: [{ startedAt: at(0) }],
    })
  })

  test('success and failure set the last ping; how long it took is known with the same rid alone', () => {
    expect(after([ping('start', 0), ping('success', 3)])).toMatchObject({ status: 'up', lastDurationMs: 180_000 })
    expect(after([ping('start', 0, 'a'), ping('fail', 3, 'a')])).toMatchObject({
      status: 'down',
      lastDurationMs: 180_000,
    })
    expect(after([ping('start', 0, 'a'), ping('success', 3, 'b')])).toMatchObject({
      status: 'up',
      lastDurationMs: null,
    })
    expect(after([ping('start', 0, 'a'), ping('success', 3)])).toMatchObject({ lastDurationMs: null })
  })

  test('a success without a rid, and any failure, end what is under way; a success with another rid does not', () => {
    expect(after([ping('start', 0, 'a'), ping('success', 1)]).openRuns).toEqual([])
    expect(after([ping('start', 0, 'a'), ping('fail', 1, 'b')]).openRuns).toEqual([])
    expect(after([ping('start', 0, 'a'), ping('success', 1, 'b')]).openRuns).toMatchObject([{ rid: 'a' }])
  })

  test('log changes nothing', () => {
    const facts = after([ping('start', 0, 'a')])
    const applied = applyPing(facts, ping('log', 5, 'a'))
    expect(applied).toEqual({ facts, effect: { type: 'logged', runId: 'a' }, abandoned: [] })
  })

  test('a ping wakes a paused check, unless only a person may', () => {
    const paused: CheckFacts = { ...fresh, status: 'paused' }
    expect(after([ping('success', 0)], paused).status).toBe('up')
    const applied = applyPing({ ...paused, resumesByHand: true }, ping('fail', 0))
    expect(applied).toMatchObject({ facts: { status: 'paused', lastPingAt: null }, effect: null })
  })

  test('a run of more than 72 hours has ended without a word', () => {
    const long = longestRunMs / 60_000
    expect(after([ping('start', 0, 'a'), ping('success', long, 'a')]).lastDurationMs).toBe(longestRunMs)
    expect(after([ping('start', 0, 'a'), ping('success', long + 1, 'a')]).lastDurationMs).toBeNull()
    const applied = applyPing(after([ping('start', 0, 'a')]), ping('success', long + 1, 'b'))
    expect(applied).toMatchObject({ facts: { openRuns: [] }, abandoned: [{ rid: 'a' }] })
  })

  test('a start without a name begins another run; with one it is the same, begun anew', () => {
    const again = applyPing(after([ping('start', 0)]), ping('start', 1))
    expect(again.facts.openRuns).toHaveLength(1)
    expect(again.abandoned).toHaveLength(1)
    const same = applyPing(after([ping('start', 0, 'a')]), ping('start', 1, 'a'))
    expect(same).toMatchObject({ facts: { openRuns: [{ runId: 'a', startedAt: at(1) }] }, abandoned: [] })
  })
})

describe('states', () => {
  const up = after([ping('success', 0)])
  test.each([
    ['new', fresh, 0],
    ['up', up, 0],
    ['up', up, 59.9],
    ['grace', up, 60],
    ['grace', up, 69.9],
    ['down', up, 70],
    ['down', after([ping('fail', 0)]), 1],
    ['started', after([ping('start', 0)]), 9.9],
    ['down', after([ping('start', 0)]), 10],
    ['started', after([ping('start', 1)], after([ping('fail', 0)])), 2],
    ['paused', { ...up, status: 'paused' as const }, 1_000],
  ])('%s', (state, facts, minutes) => {
    expect(viewCheck(hourly, facts, at(minutes)).state).toBe(state)
  })

  test('down_at is the earlier of the next ping and the first start, and the grace', () => {
    expect(viewCheck(hourly, up, at(1))).toEqual({ state: 'up', dueAt: at(60), downAt: at(70) })
    const started = after([ping('start', 55), ping('start', 57, 'b')], up)
    expect(viewCheck(hourly, started, at(58))).toEqual({ state: 'started', dueAt: at(60), downAt: at(65) })
    const late = after([ping('start', 65)], up)
    expect(viewCheck(hourly, late, at(66))).toEqual({ state: 'started', dueAt: at(60), downAt: at(70) })
  })

  test('J13: by cron it is due on the clocks of its zone, the grace after that is real time', () => {
    const nightly: PingPlan = {
      schedule: { kind: 'cron', cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      graceSeconds: 3_600,
    }
    const facts: CheckFacts = { ...fresh, status: 'up', lastPingAt: new Date('2026-03-28T01:31:00Z') }
    expect(viewCheck(nightly, facts, new Date('2026-03-28T12:00:00Z'))).toEqual({
      state: 'up',
      dueAt: new Date('2026-03-29T01:00:00Z'),
      downAt: new Date('2026-03-29T02:00:00Z'),
    })
  })
})

describe('properties', () => {
  const step = fc.record({
    kind: fc.constantFrom(...pingKinds),
    rid: fc.constantFrom(null, 'a', 'b', 'c'),
    gap: fc.integer({ min: 0, max: 3_000 }),
  })
  const history = fc.array(step, { maxLength: 60 }).map((steps) => {
    let minutes = 0
    return steps.map(({ kind, rid, gap }) => {
      minutes += gap
      return ping(kind, minutes, rid)
    })
  })

  test('what is under way is bounded, in the order of its beginnings, and each run is there once', () => {
    fc.assert(
      fc.property(history, (pings) => {
        const { openRuns } = after(pings)
        expect(openRuns.length).toBeLessThanOrEqual(mostOpenRuns)
        expect(new Set(openRuns.map(({ rid }) => rid)).size).toBe(openRuns.length)
        const times = openRuns.map(({ startedAt }) => startedAt.getTime())
        expect(times).toEqual(times.toSorted((a, b) => a - b))
      }),
    )
  })

  test('every run that began is under way, has ended, or was given up', () => {
    fc.assert(
      fc.property(history, (pings) => {
        let facts = fresh
        const began = new Set<string>()
        const over = new Set<string>()
        for (const one of pings) {
          const { effect, abandoned, ...applied } = applyPing(facts, one)
          ;({ facts } = applied)
          if (effect?.type === 'started') {
            began.add(effect.runId)
            over.delete(effect.runId)
          }
          if (effect?.type === 'ended') over.add(effect.runId)
          for (const { runId } of abandoned) over.add(runId)
        }
        const open = facts.openRuns.map(({ runId }) => runId)
        expect([...began].filter((runId) => !over.has(runId)).toSorted()).toEqual(open.toSorted())
      }),
    )
  })

  test('logs leave no trace, wherever they come', () => {
    fc.assert(
      fc.property(history, (pings) => {
        expect(after(pings)).toEqual(after(pings.filter(({ kind }) => kind !== 'log')))
      }),
    )
  })

  test('a run that begins late does not put off when the check is down; one that begins when it is down has its own time', () => {
    const ping = (kind: 'success' | 'start', minute: number) => ({
      kind,
      rid: null,
      at: new Date(start + minute * 60_000),
      newRunId: `run ${minute}`,
    })
    const grace = hourly.graceSeconds / 60
    const stateAt = (pings: Parameters<typeof after>[0], minute: number) =>
      viewCheck(hourly, after(pings), new Date(start + minute * 60_000)).state
    const late = [ping('success', 0), ping('start', 60 + grace - 1)]
    expect([stateAt(late, 60 + grace - 1), stateAt(late, 60 + grace)]).toEqual(['started', 'down'])
    const later = [ping('success', 0), ping('start', 60 + grace + 5)]
    expect([stateAt(later, 60 + grace + 5), stateAt(later, 60 + 2 * grace + 5)]).toEqual(['started', 'down'])
  })

  test('without a ping a check only gets worse, and says beforehand when', () => {
    const worse = ['up', 'started', 'grace', 'down']
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (pings, one, two) => {
        const facts = after(pings)
        const last = pings.at(-1)?.at.getTime() ?? start
        const [early, late] = [Math.min(one, two), Math.max(one, two)].map((minutes) =>
          viewCheck(hourly, facts, new Date(last + minutes * 60_000)),
        )
        if (early === undefined || late === undefined) throw new Error('a view is missing')
        // What nobody has pinged yet, and what rests, stays so.
        const mayChange = worse.includes(early.state)
        expect(mayChange || (early.downAt === null && late.state === early.state)).toBe(true)
        if (!mayChange) return
        expect(worse.indexOf(late.state)).toBeGreaterThanOrEqual(worse.indexOf(early.state))
        const isDown = last + Math.max(one, two) * 60_000 >= (early.downAt?.getTime() ?? Number.POSITIVE_INFINITY)
        expect(late.state === 'down').toBe(early.state === 'down' || isDown)
      }),
    )
  })
})
