import { counted } from '../../shared/counted.ts'
import { formatDuration } from '../../shared/duration.ts'
import { shortName } from '../../shared/short-text.ts'
import { type Suspicion, suspicionOf } from '../../shared/suspicion.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import type { Database } from '../store/database.ts'
import {
  type EvaluatedSuccess,
  evaluateSuccesses,
  listEndedSuspicions,
  type WrittenPosition,
} from '../store/evaluated-successes.ts'
import {
  type Ending,
  type Findings,
  nothingFound,
  thing,
  together,
  type Words,
  watchedByDefault,
} from './conditions.ts'

export interface SuccessFindings extends Findings {
  /** Where there was more than one round looks at: `since` of the next one. Null = all of it was looked at. */
  readonly moreSince: WrittenPosition | null
}

const successesInOneRound = 2_000

/** F8: the successes written since the last time, beside those before them. `since`: null = the last hour. */
export async function findSuccesses(
  database: Database,
  { since, catalog }: { since: WrittenPosition | null; catalog: KnownCatalog },
): Promise<SuccessFindings> {
  const [successes, ended] = [
    await evaluateSuccesses(database, watchedByDefault, since, successesInOneRound),
    await listEndedSuspicions(database, watchedByDefault),
  ]
  const over = ended.map(({ incidentId, isGone }) => ({ incidentId, resolution: endedWords(isGone), isNews: false }))
  const gone = new Set(over.map(({ incidentId }) => incidentId))
  const judged = successes.filter(({ incidentId }) => incidentId === null || !gone.has(incidentId))
  return {
    ...together([{ ...nothingFound, over }, ...judged.map((success) => findingsOf(success, catalog))]),
    moreSince: successes.length < successesInOneRound ? null : (successes.at(-1)?.written ?? null),
  }
}

function endedWords(isGone: boolean): string {
  return isGone ? 'The dataset does not exist any more.' : 'Nobody watches for this any more.'
}

function findingsOf(success: EvaluatedSuccess, catalog: KnownCatalog): Findings {
  const { incidentId, isWatched, isFlagged } = success
  const suspicion = suspicionOf(success)
  if (!isFlagged && suspicion === null) {
    return incidentId === null ? nothingFound : { ...nothingFound, over: [recovery(incidentId, success)] }
  }
  const words = wordsOf(success, suspicion, catalog)
  if (incidentId !== null) return { ...nothingFound, updated: [{ incidentId, ...words }] }
  if (!isWatched) return nothingFound
  const { organizationId, brandId, dataset } = success
  const about = thing('suspicious', { organizationId, brandId, datasetKey: dataset })
  return { ...nothingFound, begun: [{ ...about, ...words, lostAgentId: null }] }
}

function recovery(incidentId: string, { records }: EvaluatedSuccess): Ending {
  const count = records === null ? '' : `, ${counted(records, 'record')}`
  return { incidentId, resolution: `A later success looks as usual${count}.`, isNews: true }
}

function wordsOf(success: EvaluatedSuccess, suspicion: Suspicion | null, catalog: KnownCatalog): Words {
  const { dataset, brandName, successAt, records, durationMs, runId, flaggedBecause } = success
  const label = catalog.datasets.get(dataset)?.label ?? dataset
  const what = `The last success of ${shortName(label)} of ${shortName(brandName)}`
  return {
    summary:
      suspicion === null ? flaggedWords(what, records, flaggedBecause) : suspicionWords(what, success, suspicion),
    nextStep: 'Look at its source and at the log of the run; a later success that looks as usual ends this.',
    runId,
    details: {
      datasetLabel: label,
      successAt: successAt.toISOString(),
      records,
      durationMs,
      reason: suspicion?.reason ?? 'reported',
      usual: suspicion?.usual ?? null,
    },
  }
}

function flaggedWords(what: string, records: number | null, because: string | null): string {
  if (because !== null) return `${what} is suspicious. ${because}`
  return records === 0 ? `${what} brought 0 records, which it never should.` : `${what} was reported as suspicious.`
}

function suspicionWords(what: string, { records, durationMs }: EvaluatedSuccess, { reason, usual }: Suspicion): string {
  if (reason === 'short') return `${what} took ${formatDuration(durationMs ?? 0)}; usual are ${formatDuration(usual)}.`
  return `${what} brought ${counted(records ?? 0, 'record')}; usual are ${Math.round(usual).toLocaleString('en-US')}.`
}
