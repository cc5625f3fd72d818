import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClaimHolds } from '../../../agent/scheduler/claim-holds.ts'
import { Power } from '../../../electron/power.ts'
import { SessionEnd } from '../../../electron/session-end.ts'
import { TimedState } from '../../../electron/timed-state.ts'
import { BaseWindow, cancellable } from '../support/fake-electron.ts'

const time = { wall: 1_000_000, monotonic: 5_000 }
const clock = { now: () => new Date(time.wall), monotonic: () => time.monotonic }

class Monitor extends EventEmitter {
  isOnBattery = false
  isOnBatteryPower(): boolean {
    return this.isOnBattery
  }
}

let monitor: Monitor
let holds: ClaimHolds
let power: Power
let woken: number[]
let finishWaking: () => void
const wants = { onlyOnMains: false }

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(time, { wall: 1_000_000, monotonic: 5_000 })
  wants.onlyOnMains = false
  monitor = new Monitor()
  holds = new ClaimHolds()
  woken = []
  power = new Power({
    monitor: monitor as never,
    holds,
    clock,
    wakeUp: (hiddenMs) => {
      woken.push(hiddenMs)
      return new Promise((resolve) => {
        finishWaking = () => resolve()
      })
    },
    onlyOnMains: () => wants.onlyOnMains,
    random: () => 0.5,
  })
  power.start()
})
afterEach(() => {
  power.stop()
  vi.useRealTimers()
})

test('J3: nothing is claimed from the suspension until leases were looked at and the catch-up begins, spread over time', async () => {
  monitor.emit('suspend')
  expect(holds.has('asleep')).toBe(true)
  time.wall += 3_600_000
  time.monotonic += 2_000
  monitor.emit('resume')
  // What the wall clock saw and the monotonic clock did not.
  expect(woken).toEqual([3_598_000])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(holds.isHeld).toBe(true)
  finishWaking()
  await vi.advanceTimersByTimeAsync(2_499)
  expect(holds.isHeld).toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect(holds.isHeld).toBe(false)
})

test('a clock that was set back while it slept hides nothing', () => {
  monitor.emit('suspend')
  time.wall -= 60_000
  monitor.emit('resume')
  expect(woken).toEqual([0])
})

test('sleeping again while it wakes, it claims nothing in between', async () => {
  monitor.emit('suspend')
  monitor.emit('resume')
  monitor.emit('suspend')
  finishWaking()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(holds.isHeld).toBe(true)
  monitor.emit('resume')
  finishWaking()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(holds.isHeld).toBe(false)
})

test('a resume that nobody suspended for changes nothing', () => {
  monitor.emit('resume')
  expect(woken).toEqual([])
})

test('on battery claims wait only where that is wanted, and go on with mains power or another wish', () => {
  monitor.isOnBattery = true
  monitor.emit('on-battery')
  expect(holds.isHeld).toBe(false)
  wants.onlyOnMains = true
  power.checkMains()
  expect(holds.has('on_battery')).toBe(true)
  monitor.isOnBattery = false
  monitor.emit('on-ac')
  expect(holds.isHeld).toBe(false)
})

test('claims go on only when the last reason is gone, and that is told once', () => {
  let told = 0
  const stop = holds.subscribe(() => {
    told += 1
  })
  holds.hold('paused')
  holds.hold('asleep')
  holds.release('asleep')
  expect(told).toBe(0)
  holds.release('paused')
  holds.release('paused')
  expect(told).toBe(1)
  stop()
})

test('a pause ends by itself, at once when it is taken back, and soon after a sleep that was longer', async () => {
  const told: boolean[] = []
  const pause = new TimedState(clock, (isOn) => told.push(isOn))
  const pass = async (ms: number): Promise<void> => {
    time.wall += ms
    await vi.advanceTimersByTimeAsync(ms)
  }
  pause.set(60)
  expect(pause.until).toEqual(new Date(time.wall + 3_600_000))
  pause.set(0)
  expect(pause.until).toBeNull()
  pause.set(60)
  await pass(3_598_000)
  expect(told).toEqual([true, false, true])
  await pass(2_000)
  expect(told).toEqual([true, false, true, false])
  pause.set(60)
  // Asleep: no timer goes on.
  time.wall += 4_000_000
  expect(pause.until).toBeNull()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toEqual([true, false, true, false, true, false])
  expect(vi.getTimerCount()).toBe(0)
})

test('a session that ends is asked to wait: by the monitor, and on Windows by a window that is always there', () => {
  let ends = 0
  const shown: object[] = []
  class Listener extends BaseWindow {
    constructor(options: object) {
      super()
      shown.push(options)
      listener = this
    }
  }
  let listener: BaseWindow | null = null
  const start = (platform: NodeJS.Platform): void => {
    const parts = { powerMonitor: monitor, BaseWindow: Listener } as never
    new SessionEnd({ parts, platform, onEnd: () => void (ends += 1) }).start()
  }
  const asked = (emitter: EventEmitter | null, name: string): boolean => {
    const event = cancellable()
    emitter?.emit(name, event)
    return event.defaultPrevented
  }
  start('linux')
  expect(asked(monitor, 'shutdown')).toBe(true)
  expect([ends, shown]).toEqual([1, []])
  start('win32')
  expect(shown).toEqual([{ show: false, skipTaskbar: true }])
  expect(asked(listener, 'query-session-end')).toBe(true)
  expect(asked(listener, 'session-end')).toBe(false)
  expect(ends).toBe(3)
})
