import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { createLog, type Log } from '../agent/application/log.ts'
import { operatorName } from '../agent/application/operator-name.ts'
import { programFolder, programHomepage, programVersion } from '../agent/application/program.ts'
import type { Environment } from '../agent/config.ts'
import { type LocalClient, localClient } from '../agent/console/local-client.ts'
import { createPortDoor } from '../agent/console/message-port.ts'
import { SecretMasker } from '../agent/jobs/log/secret-masker.ts'
import { ClaimHolds } from '../agent/scheduler/claim-holds.ts'
import type { Clock } from '../shared/clock.ts'
import { describeError } from '../shared/errors.ts'
import { placeOfLink } from '../shared/links.ts'
import { AgentHost } from './agent-host.ts'
import { appScheme } from './app-origin.ts'
import { appProtocolHandler } from './app-protocol.ts'
import type { DesktopArguments } from './arguments.ts'
import { ConsoleWindow } from './console-window.ts'
import { listenForUncaught } from './crash.ts'
import { Credentials } from './credentials.ts'
import { desktopDoor } from './desktop-calls.ts'
import { DesktopControls } from './desktop-controls.ts'
import { DeviceSettings } from './device-settings.ts'
import { Ending } from './ending.ts'
import { denyPermissions, hardenPages } from './hardening.ts'
import { KeptFile } from './kept-file.ts'
import { LogFile } from './log-file.ts'
import { applicationMenu } from './menu.ts'
import { actOnIncident, type NotificationAction } from './notification-actions.ts'
import { Notifications } from './notifications.ts'
import type { ElectronParts } from './parts.ts'
import { listenForConsoles, type ServedPort } from './port-handshake.ts'
import { Power } from './power.ts'
import { powerSource } from './power-source.ts'
import { runFavourite } from './run-favourite.ts'
import { SessionEnd } from './session-end.ts'
import { linkOfSecondStart } from './startup.ts'
import { TimedState } from './timed-state.ts'
import { TrayPresence } from './tray-presence.ts'
import { TraySeen } from './tray-seen.ts'
import { runProgram } from './tray-support.ts'
import { usualState, windowState } from './window-state.ts'

export interface DesktopOptions {
  readonly parts: ElectronParts
  readonly given: DesktopArguments
  readonly platform: NodeJS.Platform
  readonly environment: Environment
  readonly clock: Clock
}

/** How long after a login a tray is waited for, ms. */
const trayPatienceMs = 20_000

/**
 * The desktop: everything put together, started once Electron is ready and stopped in order. What it decides is decided in the modules
 * beside this file.
 */
export class Desktop {
  readonly #options: DesktopOptions
  readonly #log: Log
  readonly #masker = new SecretMasker()
  readonly #logFile: LogFile
  readonly #holds = new ClaimHolds()
  readonly #quiet: TimedState
  readonly #pause: TimedState
  readonly #settings: DeviceSettings
  readonly #credentials: Credentials
  readonly #host: AgentHost
  readonly #client: LocalClient
  readonly #notifications: Notifications
  readonly #window: ConsoleWindow
  readonly #tray: TrayPresence
  readonly #traySeen: TraySeen
  readonly #power: Power
  readonly #controls: DesktopControls
  readonly #notices: string[] = []
  readonly #releaseUncaught: () => void
  readonly #ending: Ending
  readonly #sessionEnd: SessionEnd
  readonly #refused = (message: string): void => this.#log({ level: 'warn', event: 'refused', message })
  /** Through which consoles speak to the agent that serves now. */
  readonly #ports = new Set<ServedPort>()

