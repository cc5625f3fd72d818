import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { desktopChannel } from '../../shared/notifications/dispatch-plan.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import { filesFolder, LocalStorage } from '../connectors/storage/local-storage.ts'
import { ProbeRounds } from '../freshness/probe-rounds.ts'
import type { Channel } from '../incidents/channels/channel.ts'
import { openDesktop } from '../incidents/channels/desktop.ts'
import { type DesktopDevice, Notifier } from '../incidents/notifier.ts'
import { openChannels, publicChannels } from '../incidents/open-channels.ts'
import { type BuiltinDependencies, builtinHandlers } from '../jobs/builtins/index.ts'
import { type Catalog, runnableJobTypes } from '../jobs/catalog/catalog.ts'
import { validateParameters } from '../jobs/catalog/parameters.ts'
import { publicCatalog } from '../jobs/catalog/public-catalog.ts'
import type { BuiltinHandler } from '../jobs/executors/builtin.ts'
import type { StepContext, StepResult } from '../jobs/executors/executor.ts'
import { createExecutors, type ExecutorKind, type ExecutorSpecs, type Executors } from '../jobs/executors/index.ts'
import { SecretMasker } from '../jobs/log/secret-masker.ts'
import { alwaysLeader, type Leadership } from '../leader/leadership.ts'
import type { ClaimHolds } from '../scheduler/claim-holds.ts'
import type { AgentEvent, AgentListener } from '../scheduler/events.ts'
import type { ResultsElsewhere } from '../scheduler/leftovers.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import type { QueuedRunNow, SchedulerSettings } from '../scheduler/scheduler-settings.ts'
import type { Settings } from '../settings/definitions.ts'
import type { Environment } from '../settings/machine.ts'
import type { ClaimedRun } from '../store/claim.ts'
import { type DatabasePool, openPool } from '../store/database.ts'
import type { NamedConnection } from '../store/named-connection.ts'
import { type AgentIdentity, claimAgentName } from './agent-identity.ts'
import type { Connection } from './connect.ts'
import { namedConnections } from './named-connections.ts'
import type { Offline } from './offline.ts'
import { programFolder, programVersion } from './program.ts'
import { maskKnownSecrets, secretReader } from './secrets.ts'

export interface AgentOptions {
  readonly settings: Settings
  readonly catalog: Catalog
  readonly connection: Connection
  readonly supervisor: ConnectionSupervisor
  /** Told what has changed in the database, by whomever. */
  readonly onTopics?: SchedulerSettings['onTopics']
  readonly clock: Clock
  /** Of this process: where secrets and the URLs of named connections come from. */
  readonly environment: Environment
  /** What it keeps on this device. */
  readonly offline: Pick<Offline, 'runs' | 'heartbeat'>
  /** Claimed already; without it, start claims the name and stop gives it back. */
  readonly identity?: AgentIdentity
  /** Beside those of the catalog, which they replace. */
  readonly connections?: ReadonlyMap<string, NamedConnection>
  readonly builtins?: ReadonlyMap<string, BuiltinHandler>
  /** Where the Graph API is, when it is not where the settings say. */
  readonly graphUrl?: () => Promise<string>
  /** Where downloaded files are kept; below the data directory unless told. */
  readonly filesDirectory?: string
  readonly masker?: SecretMasker
  readonly leadership?: Leadership
  /** Null or left out = there is no desktop to show anything on. */
  readonly desktop?: DesktopDevice | null
  /** Reasons to claim nothing for a while. */
  readonly holds?: ClaimHolds
  /** See SchedulerSettings.hurry. */
  readonly hurry?: AbortSignal
}

/** How often it is looked for datasets that are due to be measured. */
const probeEveryMs = 60_000

/** `offline`: running, but the database does not answer, or takes no changes. */
export type AgentState = 'starting' | 'running' | 'offline' | 'draining' | 'stopped'

export interface Agent {
  readonly name: string
  /** J8: what it advertises and claims. */
  readonly jobTypes: readonly string[]
  /** What a person should know about the configuration, in whole sentences; nothing of it stops the agent. */
  readonly warnings: readonly string[]
  readonly state: AgentState
  /** Runs whose end is not written yet. */
  readonly activeRuns: number
  /** Runs that have ended and whose result waits for the database; those of earlier processes count too. */
  readonly waitingResults: number
  /** Of those that another database is waiting for; nobody knows of any before the agent has asked its own. */
  readonly resultsElsewhere: ResultsElsewhere
  /** When it last looked, as the leader, who is to be told of what, by the monotonic clock, ms; null = not yet. */
  readonly dispatchedAt: number | null
  /** @throws Problem `already_running`; whatever the database says about the registration. Leaves nothing open when it throws. */
  start(): Promise<void>
  /** Gives running work back (J4) and closes what start opened; the connection stays open. Safe twice, safe before start. */
  stop(): Promise<void>
  /** Hears every event from now on; returns how to stop listening. */
  subscribe(listener: AgentListener): () => void
  /** See Scheduler.wakeUp; nothing while the agent is not running. */
  wakeUp(hiddenMs: number): Promise<void>
  /** See Scheduler.runNow; null also while the agent is not running. */
  runNow(request: QueuedRunNow): Promise<ClaimedRun | null>
}

