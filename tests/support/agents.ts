/** Agents in processes of their own, and the database rows that say what they did. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type pg from 'pg'
import type { AgentEvent } from '../../agent/scheduler/events.ts'
import type { AgentProcessOptions } from './agent-process.ts'
import type { Exit } from './child-process.ts'
import { waitFor } from './wait.ts'

/** Leases that a test can wait out. */
export const shortLeases = {
  leaseSeconds: 2,
  renewSeconds: 0.4,
  trustSeconds: 1.6,
  pollSeconds: 0.4,
  restartGraceSeconds: 0,
}

export interface AgentProcess extends AsyncDisposable {
  readonly pid: number
  readonly name: string
  /** What it has said so far; `gone` comes last, after a stop in good order. */
  readonly events: (AgentEvent | { readonly type: 'gone' })[]
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<Exit>
  readonly isRunning: boolean
}

/** Resolves when the agent claims. Disposing kills it. */
export async function startAgent(
  options: AgentProcessOptions,
  environment: Readonly<Record<string, string>> = {},
): Promise<AgentProcess> {
  const script = join(import.meta.dirname, 'agent-process.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the agent could not be started')
  const events: AgentProcess['events'] = []
  const errors: string[] = []
  // Only our own script writes there.
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as AgentEvent))
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  const exited = exitOf(child)
  const isReady = (): boolean => events.some((event) => event.type === 'listening' && event.listening)
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  await waitFor(() => isReady() || isOver(), { describe: `agent ${options.name} to be ready`, timeoutMs: 30_000 })
  if (isOver()) throw new Error(`Agent ${options.name} ended: ${errors.join('')}`)
  return {
    pid,
    name: options.name,
    events,
    exited,
    kill: (signal) => child.kill(signal),
    get isRunning() {
      return !isOver()
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  await once(child, 'close')
  return { code: child.exitCode, signal: child.signalCode }
}

export async function createEffects(client: pg.ClientBase): Promise<void> {
  await client.query(
    `create table effects (run_id uuid primary key, attempt integer not null, process_id integer not null,
       happened_at timestamptz not null default now())`,
  )
}

/** Jobs that are due now, each with a concurrency key of its own. */
export async function addJobs(
  client: pg.ClientBase,
  count: number,
  {
    jobType = 'effect',
    parameters = {},
    maxRetries = 3,
  }: { jobType?: string; parameters?: object; maxRetries?: number } = {},
): Promise<void> {
  await client.query(
    `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key, parameters, max_retries)
     select 'Job ' || n, $2, 'one_time', now(), $2 || ' ' || gen_random_uuid(), $3, $4 from generate_series(1, $1) n`,
    [count, jobType, JSON.stringify(parameters), maxRetries],
  )
}

export interface Tally {
  readonly jobs: number
  readonly completed: number
  /** Runs that have ended well; more than jobs = a job finished twice. */
  readonly goodRuns: number
  readonly effects: number
  readonly running: number
  readonly highestAttempt: number
}

/** Of all jobs of a type: how many are done, and how often anything happened for them. */
export async function tally(client: pg.ClientBase, jobType = 'effect'): Promise<Tally> {
  const { rows } = await client.query<Tally>(
    `select (select count(*) from scheduled_jobs where job_type = $1)::int as jobs,
       (select count(*) from scheduled_jobs where job_type = $1 and status = 'completed')::int as completed,
       (select count(*) from scheduled_job_runs where job_type = $1 and status = 'completed')::int as "goodRuns",
       (select count(*) from effects join scheduled_job_runs run on run.id = run_id where run.job_type = $1)::int as effects,
       (select count(*) from scheduled_job_runs where job_type = $1 and completed_at is null)::int as running,
       (select coalesce(max(attempt_number), 0) from scheduled_job_runs where job_type = $1)::int as "highestAttempt"`,
    [jobType],
  )
  const [row] = rows
  if (!row) throw new Error('no tally')
  return row
}

/** Waits until every job of the type is completed. */
export async function allDone(client: pg.ClientBase, jobType = 'effect', timeoutMs = 120_000): Promise<Tally> {
  await waitFor(
    async () => {
      const now = await tally(client, jobType)
      if (now.completed < now.jobs) throw new Error(JSON.stringify(now))
      return true
    },
    { describe: `all jobs of ${jobType} to be completed`, timeoutMs },
  )
  return tally(client, jobType)
}

export interface RunOfAgent {
  readonly id: string
  readonly status: string
  readonly problem: string | null
  readonly attempt: number
  readonly agent: string
}

/** Runs with the name of their agent, oldest first. */
export async function runsByAgent(client: pg.ClientBase, jobType: string): Promise<RunOfAgent[]> {
  const { rows } = await client.query<RunOfAgent>(
    `select run.id, run.status, run.problem, run.attempt_number as attempt, agent.name as agent
     from scheduled_job_runs run join agents agent on agent.id = run.agent_id
     where run.job_type = $1 order by run.started_at, run.attempt_number`,
    [jobType],
  )
  return rows
}
