/** What a person found out about a run of which nobody knew whether it did its work (J5). The status of the run stays what it was. */

export const runOutcomes = ['done', 'not_done'] as const
export type RunOutcome = (typeof runOutcomes)[number]

export interface RunDecision {
  readonly outcome: RunOutcome
  /** Who said so. */
  readonly by: string
  readonly at: Date
  /** `done`: as of when the data counts; null otherwise. */
  readonly doneAt: Date | null
  readonly note: string | null
  /** `done`: how many records the source has of it; null = not counted. */
  readonly records: number | null
}

/** What the column holds; null for what is not ours. */
export function storedDecision(stored: unknown): RunDecision | null {
  if (typeof stored !== 'object' || stored === null) return null
  const { outcome, by, at, doneAt, note, records }: Record<string, unknown> = { ...stored }
  const known = runOutcomes.find((one) => one === outcome)
  const when = instantOf(at)
  if (known === undefined || when === null || typeof by !== 'string') return null
  return {
    outcome: known,
    by: by.slice(0, 200),
    at: when,
    doneAt: instantOf(doneAt),
    note: typeof note === 'string' ? note.slice(0, 2_000) : null,
    records: Number.isSafeInteger(records) ? Number(records) : null,
  }
}

function instantOf(value: unknown): Date | null {
  const at = typeof value === 'string' ? new Date(value) : null
  return at === null || Number.isNaN(at.getTime()) ? null : at
}

/** "Confirmed done by ana", "Said by ana not to have been done". */
export function decisionInWords({ outcome, by }: Pick<RunDecision, 'outcome' | 'by'>): string {
  return outcome === 'done' ? `Confirmed done by ${by}` : `Found not done by ${by}, and run again`
}