  constructor(options: DesktopOptions) {
    this.#options = options
    const { parts, clock, platform } = options
    const folder = parts.app.getPath('userData')
    this.#logFile = new LogFile(join(folder, 'logs', 'desktop.log'), clock)
    const write = this.#logFile.write.bind(this.#logFile)
    this.#log = createLog({ least: 'info', mask: (text) => this.#masker.mask(text), write })
    this.#ending = new Ending({ app: parts.app, log: this.#log, stop: () => this.#stop() })
    this.#sessionEnd = new SessionEnd({ parts, platform, onEnd: () => this.#ending.sessionEnds() })
    this.#releaseUncaught = listenForUncaught(this.#log, (message) => this.#fatal(message))
    const { safeStorage } = parts
    const kept = { clock, onNotice: (message: string): void => this.#notice(message) }
    const credentials = new Credentials({ ...kept, path: join(folder, 'credentials.json'), safeStorage, platform })
    this.#credentials = credentials
    this.#settings = new DeviceSettings({ ...kept, path: join(folder, 'settings.json'), credentials })
    this.#quiet = new TimedState(clock, () => this.#tray.refresh())
    this.#pause = new TimedState(clock, (isOn) => this.#pauseChanged(isOn))
    this.#notifications = this.#openNotifications()
    this.#host = this.#openHost()
    this.#client = localClient(this.#identity, () => this.#host.services())
    this.#window = this.#openWindow(folder)
    this.#tray = this.#openTray()
    this.#traySeen = new TraySeen({ platform, run: runProgram, onAppear: () => this.#tray.renew() })
    this.#power = this.#openPower()
    this.#controls = this.#openControls()
  }

  /** Electron is ready. */
  async start(): Promise<void> {
    const { parts, given } = this.#options
    parts.protocol.handle(appScheme, appProtocolHandler(join(programFolder, 'out', 'renderer')))
    denyPermissions(parts.session.defaultSession)
    parts.app.setAboutPanelOptions({ applicationName: 'Pipeline Manager', applicationVersion: programVersion() })
    parts.Menu.setApplicationMenu(parts.Menu.buildFromTemplate(this.#menu()))
    const answerDesktop = desktopDoor(this.#controls, (message) =>
      this.#log({ level: 'error', event: 'desktop_trouble', message }),
    )
    const serveDesktop = (port: ServedPort): boolean => {
      answerDesktop(port)
      return true
    }
    const serve = { console: (port: ServedPort) => this.#serveConsole(port), desktop: serveDesktop }
    listenForConsoles({ parts, serve, onRefused: this.#refused })
    await this.#traySeen.start()
    this.#tray.show()
    await this.#power.start()
    this.#sessionEnd.start()
    this.#openFirst(given)
    await this.#calmly(this.#notifications.resume())
    await this.#host.restart()
  }

  /** What may come before Electron is ready: links and other starts. */
  listen(): void {
    const { parts } = this.#options
    const { app } = parts
    hardenPages({
      parts,
      homepage: programHomepage(),
      onOpen: (place) => this.#window.open(place),
      onRefused: this.#refused,
    })
    app.on('open-url', (event, link) => {
      event.preventDefault()
      this.#openLink(link)
    })
    app.on('second-instance', (_event, _argv, _folder, told) => this.#openLink(linkOfSecondStart(told)))
    app.on('activate', () => this.#window.open(null))
    // Listened to, or Electron ends by itself; the console's window says when it was closed, since it is not the only one on Windows.
    app.on('window-all-closed', () => undefined)
    this.#ending.listen()
  }

  #openNotifications(): Notifications {
    const { parts, platform } = this.#options
    return new Notifications({
      parts,
      platform,
      isQuiet: () => this.#quiet.until !== null,
      onOpen: (place) => this.#window.open(place),
      onAction: (action, incidentId) => void this.#act(action, incidentId),
      onHealth: (failure) => this.#controls.noteNotification(failure),
    })
  }

  #openHost(): AgentHost {
    const { clock, environment, given } = this.#options
    return new AgentHost({
      settings: () => this.#settings.value,
      databaseUrl: () => this.#credentials.read('database_url'),
      environment,
      flags: given.flags,
      clock,
      log: this.#log,
      masker: this.#masker,
      shell: { port: this.#notifications, holds: this.#holds, hurry: this.#ending.hurry },
      nodeProgram: given.nodeProgram,
      onEvent: ({ type }) => (type === 'run_started' || type === 'run_ended' ? this.#tray.refresh() : undefined),
      onChange: () => this.#hostChanged(),
    })
  }

  #openWindow(folder: string): ConsoleWindow {
    const { parts, clock } = this.#options
    return new ConsoleWindow({
      parts,
      preload: join(programFolder, 'out', 'preload', 'preload.cjs'),
      icon: join(this.#icons, 'icon.png'),
      state: new KeptFile({
        path: join(folder, 'window.json'),
        schema: windowState,
        usual: usualState,
        clock,
        onDamage: () => undefined,
      }),
      hidesOnClose: () => this.#settings.value.keepsRunning && !this.#ending.hasBegun,
      hasTray: () => this.#traySeen.look(),
      clock,
      onClosed: () => this.#windowClosed(),
      onTrouble: (message) => this.#log({ level: 'error', event: 'window', message }),
    })
  }

  #openTray(): TrayPresence {
    const { parts, platform, clock } = this.#options
    return new TrayPresence({
      parts,
      platform,
      icons: this.#icons,
      clock,
      host: this.#host,
      client: this.#client,
      settings: () => this.#settings.value,
      until: () => ({ paused: this.#pause.until, quiet: this.#quiet.until }),
      onAction: (action) => {
        if (action.type === 'open') this.#window.open(action.place)
        if (action.type === 'run') void this.#runNow(action.jobId)
        if (action.type === 'pause') this.#pause.set(action.minutes)
        if (action.type === 'quiet') this.#quiet.set(action.minutes)
        if (action.type === 'quit') this.#ending.ask()
      },
      onTrouble: (message) => this.#log({ level: 'warn', event: 'tray', message }),
    })
  }

  #openPower(): Power {
    const { parts, clock, platform } = this.#options
    return new Power({
      monitor: parts.powerMonitor,
      source: () => powerSource({ platform, monitor: parts.powerMonitor }),
      holds: this.#holds,
      clock,
      wakeUp: async (hiddenMs) => this.#host.process?.wakeUp(hiddenMs),
      onlyOnMains: () => this.#settings.value.onlyOnMains,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    })
  }

  #openControls(): DesktopControls {
    return new DesktopControls({
      ...this.#options,
      settings: this.#settings,
      credentials: this.#credentials,
      host: this.#host,
      notifications: this.#notifications,
      power: this.#power,
      quiet: this.#quiet,
      pause: this.#pause,
      logFile: this.#logFile,
      mask: (text) => this.#masker.mask(text),
      notices: this.#notices,
      hasTray: () => this.#traySeen.isSeen,
      onSaved: () => this.#tray.touch(),
    })
  }

  get #icons(): string {
    return join(programFolder, 'out', 'icons')
  }

  get #identity() {
    return { operator: operatorName(), door: 'console', scope: 'admin', organizationId: null } as const
  }

  #openFirst({ link, isAtLogin }: DesktopArguments): void {
    const { app } = this.#options.parts
    const isQuiet = isAtLogin || app.getLoginItemSettings().wasOpenedAtLogin
    if (isQuiet && link === null && this.#settings.value.isSetUp) void this.#openWithoutTray()
    else this.#openLink(link)
  }

  /** Nobody asked for a window, unless it is the only way to the program; at a login the panel may start later than this. */
  async #openWithoutTray(): Promise<void> {
    const isSeen = await this.#traySeen.within(trayPatienceMs)
    if (!isSeen && !this.#window.isOpen && !this.#ending.hasBegun) this.#window.open(null)
  }

  /** A link that is none of ours still brings the console forward. */
  #openLink(link: string | null): void {
    const place = link === null ? null : placeOfLink(link)
    if (link !== null && place === null) {
      this.#log({ level: 'warn', event: 'refused', message: `A link leads nowhere: ${link.slice(0, 200)}` })
    }
    // Before Electron is ready there can be no window; the first one opens there.
    if (this.#options.parts.app.isReady()) this.#window.open(place)
    else void this.#options.parts.app.whenReady().then(() => this.#window.open(place))
  }

  #serveConsole(port: ServedPort): boolean {
    const { configuration, state } = this.#host
    if (configuration === null || state !== 'serving') return false
    const door = createPortDoor({ isReadOnly: configuration.settings.readOnly })
    door.upgrade(port, this.#identity, () => this.#host.services())
    this.#ports.add(port)
    port.on('close', () => this.#ports.delete(port))
    return true
  }

  #menu() {
    const { parts, platform } = this.#options
    const homepage = programHomepage()
    return applicationMenu({
      platform,
      isPackaged: parts.app.isPackaged,
      actions: {
        open: (place) => this.#window.open(place),
        newWindow: () => this.#window.open(null),
        copyDiagnostics: () => void this.#calmly(this.#controls.copyDiagnostics()),
        showLogs: () => void this.#controls.showLogs(),
        showHomepage: homepage === null ? null : () => this.#controls.showHomepage(homepage),
        showAbout: () => parts.app.showAboutPanel(),
        quit: () => this.#ending.ask(),
      },
    })
  }

  #windowClosed(): void {
    const { parts, platform } = this.#options
    const staysOn = platform === 'darwin' || (this.#traySeen.isSeen && this.#settings.value.keepsRunning)
    if (!staysOn) parts.app.quit()
  }

  #hostChanged(): void {
    this.#tray.hostChanged()
    if (this.#host.state === 'serving') return
    for (const port of this.#ports) port.close()
    this.#ports.clear()
  }

  #pauseChanged(isOn: boolean): void {
    if (isOn) this.#holds.hold('paused')
    else this.#holds.release('paused')
    this.#tray.refresh()
  }

  /** What may fail without a person waiting for it: it is told in the log. */
  async #calmly(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#log({ level: 'warn', event: 'desktop_trouble', message: describeError(error) })
    }
  }

  #notice(message: string): void {
    this.#log({ level: 'warn', event: 'notice', message })
    if (!this.#notices.includes(message) && this.#notices.length < 10) this.#notices.push(message)
  }

  async #act(action: NotificationAction, incidentId: string): Promise<void> {
    try {
      const { supervisor } = this.#host.services()
      await actOnIncident(action, incidentId, { client: this.#client, now: () => supervisor.now() })
    } catch (error) {
      this.#log({ level: 'warn', event: 'notification_action', message: describeError(error) })
      // What could not be done is done in the console, where the reason is seen.
      this.#window.open(`/incidents/${incidentId}`)
    }
  }

  async #runNow(jobId: string): Promise<void> {
    try {
      if (!(await runFavourite(jobId, this.#client))) this.#window.open(`/jobs/${jobId}`)
    } catch (error) {
      this.#log({ level: 'warn', event: 'run_now', message: describeError(error) })
      this.#window.open(`/jobs/${jobId}`)
    }
  }

  #fatal(message: string): void {
    const { dialog } = this.#options.parts
    // Nothing goes on while the box is open, and nobody may be there to close it: first the work is given back.
    this.#ending.begin(1, () =>
      dialog.showErrorBox(
        'Pipeline Manager had to stop',
        `${message}\n\nRunning work was given back. The log has the rest: ${this.#logFile.path}`,
      ),
    )
  }

  async #stop(): Promise<void> {
    this.#power.stop()
    this.#traySeen.stop()
    this.#quiet.stop()
    this.#pause.stop()
    // Whatever keeps the tray from stopping must not keep the agent from it.
    await this.#calmly(this.#tray.stop())
    await this.#host.stop()
    this.#releaseUncaught()
  }
}
