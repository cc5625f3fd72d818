import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import { causeRules } from '../../shared/connection.ts'
import { counted } from '../../shared/counted.ts'
import type { Configuration } from '../config.ts'
import type { DatabaseView } from '../connection/supervisor.ts'
import { filesFolder } from '../connectors/storage/local-storage.ts'
import type { ConsoleServices, DeviceState } from '../console/context.ts'
import type { DesktopPort } from '../incidents/channels/desktop.ts'
import type { DeviceOutbox } from '../incidents/device-outbox.ts'
import { type Catalog, withEnvironment } from '../jobs/catalog/catalog.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import type { Leadership } from '../leader/leadership.ts'
import { RunTally } from '../metrics/run-tally.ts'
import type { ClaimHolds } from '../scheduler/claim-holds.ts'
import type { AgentListener } from '../scheduler/events.ts'
import type { HealthReport } from '../server/health-routes.ts'
import { createServer, type Server } from '../server/server.ts'
import type { Environment } from '../settings/machine.ts'
import { isUnreachable } from '../store/database.ts'
import type { NamedConnection } from '../store/named-connection.ts'
import { type Agent, type AgentOptions, createAgent } from './agent.ts'
import { type AgentIdentity, claimAgentName } from './agent-identity.ts'
import type { Connection } from './connect.ts'
import { DatabaseAccess } from './database-access.ts'
import { healthOf } from './health.ts'
import { LeaderWork } from './leader-work.ts'
import { doneIn, type Log } from './log.ts'
import { type Offline, type OfflineReport, offlineWarnings, openOffline } from './offline.ts'
import { type OpenConsole, openConsole } from './open-console.ts'
import { type OpenIncidents, openIncidents } from './open-incidents.ts'
import { consoleFolder, programVersion } from './program.ts'
import type { SampleSimulator } from './sample-simulator.ts'

export interface AgentProcessOptions {
  readonly configuration: Pick<Configuration, 'settings' | 'origins' | 'catalog' | 'warnings'>
  readonly environment: Environment
  readonly clock: Clock
  /** Load the sample workspace into an embedded database nobody has used yet. */
  readonly isSampleWelcome: boolean
  readonly masker: SecretMasker
  readonly log: Log
  readonly onEvent: AgentListener
  /** The database cannot be used yet; the console is there all the same, and says why. Told once. */
  readonly onWaiting: (served: Served) => void
  /** Left out = there is no desktop around it. */
  readonly desktop?: DesktopShell
  /** The Node that the sample's pipelines run with; null = there is none, and no sample. Left out = the one that runs this. */
  readonly nodeProgram?: string | null
}

/** What a desktop brings. */
export interface DesktopShell {
  readonly port: DesktopPort
  /** Claims wait while it sleeps, works on battery or was paused; they belong to the desktop and outlive an agent. */
  readonly holds: ClaimHolds
  /** Aborted when the system ends: what runs is given back without the grace it would have. */
  readonly hurry: AbortSignal
  /** Told once the calls of the console can be made, which is before the database is there. */
  readonly onServing: () => void
}

/** Where the console is. */
export interface Served {
  /** `http://127.0.0.1:4180` */
  readonly url: string
  /** The address of the console that signs its reader in as this operator. For a terminal, never for a log that is kept. */
  readonly consoleLink: (operator: string) => string
}

/** What works once start has resolved. */
export interface Started extends Served {
  readonly agent: Agent
  readonly connection: Connection
  readonly catalog: Catalog
  readonly leadership: Leadership
}

/** What runs, and with what. */
type Workspace = Required<Pick<AgentOptions, 'catalog' | 'environment' | 'connections'>> &
  Pick<AgentOptions, 'graphUrl' | 'filesDirectory'>

/** Where it listens. */
interface Listening {
  readonly url: string
  readonly port: number
}

/** What is there before the database is. */
interface Ready extends Listening {
  readonly offline: Offline
  readonly openedConsole: OpenConsole
}

/** Between two starts of an agent whose database went away in the middle of one, ms. */
const againMs = 1_000

