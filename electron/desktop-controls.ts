import { dirname } from 'node:path'
import { programFolder, programHomepage, programVersion } from '../agent/application/program.ts'
import type { DesktopStatus, SettingsChange } from '../shared/desktop/contract.ts'
import type { AgentHost } from './agent-host.ts'
import type { Credentials } from './credentials.ts'
import type { DesktopOptions } from './desktop.ts'
import type { DesktopOperations } from './desktop-calls.ts'
import type { DeviceSettings } from './device-settings.ts'
import { diagnosticsText } from './diagnostics.ts'
import type { LogFile } from './log-file.ts'
import { isRegistered, type LoginStartOptions, loginState, setLoginStart } from './login-start.ts'
import type { Notifications } from './notifications.ts'
import type { Power } from './power.ts'
import type { TimedState } from './timed-state.ts'

export interface ControlsOptions extends DesktopOptions {
  readonly settings: DeviceSettings
  readonly credentials: Credentials
  readonly host: AgentHost
  readonly notifications: Notifications
  readonly power: Power
  readonly quiet: TimedState
  readonly pause: TimedState
  readonly logFile: LogFile
  readonly mask: (text: string) => string
  readonly notices: readonly string[]
  readonly hasTray: () => boolean
  readonly onSaved: () => void
}

const diagnosticLines = 200

/** What a person does to the desktop, from the console or the menu. */
export class DesktopControls implements DesktopOperations {
  readonly #options: ControlsOptions
  #notificationFailure: string | null = null

  constructor(options: ControlsOptions) {
    this.#options = options
  }

  noteNotification(failure: string | null): void {
    this.#notificationFailure = failure
  }

  async status(): Promise<DesktopStatus> {
    const { host, settings, credentials, power, quiet, pause, notices, hasTray, platform } = this.#options
    const atLogin = loginState(this.#loginStart)
    // Without Electron, as in tests, there is none of them.
    const { electron, chrome, node }: Readonly<Record<string, string | undefined>> = process.versions
    return {
      agent: host.state,
      generation: host.generation,
      problem: host.problem,
      notices: [...notices],
      // It is the system's to say: entries are removed there, too.
      settings: { ...settings.value, startAtLogin: isRegistered(atLogin) },
      hasDatabaseUrl: credentials.has('database_url'),
      protection: await credentials.protection(),
      hasTray: hasTray(),
      power: power.source,
      notificationFailure: this.#notificationFailure,
      doNotDisturbUntil: quiet.until,
      pausedUntil: pause.until,
      jobTypes: [...host.jobTypes],
      loginState: atLogin,
      versions: { program: programVersion(), electron: electron ?? '', chrome: chrome ?? '', node: node ?? '' },
      platform,
      homepage: programHomepage(),
    }
  }

  async save(change: SettingsChange): Promise<void> {
    const { settings, power, host, onSaved } = this.#options
    const { startAtLogin } = change
    const before = isRegistered(loginState(this.#loginStart))
    // First, because the system may refuse it, and then nothing was changed.
    if (startAtLogin !== undefined && startAtLogin !== before) setLoginStart(startAtLogin, this.#loginStart)
    const needsStart = await settings.change(change)
    await power.checkMains()
    onSaved()
    // Not waited for: the page sees the agent stop and start.
    if (needsStart) void host.restart()
  }

  async chooseCatalog(from: 'dialog' | 'built_in'): Promise<void> {
    const { parts, settings, host } = this.#options
    if (from === 'built_in') settings.setCatalogFile(null)
    else {
      const { canceled, filePaths } = await parts.dialog.showOpenDialog({
        title: 'The file that says what this device runs',
        filters: [{ name: 'Pipelines', extensions: ['yaml', 'yml'] }],
        properties: ['openFile'],
      })
      const [chosen] = filePaths
      if (canceled || chosen === undefined) return
      settings.setCatalogFile(chosen)
    }
    void host.restart()
  }

  restart(): void {
    void this.#options.host.restart()
  }

  async testNotification(): Promise<string | null> {
    try {
      await this.#options.notifications.show({
        id: 'test',
        title: 'Test notification of Pipeline Manager',
        body: 'This is how problems are told on this device.',
        severity: 'resolved',
        place: '/settings',
        incidentId: null,
      })
      return null
    } catch {
      return this.#notificationFailure
    }
  }

  async copyDiagnostics(): Promise<string> {
    const { parts, credentials, settings, host, logFile, mask } = this.#options
    const isExternal = settings.value.database === 'external'
    const databaseUrl = isExternal ? await credentials.read('database_url') : null
    const view = host.process?.database ?? null
    const text = diagnosticsText({
      status: await this.status(),
      databaseUrl,
      database: view === null ? null : { state: view.state, reason: view.reason },
      log: logFile.tail(diagnosticLines),
      mask,
    })
    await parts.clipboard.writeText(text)
    return text
  }

  showLogs(): string {
    const folder = dirname(this.#options.logFile.path)
    this.#options.parts.shell.openPath(folder).catch(() => undefined)
    return folder
  }

  /** Where newer versions are, in the browser. */
  showHomepage(homepage: string): void {
    this.#options.parts.shell.openExternal(homepage).catch(() => undefined)
  }

  setDoNotDisturb(minutes: number): void {
    this.#options.quiet.set(minutes)
  }

  setPaused(minutes: number): void {
    this.#options.pause.set(minutes)
  }

  get #loginStart(): LoginStartOptions {
    const { parts, platform, environment, given } = this.#options
    const node = given.nodeProgram === null ? [] : [`--node=${given.nodeProgram}`]
    const parameters = [programFolder, ...node]
    return { app: parts.app, platform, environment, program: process.execPath, parameters }
  }
}
