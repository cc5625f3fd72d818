import type { RunEnd, RunProgress } from '../store/run-record.ts'

/** What one run has done and the database could not be told. */
export interface KeptRun {
  /** Without its conclusion: the run had not ended. Ages are those at `keptAt`. */
  readonly record: RunProgress | RunEnd
  /** Null for platform-level jobs. */
  readonly brandId: string | null
  /**
   * The database's clock at that moment, as this agent knew it from the last answers and its monotonic clock. It is the one clock that
   * is there again after a restart, whatever the clock of this machine says by then (F2).
   */
  readonly keptAt: Date
}

/**
 * O3: what runs did and the database does not know yet, kept on this device so that the death of the agent loses none of it. A run is
 * kept once, with all that is not written of it. Nothing here throws or waits.
 */
export interface RunOutbox {
  /** Takes the place of what was kept of these runs before. False when it cannot be kept. */
  keep(runs: readonly KeptRun[]): boolean
  /** Delivered, or not wanted any more. */
  remove(runIds: readonly string[]): void
  /** Of all that is kept, in the order in which the runs were first kept. */
  runIds(): string[]
  /** What is kept of these runs, in the same order; what can no longer be read is left out, and gone. */
  load(runIds: readonly string[]): KeptRun[]
  /** How many runs that have ended wait here. */
  count(): number
}

export function isEnd(record: RunProgress | RunEnd): record is RunEnd {
  return 'status' in record
}
