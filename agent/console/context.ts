import type { Clock } from '../../shared/clock.ts'
import type { Scope } from '../../shared/contract/base.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Settings } from '../settings/definitions.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import type { ChangeFeed } from './change-feed.ts'

/** Who asks, and what they may. Established by the door; nothing behind it looks at headers. */
export interface Identity extends Actor {
  readonly door: 'console' | 'api'
  readonly scope: Scope
  /** A token may be bound to one organization; null = all. */
  readonly organizationId: string | null
}

/** What the calls work with; there before the agent's database is. */
export interface ConsoleServices {
  /** For people's questions: the planner is left alone. Fails at once while it is known to be away. */
  readonly database: DatabasePool
  /** Knows whether the database can be used, and why not. */
  readonly supervisor: ConnectionSupervisor
  /** Of this process; what living agents published is added where it is shown. */
  readonly catalog: Catalog
  readonly settings: Pick<Settings, 'agentName' | 'leaseSeconds' | 'defaultTimeZone'>
  readonly connection: { readonly kind: 'embedded' | 'external'; readonly serverVersion: string }
  readonly programVersion: string
  readonly changes: ChangeFeed
  readonly clock: Clock
  /** Told about what nobody expected, for the log; never reaches the caller. */
  readonly onTrouble: (message: string) => void
}

export interface ConsoleContext {
  readonly identity: Identity
  readonly services: ConsoleServices
}
