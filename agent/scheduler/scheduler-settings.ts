import type { LiveTopic } from '../../shared/live-topics.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import type { AgentRegistration } from '../store/agents.ts'
import type { RunNowRequest } from '../store/claim.ts'
import type { DatabasePool } from '../store/database.ts'
import type { ClaimHolds } from './claim-holds.ts'
import type { HeartbeatMemory } from './database-witness.ts'
import type { ExecutionPorts } from './run-execution.ts'
import type { RunOutbox } from './run-outbox.ts'

export interface SchedulerSettings
  extends Pick<
    ExecutionPorts,
    'catalog' | 'clock' | 'execute' | 'secret' | 'masker' | 'validateParameters' | 'defaultTimeZone'
  > {
  readonly databaseUrl: string
  /** Knows whether the database can be used. While it takes no changes nothing is claimed. */
  readonly supervisor: Pick<ConnectionSupervisor, 'canChange' | 'gate' | 'view' | 'subscribe'>
  /** Connections with pinned plans, for this scheduler alone. */
  readonly database: DatabasePool
  /** Connections for people and for questions that read whole tables. */
  readonly consoleDatabase: DatabasePool
  /** Of this agent on this device. */
  readonly outbox: RunOutbox
  readonly heartbeatMemory: HeartbeatMemory
  readonly agent: AgentRegistration
  readonly concurrency: number
  readonly claimBatch: number
  readonly flushBatch: number
  readonly leaseSeconds: number
  readonly renewSeconds: number
  readonly trustSeconds: number
  readonly pollSeconds: number
  /** After a server start nobody's runs are declared lost for this long. */
  readonly restartGraceSeconds: number
  readonly shutdownGraceSeconds: number
  /** Told what has changed in the database, by whomever; hints, as the wake-ups. */
  readonly onTopics?: (topics: readonly LiveTopic[]) => void
  /** Somebody may have to be told something; heard on the connection that wakes the scheduler. */
  readonly onNotifications?: (what: 'dispatch' | 'deliveries') => void
  /** Reasons to claim nothing for a while; left out = there never are any. */
  readonly holds?: ClaimHolds
  /** Once aborted, stopping gives running work no time to finish, also when it has begun before; left out = it always does. */
  readonly hurry?: AbortSignal
  /** Stands in for the database's clock in tests. */
  readonly now?: () => Date | null
}

export type QueuedRunNow = Pick<
  RunNowRequest,
  'brandId' | 'name' | 'jobType' | 'parameters' | 'triggerSource' | 'requestedBy'
>
