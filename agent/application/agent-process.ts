import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/errors.ts'
import type { Configuration } from '../config.ts'
import type { ConsoleServices } from '../console/context.ts'
import { type Catalog, withEnvironment } from '../jobs/catalog/catalog.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import type { AgentListener } from '../scheduler/events.ts'
import type { HealthReport } from '../server/health-routes.ts'
import { createServer, type Server } from '../server/server.ts'
import type { Environment } from '../settings/machine.ts'
import type { NamedConnection } from '../store/named-connection.ts'
import { type Agent, type AgentOptions, createAgent } from './agent.ts'
import { type AgentIdentity, claimAgentName } from './agent-identity.ts'
import { type Connection, connect } from './connect.ts'
import { DatabaseProbe, healthOf, notReady } from './health.ts'
import type { Log } from './log.ts'
import { type OpenConsole, openConsole } from './open-console.ts'
import { prepareSchema } from './prepare-schema.ts'
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
}

/** What works once start has resolved. */
export interface Started {
  readonly agent: Agent
  readonly connection: Connection
  readonly catalog: Catalog
  /** `http://127.0.0.1:4180` */
  readonly url: string
  /** The address of the console that signs its reader in as this operator. For a terminal, never for a log that is kept. */
  readonly consoleLink: (operator: string) => string
}

/** What runs, and with what. */
type Workspace = Required<Pick<AgentOptions, 'catalog' | 'environment' | 'connections'>> &
  Pick<AgentOptions, 'graphUrl' | 'filesDirectory'>

const retryMs = { first: 1_000, most: 30_000 }

/**
 * Everything a running agent needs, started and stopped in order: name, HTTP server, database, schema, sample, agent. The server
 * answers first, so that whoever watches sees a start that takes long; it stops after the agent, so that they see it drain.
 * A database that cannot be reached is waited for; one that refuses us is not asked again.
 */
export class AgentProcess {
  readonly #options: AgentProcessOptions
  readonly #server: Server
  readonly #stopRequested = new AbortController()
  #identity: AgentIdentity | null = null
  #connection: Connection | null = null
  #probe: DatabaseProbe | null = null
  #agent: Agent | null = null
  #console: OpenConsole | null = null
  /** Of the sample's Meta; a process only once it is asked something. */
  #simulator: SampleSimulator | null = null
  /** Why the agent does not run yet. */
  #waitingFor = 'The agent is starting.'
  #starting: Promise<Started> | null = null
  #closing: Promise<void> | null = null

