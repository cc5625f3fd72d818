import type { Clock } from '../../shared/clock.ts'
import type { TokenScope } from '../../shared/contract/base.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import type { Storage } from '../connectors/storage/storage.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { BannerAddress } from '../server/embed/banner-address.ts'
import type { TokenMemory } from '../server/token-memory.ts'
import type { Settings } from '../settings/definitions.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { CommandQueue } from './command-queue.ts'
import type { KeptAnswers } from './kept-answers.ts'

/** Who asks, and what they may. Established by the door; nothing behind it looks at headers. */
export interface Identity extends Actor {
  readonly door: 'console' | 'api'
  readonly scope: TokenScope
  /** A token may be bound to one organization; null = all. */
  readonly organizationId: string | null
  /** Of a program, or of a person who signed in with one; absent for a person at the agent's machine. */
  readonly tokenId?: string
}

/** On an agent that only reads nobody may more than that; who may not even read stays as they are. */
export function readingIdentity(identity: Identity): Identity {
  return identity.scope === 'ingest' ? identity : { ...identity, scope: 'read' }
}

/** What the calls work with; there before the agent's database is. */
export interface ConsoleServices {
  /** For people's questions: the planner is left alone. Fails at once while it is known to be away. */
  readonly database: DatabasePool
  /** For what other programs report, by few statements whose plans are pinned. */
  readonly intake: DatabasePool
  /** Knows whether the database can be used, and why not. */
  readonly supervisor: ConnectionSupervisor
  /** Of this process; what living agents published is added where it is shown. */
  readonly catalog: Catalog
  readonly settings: Pick<Settings, 'agentName' | 'leaseSeconds' | 'defaultTimeZone' | 'metricsDatasets'>
  readonly connection: { readonly kind: 'embedded' | 'external'; readonly serverVersion: string }
  readonly programVersion: string
  readonly changes: ChangeFeed
  /** What people were answered, for while the database is away (O1). */
  readonly answers: KeptAnswers
  /** What operators asked for meanwhile (O2). */
  readonly commands: CommandQueue
  /** Tokens that sessions were begun with, for while they cannot be looked up. */
  readonly tokens: TokenMemory
  /** What this device keeps and how it does; for people. */
  readonly device: () => DeviceState
  /** Where files of pipelines are kept; on this machine, so that another agent's may be missing. */
  readonly storage: () => Storage
  /** Signs the address of a banner for one page of one brand. @throws Problem when the key cannot be read. */
  readonly bannerAddress: (banner: {
    readonly page: string
    readonly brandId: string
    readonly minutes: number
  }) => Promise<BannerAddress>
  /** Secrets of hooks, for the table; null: sealed by another installation. @throws Problem when the key cannot be read. */
  readonly hookSecrets: {
    readonly seal: (secret: string) => Promise<Uint8Array>
    readonly unseal: (sealed: Uint8Array) => Promise<string | null>
  }
  readonly clock: Clock
  /** Told about what nobody expected, for the log; never reaches the caller. */
  readonly onTrouble: (message: string) => void
}

/** Of the store on this device. */
export interface DeviceState {
  /** Runs that have ended and whose result waits for the database (O3). */
  readonly waitingResults: number
  /** Why nothing can be kept there, and what was lost; whole sentences, null while all is well. */
  readonly reason: string | null
  readonly loss: string | null
}

/** What a call leaves for its door to tell beside the answer. */
export interface AnswerNote {
  /** The answer is an older one, true at this instant by the database's clock; null: it is fresh. */
  keptAsOf: Date | null
}

/** What a call whose answer goes on needs of the door it came through. */
export interface LongCallDoor {
  /** Takes one of the streams that a caller may have open, until it is closed. @throws Problem `too_many_requests`. */
  readonly beginStream: () => void
  /** @throws Problem `unauthorized` when the caller would be refused by now; `database_unreachable`. */
  readonly confirmCaller: () => Promise<void>
}

export interface ConsoleContext {
  readonly identity: Identity
  readonly services: ConsoleServices
  /** Absent where nobody is told. */
  readonly note?: AnswerNote
  /** Absent for callers within this process, who stay who they are. */
  readonly door?: LongCallDoor
  /** It was asked for while the database was away: it is done now, or not at all. */
  readonly isLate?: boolean
}
