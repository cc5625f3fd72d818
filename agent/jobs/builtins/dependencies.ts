import type { Clock } from '../../../shared/clock.ts'
import type { Patience } from '../../connectors/meta/graph-client.ts'
import type { Storage } from '../../connectors/storage/storage.ts'
import type { DatabasePool } from '../../store/database.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { RunSpec } from '../catalog/run-spec.ts'
import type { StepContext, StepResult } from '../executors/executor.ts'

/** What built-in steps work with. */
export interface BuiltinDependencies {
  readonly catalog: Catalog
  /** For people and for questions that read whole tables; its plans are its own. */
  readonly database: DatabasePool
  readonly clock: Clock
  /** 0 up to, not including, 1. */
  readonly random: () => number
  readonly meta: MetaAccess
  /** Where downloaded files are kept. */
  readonly storage: Storage
  /** Runs what another step of the catalog runs. */
  readonly execute: (run: RunSpec, context: StepContext) => Promise<StepResult>
}

export interface MetaAccess {
  /**
   * Address of the Graph API with its version; asked for when it is needed, so that a simulator starts when it is
   * needed.
   */
  readonly graphUrl: () => Promise<string>
  readonly fetch: typeof fetch
  readonly patience?: Partial<Patience>
}
