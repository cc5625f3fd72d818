import type { Clock } from '../../shared/clock.ts'
import type { Agent } from '../application/agent.ts'
import type { Started } from '../application/agent-process.ts'
import type { FreshnessWatch } from '../application/freshness-watch.ts'
import type { LogEntry } from '../application/log.ts'
import type { Overview } from '../freshness/overview.ts'
import { type AgentEvent, endedRun } from '../scheduler/events.ts'
import { listRunningSteps } from '../store/running-steps.ts'
import type { CliStream } from './context.ts'
import { type EventLine, titleOf } from './live-status-events.ts'
import { clockTime, renderPanel, type ShownEvent } from './live-status-panel.ts'

/** The stream of a terminal that can be repainted. */
export type Terminal = CliStream & NodeJS.WriteStream

export interface LiveStatusOptions {
  readonly terminal: Terminal
  readonly colors: boolean
  readonly clock: Clock
}

interface ActiveRun {
  readonly title: string
  readonly attempt: number
  readonly startedAt: number
  step: string | null
}

/** ECMA-48: erase the screen, cursor to the upper left. */
const clearScreen = '\u001b[2J\u001b[H'
const repaintMs = 1_000
const keptEvents = 200

/**
 * What a running agent looks like in a terminal: one panel, painted anew every second and whenever something happens. Everything
 * it shows is remembered here.
 */
export class LiveStatus {
  readonly #options: LiveStatusOptions
  readonly #runs = new Map<string, ActiveRun>()
  readonly #events: ShownEvent[] = []
  #shown: { readonly started: Started; readonly watch: FreshnessWatch; readonly paint: Paint } | null = null
  #overview: Overview | null = null
  #timer: NodeJS.Timeout | null = null
  #soon: NodeJS.Immediate | null = null
  #asking = false
  #isOver = false

  constructor(options: LiveStatusOptions) {
    this.#options = options
  }

  /** Remembers a line for the list of what happened last. */
  note({ mark, message, event }: LogEntry & Partial<Pick<EventLine, 'mark'>>): void {
    // A run that has started is in the list of running ones.
    if (event === 'run_started') return
    this.#events.push({ time: clockTime(this.#options.clock.now()), mark: mark ?? null, text: message })
    if (this.#events.length > keptEvents) this.#events.shift()
    this.repaint()
  }

  /** Keeps the list of running runs; also before the panel is shown. */
  take(event: AgentEvent): void {
    if (event.type === 'run_started') {
      const { runId, attempt } = event.run
      const startedAt = this.#options.clock.monotonic()
      this.#runs.set(runId, { title: titleOf(event.run), attempt, startedAt, step: null })
    }
    const ended = endedRun(event)
    if (ended !== null) this.#runs.delete(ended.runId)
    this.repaint()
  }

  async show(started: Started, watch: FreshnessWatch): Promise<void> {
    const { terminal } = this.#options
    // Loaded here: an agent without a terminal does not pay for it.
    const { createLogUpdate } = await import('log-update')
    // Hidden before it was ever shown.
    if (this.#isOver) return
    const paint = createLogUpdate(terminal)
    this.#shown = { started, watch, paint }
    this.#timer = setInterval(() => {
      void this.#askForSteps(started)
      this.#paint()
    }, repaintMs)
    terminal.on('resize', this.#onResize)
    this.#paint()
  }

  /** How the datasets are. */
  see(overview: Overview): void {
    this.#overview = overview
    this.repaint()
  }

  /** Shows the change with the next turn, however many there are until then. */
  repaint(): void {
    if (this.#shown === null || this.#soon !== null) return
    this.#soon = setImmediate(() => {
      this.#soon = null
      this.#paint()
    })
  }

  /** Leaves the last picture where it is; what is written from now on comes below. */
  hide(): void {
    this.#isOver = true
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#soon !== null) clearImmediate(this.#soon)
    this.#timer = null
    this.#soon = null
    this.#options.terminal.off('resize', this.#onResize)
    this.#shown?.paint.done()
    this.#shown = null
  }

  readonly #onResize = (): void => {
    if (this.#shown === null) return
    this.#shown.paint.clear()
    // What the terminal has wrapped anew cannot be painted over line by line.
    this.#options.terminal.write(clearScreen)
    this.#paint()
  }

  #paint(): void {
    if (this.#shown === null) return
    const { started, watch, paint } = this.#shown
    const { terminal, colors, clock } = this.#options
    const now = clock.monotonic()
    paint(
      renderPanel({
        state: stateOf(started.agent),
        agentName: started.agent.name,
        url: started.url,
        overview: this.#overview,
        now: watch.now(),
        runs: [...this.#runs.values()].map((run) => ({ ...run, elapsedMs: now - run.startedAt })),
        events: this.#events,
        columns: terminal.columns || 80,
        rows: terminal.rows || 24,
        colors,
      }),
    )
  }

  async #askForSteps({ connection }: Started): Promise<void> {
    if (this.#asking || this.#runs.size === 0) return
    this.#asking = true
    try {
      for (const step of await listRunningSteps(connection.database, [...this.#runs.keys()])) {
        const run = this.#runs.get(step.runId)
        if (run !== undefined) run.step = stepWords(step)
      }
    } catch {
      // Only decoration; that the database does not answer is told by the agent.
    } finally {
      this.#asking = false
    }
  }
}

type Paint = ReturnType<typeof import('log-update').createLogUpdate>

function stateOf(agent: Agent): Agent['state'] {
  return agent.state
}

/** `measure 3/10` */
function stepWords(step: { stepKey: string; progressDone: number | null; progressTotal: number | null }): string {
  const { stepKey, progressDone, progressTotal } = step
  if (progressDone === null) return stepKey
  return progressTotal === null ? `${stepKey} ${progressDone}` : `${stepKey} ${progressDone}/${progressTotal}`
}
