import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Clockwork } from '../../../agent/scheduler/clockwork.ts'
import { systemClock } from '../../../shared/clock.ts'

const hourMs = 3_600_000
const start = new Date('2026-03-02T12:00:00Z').getTime()
const reported: string[] = []
let clockwork: Clockwork

beforeEach(() => {
  vi.useFakeTimers({
    now: start,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  })
  reported.length = 0
  clockwork = new Clockwork(systemClock, (alarm, error) => reported.push(`${alarm}: ${String(error)}`))
})
afterEach(() => {
  clockwork.stop()
  vi.useRealTimers()
})

/** Names of the alarms that rang, in order. */
function arm(alarms: Record<string, number>): string[] {
  const rung: string[] = []
  for (const [name, delay] of Object.entries(alarms)) clockwork.arm(name, delay, () => void rung.push(name))
  return rung
}

describe('the alarm clock of the agent', () => {
  test('rings once, in the order of the delays, and not before', async () => {
    const rung = arm({ late: 5_000, soon: 1_000 })
    await vi.advanceTimersByTimeAsync(999)
    expect(rung).toEqual([])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(rung).toEqual(['soon', 'late'])
  })

  test('an alarm of the same name replaces the one before; a disarmed one and a stopped clock are silent', async () => {
    const rung: string[] = []
    clockwork.arm('poll', 1_000, () => void rung.push('first'))
    clockwork.arm('poll', 2_000, () => void rung.push('second'))
    clockwork.arm('due', 1_000, () => void rung.push('due'))
    clockwork.disarm('due')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(rung).toEqual(['second'])
    clockwork.arm('poll', 1_000, () => void rung.push('third'))
    clockwork.stop()
    clockwork.stop()
    clockwork.arm('poll', 1_000, () => void rung.push('fourth'))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(rung).toEqual(['second'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('fault 14: the clock is set back by two hours: every alarm still rings when its time has passed', async () => {
    const rung = arm({ renew: 30_000, trust: 26_000, poll: 40_000 })
    await vi.advanceTimersByTimeAsync(10_000)
    vi.setSystemTime(start - 2 * hourMs)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(rung).toEqual([])
    await vi.advanceTimersByTimeAsync(7_000)
    expect(rung).toEqual(['trust', 'renew'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(rung).toEqual(['trust', 'renew', 'poll'])
  })

  test('faults 14, 28: the clock is ahead (it was set, or the machine slept): what is overdue rings within a second or two', async () => {
    const rung = arm({ renew: 30_000, poll: hourMs })
    await vi.advanceTimersByTimeAsync(10_000)
    vi.setSystemTime(start + 60_000)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(rung).toEqual(['renew'])
  })

  test('bad input 26: a wait of 25 days does not ring at once; whoever is woken after an hour looks again', async () => {
    const rung = arm({ due: 2 ** 31 + 1_000, forever: Number.POSITIVE_INFINITY })
    await vi.advanceTimersByTimeAsync(hourMs - 1_000)
    expect(rung).toEqual([])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(rung).toHaveLength(2)
  })

  test('an alarm that fails is reported and ends nothing', async () => {
    clockwork.arm('thrown', 1_000, () => {
      throw new Error('one')
    })
    clockwork.arm('rejected', 2_000, () => Promise.reject(new Error('two')))
    const rung = arm({ fine: 3_000 })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(reported).toEqual(['thrown: Error: one', 'rejected: Error: two'])
    expect(rung).toEqual(['fine'])
  })
})
