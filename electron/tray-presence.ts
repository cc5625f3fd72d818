import type { LocalClient } from '../agent/console/local-client.ts'
import type { Clock } from '../shared/clock.ts'
import type { DesktopAgentState } from '../shared/desktop/contract.ts'
import type { DesktopSettings } from '../shared/desktop/settings.ts'
import { describeError } from '../shared/errors.ts'
import type { AgentHost } from './agent-host.ts'
import { ConsoleTray, type ConsoleTrayOptions } from './tray.ts'
import { type TrayFacts, type TrayModel, trayModel } from './tray-model.ts'
import { emptyPicture, type TrayPicture, TrayWatch } from './tray-watch.ts'

export interface TrayPresenceOptions extends ConsoleTrayOptions {
  readonly clock: Clock
  readonly host: AgentHost
  readonly client: LocalClient
  readonly settings: () => DesktopSettings
  readonly until: () => { readonly paused: Date | null; readonly quiet: Date | null }
  readonly onTrouble: (message: string) => void
}

/** Every two seconds what needs no question is looked at: the way to the database, the time, ms. */
const lookMs = 2_000

/** The tray, told by the agent while there is one. */
export class TrayPresence {
  readonly #options: TrayPresenceOptions
  readonly #watch: TrayWatch
  #tray: ConsoleTray | null = null
  #picture: TrayPicture = emptyPicture
  #timer: NodeJS.Timeout | null = null

  constructor(options: TrayPresenceOptions) {
    this.#options = options
    const { client, host, clock, settings, onTrouble } = options
    this.#watch = new TrayWatch({
      client,
      services: () => host.services(),
      favourites: () => settings().favourites,
      clock,
      onPicture: (picture) => {
        this.#picture = picture
        this.refresh()
      },
      onTrouble,
    })
  }

  show(): void {
    this.#tray ??= new ConsoleTray(this.#options, this.#model())
    this.#timer ??= setInterval(() => this.refresh(), lookMs)
  }

  /** A panel is there that was not when the icon was made. */
  renew(): void {
    if (this.#tray === null) return
    this.#tray.destroy()
    this.#tray = new ConsoleTray(this.#options, this.#model())
  }

  /** What is known has changed. */
  refresh(): void {
    this.#tray?.show(this.#model())
  }

  /** The picture itself may have changed. */
  touch(): void {
    this.#watch.touch()
  }

  /** Another agent, or none. */
  hostChanged(): void {
    const { host, onTrouble } = this.#options
    const changed = host.state === 'serving' ? this.#watch.start() : this.#watch.stop()
    changed.catch((error: unknown) => onTrouble(describeError(error)))
    this.refresh()
  }

  /** Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#watch.stop()
    this.#tray?.destroy()
    this.#tray = null
  }

  #model(): TrayModel {
    return trayModel({ ...this.#picture, ...this.#facts() })
  }

  #facts(): Omit<TrayFacts, keyof TrayPicture> {
    const { host, settings, until } = this.#options
    const { paused, quiet } = until()
    const view = host.process?.database ?? null
    const isUsable = view === null || view.state === 'up' || view.state === 'connecting'
    return {
      agent:
        host.state === 'serving'
          ? { state: 'working' }
          : { state: 'none', words: host.problem?.message ?? agentWords[host.state] },
      offline: isUsable ? null : (view.reason ?? 'it does not answer.'),
      running: host.process?.activeRuns ?? 0,
      pausedUntil: timeOfDay(paused),
      quietUntil: timeOfDay(quiet),
      isWatching: settings().work === 'watch',
    }
  }
}

/** Total: a new state has to say what it is. */
const agentWords: Readonly<Record<DesktopAgentState, string>> = {
  setup: 'Not set up yet: open the console',
  starting: 'The agent is starting',
  serving: 'The agent is working',
  failed: 'The agent did not start',
  stopping: 'The agent is stopping',
}

/** As this device writes it; null for never. */
function timeOfDay(instant: Date | null): string | null {
  return instant === null ? null : instant.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}
