import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import { LocalStorage } from '../connectors/storage/local-storage.ts'
import { Housekeeping } from '../housekeeping/housekeeping.ts'
import { keepDaysOf } from '../housekeeping/keep-days.ts'
import { UnusedFiles } from '../housekeeping/unused-files.ts'
import { Election } from '../leader/election.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { AgentEvent } from '../scheduler/events.ts'
import type { Settings } from '../settings/definitions.ts'
import type { ConnectionGate } from '../store/connection-gate.ts'
import { type DatabasePool, openPool } from '../store/database.ts'
import { DatasetTriggers } from '../triggers/dataset-triggers.ts'
import type { AgentIdentity } from './agent-identity.ts'
import type { Connection } from './connect.ts'
import type { Log } from './log.ts'

export interface LeaderWorkOptions {
  readonly connection: Pick<Connection, 'url' | 'database'>
  readonly gate: ConnectionGate
  readonly identity: Pick<AgentIdentity, 'id' | 'name'>
  readonly settings: Settings
  /** Where this device keeps downloaded files. */
  readonly filesDirectory: string
  readonly clock: Clock
  readonly log: Log
}

/** What one agent does for all of them: the election, and everything that only its winner does; and what each does for its own device. */
export class LeaderWork {
  readonly #election: Election
  readonly #housekeeping: Housekeeping
  readonly #triggers: DatasetTriggers
  readonly #unusedFiles: UnusedFiles
  /** Connects when it is used, and lets go of its connection soon after. */
  readonly #housekeepingPool: DatabasePool

  constructor(options: LeaderWorkOptions) {
    const { connection, gate, identity, settings, filesDirectory, clock, log } = options
    const { url, database } = connection
    const onTrouble = (message: string): void => log({ level: 'warn', event: 'trouble', message })
    const onSwept = (message: string): void => log({ level: 'info', event: 'swept', message })
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
      onSwept,
      onTrouble,
    })
    this.#unusedFiles = new UnusedFiles({
      database: this.#housekeepingPool,
      storage: new LocalStorage(filesDirectory),
      clock,
      onSwept,
      onTrouble,
    })
    this.#triggers = new DatasetTriggers({ database, leadership: this.#election, onTrouble })
  }

  get leadership(): Leadership {
    return this.#election
  }

  /** Resolves after the first try to lead, whether or not the database answered. */
  async start(): Promise<void> {
    this.#housekeeping.start()
    this.#triggers.start()
    this.#unusedFiles.start()
    await this.#election.start()
  }

  /** What has changed in the database, by whomever. */
  changed(topics: readonly LiveTopic[]): void {
    this.#triggers.changed(topics)
  }

  /** What the agent of this process says. */
  hear(event: AgentEvent): void {
    this.#triggers.hear(event)
  }

  /** Leads no more from this call on. Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    const works = [this.#election, this.#housekeeping, this.#triggers, this.#unusedFiles]
    await Promise.all(works.map((work) => work.stop()))
    await this.#housekeepingPool.stop()
  }
}
