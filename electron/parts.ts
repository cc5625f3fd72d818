import type * as electron from 'electron'

/** What of Electron the desktop uses. Handed in, so that everything but main.ts can be looked at without Electron. */
export type ElectronParts = Pick<
  typeof electron,
  | 'app'
  | 'BaseWindow'
  | 'BrowserWindow'
  | 'clipboard'
  | 'crashReporter'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'nativeImage'
  | 'nativeTheme'
  | 'Notification'
  | 'powerMonitor'
  | 'protocol'
  | 'safeStorage'
  | 'screen'
  | 'session'
  | 'shell'
  | 'Tray'
>
