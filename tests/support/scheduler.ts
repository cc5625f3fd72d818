/** A real scheduler on a test database. What steps do is plain functions; the database's clock can be moved. */
import { randomUUID } from 'node:crypto'
import type { ConnectionSupervisor } from '../../agent/connection/supervisor.ts'
import { type Catalog, type Dataset, emptyCatalog, type JobType, type Step } from '../../agent/jobs/catalog/catalog.ts'
import { validateParameters } from '../../agent/jobs/catalog/parameters.ts'
import type { StepContext, StepResult } from '../../agent/jobs/executors/executor.ts'
import { SecretMasker } from '../../agent/jobs/log/secret-masker.ts'
import type { AgentEvent } from '../../agent/scheduler/events.ts'
import { Scheduler } from '../../agent/scheduler/scheduler.ts'
import type { SchedulerSettings } from '../../agent/scheduler/scheduler-settings.ts'
import { type DatabasePool, openPool } from '../../agent/store/database.ts'
import { systemClock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { noHeartbeatMemory, noOutbox } from './no-store.ts'
import { supervise } from './supervisor.ts'
import { waitFor } from './wait.ts'

export type StepHandler = (context: StepContext) => StepResult | Promise<StepResult>

export interface TestStep extends Partial<Omit<Step, 'run'>> {
  readonly key: string
  readonly run: StepHandler
}

export interface TestJobType extends Partial<Omit<JobType, 'key' | 'steps'>> {
  readonly steps: readonly TestStep[]
}

/** The database's clock as the test tells it; null = the real one. */
export class DatabaseNow {
  #now: Date | null

  constructor(start: Date | string | null) {
    this.#now = start === null ? null : new Date(start)
  }

  get current(): Date | null {
    return this.#now
  }

  set(now: Date | string): void {
    this.#now = new Date(now)
  }

  advance(amount: { seconds?: number; minutes?: number; hours?: number }): void {
    const { seconds = 0, minutes = 0, hours = 0 } = amount
    if (this.#now === null) throw new Error('the real clock cannot be moved')
    this.#now = new Date(this.#now.getTime() + (seconds + minutes * 60 + hours * 3600) * 1000)
  }
}

export interface TestSchedulerOptions extends Partial<Omit<SchedulerSettings, 'supervisor'>> {
  readonly url: string
  /** One step `work` with this handler per job type, or the whole type. */
  readonly jobs: Readonly<Record<string, StepHandler | TestJobType>>
  readonly datasets?: readonly (Partial<Dataset> & { key: string })[]
  /** Of the database. Default: its own. */
  readonly at?: DatabaseNow
  readonly agentName?: string
  /** Default: a new one. */
  readonly agentId?: string
  /** What it may claim; default: everything of `jobs`. */
  readonly advertise?: readonly string[]
}

export interface TestScheduler extends AsyncDisposable {
  readonly scheduler: Scheduler
  readonly agentId: string
  readonly events: AgentEvent[]
  readonly database: DatabasePool
  readonly consoleDatabase: DatabasePool
  of<Type extends AgentEvent['type']>(type: Type): Extract<AgentEvent, { type: Type }>[]
  /** Waits until `count` runs have ended or were lost since the start. */
  ended(count: number, timeoutMs?: number): Promise<void>
  /** Stops the scheduler and its pools; safe twice. */
  stop(): Promise<void>
}

export const done: StepResult = { recordsAffected: null, metadata: {} }

/** Settles only when the step is aborted, as a well-behaved handler does. */
export function untilAborted(context: StepContext): Promise<StepResult> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('stopped'))
    if (context.signal.aborted) stop()
    else context.signal.addEventListener('abort', stop, { once: true })
  })
}

