import type { App } from 'electron'
import type { Log } from '../agent/application/log.ts'
import { describeError } from '../shared/errors.ts'

export interface EndingOptions {
  readonly app: Pick<App, 'on' | 'quit' | 'exit'>
  readonly log: Log
  /** Stops everything in order; running work is given back by then. */
  readonly stop: () => Promise<void>
}

/** The end of the program: begun once, whoever wants it, and in good order. */
export class Ending {
  readonly #options: EndingOptions
  readonly #hurry = new AbortController()
  #end: Promise<void> | null = null

  constructor(options: EndingOptions) {
    this.#options = options
  }

  get hasBegun(): boolean {
    return this.#end !== null
  }

  listen(): void {
    const { app } = this.#options
    // Signals, the system and the Dock come this way too, and more than once for one end.
    app.on('before-quit', (event) => {
      event.preventDefault()
      this.begin(0)
    })
  }

  /** Aborted when there is no time for running work to finish. */
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  /** A person asks for it. Who asks twice does not want to wait; what was running is recovered by its lease (J7). */
  ask(): void {
    const { app } = this.#options
    if (this.hasBegun) app.exit(1)
    else app.quit()
  }

  /** The system shuts down, or its user signs out: it asks more than once, and waits for seconds only. */
  sessionEnds(): void {
    this.#hurry.abort()
    this.begin(0)
  }

  /** @param last what is done when everything has stopped, before the program is gone. */
  begin(exitCode: number, last: () => void = () => undefined): void {
    this.#end ??= this.#run(exitCode, last)
  }

  async #run(exitCode: number, last: () => void): Promise<void> {
    const { app, log, stop } = this.#options
    log({
      level: 'info',
      event: 'stopping',
      message: 'Stopping: running work may finish, the rest is given back.',
    })
    try {
      await stop()
    } catch (error) {
      log({ level: 'error', event: 'stop_failed', message: describeError(error) })
    }
    last()
    app.exit(exitCode)
  }
}
