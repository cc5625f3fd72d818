import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pass } from '../../../agent/housekeeping/passes.ts'
import { nextLimit, usualWalkPace, walk } from '../../../agent/housekeeping/walk.ts'
import type { Database } from '../../../agent/store/database.ts'
import type { BatchRequest } from '../../../agent/store/housekeeping/batch.ts'
import { systemClock } from '../../../shared/clock.ts'

const keep = { logs: 30, successfulRuns: 90, failedRuns: 180, history: 400, incidents: 400 }
const nobody: Database = { query: () => Promise.resolve([]) }

test('a quick statement looks at more next time, a slow one at less, always between one row and the most', () => {
  expect(nextLimit(200, 5, usualWalkPace)).toBe(400)
  expect(nextLimit(200, 40, usualWalkPace)).toBe(200)
  expect(nextLimit(200, 500, usualWalkPace)).toBe(100)
  // A part of every statement's time is the same for any number of rows: on a starved server, fewer would only take longer altogether.
  expect(nextLimit(60, 500, usualWalkPace)).toBe(usualWalkPace.least)
  // Where only fewer got through at all, it does not go back at once.
  expect(nextLimit(7, 500, usualWalkPace)).toBe(7)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat({ max: 10_000 }), (limit, tookMs) => {
      const next = nextLimit(limit, tookMs, usualWalkPace)
      expect(next).toBeGreaterThanOrEqual(1)
      expect(next).toBeLessThanOrEqual(usualWalkPace.limit[1])
    }),
  )
})

test('each statement goes on where the last one ended, and looks at as many rows as its speed allows', async () => {
  let now = 0
  const clock = { ...systemClock, monotonic: () => now }
  const took = [1, 30, 500, 1]
  const requests: BatchRequest[] = []
  const pass: Pass = {
    what: 'rows',
    step: (_database, _keep, request) => {
      now += took[requests.length] ?? 0
      requests.push(request)
      return Promise.resolve({
        removed: {},
        next: ['x', String(requests.length)],
        isLast: requests.length === took.length,
      })
    },
  }
  await walk(pass, {
    database: nobody,
    clock,
    keep,
    from: ['x', '0'],
    pace: { ...usualWalkPace, restMs: [0, 0] },
    signal: new AbortController().signal,
    onBatch: () => undefined,
    onKept: () => undefined,
  })
  expect(requests.map(({ after, limit }) => [after?.[1], limit])).toEqual([
    ['0', 200],
    ['1', 400],
    ['2', 400],
    ['3', 200],
  ])
})
