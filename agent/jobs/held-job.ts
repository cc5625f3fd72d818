import { formatInstant } from '../../shared/duration.ts'
import { type Holdable, type HoldFacts, isAbout, waitFor } from '../../shared/holds.ts'
import type { Database } from '../store/database.ts'
import { type Hold, listHoldsNotOver } from '../store/holds.ts'

/**
 * What keeps the job from starting when it is due (null = now), by holds in force then: of those that it waits for one after the other, the last.
 * Null = nothing does.
 */
export async function holdOfJob(database: Database, job: Holdable, dueAt: Date | null): Promise<Hold | null> {
  if (job.organizationId === null) return null
  const holds = (await listHoldsNotOver(database, job.organizationId)).filter((hold) => isAbout(hold, job))
  const [first] = holds
  return first === undefined ? null : waitFor(holds, dueAt ?? first.asOf, first.asOf).hold
}

/** "; held until 2026-11-27 14:00 UTC by Ana", for the end of a sentence; empty for null. */
export function heldNote(hold: Pick<HoldFacts, 'endsAt' | 'createdBy'> | null): string {
  if (hold === null) return ''
  const { endsAt, createdBy } = hold
  return endsAt === null
    ? `; held by ${createdBy} until the hold is ended`
    : `; held until ${formatInstant(endsAt)} by ${createdBy}`
}
