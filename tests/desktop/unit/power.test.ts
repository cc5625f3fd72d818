import { EventEmitter } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClaimHolds } from '../../../agent/scheduler/claim-holds.ts'
import { Power } from '../../../electron/power.ts'
import { powerSource } from '../../../electron/power-source.ts'
import { SessionEnd } from '../../../electron/session-end.ts'
import { TimedState } from '../../../electron/timed-state.ts'
import type { PowerSource } from '../../../shared/desktop/contract.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { BaseWindow, cancellable } from '../support/fake-electron.ts'

const time = { wall: 1_000_000, monotonic: 5_000 }
const clock = { now: () => new Date(time.wall), monotonic: () => time.monotonic }

let monitor: EventEmitter
let source: PowerSource
let holds: ClaimHolds
let power: Power
let woken: number[]
let finishWaking: () => void
const wants = { onlyOnMains: false }

beforeEach(async () => {
  vi.useFakeTimers()
  Object.assign(time, { wall: 1_000_000, monotonic: 5_000 })
  wants.onlyOnMains = false
  monitor = new EventEmitter()
  source = 'mains'
  holds = new ClaimHolds()
  woken = []
  power = new Power({
    monitor: monitor as never,
    source: async () => source,
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
  await power.start()
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

test('on battery claims wait only where that is wanted, and go on with mains power or another wish', async () => {
  source = 'battery'
  monitor.emit('on-battery')
  await vi.advanceTimersByTimeAsync(0)
  expect(holds.isHeld).toBe(false)
  wants.onlyOnMains = true
  await power.checkMains()
  expect(holds.has('on_battery')).toBe(true)
  source = 'mains'
  monitor.emit('on-ac')
  await vi.advanceTimersByTimeAsync(0)
  expect(holds.isHeld).toBe(false)
})

test('a change that no system tells of is seen within half a minute; what nobody knows holds nothing', async () => {
  wants.onlyOnMains = true
  source = 'battery'
  await vi.advanceTimersByTimeAsync(30_000)
  expect([holds.has('on_battery'), power.source]).toEqual([true, 'battery'])
  source = 'unknown'
  await vi.advanceTimersByTimeAsync(30_000)
  expect([holds.has('on_battery'), power.source]).toEqual([false, 'unknown'])
})

test.each<[string, Readonly<Record<string, Readonly<Record<string, string>>>>, PowerSource]>([
  ['no battery', {}, 'mains'],
  ['a laptop with its cable', { AC: { type: 'Mains', online: '1' }, BAT0: battery('Charging') }, 'mains'],
  ['one whose battery helps', { AC: { type: 'Mains', online: '1' }, BAT0: battery('Discharging') }, 'mains'],
  ['without its cable', { AC: { type: 'Mains', online: '0' }, BAT0: battery('Discharging') }, 'battery'],
  ['by USB', { AC: { type: 'Mains', online: '0' }, C1: { type: 'USB', online: '1' }, BAT0: battery('Full') }, 'mains'],
  ['two batteries', { BAT0: battery('Not charging'), BAT1: battery('Discharging') }, 'battery'],
  ['a battery that says little', { AC: { type: 'Mains', online: '0' }, BAT0: battery('Unknown') }, 'battery'],
  ['one that says nothing', { BAT0: battery('Unknown') }, 'unknown'],
  ['a mouse', { mouse: { ...battery('Discharging'), scope: 'Device' } }, 'mains'],
  ['a port that could bring power', { C1: { type: 'USB', online: '0' } }, 'mains'],
])('Linux is asked for its power supplies: %s', async (_what, supplies, expected) => {
  await using folder = await temporaryFolder()
  for (const [name, facts] of Object.entries(supplies)) {
    await mkdir(join(folder.path, name))
    for (const [fact, text] of Object.entries(facts)) await writeFile(join(folder.path, name, fact), `${text}\n`)
  }
  const on = (platform: NodeJS.Platform, path: string): Promise<PowerSource> =>
    powerSource({ platform, monitor: { isOnBatteryPower: () => true }, folder: path })
  expect(await on('linux', folder.path)).toBe(expected)
  expect(await on('linux', join(folder.path, 'none'))).toBe('unknown')
  expect(await on('win32', folder.path)).toBe('battery')
})

function battery(status: string) {
  return { type: 'Battery', status }
}

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
  power.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('a session that ends is asked to wait: by the monitor, and on Windows by a window that is always there', () => {
  let ends = 0
  const shown: object[] = []
  const listener = new BaseWindow()
  // Electron's is a class; what is made of it here is the one that the test speaks to.
  function Listener(options: object): BaseWindow {
    shown.push(options)
    return listener
  }
  const start = (platform: NodeJS.Platform): void => {
    const parts = { powerMonitor: monitor, BaseWindow: Listener } as never
    new SessionEnd({ parts, platform, onEnd: () => void (ends += 1) }).start()
  }
  const asked = (emitter: EventEmitter, name: string): boolean => {
    const event = cancellable()
    emitter.emit(name, event)
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
