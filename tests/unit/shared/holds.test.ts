import { describe, expect, test } from 'vitest'
import { type HoldFacts, heldThing, heldWords, holdOf, holdState, isAbout } from '../../../shared/holds.ts'
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
  const refreshOf = (held: { endsAt: Date | null }) =>
    nextRefresh({ bringers: [{ ...bringer, hold: held }], outside: null, archivedType: null }, now)

  test('a job that is due and held begins when the hold ends', () => {
    const refresh = refreshOf(hold)
    expect(refresh).toMatchObject({ state: 'planned', startsAt: hold.endsAt, gap: null })
    expect(expectedAt(refresh, now)).toEqual(new Date('2026-11-27T14:05:00Z'))
  })

  test('of a hold without an end nobody can say', () => {
    expect(refreshOf({ endsAt: null })).toMatchObject({ startsAt: null, gap: 'held' })
  })
})
