/** One contestant, one task: a fresh database, a process of its own, and what both cost. */
import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { bundledContestants } from './bundle.ts'
import { type CpuReading, load, processSeconds, readCpu, residentMegabytes } from './machine.ts'
import type { Assignment, Command, ContestantName, Report, Task } from './protocol.ts'
import { addDueToBoss, addDueToGraphile, addDueToOurs, type Due, seedBoss, seedGraphile, seedOurs } from './seeds.ts'
import type { BenchServer } from './server.ts'

export interface Race {
  readonly contestant: ContestantName
  readonly task: Task
  /** What is due in the database; null = nothing. */
  readonly due: Due | null
  /** Folder for a CPU profile of the contestant's process. */
  readonly profile?: string | undefined
}

export interface Outcome {
  /** First handler start to "everything is complete in the database"; NaN when nothing was to be worked off. */
  readonly seconds: number
  /** CPU seconds of the server's processes in that time. */
  readonly serverCpu: number
  readonly nodeCpu: number
  readonly walBytes: number
  /** Cores that other programs kept busy meanwhile, on average. */
  readonly foreignCores: number
  readonly load: number
  /** Of the contestant's process at the end, 10^6 bytes. */
  readonly residentMegabytes: number
  readonly samples: readonly number[]
  readonly floor: readonly number[]
}

interface Kind {
  readonly seed: (url: string) => Promise<void>
  readonly addDue: (url: string, due: Due) => Promise<void>
}

const kinds: Record<'ours' | 'graphile' | 'pg_boss', Kind> = {
  ours: { seed: seedOurs, addDue: addDueToOurs },
  graphile: { seed: seedGraphile, addDue: addDueToGraphile },
  pg_boss: { seed: seedBoss, addDue: addDueToBoss },
}

function kindOf(contestant: ContestantName): keyof typeof kinds {
  if (contestant.startsWith('ours')) return 'ours'
  return contestant.startsWith('graphile') ? 'graphile' : 'pg_boss'
}

/** A database like the contestant would find it; the caller drops it. */
export async function prepare(server: BenchServer, contestant: ContestantName, due: Due | null): Promise<string> {
  const kind = kindOf(contestant)
  const empty = await server.template(`house_${kind}`, kinds[kind].seed)
  // Immediate work is the same in every round, so it is added once; what is due at an instant cannot be.
  if (due !== null && due.inSeconds < 0) {
    const filled = await server.template(`due_${kind}_${due.jobs}`, (url) => kinds[kind].addDue(url, due), empty)
    return server.create(filled)
  }
  const database = await server.create(empty)
  if (due !== null) await kinds[kind].addDue(server.urlOf(database), due)
  return database
}

export async function race(server: BenchServer, { contestant, task, due, profile }: Race): Promise<Outcome> {
  const database = await prepare(server, contestant, due)
  const runner = await Runner.start({ contestant, task, url: server.urlOf(database) }, profile)
  try {
    const measure = (): Promise<Reading> => readAll(server, runner.pid)
    const before = await measure()
    const { first, done, atFirst } = await runner.work(measure)
    const after = await measure()
    const from = atFirst ?? before
    const seconds = first === null ? Number.NaN : (done.at - first.at) / 1000
    const serverCpu = after.cpu.server - from.cpu.server
    const own = after.own - from.own + (after.bench - from.bench)
    const foreign = after.cpu.machine - from.cpu.machine - serverCpu - own
    return {
      seconds,
      serverCpu,
      nodeCpu: first === null ? Number.NaN : (done.cpuMicroseconds - first.cpuMicroseconds) / 1e6,
      walBytes: after.wal - from.wal,
      // Ticks are 10 ms, so very little may come out as less than nothing.
      foreignCores: Math.max(0, foreign / ((after.at - from.at) / 1000)),
      load: load(),
      residentMegabytes: residentMegabytes(runner.pid),
      samples: done.samples,
      floor: done.floor,
    }
  } finally {
    await runner.stop()
    await server.drop(database)
  }
}

interface Reading {
  readonly at: number
  readonly cpu: CpuReading
  readonly own: number
  readonly bench: number
  readonly wal: number
}

async function readAll(server: BenchServer, pid: number): Promise<Reading> {
  const { rows } = await server.administrator.query<{ wal: string }>(
    `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal`,
  )
  return {
    at: performance.now(),
    cpu: readCpu(server.postmaster),
    own: processSeconds(pid),
    bench: processSeconds(process.pid),
    wal: Number(rows[0]?.wal),
  }
}

type Done = Extract<Report, { kind: 'done' }>
type First = Extract<Report, { kind: 'first_start' }>

/** How package.json starts the agent. */
export const agentFlags = ['--max-semi-space-size=2', '--heap-growing-percent=30', '--single-threaded']

/** A contestant's process. */
export class Runner {
  readonly pid: number
  readonly #child: ReturnType<typeof fork>
  readonly #reports: AsyncIterableIterator<[Report]>

  private constructor(child: ReturnType<typeof fork>) {
    this.#child = child
    this.pid = child.pid ?? 0
    // `on` yields what the event was given: one report each.
    this.#reports = on(child, 'message', { close: ['exit'] }) as unknown as AsyncIterableIterator<[Report]>
  }

  static async start(assignment: Assignment, profile?: string): Promise<Runner> {
    const script = await bundledContestants()
    const ours = assignment.contestant.startsWith('ours')
    // The libraries run as Node is.
    const execArgv = profile === undefined ? (ours ? agentFlags : []) : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const environment = { ...process.env, NO_LOG_SUCCESS: '1' }
    const child = fork(script, [JSON.stringify(assignment)], { execArgv, env: environment })
    const runner = new Runner(child)
    await runner.#next()
    return runner
  }

  async #next(): Promise<Report> {
    const next = await this.#reports.next()
    if (next.done === true) throw new Error('the contestant ended')
    return next.value[0]
  }

  say(command: Command): void {
    this.#child.send(command)
  }

  /** Lets it work until it is done; `measure` is called at its first handler start. */
  async work<T>(measure: () => Promise<T>): Promise<{ first: First | null; done: Done; atFirst: T | null }> {
    this.say({ kind: 'go' })
    let first: First | null = null
    let atFirst: T | null = null
    for (;;) {
      const message = await this.#next()
      if (message.kind === 'first_start') {
        first = message
        atFirst = await measure()
      }
      if (message.kind === 'done') return { first, done: message, atFirst }
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 30_000)
    this.say({ kind: 'stop' })
    await exited
    clearTimeout(timer)
  }
}

export async function transactions(server: BenchServer, database: string): Promise<number> {
  const { rows } = await server.administrator.query<{ count: string }>(
    'select xact_commit + xact_rollback as count from pg_stat_database where datname = $1',
    [database],
  )
  return Number(rows[0]?.count)
}
