import { expectedBy, heldWords } from '../../shared/holds.ts'
import type { Database } from '../store/database.ts'
import type { EvaluatedCatalog } from '../store/evaluated-datasets.ts'
import { listHeldRefreshers, listQuietIncidents, moveQuietIncidents } from '../store/held-refreshers.ts'

/** What is held is expected: its stale data is an incident that nobody is told of before it has outlived the hold. */
export interface Expectation {
  /** When what refreshes it may start, ISO 8601; `infinity` where nobody can say. */
  readonly quietUntil: string
  /** "held until 2026-11-27 14:00 UTC by Ana: migration" */
  readonly words: string
}

export interface ExpectationQuestion {
  readonly now: Date | null
  /** What the database's clock says. */
  readonly moment: Date
  readonly evaluated: EvaluatedCatalog
}

type Place = { readonly brandId: string; readonly dataset: string }

export async function readExpectations(
  database: Database,
  { now, moment, evaluated }: ExpectationQuestion,
  places: readonly Place[],
): Promise<(place: Place) => Expectation | null> {
  const jobs = await listHeldRefreshers(database, now, evaluated, places)
  const nameOf = ({ brandId, dataset }: Place): string => `${brandId} ${dataset}`
  const byPlace = Map.groupBy(jobs, nameOf)
  return (place) => {
    const found = expectedBy(byPlace.get(nameOf(place)) ?? [], moment)
    if (found === null) return null
    return { quietUntil: found.until?.toISOString() ?? 'infinity', words: heldWords(found.hold) }
  }
}

/** Of what is quiet: a hold was made longer or shorter, or somebody has ended it. Then it has from now on the time that a run needs. */
export async function followHolds(database: Database, question: ExpectationQuestion): Promise<void> {
  const quiet = await listQuietIncidents(database)
  if (quiet.length === 0) return
  const expectationOf = await readExpectations(database, question, quiet)
  const nowText = question.moment.toISOString()
  const moved = quiet.flatMap((incident) => {
    const found = expectationOf(incident)
    const isPast = incident.quietUntil !== 'infinity' && incident.quietUntil <= nowText
    const quietUntil = found?.quietUntil ?? (isPast ? incident.quietUntil : nowText)
    if (quietUntil === incident.quietUntil) return []
    return [{ incidentId: incident.incidentId, quietUntil, expected: found?.words ?? null }]
  })
  await moveQuietIncidents(database, moved)
}
