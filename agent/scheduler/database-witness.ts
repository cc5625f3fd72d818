import { type AgentRegistration, type Heartbeat, recordAgentHeartbeat, registerAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import type { AgentListener } from './events.ts'

/** Keeps on this device the last sign of life of this agent that the database acknowledged. Nothing here throws or waits. */
export interface HeartbeatMemory {
  /** Null on a new device, and when it cannot be read. */
  recall(): Date | null
  remember(at: Date): void
}

export interface DatabaseWitnessSettings {
  readonly database: Database
  readonly agent: AgentRegistration
  readonly memory: HeartbeatMemory
  readonly emit: AgentListener
}

/**
 * Fault 30: notices that the database is not the one that this agent knew, with the sign of life that it gives anyway. Nobody else
 * writes it, so a database whose last one is older than the last that was acknowledged has lost time: an older copy was restored
 * (whether from a dump, an archive or a snapshot, which no identifier of the server would tell). One that has none at all is
 * another one. Signs of life that got no answer make the database's newer, never older, so nothing is ever reported by mistake. What was
 * lost within one interval is not noticed.
 */
export class DatabaseWitness {
  readonly #settings: DatabaseWitnessSettings
  /** Of this process, for a device that can keep nothing. */
  #seen: Date | null = null

  constructor(settings: DatabaseWitnessSettings) {
    this.#settings = settings
  }

  /** Returns the database's clock. */
  async register(): Promise<Date> {
    const { database, agent } = this.#settings
    const heartbeat = await registerAgent(database, agent)
    this.#compare(heartbeat)
    return heartbeat.at
  }

  /** An agent that the database does not know (any more) could claim nothing: it is registered again. */
  async beat(): Promise<void> {
    const { database, agent } = this.#settings
    const heartbeat = await recordAgentHeartbeat(database, agent.id)
    if (heartbeat === null) await this.register()
    else this.#compare(heartbeat)
  }

  #compare({ at, before }: Heartbeat): void {
    const { memory, emit } = this.#settings
    const seen = this.#seen ?? memory.recall()
    this.#seen = at
    memory.remember(at)
    if (seen === null || (before !== null && before >= seen)) return
    const finding =
      before === null
        ? 'It does not know this agent, so it is another one, or an older copy of it'
        : `Its last sign of life of this agent is of ${before.toISOString()}, so it is an older copy`
    const message = `The database is not as this agent left it at ${seen.toISOString()}. ${finding}: what was kept of it here is read anew.`
    emit({ type: 'database_replaced', message })
  }
}
