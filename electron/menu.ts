import type { MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  readonly open: (place: string) => void
  readonly newWindow: () => void
  readonly copyDiagnostics: () => void
  readonly showLogs: () => void
  /** Null for a build that names no place of newer versions. */
  readonly showHomepage: (() => void) | null
  readonly showAbout: () => void
  readonly quit: () => void
}

export interface MenuOptions {
  readonly platform: NodeJS.Platform
  /** Tools of developers are for builds that are not packaged. */
  readonly isPackaged: boolean
  readonly actions: MenuActions
}

/** The menu of the application, as data. Editing and windows are the system's own roles. */
export function applicationMenu({ platform, isPackaged, actions }: MenuOptions): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  const about: MenuItemConstructorOptions = { label: 'About Pipeline Manager', click: actions.showAbout }
  const settings: MenuItemConstructorOptions = {
    label: isMac ? 'Settings…' : 'Settings',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.open('/settings'),
  }
  // Not the system's role, by which one cannot tell a person who asks from a session that ends.
  const quit: MenuItemConstructorOptions =
    platform === 'win32'
      ? { label: 'Exit', click: actions.quit }
      : { label: 'Quit Pipeline Manager', accelerator: 'CmdOrCtrl+Q', click: actions.quit }
  const ofApplication: MenuItemConstructorOptions = {
    label: 'Pipeline Manager',
    submenu: [about, { type: 'separator' }, settings, { type: 'separator' }, { role: 'hide' }, quit],
  }
  const file: MenuItemConstructorOptions = {
    label: '&File',
    submenu: [
      { label: 'Show the console', accelerator: 'CmdOrCtrl+N', click: actions.newWindow },
      ...(isMac ? [] : [settings]),
      { type: 'separator' },
      isMac ? { role: 'close' } : quit,
    ],
  }
  return [
    ...(isMac ? [ofApplication] : []),
    file,
    { role: 'editMenu' },
    view(isPackaged),
    { role: 'windowMenu' },
    help(),
  ]

  function help(): MenuItemConstructorOptions {
    return {
      role: 'help',
      submenu: [
        { label: 'Copy diagnostics', click: actions.copyDiagnostics },
        { label: 'Show log files', click: actions.showLogs },
        ...(actions.showHomepage === null ? [] : [{ label: 'Newer versions', click: actions.showHomepage }]),
        ...(isMac ? [] : [{ type: 'separator' } as const, about]),
      ],
    }
  }
}

function view(isPackaged: boolean): MenuItemConstructorOptions {
  return {
    label: '&View',
    submenu: [
      { role: 'reload' },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
    ],
  }
}
