import { randomUUID } from 'node:crypto'
import { v7 as timeOrderedId } from 'uuid'
import { describeError } from '../../shared/errors.ts'
import type { DatabaseView } from '../connection/supervisor.ts'
import { RunAborted } from '../jobs/abort.ts'
import { recordAgentState, wakeAgents } from '../store/agents.ts'
import { type ClaimedRun, insertRunNow } from '../store/claim.ts'
import { isTransient, isUniqueViolation } from '../store/database.ts'
import type { Listener } from '../store/listener.ts'
import { type WakeUp, wakeUpListener } from '../store/wake-ups.ts'
import { ChangeAnnouncer } from './change-announcer.ts'
import { Claimer } from './claimer.ts'
import { Clockwork } from './clockwork.ts'
import { DatabaseTime } from './database-time.ts'
import { DatabaseWitness } from './database-witness.ts'
import { type AgentEvent, type AgentListener, labelOf } from './events.ts'
import { missedFires } from './job-decision.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { Leftovers } from './leftovers.ts'
import { Recorder } from './recorder.ts'
import { Recovery } from './recovery.ts'
import { RunExecution } from './run-execution.ts'
import { RunKeeper } from './run-keeper.ts'
import type { QueuedRunNow, SchedulerSettings } from './scheduler-settings.ts'
import { answeredWithin, settledWithin } from './settled-within.ts'

/** How long `stop` waits for a database that may not answer any more. ms */
const answerMs = 5_000

/**
 * The scheduler of one agent. Promises: every due job of its types is claimed by one agent only, its run is fenced by a
 * token and renewed while this process lives, and whatever the process leaves behind is recovered by any other agent.
 * States: running → draining (claims nothing more) → stopped.
 */