/** One agent of this process. Nothing happens before start. */
export function createAgent(options: AgentOptions): Agent {
  return new ComposedAgent(options)
}

/** Open while the agent runs. */
interface Working {
  readonly scheduler: Scheduler
  readonly notifier: Notifier
  readonly probes: ProbeRounds
  readonly pools: readonly DatabasePool[]
  readonly identity: AgentIdentity
}

class ComposedAgent implements Agent {
  readonly name: string
  readonly jobTypes: readonly string[]
  readonly warnings: readonly string[]
  readonly #options: AgentOptions
  readonly #connections: ReadonlyMap<string, NamedConnection>
  readonly #masker: SecretMasker
  /** What it can tell somebody, by name. */
  readonly #channels: ReadonlyMap<string, Channel>
  readonly #listeners = new Set<AgentListener>()
  #working: Working | null = null
  #phase: 'starting' | 'running' | 'draining' | 'stopped' = 'starting'
  #stopping: Promise<void> | null = null

  constructor(options: AgentOptions) {
    const { settings, catalog, environment, connection } = options
    this.#options = options
    this.name = settings.agentName
    this.jobTypes = claimableJobTypes(catalog, settings.jobTypes)
    const named = namedConnections(catalog, environment, connection.url, options.connections)
    this.#connections = named.connections
    this.#masker = options.masker ?? new SecretMasker()
    const told = openChannels({
      catalog,
      environment,
      baseDirectory: catalog.baseDirectory ?? programFolder,
      secret: secretReader(environment, this.#masker),
      mask: (value) => this.#masker.add(value),
      clock: options.clock,
    })
    this.#channels = options.desktop
      ? new Map([...told.channels, [desktopChannel, openDesktop(options.desktop.port)]])
      : told.channels
    this.warnings = [...named.warnings, ...told.warnings]
    if (settings.heartbeatUrl !== null) this.#masker.add(settings.heartbeatUrl)
    const urls = [connection.url, ...[...this.#connections.values()].map(({ url }) => url)]
    maskKnownSecrets(this.#masker, { urls, catalog, environment })
  }

  get state(): AgentState {
    return this.#phase === 'running' && !this.#options.supervisor.canChange ? 'offline' : this.#phase
  }

  get activeRuns(): number {
    return this.#working?.scheduler.activeRuns ?? 0
  }

  get waitingResults(): number {
    return this.#working?.scheduler.waitingResults ?? this.#options.offline.runs.count()
  }

  get dispatchedAt(): number | null {
    return this.#working?.notifier.dispatchedAt ?? null
  }

  get resultsElsewhere(): ResultsElsewhere {
    return this.#working?.scheduler.leftovers.elsewhere ?? { count: 0, until: null }
  }

  subscribe(listener: AgentListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async start(): Promise<void> {
    if (this.#working !== null || this.#phase !== 'starting') return
    const { settings, clock } = this.#options
    const identity = this.#options.identity ?? (await claimAgentName(settings, clock))
    const pools = [this.#openPool('agent', settings.poolSize), this.#openPool('console', 2)] as const
    const notifier = this.#createNotifier(identity, pools[1])
    const scheduler = this.#createScheduler(identity, pools[0], pools[1], notifier)
    const probes = this.#createProbes(identity, pools[1])
    this.#working = { scheduler, notifier, probes, pools, identity }
    scheduler.subscribe((event) => this.#emit(event))
    try {
      await scheduler.start()
      // Not when it was stopped meanwhile.
      if (this.#phase !== 'starting') return
      this.#phase = 'running'
      notifier.start()
      probes.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  runNow(request: QueuedRunNow): Promise<ClaimedRun | null> {
    return this.#working?.scheduler.runNow(request) ?? Promise.resolve(null)
  }

  async wakeUp(hiddenMs: number): Promise<void> {
    await this.#working?.scheduler.wakeUp(hiddenMs)
  }

  async #stop(): Promise<void> {
    this.#phase = 'draining'
    const working = this.#working
    if (working !== null) {
      await Promise.all([working.scheduler.stop(), working.notifier.stop(), working.probes.stop()])
      await Promise.all(working.pools.map((pool) => pool.stop()))
      if (this.#options.identity === undefined) await working.identity.release()
    }
    this.#phase = 'stopped'
  }

  #openPool(purpose: 'agent' | 'console', size: number): DatabasePool {
    return openPool({
      url: this.#options.connection.url,
      applicationName: `pipeline-manager ${purpose} ${this.name}`,
      size,
      purpose,
      gate: this.#options.supervisor.gate,
      onConnectionError: (error) =>
        this.#emit({ type: 'trouble', message: `A database connection broke: ${describeError(error)}` }),
    })
  }

  #createNotifier({ id, name }: AgentIdentity, database: DatabasePool): Notifier {
    const { settings, clock, desktop, leadership } = this.#options
    return new Notifier({
      database,
      agent: { id, name },
      channels: this.#channels,
      desktop: desktop ?? null,
      // Whoever is not told who leads takes part: rounds of the dispatch exclude each other in the database.
      leadership: leadership ?? alwaysLeader,
      clock,
      masker: this.#masker,
      aliveSeconds: settings.leaseSeconds,
      consoleUrl: settings.publicHost === null ? null : `https://${settings.publicHost}`,
      random,
      onTrouble: (message) => this.#emit({ type: 'trouble', message }),
    })
  }

  #createProbes({ id }: AgentIdentity, database: DatabasePool): ProbeRounds {
    return new ProbeRounds({
      database,
      catalog: this.#options.catalog,
      connections: this.#connections,
      agentId: id,
      mayWrite: () => this.#options.supervisor.canChange,
      everyMs: probeEveryMs,
      onTrouble: (message) => this.#emit({ type: 'trouble', message }),
    })
  }

  #createScheduler(
    identity: AgentIdentity,
    database: DatabasePool,
    consoleDatabase: DatabasePool,
    notifier: Notifier,
  ): Scheduler {
    const { settings, catalog, connection, supervisor, clock, environment, offline, onTopics } = this.#options
    const { holds, hurry } = this.#options
    return new Scheduler({
      ...settings,
      outbox: offline.runs,
      heartbeatMemory: offline.heartbeat,
      databaseUrl: connection.url,
      supervisor,
      ...(onTopics === undefined ? {} : { onTopics }),
      ...(holds === undefined ? {} : { holds }),
      ...(hurry === undefined ? {} : { hurry }),
      database,
      consoleDatabase,
      clock,
      catalog,
      masker: this.#masker,
      secret: secretReader(environment, this.#masker),
      validateParameters,
      execute: this.#executor(),
      // Nobody can have held a lease on a server that this very process has started.
      restartGraceSeconds: connection.startedHere ? 0 : 30,
      agent: {
        id: identity.id,
        name: identity.name,
        host: hostname(),
        processId: process.pid,
        programVersion: programVersion(),
        jobTypes: this.jobTypes,
        concurrency: settings.concurrency,
        catalog: { ...publicCatalog(catalog), channels: publicChannels(this.#channels) },
      },
      onNotifications: (what) => notifier.hear(what),
    })
  }

  #executor(): ReturnType<typeof executeWith> {
    const { catalog, clock, environment, builtins } = this.#options
    const execute: ReturnType<typeof executeWith> = executeWith(
      createExecutors({
        environment,
        baseDirectory: catalog.baseDirectory ?? programFolder,
        connections: this.#connections,
        credentials: catalog.credentials,
        httpAllowHosts: catalog.httpAllowHosts,
        builtins: builtins ?? builtinHandlers(this.#builtinDependencies((run, context) => execute(run, context))),
        clock,
        random,
      }),
    )
    return execute
  }

  #builtinDependencies(execute: BuiltinDependencies['execute']): BuiltinDependencies {
    const { catalog, connection, clock, settings } = this.#options
    const { graphUrl = () => Promise.resolve(settings.metaGraphUrl) } = this.#options
    const { filesDirectory = filesFolder(settings.dataDirectory) } = this.#options
    return {
      catalog,
      database: connection.database,
      clock,
      random,
      meta: { graphUrl, fetch },
      storage: new LocalStorage(filesDirectory),
      execute,
    }
  }

  #emit(event: AgentEvent): void {
    if (event.type === 'listening') this.#working?.notifier.listening(event.listening)
    if (event.type === 'run_ended' && event.status === 'completed') this.#working?.probes.completed(event.run.jobType)
    for (const listener of this.#listeners) listener(event)
  }
}

/** J8: what the catalog lets it run, less what the settings leave out. */
function claimableJobTypes(catalog: Catalog, allowed: readonly string[] | null): string[] {
  const runnable = runnableJobTypes(catalog)
  return allowed === null ? runnable : runnable.filter((jobType) => allowed.includes(jobType))
}

/** 0 up to, not including, 1. */
function random(): number {
  return randomInt(2 ** 32) / 2 ** 32
}

function executeWith(executors: Executors) {
  return <Kind extends ExecutorKind>(
    run: { readonly kind: Kind; readonly spec: ExecutorSpecs[Kind] },
    context: StepContext,
  ): Promise<StepResult> => executors[run.kind](run.spec, context)
}
