import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { Housekeeping } from '../housekeeping/housekeeping.ts'
import { keepDaysOf } from '../housekeeping/keep-days.ts'
import { Election } from '../leader/election.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { Settings } from '../settings/definitions.ts'
import type { ConnectionGate } from '../store/connection-gate.ts'
import { type DatabasePool, openPool } from '../store/database.ts'
import type { AgentIdentity } from './agent-identity.ts'
import type { Connection } from './connect.ts'
import type { Log } from './log.ts'

export interface LeaderWorkOptions {
  readonly connection: Pick<Connection, 'url'>
  readonly gate: ConnectionGate
  readonly identity: Pick<AgentIdentity, 'id' | 'name'>
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}

/** What one agent does for all of them: the election, and everything that only its winner does. */
export class LeaderWork {
  readonly #election: Election
  readonly #housekeeping: Housekeeping
  /** Connects when it is used, and lets go of its connection soon after. */
  readonly #housekeepingPool: DatabasePool

  constructor({ connection: { url }, gate, identity, settings, clock, log }: LeaderWorkOptions) {
    const onTrouble = (message: string): void => log({ level: 'warn', event: 'trouble', message })
    this.#election = new Election({ url, agentId: identity.id, agentName: identity.name, clock, onTrouble, gate })
    this.#election.subscribe((isLeader) => {
      const message = isLeader ? 'This agent leads the others.' : 'This agent leads no more.'
      log({ level: 'info', event: isLeader ? 'leading' : 'following', message })
    })
    this.#housekeepingPool = openPool({
      url,
      applicationName: `pipeline-manager housekeeping ${identity.name}`,
      size: 1,
      purpose: 'housekeeping',
      gate,
      onConnectionError: (error) => onTrouble(`A database connection broke: ${describeError(error)}`),
    })
    this.#housekeeping = new Housekeeping({
      database: this.#housekeepingPool,
      clock,
      leadership: this.#election,
      agentId: identity.id,
      keep: keepDaysOf(settings),
      onSwept: (message) => log({ level: 'info', event: 'swept', message }),
      onTrouble,
    })
  }

  get leadership(): Leadership {
    return this.#election
  }

  /** Resolves after the first try to lead, whether or not the database answered. */
  async start(): Promise<void> {
    this.#housekeeping.start()
    await this.#election.start()
  }

  /** Leads no more from this call on. Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    await Promise.all([this.#election.stop(), this.#housekeeping.stop()])
    await this.#housekeepingPool.stop()
  }
}
