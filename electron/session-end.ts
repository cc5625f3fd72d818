import type { BaseWindow } from 'electron'
import type { ElectronParts } from './parts.ts'

export interface SessionEndOptions {
  readonly parts: Pick<ElectronParts, 'powerMonitor' | 'BaseWindow'>
  readonly platform: NodeJS.Platform
  /** The system shuts down, or its user signs out. It waits for few seconds. */
  readonly onEnd: () => void
}

/**
 * Hears that the session of the system ends, and asks the system to wait for this program, which ends as soon as its work is given back:
 * without that, Linux and macOS go on at once. (systemd waits for five seconds, and so does Windows before it asks its user.)
 * Windows tells windows only, so there is one that nobody sees, also while the console's is closed.
 */
export class SessionEnd {
  readonly #options: SessionEndOptions
  /** Kept: a window that is collected as garbage hears nothing. */
  #listener: BaseWindow | null = null

  constructor(options: SessionEndOptions) {
    this.#options = options
  }

  /** Electron is ready. */
  start(): void {
    const { parts, platform, onEnd } = this.#options
    const wait = (event?: { preventDefault(): void }): void => {
      event?.preventDefault()
      onEnd()
    }
    // Its type knows no event, which its description calls.
    if (platform !== 'win32') return void parts.powerMonitor.on('shutdown', wait)
    this.#listener = new parts.BaseWindow({ show: false, skipTaskbar: true })
    this.#listener.on('query-session-end', wait)
    // Whatever was asked: now it does end.
    this.#listener.on('session-end', onEnd)
  }
}
