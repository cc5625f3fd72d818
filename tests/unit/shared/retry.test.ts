import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCadence } from '../../../shared/cadence.ts'
import type { RunProblem, RunStatus } from '../../../shared/domain.ts'
import {
  afterCancel,
  afterFailure,
  afterLostLease,
  afterSkipped,
  afterSuccess,
  backoffMinutes,
  type FailedAttempt,
  failuresInRow,
  nextAttempt,
} from '../../../shared/retry.ts'

const now = new Date('2026-11-23T10:00:00Z')
const daily = parseCadence('0 6 * * *', 'UTC')
const hourly = parseCadence('0 * * * *', 'UTC')
const failed: FailedAttempt = {
  attempt: 2,
  maxRetries: 3,
  scheduleType: 'recurring',
  cadence: daily,
  now,
  message: 'HTTP 500',
}

const succeeded = {
  scheduleType: 'recurring',
  triggerSource: 'scheduled',
  runsCompleted: 4,
  maxRuns: null,
  cadence: daily,
  now,
} as const

describe('N2: failures in a row', () => {
  const runs = (text: string) =>
    text
      .split(' ')
      .filter((one) => one !== '')
      .map((one) => ({ hasFailed: one !== 'ok', attempt: Number(one.replace('ok', '1')) }))
  test.each([
    ['', 0],
    ['ok 4 4', 0],
    ['4 3 2 1 ok 4', 1],
    ['4 3 2 1 4 3 2 1', 2],
    ['1 1 1', 3],
    ['1 1 ok 1', 2],
    ['2 1', 1],
    ['1 2 1', 2],
  ])('newest first: %j are %d', (text, count) => expect(failuresInRow(runs(text))).toBe(count))
})

describe('J5: backoff', () => {
  test.for([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 60],
    [6, 60],
    [100_000, 60],
  ] as const)('after attempt %i: %i minutes', ([attempt, minutes]) => {
    expect(backoffMinutes(attempt)).toBe(minutes)
  })

  test('is monotone, starts at 5 minutes and is capped at 60', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000_000 }), (attempt) => {
        const minutes = backoffMinutes(attempt)
        expect(minutes).toBeGreaterThanOrEqual(5)
        expect(minutes).toBeLessThanOrEqual(60)
        expect(backoffMinutes(attempt + 1)).toBeGreaterThanOrEqual(minutes)
      }),
    )
  })
})

describe('J4: attempt numbers', () => {
  const cases: [string, RunStatus, number, RunProblem | null, number, number][] = [
    ['a failure within the retries counts up', 'failed', 1, 'failed', 3, 2],
    ['the last retry', 'failed', 3, 'failed', 3, 4],
    ['exhausted starts anew', 'failed', 4, 'failed', 3, 1],
    ['no retries allowed', 'failed', 1, 'failed', 0, 1],
    ['nonsense in max_retries', 'failed', 1, 'failed', -5, 1],
    ['a timeout counts up', 'failed', 2, 'timed_out', 3, 3],
    ['a lost agent counts up', 'failed', 2, 'agent_lost', 3, 3],
    ['a failure written by another program', 'failed', 2, null, 3, 3],
    ['a success starts anew', 'completed', 3, null, 3, 1],
    ['a success with warnings starts anew', 'completed', 3, 'warnings', 3, 1],
    ['a cancelled run starts anew', 'cancelled', 3, 'cancelled', 3, 1],
    ['a released run keeps its number', 'cancelled', 3, 'released', 3, 3],
    ['a snoozed run keeps its number', 'cancelled', 2, 'snoozed', 3, 2],
    ['invalid parameters end the series', 'failed', 1, 'invalid_parameters', 3, 1],
    ['bad configuration ends the series', 'failed', 1, 'configuration', 3, 1],
    ['an unknown outcome ends the series', 'failed', 1, 'outcome_unknown', 3, 1],
    ['a run with 100,000 attempts', 'failed', 100_000, 'failed', 3, 1],
  ]
  test.for(cases)('%s', ([, status, attempt, problem, maxRetries, expected]) => {
    expect(nextAttempt({ status, attempt, problem }, maxRetries)).toBe(expected)
  })

  test('the first run is attempt 1', () => {
    expect(nextAttempt(null, 3)).toBe(1)
  })
})

