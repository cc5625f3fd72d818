import type { ContestantName } from '../protocol.ts'
import type { BenchServer } from '../server.ts'

export interface BenchOptions {
  readonly rounds: number
  /** A tenth of the work, to see that everything runs. Its figures mean nothing. */
  readonly quick: boolean
  /** Instead of the usual ones. */
  readonly contestants: readonly ContestantName[] | null
  /** Folder for CPU profiles; profiled figures are slower. */
  readonly profile: string | undefined
}

export interface Bench {
  readonly server: BenchServer
  readonly options: BenchOptions
}
