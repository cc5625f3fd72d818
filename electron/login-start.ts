import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { App } from 'electron'
import type { Environment } from '../agent/config.ts'
import { describeError, Problem } from '../shared/errors.ts'

export interface LoginStartOptions {
  readonly app: Pick<App, 'setLoginItemSettings' | 'getLoginItemSettings' | 'isPackaged'>
  readonly platform: NodeJS.Platform
  readonly environment: Environment
  /** Of this process: the program itself, or Electron, which has to be told what to open. */
  readonly program: string
  /** What Electron opens where the program is not packaged, and with what, as start.ts does. */
  readonly parameters: readonly string[]
}

/** Given to a start by the system, which shows no window. */
export const atLoginFlag = '--at-login'

/** Starts the desktop when its user signs in, or no more. @throws Problem `unavailable`. */
export function setLoginStart(isWanted: boolean, options: LoginStartOptions): void {
  const { app, platform } = options
  if (platform === 'linux') return writeAutostart(isWanted, options)
  if (platform === 'darwin' && isWanted && !app.isPackaged) {
    throw new Problem('unavailable', 'macOS starts installed programs only, and this one runs from a folder.', {
      field: 'startAtLogin',
      fix: 'Switch "Start when I sign in" off, or install the program.',
    })
  }
  app.setLoginItemSettings({ openAtLogin: isWanted, args: windowsParameters(options) })
}

/**
 * What the system says about it: `enabled`; `requires-approval` (macOS) or `disabled` (Windows), where a person has to allow it in the
 * system's settings; `not-registered` or `not-found`, where nothing starts it.
 */
export function loginState(options: LoginStartOptions): string {
  const { app, platform } = options
  if (platform === 'linux') return readAutostart(options)
  const { openAtLogin, status, executableWillLaunchAtLogin } = app.getLoginItemSettings({
    args: windowsParameters(options),
  })
  if (platform === 'darwin') return status
  if (!openAtLogin) return 'not-registered'
  return executableWillLaunchAtLogin ? 'enabled' : 'disabled'
}

/** Whether the system has it among what it starts, allowed or not. */
export function isRegistered(state: string): boolean {
  return state !== 'not-registered' && state !== 'not-found'
}

function startedWith({ app, parameters }: LoginStartOptions): readonly string[] {
  return app.isPackaged ? [atLoginFlag] : [...parameters, atLoginFlag]
}

/** Electron puts them into one line as they are, and wants paths in quotes. macOS takes none. */
function windowsParameters(options: LoginStartOptions): string[] {
  return startedWith(options).map((parameter) => (parameter === atLoginFlag ? parameter : `"${parameter}"`))
}

function autostartFile({ environment }: LoginStartOptions): { readonly folder: string; readonly file: string } {
  const given = environment['XDG_CONFIG_HOME'] ?? ''
  const folder = join(isAbsolute(given) ? given : join(homedir(), '.config'), 'autostart')
  return { folder, file: join(folder, 'pipeline-manager.desktop') }
}

/** Electron does this for macOS and Windows only; here it is a file by the rules of the Desktop Application Autostart Specification. */
function writeAutostart(isWanted: boolean, options: LoginStartOptions): void {
  const { environment, program } = options
  const { folder, file } = autostartFile(options)
  try {
    if (!isWanted) return rmSync(file, { force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, autostartEntry([environment['APPIMAGE'] ?? program, ...startedWith(options)]))
  } catch (error) {
    throw new Problem('unavailable', `Starting at login cannot be set: ${describeError(error)}`, {
      fix: `Make ${folder} writable.`,
      cause: error,
    })
  }
}

/** Desktops switch an entry off by one of these lines. */
const switchedOff = /^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/m

function readAutostart(options: LoginStartOptions): string {
  try {
    return switchedOff.test(readFileSync(autostartFile(options).file, 'utf8')) ? 'not-registered' : 'enabled'
  } catch {
    return 'not-registered'
  }
}

/** Arguments are quoted as the Desktop Entry Specification wants it: these characters are escaped, and % is doubled. */
export function autostartEntry(command: readonly string[]): string {
  const quoted = command.map((part) => {
    const escaped = part.replaceAll(/[\\"`$]/g, (character) => `\\\\${character}`)
    return part === atLoginFlag ? part : `"${escaped.replaceAll('%', '%%')}"`
  })
  return `[Desktop Entry]
Type=Application
Name=Pipeline Manager
Exec=${quoted.join(' ')}
Terminal=false
X-GNOME-Autostart-enabled=true
`
}