  constructor(options: AgentProcessOptions) {
    this.#options = options
    const { settings, origins } = options.configuration
    this.#server = createServer({
      ...settings,
      isPortNamed: (origins.get('port')?.kind ?? 'default') !== 'default',
      isReadOnly: settings.readOnly,
      version: programVersion(),
      rendererFolder: consoleFolder,
      clock: options.clock,
      health: () => this.health(),
      services: () => this.consoleServices,
      onLog: (message) => options.log({ level: 'warn', event: 'port_taken', message }),
    })
  }

  /** True once stop was called; a start that was under way has then failed, and nobody needs to be told why. */
  get isStopping(): boolean {
    return this.#stopRequested.signal.aborted
  }

  /** What the calls of the console work with; null until the database is connected and its schema up to date. */
  get consoleServices(): ConsoleServices | null {
    return this.#console?.services ?? null
  }

  /** @throws Problem naming what is in the way; everything opened is closed again by then. */
  start(): Promise<Started> {
    return (this.#starting ??= this.#start())
  }

  /** Gives running work back, then closes everything. Complete when it resolves; safe twice, safe during start. */
  async stop(): Promise<void> {
    this.#stopRequested.abort()
    await this.#starting?.catch(() => undefined)
    await this.#close()
  }

  async health(): Promise<HealthReport> {
    if (this.isStopping && this.#agent === null) return notReady('draining', 'The agent is stopping.')
    if (this.#agent === null || this.#probe === null) return notReady('starting', this.#waitingFor)
    return healthOf(this.#agent, this.#probe)
  }

  async #start(): Promise<Started> {
    try {
      const { configuration, clock, log } = this.#options
      for (const message of configuration.warnings) log({ level: 'warn', event: 'configuration', message })
      this.#identity = await claimAgentName(configuration.settings, clock)
      // Neither waits for the other; what the slower one has opened is closed by stop when the quicker one fails.
      const [served, connected] = await Promise.allSettled([this.#serve(), this.#connect()])
      if (served.status === 'rejected') throw served.reason
      if (connected.status === 'rejected') throw connected.reason
      await this.#prepare(connected.value)
      return await this.#run(connected.value, served.value)
    } catch (error) {
      await this.#close()
      throw error
    }
  }

  async #serve(): Promise<{ url: string; port: number }> {
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

  async #connect(): Promise<Connection> {
    const { configuration, clock, log } = this.#options
    const began = clock.monotonic()
    const onLog = (message: string): void => log({ level: 'debug', event: 'database', message })
    for (let waitMs = retryMs.first; ; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        const connection = await connect(configuration.settings, { clock, onLog })
        this.#connection = connection
        this.#stopRequested.signal.throwIfAborted()
        const kind = connection.kind === 'embedded' ? 'embedded' : 'your own'
        this.#done('database_ready', `Database ready (${kind}, PostgreSQL ${connection.serverVersion})`, began)
        return connection
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'database_unreachable') throw error
        this.#waitingFor = error.message
        const message = `${error.message} Next try in ${waitMs / 1000} s.`
        log({ level: 'warn', event: 'database_unreachable', message })
        await delay(waitMs, undefined, { signal: this.#stopRequested.signal })
      }
    }
  }

  async #prepare(connection: Connection): Promise<void> {
    const { clock, log, isSampleWelcome } = this.#options
    this.#waitingFor = 'The schema of the database is being brought up to date.'
    const began = clock.monotonic()
    const onApplied = (name: string): void => log({ level: 'debug', event: 'migrated', message: `Applied ${name}` })
    const { applied } = await prepareSchema(connection, { clock, onApplied })
    const what =
      applied.length === 0 ? 'Schema is current' : `Schema brought up to date, ${counted(applied.length, 'migration')}`
    this.#done('schema_ready', what, began)
    if (!isSampleWelcome) return
    const sample = await import('./sample.ts')
    if (!(await sample.isSampleWanted(connection))) return
    const loading = clock.monotonic()
    const { brands, jobs } = await sample.loadSample(connection)
    const contents = `${counted(brands, 'brand')}, ${counted(jobs, 'job')}`
    this.#done('sample_loaded', `Sample workspace loaded (${contents}); "pm sample remove" takes it away`, loading)
  }

  async #run(connection: Connection, { url, port }: { url: string; port: number }): Promise<Started> {
    const { configuration, clock, masker, log, onEvent } = this.#options
    this.#stopRequested.signal.throwIfAborted()
    const began = clock.monotonic()
    const workspace = await this.#workspace(connection, port)
    const { settings } = configuration
    const { catalog } = workspace
    this.#console = openConsole({ connection, catalog, settings, clock, log })
    const identity = this.#identity ?? (await claimAgentName(settings, clock))
    const agent = createAgent({ ...workspace, settings, connection, clock, identity, masker })
    for (const message of agent.warnings) log({ level: 'warn', event: 'configuration', message })
    // Told from the event and not after start, so that it comes before the first run.
    agent.subscribe((event) => {
      if (event.type === 'state' && event.state === 'running') this.#tellRunning(agent, began)
      onEvent(event)
    })
    this.#probe = new DatabaseProbe(connection.database, clock)
    this.#agent = agent
    await agent.start()
    return { agent, connection, catalog, url, consoleLink: (operator) => this.#server.consoleLink(operator) }
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
    if (settings.configFile !== null || connection.kind === 'external') return own
    const sample = await import('./sample.ts')
    if (!(await sample.isSampleLoaded(connection))) return own
    const { SampleSimulator } = await import('./sample-simulator.ts')
    const simulator = new SampleSimulator()
    this.#simulator = simulator
    const sampled = sample.sampleEnvironment(environment, simulator.token)
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
    const durationMs = Math.round(clock.monotonic() - began)
    log({ level: 'info', event, message: `${what} · ${seconds(durationMs)}`, fields: { duration_ms: durationMs } })
  }

  #close(): Promise<void> {
    return (this.#closing ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    await this.#agent?.stop()
    await this.#simulator?.stop()
    // Consoles see the agent drain to its end; then their streams end, so that the server need not break them off.
    await this.#console?.stop()
    await this.#server.stop()
    await this.#identity?.release()
    await this.#connection?.close()
  }
}

const nothingToRun =
  'This agent can run no job type: name a file with --config that says what runs (examples/catalogs has two to start from).'

function counted(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
}
