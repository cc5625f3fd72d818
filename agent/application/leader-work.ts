import type { Clock } from '../../shared/clock.ts'
import { Election } from '../leader/election.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { AgentIdentity } from './agent-identity.ts'
import type { Connection } from './connect.ts'
import type { Log } from './log.ts'

export interface LeaderWorkOptions {
  readonly connection: Pick<Connection, 'url'>
  readonly identity: Pick<AgentIdentity, 'id' | 'name'>
  readonly clock: Clock
  readonly log: Log
}

/** What one agent does for all of them: the election, and everything that only its winner does. */
export class LeaderWork {
  readonly #election: Election

  constructor({ connection, identity, clock, log }: LeaderWorkOptions) {
    this.#election = new Election({
      url: connection.url,
      agentId: identity.id,
      agentName: identity.name,
      clock,
      onTrouble: (message) => log({ level: 'warn', event: 'trouble', message }),
    })
    this.#election.subscribe((isLeader) => {
      const message = isLeader ? 'This agent leads the others.' : 'This agent leads no more.'
      log({ level: 'info', event: isLeader ? 'leading' : 'following', message })
    })
  }

  get leadership(): Leadership {
    return this.#election
  }

  /** Resolves after the first try to lead, whether or not the database answered. */
  async start(): Promise<void> {
    await this.#election.start()
  }

  /** Leads no more from this call on. Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    await this.#election.stop()
  }
}
