/** The desktop of Pipeline Manager: starts it once Electron is ready, or hands over to the one that runs already. */
import {
  app,
  BaseWindow,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
} from 'electron'
import { processEnvironment } from '../agent/config.ts'
import { systemClock } from '../shared/clock.ts'
import { describeError } from '../shared/errors.ts'
import { Desktop } from './desktop.ts'
import type { ElectronParts } from './parts.ts'
import { prepare } from './startup.ts'

const parts: ElectronParts = {
  app,
  BaseWindow,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
}

const { platform, argv } = process
const given = prepare(parts, { argv: argv.slice(1), platform })
if (given !== null) {
  const desktop = new Desktop({ parts, given, platform, environment: processEnvironment(), clock: systemClock })
  desktop.listen()
  // Not awaited here: Electron becomes ready only after this file has been read to its end.
  app
    .whenReady()
    .then(() => desktop.start())
    .catch((error: unknown) => {
      dialog.showErrorBox('Pipeline Manager cannot start', describeError(error))
      app.exit(1)
    })
}
