import { expect, test } from 'vitest'
import { ConsoleWindow, type ConsoleWindowOptions } from '../../../electron/console-window.ts'
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
