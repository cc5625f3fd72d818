import { expect, test, vi } from 'vitest'
import { ConsoleWindow, type ConsoleWindowOptions } from '../../../electron/console-window.ts'
import { TraySeen } from '../../../electron/tray-seen.ts'
import { usualState } from '../../../electron/window-state.ts'
import { TestClock } from '../../support/clock.ts'
import { BrowserWindow, nativeTheme, screen, windows } from '../support/fake-electron.ts'

test('a page that dies is loaded again, weeks later as well; one that dies again at once is left alone', () => {
  const clock = new TestClock()
  new ConsoleWindow({
    // The fake is what of Electron is used here.
    parts: { BrowserWindow, nativeTheme, screen } as unknown as ConsoleWindowOptions['parts'],
    preload: '/preload.cjs',
    icon: '/icon.png',
    state: { value: usualState } as ConsoleWindowOptions['state'],
    hidesOnClose: () => false,
    hasTray: async () => false,
    onClosed: () => undefined,
    clock,
    onTrouble: () => undefined,
  }).open(null)
  const window = windows.at(-1)
  const dies = () => {
    window?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
    return { reloads: window?.webContents.reloads, isGone: window?.isGone }
  }
  expect(dies()).toEqual({ reloads: 1, isGone: false })
  clock.advance(3_600_000)
  expect(dies()).toEqual({ reloads: 2, isGone: false })
  clock.advance(59_000)
  expect(dies()).toEqual({ reloads: 2, isGone: true })
})

/** Everything that was under way has been done. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('closing hides to a tray that is there at that moment; without one the window goes, unless it was opened meanwhile', async () => {
  let tray = Promise.withResolvers<boolean>()
  let closed = 0
  const shown = new ConsoleWindow({
    parts: { BrowserWindow, nativeTheme, screen } as unknown as ConsoleWindowOptions['parts'],
    preload: '/preload.cjs',
    icon: '/icon.png',
    state: { value: usualState, write: () => undefined } as unknown as ConsoleWindowOptions['state'],
    hidesOnClose: () => true,
    hasTray: () => tray.promise,
    onClosed: () => void (closed += 1),
    clock: new TestClock(),
    onTrouble: () => undefined,
  })
  const close = async (hasTray: boolean, meanwhile: () => void = () => undefined) => {
    tray = Promise.withResolvers()
    shown.open(null)
    await turn()
    const window = windows.at(-1)
    window?.close()
    expect(window).toMatchObject({ isShown: false, isGone: false })
    meanwhile()
    tray.resolve(hasTray)
    await turn()
    return { isShown: window?.isShown, isGone: window?.isGone, closed }
  }
  expect(await close(true)).toEqual({ isShown: false, isGone: false, closed: 0 })
  expect(await close(false, () => shown.open(null))).toEqual({ isShown: true, isGone: false, closed: 0 })
  expect(await close(false)).toEqual({ isShown: false, isGone: true, closed: 1 })
})

test('a panel that starts after the program is found within half a minute, and within seconds while one is waited for', async () => {
  vi.useFakeTimers()
  let answer = '(false,)'
  let appeared = 0
  const open = async () => {
    const tray = new TraySeen({
      platform: 'linux',
      run: async () => answer,
      onAppear: () => void (appeared += 1),
    })
    await tray.start()
    return tray
  }
  const first = await open()
  expect([first.isSeen, appeared]).toEqual([false, 0])
  answer = '(true,)'
  await vi.advanceTimersByTimeAsync(30_000)
  expect([first.isSeen, appeared]).toEqual([true, 1])
  first.stop()

  answer = '(false,)'
  const second = await open()
  const never = second.within(20_000)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await never).toBe(false)
  const soon = second.within(20_000)
  await vi.advanceTimersByTimeAsync(1_000)
  answer = '(true,)'
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await soon).toBe(true)
  second.stop()
  expect([appeared, vi.getTimerCount()]).toEqual([2, 0])
  vi.useRealTimers()
})
