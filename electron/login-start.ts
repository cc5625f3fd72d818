import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { App } from 'electron'
import type { Environment } from '../agent/config.ts'
import { describeError, Problem } from '../shared/errors.ts'

export interface LoginStartOptions {
  readonly app: Pick<App, 'setLoginItemSettings' | 'getLoginItemSettings'>
  readonly platform: NodeJS.Platform
  readonly environment: Environment
  /** Of this program. */
  readonly program: string
}

/** Given to a start by the system, which shows no window. */
export const atLoginFlag = '--at-login'

/**
 * Starts the desktop when its user signs in, or no more. Returns what the system says about it, where it says something:
 * `requires-approval` means that a person has to allow it. @throws Problem `unavailable`.
 */
export function setLoginStart(isWanted: boolean, options: LoginStartOptions): string | null {
  const { app, platform } = options
  if (platform === 'linux') {
    writeAutostart(isWanted, options)
    return isWanted ? 'enabled' : 'not-registered'
  }
  app.setLoginItemSettings({ openAtLogin: isWanted, args: [atLoginFlag] })
  return app.getLoginItemSettings({ args: [atLoginFlag] }).status ?? null
}

/** Electron does this for macOS and Windows only; here it is a file by the rules of the Desktop Application Autostart Specification. */
function writeAutostart(isWanted: boolean, { environment, program }: LoginStartOptions): void {
  const given = environment['XDG_CONFIG_HOME'] ?? ''
  const folder = join(isAbsolute(given) ? given : join(homedir(), '.config'), 'autostart')
  const file = join(folder, 'pipeline-manager.desktop')
  try {
    if (!isWanted) return rmSync(file, { force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, autostartEntry(environment['APPIMAGE'] ?? program))
  } catch (error) {
    throw new Problem('unavailable', `Starting at login cannot be set: ${describeError(error)}`, {
      fix: `Make ${folder} writable.`,
      cause: error,
    })
  }
}

/** The path is quoted as the Desktop Entry Specification wants it: these characters are escaped, and % is doubled. */
export function autostartEntry(program: string): string {
  const quoted = program.replaceAll(/[\\"`$]/g, (character) => `\\\\${character}`).replaceAll('%', '%%')
  return `[Desktop Entry]
Type=Application
Name=Pipeline Manager
Exec="${quoted}" ${atLoginFlag}
Terminal=false
X-GNOME-Autostart-enabled=true
`
}
