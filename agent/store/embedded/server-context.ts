import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import type { OperatingUser } from './operating-user.ts'

/** Which programs work on which folders, and as whom. */
export interface ServerContext {
  readonly layout: Layout
  readonly binaries: Binaries
  /** Null = as ourselves. */
  readonly user: OperatingUser | null
}
