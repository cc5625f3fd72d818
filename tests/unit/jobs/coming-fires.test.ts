import { expect, test } from 'vitest'
import { collisions, comingFires } from '../../../agent/jobs/coming-fires.ts'
import type { PlannedJob } from '../../../agent/store/job-timeline.ts'
import { type Clock, systemClock } from '../../../shared/clock.ts'

const asOf = new Date('2026-03-28T00:00:00Z')
const at = (text: string): Date => new Date(text)

function job(changes: Partial<PlannedJob>): PlannedJob {
  return {
    id: 'a',
    name: 'Job',
    jobType: 'work',
    brandId: null,
    brandName: null,
    scheduleType: 'recurring',
    cronExpression: '0 * * * *',
    timeZone: 'UTC',
    concurrencyKey: 'key',
    overlapPolicy: 'queue',
    nextRunAt: asOf,
    asOf,
    ...changes,
  }
}

test('J13: a fixed time in the gap of daylight saving fires once, right after it; in the overlap once', async () => {
  const berlin = { cronExpression: '30 2 * * *', timeZone: 'Europe/Berlin' }
  const spring = await comingFires(
    [job({ ...berlin, nextRunAt: at('2026-03-28T01:30:00Z') })],
    { until: at('2026-03-30T12:00:00Z'), most: 10 },
    systemClock,
  )
  expect(spring.fires.map((fire) => fire.at.toISOString())).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
  const autumn = await comingFires(
    [job({ ...berlin, asOf: at('2026-10-24T00:00:00Z'), nextRunAt: at('2026-10-24T00:30:00Z') })],
    { until: at('2026-10-26T12:00:00Z'), most: 10 },
    systemClock,
  )
  expect(autumn.fires.map((fire) => fire.at.toISOString())).toEqual([
    '2026-10-24T00:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ])
})

test('the fires of all jobs come in order, the earliest first, and no more than asked for', async () => {
  const jobs = [
    job({ id: 'b', cronExpression: '15 * * * *', nextRunAt: at('2026-03-28T05:40:00Z') }),
    job({ id: 'a', nextRunAt: at('2026-03-28T00:30:00Z') }),
    job({ id: 'c', scheduleType: 'one_time', cronExpression: null, nextRunAt: at('2026-03-28T01:00:00Z') }),
  ]
  const { fires, truncated } = await comingFires(jobs, { until: at('2026-03-29T00:00:00Z'), most: 9 }, systemClock)
  expect(fires.map((fire) => `${fire.job.id} ${fire.at.toISOString().slice(11, 16)}`)).toEqual([
    'a 00:30',
    'a 01:00',
    'c 01:00',
    'a 02:00',
    'a 03:00',
    'a 04:00',
    'a 05:00',
    'b 05:40',
    'a 06:00',
  ])
  expect(truncated).toBe(true)
  const all = await comingFires(jobs, { until: at('2026-03-28T01:00:00Z'), most: 3 }, systemClock)
  expect([all.fires.length, all.truncated]).toEqual([3, false])
})

test('everything else gets a turn whenever ten milliseconds have been worked', async () => {
  let now = 0
  // Reading it takes six, so that every second job ends a slice.
  const slow: Clock = { now: () => asOf, monotonic: () => (now += 6) }
  let turns = 0
  let counting = true
  const count = (): void => {
    turns += 1
    if (counting) setImmediate(count)
  }
  setImmediate(count)
  const jobs = Array.from({ length: 200 }, (_, index) => job({ id: String(index) }))
  await comingFires(jobs, { until: asOf, most: 1_000 }, slow)
  counting = false
  expect(turns).toBeGreaterThan(100)
})

test('a fire collides with an earlier one of its key; one that waits holds the key after it, one that is skipped does not', () => {
  const minute = 60_000
  const fires = [0, 10, 25, 50].map((minutes, index) => ({
    job: job({ id: String(index) }),
    at: new Date(asOf.getTime() + minutes * minute),
  }))
  const expected = new Map(fires.map((fire) => [fire.job.id, 20 * minute]))
  expect(collisions(fires, expected)).toEqual([false, true, true, true])
  const skipping = fires.map((fire) => ({ ...fire, job: { ...fire.job, overlapPolicy: 'skip' as const } }))
  expect(collisions(skipping, expected)).toEqual([false, true, false, false])
  const apart = fires.map((fire) => ({ ...fire, job: { ...fire.job, concurrencyKey: fire.job.id } }))
  expect(collisions(apart, expected)).toEqual([false, false, false, false])
  const together = fires.map((fire) => ({ ...fire, at: asOf }))
  expect(collisions(together, new Map())).toEqual([false, true, true, true])
})