describe('J5: after a failure', () => {
  test('within the retries it is retried after the backoff', () => {
    expect(afterFailure({ ...failed, exhaustAtOnce: false })).toEqual({
      nextRunAt: new Date('2026-11-23T10:10:00Z'),
      retry: true,
      nextAttempt: 3,
      lastError: 'Attempt 2 of 4 failed: HTTP 500. Retry at 2026-11-23 10:10 UTC.',
      dead: false,
    })
  })

  test('exhausted, a recurring job falls back to its cadence', () => {
    expect(afterFailure({ ...failed, attempt: 4, exhaustAtOnce: false })).toEqual({
      nextRunAt: new Date('2026-11-24T06:00:00Z'),
      retry: false,
      nextAttempt: 1,
      lastError: 'Attempt 4 of 4 failed: HTTP 500. No retries are left. The next run is at 2026-11-24 06:00 UTC.',
      dead: false,
    })
  })

  test('exhausted, a one-time job is dead', () => {
    const after = afterFailure({ ...failed, attempt: 4, scheduleType: 'one_time', cadence: null, exhaustAtOnce: false })
    expect(after).toMatchObject({ nextRunAt: null, retry: false, dead: true })
    expect(after.lastError).toBe(
      'Attempt 4 of 4 failed: HTTP 500. No retries are left. The job is dead; retry it by hand.',
    )
  })

  test('invalid parameters, configuration and unknown outcomes exhaust at once', () => {
    const input = { ...failed, attempt: 1, exhaustAtOnce: true, message: 'days_back must be at most 90; got 900.' }
    expect(afterFailure(input)).toMatchObject({ retry: false, nextAttempt: 1, dead: false })
    expect(afterFailure(input).lastError).toBe(
      'Attempt 1 of 4 failed: days_back must be at most 90; got 900. It is not retried until somebody corrects this. ' +
        'The next run is at 2026-11-24 06:00 UTC.',
    )
    expect(afterFailure({ ...input, scheduleType: 'one_time', cadence: null })).toMatchObject({
      nextRunAt: null,
      dead: true,
    })
  })

  test('a recurring job without a readable schedule keeps its retries, then is dead and says why', () => {
    const nonsense = { ...failed, cadence: null, exhaustAtOnce: false }
    expect(afterFailure(nonsense)).toMatchObject({ retry: true, dead: false })
    const exhausted = afterFailure({ ...nonsense, attempt: 4 })
    expect(exhausted).toMatchObject({ nextRunAt: null, retry: false, dead: true })
    expect(exhausted.lastError).toContain('its cron expression or time zone is not valid')
  })

  test('a run with 100,000 attempts and an endless or empty message still gives a sentence', () => {
    const long = afterFailure({ ...failed, attempt: 100_000, message: 'x'.repeat(20_000_000), exhaustAtOnce: false })
    expect(long.lastError.length).toBeLessThan(8_300)
    expect(long.lastError).toMatch(/^Attempt 100000 failed: x+ … 19992000 characters cut\. No retries are left\./)
    expect(afterFailure({ ...failed, message: ' ', exhaustAtOnce: false }).lastError).toContain('no reason was given.')
  })

  test('a retry comes exactly for attempts up to max_retries, and never in the past', () => {
    const attempt = fc.integer({ min: 1, max: 50 })
    fc.assert(
      fc.property(attempt, fc.integer({ min: 0, max: 50 }), fc.boolean(), (number, maxRetries, exhaustAtOnce) => {
        const after = afterFailure({ ...failed, attempt: number, maxRetries, exhaustAtOnce })
        expect(after.retry).toBe(number <= maxRetries && !exhaustAtOnce)
        expect(after.nextRunAt?.getTime()).toBeGreaterThan(now.getTime())
        const problem = exhaustAtOnce ? 'configuration' : 'failed'
        expect(after.nextAttempt).toBe(nextAttempt({ status: 'failed', attempt: number, problem }, maxRetries))
      }),
    )
  })
})