/**
 * Everything a running agent needs, started and stopped in order: name, console, HTTP server, database, sample, agent, leadership. The
 * server answers first, so that whoever watches sees a start that takes long, or a database that is away; it stops after the agent, so
 * that they see it drain. A database that cannot be used is waited for, whatever the reason; the supervisor decides when it is tried again.
 */
export class AgentProcess {
  readonly #options: AgentProcessOptions
  readonly #server: Server
  readonly #access: DatabaseAccess
  readonly #stopRequested = new AbortController()
  #identity: AgentIdentity | null = null
  #offline: Offline | null = null
  #console: OpenConsole | null = null
  #agent: Agent | null = null
  #leaderWork: LeaderWork | null = null
  readonly #tally: RunTally
  #incidents: OpenIncidents | null = null
  /** Of the sample's Meta; a process only once it is asked something. */
  #simulator: SampleSimulator | null = null
  #starting: Promise<Started> | null = null
  #closing: Promise<void> | null = null

  constructor(options: AgentProcessOptions) {
    this.#options = options
    this.#tally = new RunTally(options.clock)
    const { configuration, clock, log } = options
    const { settings, origins } = configuration
    this.#access = new DatabaseAccess({ settings, clock, log })
    this.#server = createServer({
      ...settings,
      isPortNamed: (origins.get('port')?.kind ?? 'default') !== 'default',
      isReadOnly: settings.readOnly,
      version: programVersion(),
      rendererFolder: consoleFolder,
      clock,
      health: () => this.health(),
      services: () => this.consoleServices,
      tally: this.#tally,
      onLog: (message, level = 'warn') => log({ level, event: 'http_server', message }),
    })
  }

  /** True once stop was called; a start that was under way has then failed, and nobody needs to be told why. */
  get isStopping(): boolean {
    return this.#stopRequested.signal.aborted
  }

  /** What the calls of the console work with; null until the agent has its name, which is before it has its database. */
  get consoleServices(): ConsoleServices | null {
    return this.#console?.services ?? null
  }

  /** What is kept on this device; null until the name is claimed. Never asks the database. */
  get offlineReport(): OfflineReport | null {
    if (this.#offline === null) return null
    const { store, runs } = this.#offline
    const { waitingResults = runs.count(), resultsElsewhere = null } = this.#agent ?? {}
    return { ...store.report, waitingResults, resultsElsewhere }
  }

  /** Resolves when the agent runs. @throws Problem naming what is in the way; everything opened is closed again by then. */
  start(): Promise<Started> {
    return (this.#starting ??= this.#start())
  }

  /** Gives running work back, then closes everything. Complete when it resolves; safe twice, safe during start. */
  async stop(): Promise<void> {
    this.#stopRequested.abort()
    await this.#starting?.catch(() => undefined)
    await this.#close()
  }

  /** N4: what this device has shown and has still to show; null until the name is claimed. */
  get deviceOutbox(): DeviceOutbox | null {
    return this.#offline?.device ?? null
  }

  /** How the database is, and why. */
  get database(): DatabaseView {
    return this.#access.supervisor.view
  }

  get activeRuns(): number {
    return this.#agent?.activeRuns ?? 0
  }

  /** The machine was asleep, `hiddenMs` of it unseen by the monotonic clock: leases first, then the way to the database. Never rejects. */
  async wakeUp(hiddenMs: number): Promise<void> {
    await this.#agent?.wakeUp(hiddenMs)
    await this.#access.supervisor.retry()
  }

  /** Somebody says that the certificate was renewed: the log tells what was found. */
  readonly lookAtCertificate = (): void => void this.#server.lookAtCertificate()

  async health(): Promise<HealthReport> {
    const state = this.isStopping && this.#agent === null ? 'draining' : (this.#agent?.state ?? 'starting')
    const report = this.offlineReport
    return {
      ...(await healthOf(state, this.#access.supervisor)),
      warnings: [...this.#server.warnings, ...(report === null ? [] : offlineWarnings(report))],
      waitingResults: report?.waitingResults ?? 0,
    }
  }

  async #start(): Promise<Started> {
    try {
      const { configuration, clock, log } = this.#options
      for (const message of configuration.warnings) log({ level: 'warn', event: 'configuration', message })
      const { settings, catalog } = configuration
      this.#identity = await claimAgentName(settings, clock)
      const offline = await openOffline({ settings, clock, log })
      this.#offline = offline
      const device = (): DeviceState => ({ reason: null, loss: null, waitingResults: 0, ...this.offlineReport })
      const openedConsole = openConsole({ access: this.#access, offline, device, catalog, settings, clock, log })
      this.#console = openedConsole
      this.#options.desktop?.onServing()
      this.#access.supervisor.subscribe((view) => this.#tellTrouble(view))
      // Neither waits for the other; what the slower one has opened is closed by stop when the quicker one fails.
      const [served, opened] = await Promise.allSettled([this.#serve(), this.#access.start()])
      if (served.status === 'rejected') throw served.reason
      if (opened.status === 'rejected') throw opened.reason
      return await this.#runWhenUsable({ ...served.value, offline, openedConsole })
    } catch (error) {
      await this.#close()
      throw error
    }
  }

  get #nodeProgram(): string | null {
    const { nodeProgram = process.execPath } = this.#options
    return nodeProgram
  }

  async #serve(): Promise<Listening> {
    try {
      await this.#server.start()
    } catch (error) {
      this.#stopRequested.abort()
      throw error
    }
    const { url, port } = this.#server
    if (url === null || port === null) throw new Error('The server listens nowhere.')
    this.#options.log({ level: 'info', event: 'http_listening', message: `Listening on ${url}`, fields: { url } })
    return { url, port }
  }

  async #runWhenUsable(ready: Ready): Promise<Started> {
    const { signal } = this.#stopRequested
    const { supervisor } = this.#access
    await supervisor.settled()
    if (!supervisor.canChange && !signal.aborted) this.#options.onWaiting(this.#served(ready))
    for (;;) {
      await supervisor.usable(signal)
      const { connection } = this.#access
      if (connection === null) throw new Error('The database is usable, but there is no connection to it.')
      try {
        await this.#loadSample(connection)
        return await this.#run(connection, ready)
      } catch (error) {
        this.#agent = null
        if (!isUnreachable(error)) throw error
        // It went away again in the middle; the next try says whether it is back.
        await delay(againMs, undefined, { signal })
        await supervisor.retry()
      }
    }
  }

  #served({ url }: Listening): Served {
    return { url, consoleLink: (operator) => this.#server.consoleLink(operator) }
  }

  /** Once the agent runs, it tells of its database itself. */
  #tellTrouble({ state, cause, fix }: DatabaseView): void {
    if (cause === null || state === 'up' || this.#agent !== null) return
    const isPassing = causeRules[cause].retry === 'soon'
    const { message } = this.#access.supervisor.problem()
    this.#options.log({
      level: isPassing ? 'warn' : 'error',
      event: 'database_unreachable',
      message: isPassing ? message : `${message} ${fix ?? ''}`,
    })
  }

  async #loadSample(connection: Connection): Promise<void> {
    if (!this.#options.isSampleWelcome || this.#nodeProgram === null) return
    const sample = await import('./sample.ts')
    if (!(await sample.isSampleWanted(connection))) return
    const began = this.#options.clock.monotonic()
    const { brands, jobs } = await sample.loadSample(connection)
    const contents = `${counted(brands, 'brand')}, ${counted(jobs, 'job')}`
    this.#done('sample_loaded', `Sample workspace loaded (${contents}); "pm sample remove" takes it away`, began)
  }

  async #run(connection: Connection, ready: Ready): Promise<Started> {
    const { configuration, clock, masker, log, onEvent } = this.#options
    this.#stopRequested.signal.throwIfAborted()
    const began = clock.monotonic()
    const workspace = await this.#workspace(connection, ready.port)
    const { settings } = configuration
    const { catalog } = workspace
    const { offline } = ready
    ready.openedConsole.connected({ connection, catalog, filesDirectory: workspace.filesDirectory })
    const identity = this.#identity ?? (await claimAgentName(settings, clock))
    const { supervisor } = this.#access
    const onTopics: AgentOptions['onTopics'] = (topics) => {
      ready.openedConsole.changed(topics)
      this.#leaderWork?.changed(topics)
    }
    const { gate } = supervisor
    const { filesDirectory = filesFolder(settings.dataDirectory) } = workspace
    const work = { connection, gate, identity, settings, filesDirectory, clock, log }
    const leaderWork = (this.#leaderWork ??= new LeaderWork(work))
    const { leadership } = leaderWork
    const given = { settings, connection, supervisor, onTopics, clock, identity, masker, offline, leadership }
    const agent = createAgent({ ...workspace, ...given, ...this.#desktop(offline) })
    for (const message of agent.warnings) log({ level: 'warn', event: 'configuration', message })
    // Told from the event and not after start, so that it comes before the first run.
    agent.subscribe((event) => {
      if (event.type === 'state' && event.state === 'running') this.#tellRunning(agent, began)
      this.#incidents?.hear(event)
      leaderWork.hear(event)
      this.#tally.hear(event)
      if (event.type === 'database_replaced') {
        offline.device.startAnew()
        ready.openedConsole.databaseReplaced()
      }
      onEvent(event)
    })
    this.#agent = agent
    await agent.start()
    const shared = { connection, supervisor, leadership, agentId: identity.id }
    const isReady = async (): Promise<boolean> => (await this.health()).ready
    const dispatchedAt = (): number | null => agent.dispatchedAt
    this.#incidents = openIncidents({ ...shared, catalog, settings, clock, log, isReady, dispatchedAt })
    await leaderWork.start()
    return { agent, connection, catalog, leadership, ...this.#served(ready) }
  }

  #desktop({ device }: Offline): Pick<AgentOptions, 'desktop' | 'holds' | 'hurry'> {
    const { desktop } = this.#options
    return desktop === undefined
      ? {}
      : { holds: desktop.holds, hurry: desktop.hurry, desktop: { port: desktop.port, outbox: device } }
  }

  #tellRunning({ name, jobTypes }: Agent, began: number): void {
    const types = jobTypes.length === 0 ? 'no job types' : counted(jobTypes.length, 'job type')
    this.#done('agent_running', `Agent "${name}" running with ${types}`, began)
    if (jobTypes.length > 0) return
    this.#options.log({ level: 'warn', event: 'configuration', message: nothingToRun })
  }

  /** The person's own catalog; with none, that of the sample where it is loaded. */
  async #workspace(connection: Connection, port: number): Promise<Workspace> {
    const { configuration, environment } = this.#options
    const { settings, catalog } = configuration
    const own = { catalog, environment, connections: new Map<string, NamedConnection>() }
    const nodeProgram = this.#nodeProgram
    if (settings.configFile !== null || connection.kind === 'external' || nodeProgram === null) return own
    const sample = await import('./sample.ts')
    if (!(await sample.isSampleLoaded(connection))) return own
    const { SampleSimulator } = await import('./sample-simulator.ts')
    const simulator = (this.#simulator ??= new SampleSimulator(undefined, nodeProgram))
    const sampled = sample.sampleEnvironment(environment, simulator.token, nodeProgram)
    return {
      catalog: withEnvironment(sample.sampleCatalog({ dataDirectory: settings.dataDirectory, port }), sampled),
      environment: sampled,
      connections: sample.sampleConnections(connection),
      graphUrl: () => simulator.url(),
      filesDirectory: join(sample.sampleFolder(settings.dataDirectory), 'files'),
    }
  }

  #done(event: string, what: string, began: number): void {
    const { clock, log } = this.#options
    doneIn(log, clock.monotonic() - began, { event, what })
  }

  #close(): Promise<void> {
    return (this.#closing ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    // The lead is given up at once, however long runs take to end.
    await Promise.all([this.#incidents?.stop(), this.#leaderWork?.stop(), this.#agent?.stop()])
    await this.#simulator?.stop()
    // Consoles see the agent drain to its end; then their streams end, so that the server need not break them off.
    await this.#console?.stop()
    await this.#server.stop()
    this.#offline?.store.close()
    await this.#identity?.release()
    await this.#access.stop()
  }
}

const nothingToRun =
  'This agent can run no job type: name a file with --config that says what runs (examples/catalogs has two to start from).'
