import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AnswerWarmer } from '../../../agent/console/answer-warmer.ts'
import type { ConsoleServices } from '../../../agent/console/context.ts'
import { DatabaseAway } from '../../../agent/store/connection-gate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'

const pace = { gather: 1_000, rest: 60_000 }

let warmer: AnswerWarmer
let asked: number
let wasLookedAt: boolean
let canRead: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
  asked = 0
  wasLookedAt = true
  canRead = true
  const query = (): Promise<never> => {
    asked += 1
    return Promise.reject(new DatabaseAway(new Problem('database_unreachable', 'away')))
  }
  // What a round needs until its first question, which is enough to count rounds.
  const services = {
    supervisor: {
      get canRead() {
        return canRead
      },
      now: () => new Date(),
    },
    answers: { keep: () => undefined, find: () => null },
    database: { query, transaction: query, stop: () => Promise.resolve() },
    settings: { agentName: 'test', leaseSeconds: 150, defaultTimeZone: 'UTC' },
    onTrouble: (message: string) => expect.unreachable(message),
  } as unknown as ConsoleServices
  warmer = new AnswerWarmer({ services: () => services, wasLookedAt: () => wasLookedAt, clock: systemClock, pace })
})
afterEach(async () => {
  await warmer.stop()
  vi.useRealTimers()
})

/** How many questions each of these stretches of time sees. */
async function askedIn(...stretchesMs: number[]): Promise<boolean[]> {
  const seen: boolean[] = []
  for (const ms of stretchesMs) {
    const before = asked
    await vi.advanceTimersByTimeAsync(ms)
    // The calls themselves are loaded with the first round, outside of any clock.
    await vi.dynamicImportSettled()
    await vi.advanceTimersByTimeAsync(0)
    seen.push(asked > before)
  }
  return seen
}

describe('O1: the picture of an agent that nobody looks at', () => {
  test('is renewed shortly after a change, and then once a minute at most', async () => {
    warmer.note(['jobs'])
    expect(await askedIn(900, 200)).toEqual([false, true])
    for (let n = 0; n < 50; n += 1) warmer.note(['runs'])
    expect(await askedIn(30_000, 28_000, 3_000)).toEqual([false, false, true])
  })

  test('costs nothing while nothing changes', async () => {
    warmer.note()
    await askedIn(2_000)
    expect(await askedIn(3_600_000)).toEqual([false])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is not taken on an agent whose console was never opened, nor while the database is away', async () => {
    wasLookedAt = false
    warmer.note()
    expect(await askedIn(120_000)).toEqual([false])
    wasLookedAt = true
    canRead = false
    warmer.note()
    expect(await askedIn(120_000)).toEqual([false])
    canRead = true
    warmer.note()
    expect(await askedIn(2_000)).toEqual([true])
  })

  test('after the end nothing is asked and no timer is left', async () => {
    warmer.note()
    await warmer.stop()
    warmer.note()
    expect(await askedIn(120_000)).toEqual([false])
    expect(vi.getTimerCount()).toBe(0)
  })
})