describe('J7: after a lost lease', () => {
  test('it is requeued at once as the next attempt', () => {
    expect(afterLostLease({ ...failed, message: 'the agent stopped renewing its lease' })).toEqual({
      nextRunAt: now,
      retry: true,
      nextAttempt: 3,
      lastError: 'Attempt 2 of 4 was lost: the agent stopped renewing its lease. It runs again at once.',
      dead: false,
    })
  })

  test('bounded by max_retries, then as exhausted', () => {
    const after = afterLostLease({ ...failed, attempt: 4 })
    expect(after).toMatchObject({ nextRunAt: new Date('2026-11-24T06:00:00Z'), retry: false, dead: false })
    expect(afterLostLease({ ...failed, attempt: 4, scheduleType: 'one_time', cadence: null }).dead).toBe(true)
  })
})

describe('J6: after a success', () => {
  test('a recurring job gets its next run from the cadence', () => {
    expect(afterSuccess(succeeded)).toEqual({
      status: 'active',
      nextRunAt: new Date('2026-11-24T06:00:00Z'),
      runsCompleted: 5,
      lastError: null,
    })
  })

  test('run by hand, a recurring job stays recurring', () => {
    expect(afterSuccess({ ...succeeded, triggerSource: 'manual' })).toMatchObject({ status: 'active' })
  })

  test.for([
    [6, 'active'],
    [5, 'completed'],
    [1, 'completed'],
    [0, 'completed'],
  ] as const)('max_runs %i after the fifth run: %s', ([maxRuns, status]) => {
    const after = afterSuccess({ ...succeeded, maxRuns })
    expect(after.status).toBe(status)
    expect(after.nextRunAt === null).toBe(status === 'completed')
  })

  test.for([
    ['scheduled', 'completed'],
    ['manual', 'archived'],
    ['api', 'archived'],
  ] as const)('a one-time job triggered by %s is %s', ([triggerSource, status]) => {
    const after = afterSuccess({ ...succeeded, scheduleType: 'one_time', cadence: null, triggerSource })
    expect(after).toEqual({ status, nextRunAt: null, runsCompleted: 5, lastError: null })
  })

  test('a recurring job without a readable schedule has no next run and says why', () => {
    const after = afterSuccess({ ...succeeded, cadence: null })
    expect(after).toMatchObject({ status: 'active', nextRunAt: null })
    expect(after.lastError).toContain('its cron expression or time zone is not valid')
  })
})

describe('J10: the run after a skipped one', () => {
  test.for([
    ['late by a minute: the next fire', '2026-11-23T10:00:00Z', '2026-11-23T10:01:00Z', '2026-11-23T11:00:00Z'],
    ['three missed: the next fire', '2026-11-23T08:00:00Z', '2026-11-23T10:30:00Z', '2026-11-23T11:00:00Z'],
    [
      'three missed, a fourth just now: the fourth',
      '2026-11-23T07:00:00Z',
      '2026-11-23T10:00:20Z',
      '2026-11-23T10:00:00Z',
    ],
    [
      'overtaken just now: never the same fire again',
      '2026-11-23T10:00:00Z',
      '2026-11-23T10:00:20Z',
      '2026-11-23T11:00:00Z',
    ],
  ] as const)('%s', ([, dueAt, at, next]) => {
    expect(afterSkipped(new Date(dueAt), hourly, new Date(at))).toEqual(new Date(next))
  })

  test('a cadence without a further fire has none', () => {
    expect(afterSkipped(now, { cron: '0 0 31 2 *', timeZone: 'UTC' }, now)).toBeNull()
  })
})

describe('J11: after a cancel', () => {
  test('a recurring job goes on with its next fire, also before its last run, and the run does not count', () => {
    const after = afterCancel({ ...succeeded, runsCompleted: 1, maxRuns: 2 })
    expect(after).toMatchObject({ status: 'active', runsCompleted: 1 })
    expect(after.nextRunAt).not.toBeNull()
  })

  test.for([
    ['scheduled', 'completed'],
    ['manual', 'archived'],
  ] as const)('a one-time job triggered by %s is %s', ([triggerSource, status]) => {
    const after = afterCancel({ ...succeeded, scheduleType: 'one_time', cadence: null, triggerSource })
    expect(after).toMatchObject({ status, nextRunAt: null })
  })
})

test('bad input 18: an attempt number at the end of its column does not overflow', () => {
  const after = afterLostLease({
    attempt: 2_147_483_647,
    maxRetries: 2_147_483_647,
    scheduleType: 'one_time',
    cadence: null,
    now,
    message: 'gone',
  })
  expect(after.nextAttempt).toBe(2_147_483_647)
})
