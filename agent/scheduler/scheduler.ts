import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as timeOrderedId } from 'uuid'
import type { JsonObject, TriggerSource } from '../../shared/domain.ts'
import { describeError } from '../../shared/errors.ts'
import { RunAborted } from '../jobs/abort.ts'
import {
  type AgentRegistration,
  recordAgentHeartbeat,
  recordAgentState,
  registerAgent,
  wakeAgents,
} from '../store/agents.ts'
import { type ClaimedRun, insertRunNow } from '../store/claim.ts'
import { type DatabasePool, isTransient, isUniqueViolation } from '../store/database.ts'
import type { Listener } from '../store/listener.ts'
import { type WakeUp, wakeUpListener } from '../store/wake-ups.ts'
import { ChangeAnnouncer } from './change-announcer.ts'
import { Claimer } from './claimer.ts'
import { Clockwork } from './clockwork.ts'
import { DatabaseTime } from './database-time.ts'
import type { AgentEvent, AgentListener, RunLabel } from './events.ts'
import { missedFires } from './job-decision.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { Recorder } from './recorder.ts'
import { Recovery } from './recovery.ts'
import { type ExecutionPorts, RunExecution } from './run-execution.ts'
import { settledWithin } from './settled-within.ts'

export interface SchedulerSettings
  extends Pick<ExecutionPorts, 'catalog' | 'clock' | 'execute' | 'secret' | 'masker' | 'validateParameters'> {
  readonly databaseUrl: string
  /** Connections with pinned plans, for this scheduler alone. */
  readonly database: DatabasePool
  /** Connections for people and for questions that read whole tables. */
  readonly consoleDatabase: DatabasePool
  readonly agent: AgentRegistration
  readonly concurrency: number
  readonly claimBatch: number
  readonly flushBatch: number
  readonly leaseSeconds: number
  readonly renewSeconds: number
  readonly trustSeconds: number
  readonly pollSeconds: number
  /** After a server start nobody's runs are declared lost for this long. */
  readonly restartGraceSeconds: number
  readonly shutdownGraceSeconds: number
  /** Stands in for the database's clock in tests. */
  readonly now?: () => Date | null
  /** Somebody may have to be told something; heard on the connection that wakes the scheduler. */
  readonly onNotifications?: (what: 'dispatch' | 'deliveries') => void
}

/** How long `stop` waits for a database that may not answer any more. ms */
const answerMs = 5_000

export interface QueuedRunNow {
  readonly brandId: string | null
  readonly name: string
  readonly jobType: string
  readonly parameters: JsonObject
  readonly triggerSource: TriggerSource
  readonly requestedBy: string | null
}

/**
 * The scheduler of one agent. Promises: every due job of its types is claimed by one agent only, its run is fenced by a
 * token and renewed while this process lives, and whatever the process leaves behind is recovered by any other agent.
 * States: running → draining (claims nothing more) → stopped.
 */
