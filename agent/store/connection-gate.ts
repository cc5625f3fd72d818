import type { Problem } from '../../shared/errors.ts'

/**
 * Stands before every connection to the agent's database. One place knows whether the database can be reached
 * (agent/connection/supervisor.ts); through the gate it hears how questions went, and keeps everybody from trying for themselves while it
 * is down: a dozen pools and listeners that each retry a wrong password would lock the account.
 */
export interface ConnectionGate {
  /** Why no new connection may be opened now; null when it may. Connections that are open go on. */
  closed(): DatabaseAway | null
  /** The database has answered. */
  answered(): void
  /** A connection broke, or something asked failed: whether that says anything about the database is for the gate to judge. */
  failed(error: unknown): void
}

/** For commands of a person and for tests: they try once, and there is nobody to tell. */
export const openGate: ConnectionGate = { closed: () => null, answered: () => undefined, failed: () => undefined }

/** The database was not asked, because it is known to be away. */
export class DatabaseAway extends Error {
  /** As errors of sockets have one: whoever asks whether to try again later takes it for such. */
  readonly code = 'database_away'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message, { cause: problem })
    this.name = 'DatabaseAway'
    this.problem = problem
  }
}