/** Not started yet. Leases 150 s, poll 30 s, one step of concurrency 10, and no restart grace: the server has just started. */
export function createTestScheduler(options: TestSchedulerOptions): TestScheduler {
  const { url, jobs, datasets, at, agentName, agentId = randomUUID(), advertise, ...settings } = options
  const handlers = new Map<string, StepHandler>()
  const name = agentName ?? `agent-${agentId.slice(0, 8)}`
  const events: AgentEvent[] = []
  const connectionError = (error: Error): void => {
    events.push({ type: 'trouble', message: `connection: ${describeError(error)}` })
  }
  const supervisor = supervise(url)
  const { gate } = supervisor
  const pool = (purpose: 'agent' | 'console', size: number): DatabasePool =>
    openPool({ url, applicationName: `${purpose} ${name}`, size, purpose, onConnectionError: connectionError, gate })
  const database = pool('agent', 4)
  const consoleDatabase = pool('console', 2)
  const catalog = catalogOf(jobs, datasets ?? [], handlers)
  const scheduler = new Scheduler({
    databaseUrl: url,
    supervisor,
    database,
    consoleDatabase,
    clock: systemClock,
    catalog,
    masker: new SecretMasker(),
    defaultTimeZone: 'UTC',
    secret: () => undefined,
    validateParameters,
    execute: async (run, context) => {
      const handler = run.kind === 'builtin' ? handlers.get(run.spec.builtin) : undefined
      if (!handler) throw new Error(`the test has no handler for ${context.identity.jobType}`)
      return handler(context)
    },
    concurrency: 10,
    claimBatch: 10,
    flushBatch: 10,
    leaseSeconds: 150,
    renewSeconds: 30,
    trustSeconds: 135,
    pollSeconds: 30,
    restartGraceSeconds: 0,
    shutdownGraceSeconds: 5,
    outbox: noOutbox,
    heartbeatMemory: noHeartbeatMemory,
    ...(at ? { now: () => at.current } : {}),
    ...settings,
    agent: {
      id: agentId,
      name,
      host: 'test',
      processId: process.pid,
      programVersion: '0.0.0',
      jobTypes: advertise ?? [...catalog.jobTypes.keys()],
      concurrency: 10,
      catalog: {},
    },
  })
  scheduler.subscribe((event) => events.push(event))
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => (stopping ??= stopAll(scheduler, supervisor, [database, consoleDatabase]))
  const of = <Type extends AgentEvent['type']>(type: Type): Extract<AgentEvent, { type: Type }>[] =>
    events.filter((event): event is Extract<AgentEvent, { type: Type }> => event.type === type)
  return {
    scheduler,
    agentId,
    events,
    database,
    consoleDatabase,
    of,
    ended: async (count, timeoutMs = 10_000) => {
      const ended = (): number => of('run_ended').length + of('run_lost').length
      await waitFor(() => ended() >= count, { describe: `${count} runs to end`, timeoutMs })
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function stopAll(
  scheduler: Scheduler,
  supervisor: ConnectionSupervisor,
  pools: readonly DatabasePool[],
): Promise<void> {
  await scheduler.stop()
  await supervisor.stop()
  await Promise.all(pools.map((pool) => pool.stop()))
}

function catalogOf(
  jobs: TestSchedulerOptions['jobs'],
  datasets: NonNullable<TestSchedulerOptions['datasets']>,
  handlers: Map<string, StepHandler>,
): Catalog {
  const jobTypes = Object.entries(jobs).map(([key, job]) => jobTypeOf(key, job, handlers))
  return {
    ...emptyCatalog,
    jobTypes: new Map(jobTypes.map((jobType) => [jobType.key, jobType])),
    datasets: new Map(
      datasets.map((dataset) => [
        dataset.key,
        {
          label: dataset.key,
          description: null,
          maxAgeHours: null,
          due: null,
          neverZero: false,
          probe: null,
          owner: null,
          runbook: null,
          ...dataset,
        },
      ]),
    ),
  }
}

function jobTypeOf(key: string, job: StepHandler | TestJobType, handlers: Map<string, StepHandler>): JobType {
  const given: TestJobType = typeof job === 'function' ? { steps: [{ key: 'work', run: job }] } : job
  return {
    key,
    label: key,
    description: null,
    timeoutMinutes: 60,
    parameters: { type: 'object' },
    cadence: null,
    secrets: [],
    backfill: null,
    resume: false,
    expectedMinutes: null,
    owner: null,
    runbook: null,
    ...given,
    steps: given.steps.map((step) => {
      const builtin = `${key}/${step.key}`
      handlers.set(builtin, step.run)
      const defaults = { label: step.key, dataset: null, fatal: true, retry: 'allowed' as const, when: null }
      return { ...defaults, ...step, run: { kind: 'builtin' as const, spec: { builtin } } }
    }),
  }
}