export class Scheduler {
  readonly #settings: SchedulerSettings
  readonly #clockwork: Clockwork
  readonly #databaseTime: DatabaseTime
  readonly #witness: DatabaseWitness
  readonly #recorder: Recorder
  readonly #claimer: Claimer
  readonly #leases: LeaseKeeper
  readonly #recovery: Recovery
  readonly leftovers: Leftovers
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
  /** Of the database, as it was told last. */
  #isUsable: boolean
  #unwatch: () => void = () => undefined
  #unhold: () => void = () => undefined
  #state: 'idle' | 'running' | 'draining' | 'stopped' = 'idle'
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(settings: SchedulerSettings) {
    this.#settings = settings
    const { clock, database, consoleDatabase, outbox, agent } = settings
    this.#isUsable = settings.supervisor.canChange
    const now = settings.now ?? ((): null => null)
    const onTrouble = (message: string): void => this.#emit({ type: 'trouble', message })
    this.#announcer = new ChangeAnnouncer({ database: consoleDatabase, onTrouble })
    this.#clockwork = new Clockwork(clock, (alarm, error) => onTrouble(`${alarm}: ${describeError(error)}`))
    this.#databaseTime = new DatabaseTime(clock, now)
    const emit = (event: AgentEvent): void => this.#emit(event)
    this.#witness = new DatabaseWitness({ database, agent, memory: settings.heartbeatMemory, emit })
    const keeper = new RunKeeper({ outbox, clock, databaseTime: this.#databaseTime })
    this.#recorder = new Recorder({
      database,
      clock,
      keeper,
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
      mayAsk: () => settings.supervisor.canChange && settings.holds?.isHeld !== true,
      room: () => this.#room(),
      onClaimed: (run, askedAt) => this.#begin(run, askedAt),
      onTrouble,
    })
    this.#leases = new LeaseKeeper({ ...settings, ...shared, executions: this.#executions, onTrouble })
    this.#recovery = new Recovery({
      ...shared,
      consoleDatabase,
      jobTypes: agent.jobTypes,
      restartGraceSeconds: settings.restartGraceSeconds,
      emit,
      onPlanned: () => this.#announcer.note(['jobs']),
    })
    this.leftovers = new Leftovers({ ...shared, outbox, keeper, recorder: this.#recorder, emit })
    this.#listener = this.#createListener()
  }

  #createListener(): Listener {
    const { databaseUrl, agent, supervisor, onTopics, onNotifications } = this.#settings
    const onWakeUp = {
      jobs: () => this.#claimer.wake(),
      cancel: () => void this.#leases.renew(),
      plan: () => this.#plan(),
      dispatch: () => onNotifications?.('dispatch'),
      deliveries: () => onNotifications?.('deliveries'),
    } satisfies Record<WakeUp, () => void>
    return wakeUpListener({
      url: databaseUrl,
      applicationName: `pipeline-manager listener ${agent.name}`,
      gate: supervisor.gate,
      onWakeUp: (kind) => onWakeUp[kind](),
      onTopics: (topics) => onTopics?.(topics),
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

  /** Runs that have ended and whose result waits for this database, here and of earlier processes (O3). */
  get waitingResults(): number {
    return Math.max(this.#recorder.waiting, this.#settings.outbox.count() - this.leftovers.elsewhere.count)
  }

  /** Registers the agent and begins to claim. Throws when the database refuses the registration. */
  start(): Promise<void> {
    if (this.#state !== 'idle') return this.#starting ?? Promise.resolve()
    return (this.#starting ??= this.#start())
  }

  async #start(): Promise<void> {
    const askedAt = this.#settings.clock.monotonic()
    // The recovery of the first poll plans by it.
    this.#databaseTime.observe(await this.#witness.register(), askedAt)
    // Stopped meanwhile: `stop` waits for this, and nothing may be opened behind its back.
    if (this.#state !== 'idle') return
    this.#state = 'running'
    this.#emit({ type: 'state', state: 'running' })
    this.#unwatch = this.#settings.supervisor.subscribe((view) => this.#follow(view))
    this.#unhold = this.#settings.holds?.subscribe(() => void this.poll()) ?? this.#unhold
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

  /** One poll: recovery first, then claims (J7). Nothing while the database takes no changes. Never throws. */
  poll(): Promise<void> {
    if (!this.#settings.supervisor.canChange) return Promise.resolve()
    return this.#inBackground(this.#sweep())
  }

  /** What waits here is delivered before: to the sweep, a run whose lease ran out during an outage looks stuck. */
  async #sweep(): Promise<void> {
    await this.leftovers.deliver()
    await this.#recorder.retryNow()
    if (this.#stopping === null) await this.#recovery.sweep()
  }

  /**
   * The machine has slept, `hiddenMs` of it unseen by the monotonic clock. A lease that has run out meanwhile is lost at once, before
   * its run does anything more; the others are renewed. Never rejects.
   */
  wakeUp(hiddenMs: number): Promise<void> {
    this.#leases.noteSleep(hiddenMs)
    this.#listener.retryNow()
    return this.#leases.renew()
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
      this.#unanswered(error)
    } finally {
      this.#background.delete(work)
    }
    this.#claimer.wake()
  }

  /**
   * "Run now" by this very agent: job, claim and run row in one commit. Returns null, having written nothing, when the
   * concurrency key is busy, it is held, the agent has no room or cannot run this job type; the caller queues the job instead.
   */
  async runNow(request: QueuedRunNow): Promise<ClaimedRun | null> {
    const { agent, database, leaseSeconds, clock } = this.#settings
    if (this.#state !== 'running' || this.#settings.holds?.isHeld === true) return null
    if (this.#room() <= 0 || !agent.jobTypes.includes(request.jobType)) return null
    const askedAt = clock.monotonic()
    const ids = { agentId: agent.id, runId: timeOrderedId(), runToken: randomUUID() }
    const now = this.#settings.now?.() ?? null
    const inserted = insertRunNow(database, { ...request, ...ids, leaseSeconds, now })
    this.#background.add(inserted)
    try {
      const run = await inserted
      if (run !== null) this.#begin(run, askedAt)
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
    this.#unwatch()
    this.#unhold()
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
    const { shutdownGraceSeconds, hurry } = this.#settings
    await settledWithin(this.#underWay, shutdownGraceSeconds * 1000, hurry)
    const givenBack = this.#underWay.size > 0
    for (const execution of this.#executions.values()) {
      execution.abort(new RunAborted('shutdown', 'The agent is shutting down; the run is given back.'))
    }
    // Aborted work ends at once or is killed or left behind within seconds.
    await settledWithin(this.#underWay, 20_000)
    // What is kept on the device need not be waited for: the next start delivers it.
    if (!this.#recorder.isKept) await settledWithin(this.#settled, answerMs)
    // Another agent can take up at once what this one gave back.
    if (givenBack) await settledWithin([wakeAgents(this.#settings.consoleDatabase).catch(this.#unanswered)], answerMs)
  }

  /** False when the database did not answer. */
  async #tell(state: 'draining' | 'stopped'): Promise<boolean> {
    const { database, agent } = this.#settings
    try {
      return await answeredWithin(
        recordAgentState(database, agent.id, state).then(() => true),
        answerMs,
        false,
      )
    } catch (error) {
      this.#unanswered(error)
      return false
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
    const ended = { type: 'run_ended', run, status, problem, errorMessage } as const
    const told = { recorded: ended, lost: { type: 'run_lost', run }, kept: { type: 'run_kept', run } } as const
    this.#emit(told[await written])
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

  #armHeartbeat(delayMs = this.#settings.renewSeconds * 1000): void {
    this.#clockwork.arm('heartbeat', delayMs, async () => {
      this.#armHeartbeat()
      await this.#witness.beat()
    })
  }

  /** A fault of ours; the run is left to recovery, the agent goes on. */
  readonly #report = (error: unknown): void => this.#emit({ type: 'trouble', message: describeError(error) })

  /** Whoever watches over the database tells that it does not answer. */
  readonly #unanswered = (error: unknown): void => {
    if (!isTransient(error)) this.#report(error)
  }

  /** The database went or came back. What waited for it need not wait for its own next try. */
  #follow({ reason, state }: DatabaseView): void {
    const isUsable = state === 'up'
    if (isUsable === this.#isUsable) return
    this.#isUsable = isUsable
    this.#emit({ type: 'database', reachable: isUsable, message: reason ?? 'The database answers.' })
    if (!isUsable) return
    // Back after an outage: it may be another one.
    this.#armHeartbeat(0)
    this.#listener.retryNow()
    void this.#leases.renew()
    void this.poll()
  }

  #emit(event: AgentEvent): void {
    this.#announcer.hear(event)
    for (const listener of this.#listeners) listener(event)
  }
}
