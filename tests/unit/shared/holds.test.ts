import { describe, expect, test } from 'vitest'
import {
  expectedBy,
  type HoldFacts,
  heldThing,
  heldWords,
  holdOf,
  holdState,
  isAbout,
  waitFor,
} from '../../../shared/holds.ts'
import { type Bringer, expectedAt, nextRefresh } from '../../../shared/outlook.ts'

const job = { organizationId: 'o', brandId: 'b', jobType: 'work' }
const hold: HoldFacts = {
  id: 'h',
  organizationId: 'o',
  brandId: null,
  jobType: null,
  endsAt: new Date('2026-11-27T14:00:00Z'),
  reason: 'warehouse migration',
  createdBy: 'Ana',
}
const now = new Date('2026-11-27T12:00:00Z')

test.each([
  [{}, true],
  [{ brandId: 'b' }, true],
  [{ brandId: 'c' }, false],
  [{ jobType: 'work' }, true],
  [{ jobType: 'play' }, false],
  [{ brandId: 'b', jobType: 'play' }, false],
  [{ organizationId: 'p' }, false],
])('a hold of %j is about the job: %s', (scope, expected) => {
  expect(isAbout({ ...hold, ...scope }, job)).toBe(expected)
})

test('J12: no organization holds what is the platform’s', () => {
  expect(holdOf([hold], { ...job, brandId: null, organizationId: null })).toBeNull()
})

test('of several holds the job waits for that which ends last', () => {
  const endless = { ...hold, id: 'endless', endsAt: null }
  expect(holdOf([hold, endless], job)?.id).toBe('endless')
  expect(holdOf([endless, hold], job)?.id).toBe('endless')
})

test('says until when, by whom and why', () => {
  expect(heldWords(hold)).toBe('held until 2026-11-27 14:00 UTC by Ana: warehouse migration')
  expect(heldWords({ ...hold, endsAt: null })).toBe('held by Ana until it is ended: warehouse migration')
  expect(heldThing('Acme', 'meta_sync')).toBe('meta_sync of Acme')
})

test('is over by hand or by its time, planned before it begins', () => {
  const times = { startsAt: now, endsAt: hold.endsAt, endedAt: null }
  expect(holdState(times, now)).toBe('in_force')
  expect(holdState({ ...times, startsAt: new Date(now.getTime() + 1) }, now)).toBe('planned')
  expect(holdState(times, new Date('2026-11-27T14:00:00Z'))).toBe('over')
  expect(holdState({ ...times, endedAt: now }, now)).toBe('over')
})

describe('when what is due may start', () => {
  const at = (time: string): Date => new Date(`2026-11-27T${time}:00Z`)
  const span = (from: string, to: string | null) => ({ startsAt: at(from), endsAt: to === null ? null : at(to) })

  test.for<[string, string, ReturnType<typeof span>[], string | null]>([
    ['past the hold in force', '11:00', [span('10:00', '14:00')], '14:00'],
    ['where nothing is held, when it is due, passed or not', '11:00', [], '11:00'],
    ['when it is due after the hold', '15:00', [span('10:00', '14:00')], '15:00'],
    ['past a hold that is only planned', '15:00', [span('14:30', '16:00')], '16:00'],
    ['past holds that follow each other', '11:00', [span('13:00', '15:00'), span('10:00', '13:30')], '15:00'],
    [
      'at the end of one, where the next begins later',
      '11:00',
      [span('10:00', '13:00'), span('13:01', '15:00')],
      '13:00',
    ],
    ['never, when one of them has no end', '11:00', [span('10:00', '13:00'), span('12:30', null)], null],
    ['when it is due, before one without an end', '12:30', [span('13:00', null)], '12:30'],
  ])('%s', ([, due, spans, expected]) => {
    expect(waitFor(spans, at(due), now).startsAt).toEqual(expected === null ? null : at(expected))
  })
})

describe('when data will be there', () => {
  const bringer: Bringer = {
    jobId: 'j',
    jobType: 'work',
    isPaused: false,
    runningSince: null,
    hasFailedInRun: false,
    nextRunAt: new Date('2026-11-27T11:00:00Z'),
    hasFailedLast: false,
    isRunnable: true,
    durationMs: 5 * 60_000,
  }
  const refreshOf = (one: { startsAt: Date; endsAt: Date | null }) => {
    const { startsAt } = waitFor([one], new Date('2026-11-27T11:00:00Z'), now)
    const held = { ...bringer, nextRunAt: startsAt, isHeld: startsAt === null }
    return nextRefresh({ bringers: [held], outside: null, archivedType: null }, now)
  }

  test('a job that is due and held begins when the hold ends', () => {
    const refresh = refreshOf({ startsAt: now, endsAt: hold.endsAt })
    expect(refresh).toMatchObject({ state: 'planned', startsAt: hold.endsAt, gap: null })
    expect(expectedAt(refresh, now)).toEqual(new Date('2026-11-27T14:05:00Z'))
  })

  test('of a hold without an end nobody can say', () => {
    expect(refreshOf({ startsAt: now, endsAt: null })).toMatchObject({ startsAt: null, gap: 'held' })
  })
})

describe('stale data is expected while everything that refreshes it is held', () => {
  const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 27, hour))
  const span = (from: number, to: number | null) => ({ startsAt: at(from), endsAt: to === null ? null : at(to) })
  const job = (due: number | null, ...holds: ReturnType<typeof span>[]) => ({
    nextRunAt: due === null ? null : at(due),
    holds,
  })
  test.each<[string, ReturnType<typeof job>[], number | 'endless' | null]>([
    ['nothing refreshes it', [], null],
    ['one, held', [job(11, span(10, 14))], 14],
    ['due within the hold', [job(13, span(10, 14))], 14],
    ['due after the hold in any case', [job(15, span(10, 14))], null],
    ['held later only', [job(13, span(13, 14))], null],
    ['holds that follow each other', [job(11, span(10, 14), span(13, 16))], 16],
    ['without an end', [job(11, span(10, null))], 'endless'],
    ['two, both held: the first that may start', [job(11, span(10, null)), job(11, span(10, 15))], 15],
    ['two, one free', [job(11, span(10, 14)), job(13)], null],
    ['one that plans nothing or runs', [job(null, span(10, 14))], null],
  ])('%s', (_what, jobs, hour) => {
    const found = expectedBy(jobs, now)
    expect(found === null ? null : (found.until ?? 'endless')).toEqual(typeof hour === 'number' ? at(hour) : hour)
  })
})
