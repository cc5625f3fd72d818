import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import type { HealthReport } from '../server/health-routes.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { AgentState } from './agent.ts'

/** The part that is about agent and database. */
export type Readiness = Pick<HealthReport, 'ready' | 'state' | 'reasons'>

const freshMs = 5_000
const patienceMs = 2_000

/**
 * Whether the database answers, asked at most once in five seconds however often somebody wants to know, and never waited for
 * longer than two.
 */
export class DatabaseProbe {
  readonly #database: Database
  readonly #clock: Clock
  #asked: { readonly at: number; readonly failure: Promise<string | null> } | null = null

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Null when it answered; else why not. */
  failure(): Promise<string | null> {
    const now = this.#clock.monotonic()
    if (this.#asked === null || now - this.#asked.at > freshMs) this.#asked = { at: now, failure: this.#ask() }
    return this.#asked.failure
  }

  async #ask(): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`it gave no answer within ${patienceMs / 1000} s`), patienceMs)
    })
    const answer = databaseNow(this.#database).then(() => null, describeError)
    return Promise.race([answer, tooLong]).finally(() => clearTimeout(timer))
  }
}

/** Ready only when the agent runs and its database has just answered. */
export async function healthOf(agent: { readonly state: AgentState }, probe: DatabaseProbe): Promise<Readiness> {
  if (agent.state !== 'running' && agent.state !== 'offline') return notReady(agent.state, reasonOf[agent.state])
  const failure = await probe.failure()
  if (failure !== null) return notReady('offline', `The database does not answer: ${failure}.`)
  if (agent.state === 'offline')
    return notReady('offline', 'The database answers again; the agent has not used it yet.')
  return { ready: true, state: 'running', reasons: [] }
}

const reasonOf = {
  starting: 'The agent is starting.',
  draining: 'The agent is stopping; it takes no more work.',
  stopped: 'The agent has stopped.',
} as const satisfies Record<Exclude<AgentState, 'running' | 'offline'>, string>

export function notReady(state: AgentState, reason: string): Readiness {
  return { ready: false, state, reasons: [reason] }
}
