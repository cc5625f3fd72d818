import { type AttemptStatus, attemptStatuses, type FreshnessState, freshnessStates } from './domain.ts'

/** What one character of the freshness board says: both axes of F6, and F8. */
export interface Cell {
  readonly freshness: FreshnessState
  readonly lastAttempt: AttemptStatus
  readonly suspicious: boolean
}

/** The brand does not have this dataset. */
export const noCell = '.'

/** Forty of the printable characters that JSON does not escape; `.` is not among them. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn'

const cells: readonly Cell[] = freshnessStates.flatMap((freshness) =>
  attemptStatuses.flatMap((lastAttempt) => [
    { freshness, lastAttempt, suspicious: false },
    { freshness, lastAttempt, suspicious: true },
  ]),
)

/** Fifty thousand cells are encoded at once: look-ups in small objects, no search. */
const rows = { fresh: 0, at_risk: 8, stale: 16, never_synced: 24, no_policy: 32 } as const satisfies Record<
  FreshnessState,
  number
>
const columns = { completed: 0, failed: 2, running: 4, unknown: 6 } as const satisfies Record<AttemptStatus, number>

export function encodeCell(freshness: FreshnessState, lastAttempt: AttemptStatus, suspicious: boolean): string {
  return alphabet.charAt(rows[freshness] + columns[lastAttempt] + (suspicious ? 1 : 0))
}

/** Null for `.`, and for a character that a newer program may have added. */
export function decodeCell(code: string): Cell | null {
  return code.length === 1 ? (cells[alphabet.indexOf(code)] ?? null) : null
}