export class Scheduler {
  readonly #settings: SchedulerSettings
  readonly #clockwork: Clockwork
  readonly #databaseTime: DatabaseTime
  readonly #recorder: Recorder
  readonly #claimer: Claimer
  readonly #leases: LeaseKeeper
  readonly #recovery: Recovery
  readonly #listener: Listener
  readonly #announcer: ChangeAnnouncer
  /** Every run whose end is not acknowledged, by run id. */
  readonly #executions = new Map<string, RunExecution>()
  /** Settles when the work of a run is over. */
  readonly #underWay = new Set<Promise<unknown>>()
  /** Settles when the run is over and its end acknowledged. */
  readonly #settled = new Set<Promise<void>>()
  /** Questions to the database that are not part of a run. */
  readonly #background = new Set<Promise<unknown>>()
  readonly #listeners = new Set<AgentListener>()
  #working = 0
  #claimScheduled: NodeJS.Immediate | null = null
  #reachable: boolean | null = null
  #state: 'idle' | 'running' | 'draining' | 'stopped' = 'idle'
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(settings: SchedulerSettings) {
    this.#settings = settings
    const { clock, database, consoleDatabase, agent } = settings
    const now = settings.now ?? ((): null => null)
    const onTrouble = (message: string): void => this.#emit({ type: 'trouble', message })
    this.#announcer = new ChangeAnnouncer({ database: consoleDatabase, onTrouble })
    this.#clockwork = new Clockwork(clock, (alarm, error) => onTrouble(`${alarm}: ${describeError(error)}`))
    this.#databaseTime = new DatabaseTime(clock, now)
    this.#recorder = new Recorder({
      database,
      clock,
      batch: settings.flushBatch,
      now,
      onTrouble,
      onLost: (runId) => this.#abortLost(runId),
      onProgress: (topics) => this.#announcer.note(topics),
      onEdited: () => this.#plan(),
      onEnded: () => this.#claimer.wake(),
    })
    const shared = { database, clock, clockwork: this.#clockwork, databaseTime: this.#databaseTime, now }
    this.#claimer = new Claimer({
      ...shared,
      agentId: agent.id,
      jobTypes: agent.jobTypes,
      batch: settings.claimBatch,
      leaseSeconds: settings.leaseSeconds,
      room: () => this.#room(),
      onClaimed: (run, askedAt) => this.#begin(run, askedAt),
      onReachable: (reachable, reason) => this.#database(reachable, reason),
      onTrouble,
    })
    this.#leases = new LeaseKeeper({ ...settings, ...shared, executions: this.#executions, onTrouble })
    this.#recovery = new Recovery({
      ...shared,
      consoleDatabase,
      jobTypes: agent.jobTypes,
      restartGraceSeconds: settings.restartGraceSeconds,
      emit: (event) => this.#emit(event),
      onPlanned: () => this.#announcer.note(['jobs']),
    })
    const onWakeUp = {
      jobs: () => this.#claimer.wake(),
      cancel: () => void this.#leases.renew(),
      plan: () => this.#plan(),
      dispatch: () => settings.onNotifications?.('dispatch'),
      deliveries: () => settings.onNotifications?.('deliveries'),
    } satisfies Record<WakeUp, () => void>
    this.#listener = wakeUpListener({
      url: settings.databaseUrl,
      applicationName: `pipeline-manager listener ${agent.name}`,
      onWakeUp: (kind) => onWakeUp[kind](),
      onState: (listening, reason) => this.#emit({ type: 'listening', listening, message: reason ?? '' }),
    })
  }

  /** Hears every event from now on; returns how to stop listening. */
  subscribe(listener: AgentListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get activeRuns(): number {
    return this.#executions.size
  }

  /** Null until the database has been asked. */
  get databaseReachable(): boolean | null {
    return this.#reachable
  }

  /** Registers the agent and begins to claim. Throws when the database refuses the registration. */
  start(): Promise<void> {
    if (this.#state !== 'idle') return this.#starting ?? Promise.resolve()
    return (this.#starting ??= this.#start())
  }

  async #start(): Promise<void> {
    await registerAgent(this.#settings.database, this.#settings.agent)
    // Stopped meanwhile: `stop` waits for this, and nothing may be opened behind its back.
    if (this.#state !== 'idle') return
    this.#state = 'running'
    this.#emit({ type: 'state', state: 'running' })
    this.#leases.start()
    await this.poll()
    if (this.#isStopping()) return
    this.#claimer.start()
    await this.#listener.start()
    this.#armPoll()
    this.#armHeartbeat()
  }

  #isStopping(): boolean {
    return this.#state !== 'running'
  }

  /** One poll: recovery first, then claims (J7). Never throws. */
  poll(): Promise<void> {
    return this.#inBackground(this.#recovery.sweep())
  }

  #plan(): void {
    void this.#inBackground(this.#recovery.planUnplanned())
  }

  /** Work that `stop` waits for; claims afterwards. Never rejects. */
  async #inBackground(work: Promise<void>): Promise<void> {
    this.#background.add(work)
    try {
      await work
    } catch (error) {
      this.#offline(error)
    } finally {
      this.#background.delete(work)
    }
    this.#claimer.wake()
  }

  /**
   * "Run now" by this very agent: job, claim and run row in one commit. Returns null, having written nothing, when the
   * concurrency key is busy, the agent has no room or cannot run this job type; the caller queues the job instead.
   */
  async runNow(request: QueuedRunNow): Promise<ClaimedRun | null> {
    const { agent, database, leaseSeconds, clock } = this.#settings
    if (this.#state !== 'running' || this.#room() <= 0 || !agent.jobTypes.includes(request.jobType)) return null
    const askedAt = clock.monotonic()
    const ids = { agentId: agent.id, runId: timeOrderedId(), runToken: randomUUID() }
    const now = this.#settings.now?.() ?? null
    const inserted = insertRunNow(database, { ...request, ...ids, leaseSeconds, now })
    this.#background.add(inserted)
    try {
      const run = await inserted
      this.#begin(run, askedAt)
      return run
    } catch (error) {
      if (isUniqueViolation(error)) return null
      if (isTransient(error)) this.#claimer.remember({ runIds: [ids.runId], runTokens: [ids.runToken] })
      throw error
    } finally {
      this.#background.delete(inserted)
    }
  }

  /**
   * Claims nothing more, lets runs finish for the grace period, gives the rest back with their attempt number (J4), and
   * writes everything out. Complete when it resolves; safe twice, safe before start.
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    const wasRunning = this.#state === 'running'
    this.#state = 'draining'
    this.#emit({ type: 'state', state: 'draining' })
    // Its failure is told to whoever started.
    await this.#starting?.catch(() => undefined)
    this.#clockwork.disarm('poll')
    await this.#listener.stop()
    // A claim that gets no answer is left to its lease; one that is answered later is given back at once.
    await settledWithin([this.#claimer.stop(), ...this.#background], answerMs)
    const heard = wasRunning && (await this.#tell('draining'))
    if (wasRunning) await this.#drainRuns()
    this.#clockwork.stop()
    await settledWithin([this.#leases.stop()], answerMs)
    this.#recorder.stop()
    if (heard) await this.#tell('stopped')
    await settledWithin([this.#announcer.stop()], answerMs)
    this.#state = 'stopped'
    this.#emit({ type: 'state', state: 'stopped' })
  }

  async #drainRuns(): Promise<void> {
    await settledWithin(this.#settled, this.#settings.shutdownGraceSeconds * 1000)
    for (const execution of this.#executions.values()) {
      execution.abort(new RunAborted('shutdown', 'The agent is shutting down; the run is given back.'))
    }
    const givenBack = this.#executions.size > 0
    // Aborted work ends at once or is killed or left behind within seconds.
    await settledWithin(this.#underWay, 20_000)
    await settledWithin(this.#settled, answerMs)
    // Another agent can take up at once what this one gave back.
    if (givenBack) await settledWithin([wakeAgents(this.#settings.consoleDatabase).catch(this.#offline)], answerMs)
  }

  /** False when the database did not answer. */
  async #tell(state: 'draining' | 'stopped'): Promise<boolean> {
    const { database, agent } = this.#settings
    const told = recordAgentState(database, agent.id, state).then(() => true)
    const late = new AbortController()
    const silence = delay(answerMs, false, { signal: late.signal }).catch(() => false)
    try {
      return await Promise.race([told, silence])
    } catch (error) {
      this.#offline(error)
      return false
    } finally {
      late.abort()
    }
  }

  #room(): number {
    const { concurrency, flushBatch } = this.#settings
    // Runs whose work is over but whose end is not written yet do not hold a place, up to two writes' worth of them.
    if (this.#recorder.backlog >= flushBatch * 4) return 0
    return this.#state === 'running' ? concurrency - this.#working : 0
  }

  #begin(run: ClaimedRun, askedAt: number): void {
    const ports = { ...this.#settings, databaseTime: this.#databaseTime, recorder: this.#recorder }
    const execution = new RunExecution(run, ports, askedAt)
    this.#executions.set(run.runId, execution)
    if (this.#isStopping()) execution.abort(new RunAborted('shutdown', 'The agent is shutting down.'))
    this.#working += 1
    this.#emit({ type: 'run_started', run: labelOf(run), missed: missedFires(run) })
    const settled: Promise<void> = this.#carryOut(execution)
      .catch(this.#report)
      .finally(() => {
        this.#executions.delete(run.runId)
        this.#settled.delete(settled)
      })
    this.#settled.add(settled)
  }

  async #carryOut(execution: RunExecution): Promise<void> {
    const run = labelOf(execution.run)
    const work = execution.execute()
    this.#underWay.add(work)
    const { outcome, written } = await work.finally(() => {
      this.#underWay.delete(work)
      this.#working -= 1
      this.#claimSoon()
    })
    const { status, problem, errorMessage } = outcome
    if ((await written) === 'lost') this.#emit({ type: 'run_lost', run })
    else this.#emit({ type: 'run_ended', run, status, problem, errorMessage })
  }

  /** Once for all runs that end in this turn of the event loop, so that their places are filled by one claim. */
  #claimSoon(): void {
    if (this.#claimScheduled !== null) return
    this.#claimScheduled = setImmediate(() => {
      this.#claimScheduled = null
      this.#claimer.wake()
    })
  }

  #abortLost(runId: string): void {
    this.#executions.get(runId)?.abort(new RunAborted('lease_lost', 'The lease of this run is lost.'))
  }

  #armPoll(): void {
    this.#clockwork.arm('poll', this.#settings.pollSeconds * 1000, async () => {
      this.#armPoll()
      await this.poll()
    })
  }

  #armHeartbeat(): void {
    const { database, agent, renewSeconds } = this.#settings
    this.#clockwork.arm('heartbeat', renewSeconds * 1000, async () => {
      this.#armHeartbeat()
      await recordAgentHeartbeat(database, agent.id)
    })
  }

  /** A fault of ours; the run is left to recovery, the agent goes on. */
  readonly #report = (error: unknown): void => this.#emit({ type: 'trouble', message: describeError(error) })

  readonly #offline = (error: unknown): void => this.#database(false, describeError(error))

  #database(reachable: boolean, message: string): void {
    if (this.#reachable === reachable) return
    this.#reachable = reachable
    this.#emit({ type: 'database', reachable, message })
  }

  #emit(event: AgentEvent): void {
    this.#announcer.hear(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function labelOf(run: ClaimedRun): RunLabel {
  const { runId, jobId, jobName, jobType, brandName, attempt } = run
  return { runId, jobId, jobName, jobType, brandName, attempt }
}
