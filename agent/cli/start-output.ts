import type { LogLevel } from '../../shared/domain.ts'
import type { Served, Started } from '../application/agent-process.ts'
import { type FreshnessChange, FreshnessWatch } from '../application/freshness-watch.ts'
import { createLog, jsonLine, type Log, type LogEntry } from '../application/log.ts'
import { type AgentEvent, endedRun } from '../scheduler/events.ts'
import { linkMinutes } from '../server/console-link.ts'
import { type CliContext, type CliStream, type GlobalFlags, wantsColor } from './context.ts'
import { LiveStatus, type Terminal } from './live-status.ts'
import { describeChange, describeEvent, type EventLine } from './live-status-events.ts'
import { plainLine } from './start-lines.ts'

export interface OutputSettings {
  readonly headless: boolean
  readonly logLevel: LogLevel
  readonly renewSeconds: number
}

type MarkedEntry = LogEntry & Partial<Pick<EventLine, 'mark'>>

/** How old the picture of the datasets may get, ms: somebody looks at a panel; a log only needs the changes. */
const refreshMs = { panel: 10_000, lines: 300_000 }
const settleMs = 1_000

/** Where a running agent tells what happens: a panel on a terminal once it runs, else a line for each event. */
export class StartOutput {
  /** Writes an entry that is important enough, secrets masked. */
  readonly log: Log
  readonly #context: CliContext
  readonly #settings: OutputSettings
  readonly #isJson: boolean
  readonly #colors: boolean
  readonly #panel: LiveStatus | null
  readonly #startedAt = new Map<string, number>()
  #watch: FreshnessWatch | null = null
  #isPanelShown = false
  #isDatabaseLost = false
  #isSettled = false
  #isConsoleTold = false

  constructor(context: CliContext, flags: GlobalFlags, settings: OutputSettings, mask: (text: string) => string) {
    this.#context = context
    this.#settings = settings
    this.#isJson = flags.json === true
    this.#colors = wantsColor(context, context.stdout, flags)
    this.#panel = this.#createPanel()
    this.log = createLog({ least: settings.logLevel, mask, write: (entry) => this.#write(entry) })
  }

  readonly event = (event: AgentEvent): void => {
    // That the database answers at all was told by the start.
    if (event.type === 'database' && event.reachable && !this.#isDatabaseLost) return
    if (event.type === 'database') this.#isDatabaseLost = !event.reachable
    this.log(describeEvent(event, this.#elapsed(event)))
    this.#panel?.take(event)
    if (event.type === 'run_started' || event.type === 'run_ended') this.#watch?.touch()
  }

  /** The agent runs: from now on its datasets are watched, and the panel is shown where there is one. */
  async show(started: Started): Promise<void> {
    if (this.#isSettled) return
    if (!this.#isConsoleTold) this.tellConsole(started)
    this.#watch = this.#createWatch(started)
    this.#watch.start()
    this.#isPanelShown = this.#panel !== null
    await this.#panel?.show(started, this.#watch)
  }

  /** Asks the database nothing more; to be called before its connections are closed. Takes a second at most. */
  async settle(): Promise<void> {
    this.#isSettled = true
    await atMost(settleMs, this.#watch?.stop())
  }

  /** From now on everything is a plain line again. */
  end(): void {
    this.#isPanelShown = false
    this.#panel?.hide()
  }

  /** Above the panel, where it can be copied whole. A link that signs somebody in is for the person at the terminal alone. */
  readonly tellConsole = ({ url, consoleLink }: Served): void => {
    this.#isConsoleTold = true
    const entry = { level: 'info', event: 'console_ready', fields: { url } } as const
    const { isTty, operator } = this.#context
    if (!isTty || this.#isJson || this.#settings.headless) {
      this.log({ ...entry, message: `Console: ${url}` })
      return
    }
    // Past the masker, which would take the code out.
    this.#write({ ...entry, message: `Console: ${consoleLink(operator)}` })
    const note = `The link signs you in once, within ${linkMinutes} minutes; "pm console" prints another.`
    this.#write({ ...entry, message: note })
  }

  #write(entry: MarkedEntry): void {
    const { clock, stdout, isTty } = this.#context
    if (this.#isPanelShown) this.#panel?.note(entry)
    else if (this.#isJson) stdout.write(`${jsonLine(entry, clock)}\n`)
    else stdout.write(`${plainLine(entry, { clock, colors: this.#colors, isTty })}\n`)
  }

  #createPanel(): LiveStatus | null {
    const { stdout, isTty, clock } = this.#context
    if (!isTty || this.#settings.headless || this.#isJson || !isTerminal(stdout)) return null
    return new LiveStatus({ terminal: stdout, colors: this.#colors, clock })
  }

  #createWatch({ connection, catalog }: Started): FreshnessWatch {
    return new FreshnessWatch({
      database: connection.database,
      clock: this.#context.clock,
      catalog,
      aliveSeconds: this.#settings.renewSeconds * 3,
      refreshMs: this.#panel === null ? refreshMs.lines : refreshMs.panel,
      onOverview: (overview) => this.#panel?.see(overview),
      onChange: (change) => this.#change(change),
      onTrouble: (message) => this.log({ level: 'warn', event: 'trouble', message }),
    })
  }

  #change(change: FreshnessChange): void {
    const line = describeChange(change)
    if (line !== null) this.log(line)
  }

  /** Since the start of the run that the event ends, ms; null when it ends none. */
  #elapsed(event: AgentEvent): number | null {
    const now = this.#context.clock.monotonic()
    if (event.type === 'run_started') this.#startedAt.set(event.run.runId, now)
    const ended = endedRun(event)
    if (ended === null) return null
    const began = this.#startedAt.get(ended.runId)
    this.#startedAt.delete(ended.runId)
    return began === undefined ? null : now - began
  }
}

function isTerminal(stream: CliStream): stream is Terminal {
  return stream.isTTY === true && 'rows' in stream
}

/** A database that does not answer must not hold up the stop. */
async function atMost(ms: number, work: Promise<void> | undefined): Promise<void> {
  const { promise: tooLong, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), ms)
  await Promise.race([work, tooLong])
  clearTimeout(timer)
}
