import type { AgentProcessOptions, DesktopShell } from '../agent/application/agent-process.ts'
import { AgentProcess } from '../agent/application/agent-process.ts'
import type { Log } from '../agent/application/log.ts'
import { type Configuration, type Environment, loadConfiguration } from '../agent/config.ts'
import type { ConsoleServices } from '../agent/console/context.ts'
import { runnableJobTypes } from '../agent/jobs/catalog/catalog.ts'
import type { SecretMasker } from '../agent/jobs/log/secret-masker.ts'
import type { Clock } from '../shared/clock.ts'
import type { DesktopAgentState, DesktopProblem } from '../shared/desktop/contract.ts'
import type { DesktopSettings } from '../shared/desktop/settings.ts'
import { describeError, Problem } from '../shared/errors.ts'
import { toldStartProblem } from './told-problem.ts'

export interface AgentHostOptions {
  readonly settings: () => DesktopSettings
  /** Null: none is known, or none that can be read. */
  readonly databaseUrl: () => Promise<string | null>
  readonly environment: Environment
  /** Of the command line, as `loadConfiguration` takes them; the settings of this device win. */
  readonly flags: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly log: Log
  readonly masker: SecretMasker
  readonly shell: Omit<DesktopShell, 'onServing'>
  readonly nodeProgram: string | null
  readonly onEvent: AgentProcessOptions['onEvent']
  /** The state has changed. */
  readonly onChange: () => void
}

/**
 * The agent inside the desktop, started with what this device is set to.
 *
 *   setup ── somebody has decided ──► starting ──► serving ──► stopping
 *     ▲                                 ▲  │                     │
 *     └── a URL is wanted, and none ────┘  └──► failed ◄─ never again by itself: a person tries again, or changes the settings
 */
export class AgentHost {
  readonly #options: AgentHostOptions
  #process: AgentProcess | null = null
  #configuration: Configuration | null = null
  #state: DesktopAgentState = 'setup'
  #problem: DesktopProblem | null = null
  #generation = 0
  /** Starts and stops follow each other, however quickly they are asked for. */
  #turn: Promise<void> = Promise.resolve()
  #isOver = false

  constructor(options: AgentHostOptions) {
    this.#options = options
  }

  get state(): DesktopAgentState {
    return this.#state
  }

  get problem(): DesktopProblem | null {
    return this.#problem
  }

  /** Another number with each start. */
  get generation(): number {
    return this.#generation
  }

  /** Null while there is none. */
  get process(): AgentProcess | null {
    return this.#process
  }

  get configuration(): Configuration | null {
    return this.#configuration
  }

  /** What the catalog of this device lets it run; empty until it was read. */
  get jobTypes(): readonly string[] {
    return this.#configuration === null ? [] : runnableJobTypes(this.#configuration.catalog)
  }

  /** What the calls of the console work with. @throws Problem `unavailable` while the agent is not there. */
  services(): ConsoleServices {
    const services = this.#process?.consoleServices ?? null
    if (services !== null && this.#state === 'serving') return services
    throw new Problem('unavailable', 'The agent of this device is not running.', {
      fix: 'Wait for its start, or look at the settings of this device.',
    })
  }

  /** Stops what runs and starts with what is set now. Resolves once the start is under way or has failed; never rejects. */
  restart(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await this.#stop()
      try {
        if (!this.#isOver) await this.#start()
      } catch (error) {
        this.#fail(error)
      }
    })
    return this.#turn
  }

  /** For good. Complete when it resolves; safe twice. */
  stop(): Promise<void> {
    this.#isOver = true
    // Whoever is still waited for is told at once; what follows the turn is complete.
    const stopped = this.#process?.stop()
    this.#turn = this.#turn.then(async () => {
      await stopped
      await this.#stop()
    })
    return this.#turn
  }

  async #start(): Promise<void> {
    const { settings, databaseUrl } = this.#options
    const { isSetUp, database } = settings()
    const url = database === 'external' ? await databaseUrl() : null
    this.#readConfiguration(url)
    if (!isSetUp || (database === 'external' && url === null)) return this.#become('setup', null)
    if (this.#configuration === null) return
    this.#generation += 1
    this.#become('starting', null)
    const started = new AgentProcess(this.#processOptions(this.#configuration))
    this.#process = started
    // Not waited for: a database that is away is waited for in there, while the console already answers.
    void started.start().catch((error: unknown) => {
      if (this.#process !== started || started.isStopping) return
      this.#process = null
      this.#fail(error)
    })
  }

  async #stop(): Promise<void> {
    const running = this.#process
    if (running === null) return
    this.#become('stopping', null)
    try {
      await running.stop()
    } catch (error) {
      this.#options.log({ level: 'error', event: 'stop_failed', message: describeError(error) })
    }
    this.#process = null
  }

  #readConfiguration(url: string | null): void {
    const { settings, environment, flags, masker } = this.#options
    const { work, jobTypes, concurrency, catalogFile } = settings()
    if (url !== null) masker.add(url)
    try {
      const given = {
        ...flags,
        databaseUrl: url,
        concurrency,
        ...(jobTypes === null || jobTypes.length === 0 ? {} : { jobTypes }),
        ...(catalogFile === null ? {} : { config: catalogFile }),
      }
      const loaded = loadConfiguration({ flags: given, environment })
      // Watching is running nothing, which is not something that a configuration can say.
      const isWatching = work === 'watch' || jobTypes?.length === 0
      this.#configuration = isWatching ? { ...loaded, settings: { ...loaded.settings, jobTypes: [] } } : loaded
    } catch (error) {
      this.#configuration = null
      this.#fail(error)
    }
  }

  #processOptions(configuration: Configuration): AgentProcessOptions {
    const { environment, clock, masker, log, onEvent, shell, nodeProgram } = this.#options
    const desktop: DesktopShell = { ...shell, onServing: () => this.#become('serving', null) }
    const onWaiting = (): void => undefined
    const common = { configuration, environment, clock, masker, log, onEvent, onWaiting, desktop, nodeProgram }
    // Who brings pipelines of their own has no use for those of the sample.
    return { ...common, isSampleWelcome: configuration.settings.configFile === null }
  }

  #fail(error: unknown): void {
    this.#options.log({ level: 'error', event: 'start_failed', message: describeError(error) })
    this.#become('failed', toldStartProblem(error))
  }

  #become(state: DesktopAgentState, problem: DesktopProblem | null): void {
    this.#state = state
    this.#problem = problem
    this.#options.onChange()
  }
}
