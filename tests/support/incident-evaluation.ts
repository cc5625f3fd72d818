/** Rounds of evaluation on a test's own console and clock. */
import { randomUUID } from 'node:crypto'
import { evaluate, noMemory, type RoundMemory, type RoundResult } from '../../agent/incidents/round.ts'
import type { Catalog } from '../../agent/jobs/catalog/catalog.ts'
import type { DatabasePool } from '../../agent/store/database.ts'
import type { DatabaseNow } from './scheduler.ts'

export interface Rounds {
  /** One round at the test's time; it goes on where the last one ended. */
  next(): Promise<RoundResult>
  /** As another agent that begins to lead. */
  forget(): void
}

export function roundsOf(options: {
  readonly database: DatabasePool
  readonly catalog: Catalog
  /** Of the database. Default: its own. */
  readonly at?: DatabaseNow
  readonly agentId?: string
  readonly aliveSeconds?: number
}): Rounds {
  const { database, catalog, at, agentId = randomUUID(), aliveSeconds = 150 } = options
  let memory: RoundMemory = noMemory
  return {
    next: async () => {
      const result = await evaluate(database, { catalog, agentId, aliveSeconds, now: at?.current ?? null }, memory)
      memory = result.memory
      return result
    },
    forget: () => {
      memory = noMemory
    },
  }
}
