import { formatInstant } from '../../shared/duration.ts'
import { type Holdable, type HoldFacts, holdOf } from '../../shared/holds.ts'
import type { Database } from '../store/database.ts'
import { type Hold, listHoldsInForce } from '../store/holds.ts'

/** What keeps the job from starting now; null = nothing does. */
export async function holdOfJob(database: Database, job: Holdable): Promise<Hold | null> {
  if (job.organizationId === null) return null
  return holdOf(await listHoldsInForce(database, job.organizationId), job)
}

/** "; held until 2026-11-27 14:00 UTC by Ana", for the end of a sentence; empty when it is free by the time it is due (null = now). */
export function heldNote(hold: Pick<HoldFacts, 'endsAt' | 'createdBy'> | null, dueAt: Date | null): string {
  if (hold === null) return ''
  const { endsAt, createdBy } = hold
  if (endsAt === null) return `; held by ${createdBy} until the hold is ended`
  return dueAt !== null && dueAt >= endsAt ? '' : `; held until ${formatInstant(endsAt)} by ${createdBy}`
}
