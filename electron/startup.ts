import { join } from 'node:path'
import { linkScheme } from '../shared/links.ts'
import { appScheme } from './app-origin.ts'
import { appSchemePrivileges } from './app-protocol.ts'
import { type DesktopArguments, readArguments } from './arguments.ts'
import { keepCrashes } from './crash.ts'
import type { ElectronParts } from './parts.ts'

/** The same as `appId` in electron-builder.yml: Windows finds toasts and shortcuts by it. */
export const applicationId = 'io.pipeline-manager.desktop'
/** Fixed for ever: by it Windows starts the program for a click on a toast of an earlier one. */
export const toastActivatorId = '{7B0E5E0C-6E0B-4B63-9C5B-0A1D5D7C6A51}'

/** What one start tells another that is running already. */
export interface SecondStart {
  readonly link: string | null
}

/**
 * What has to be done before Electron is ready, at once and without waiting for anything. Null: another start is running, and was told
 * why this one was.
 */
export function prepare(
  parts: Pick<ElectronParts, 'app' | 'crashReporter' | 'protocol'>,
  { argv, platform }: { readonly argv: readonly string[]; readonly platform: NodeJS.Platform },
): DesktopArguments | null {
  const { app, protocol } = parts
  app.enableSandbox()
  app.setName('Pipeline Manager')
  // A folder of its own: on macOS the agent's data is where Electron would put this.
  app.setPath('userData', join(app.getPath('appData'), 'Pipeline Manager', 'desktop'))
  keepCrashes(parts)
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: appSchemePrivileges }])
  if (platform === 'win32') {
    app.setAppUserModelId(applicationId)
    app.setToastActivatorCLSID(toastActivatorId)
  }
  const given = readArguments(argv, { isPackaged: app.isPackaged })
  const told: SecondStart = { link: given.link }
  if (!app.requestSingleInstanceLock({ ...told })) {
    app.exit(0)
    return null
  }
  // Behind `--` nothing is taken for an option, whatever a link holds.
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme, process.execPath, platform === 'win32' ? ['--'] : [])
  return given
}

/** What a second start says, which came from another process. */
export function linkOfSecondStart(told: unknown): string | null {
  if (typeof told !== 'object' || told === null || !('link' in told)) return null
  return typeof told.link === 'string' ? told.link : null
}
