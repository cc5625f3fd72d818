import { formatInstant } from '../../shared/duration.ts'
import { firstLine } from '../../shared/error-line.ts'
import { sentence, shortName } from '../../shared/short-text.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import type { Database } from '../store/database.ts'
import { type ExternalDifference, type ExternalEnding, evaluateExternal } from '../store/evaluated-external.ts'
import { type Condition, type Ending, type Findings, nothingFound, thing, watchedByDefault } from './conditions.ts'

/** Failures that other programs told of: open until the dataset succeeds. */
export async function findExternal(database: Database, catalog: KnownCatalog): Promise<Findings> {
  const differences = await evaluateExternal(database, watchedByDefault)
  return {
    ...nothingFound,
    begun: differences.filter(({ change }) => change === 'begun').map((one) => conditionOf(one, catalog)),
    over: differences.filter(({ change }) => change === 'over').map(endingOf),
  }
}

function conditionOf(one: ExternalDifference, catalog: KnownCatalog): Condition {
  const { organizationId, brandId, brandName, dataset, at, error, externalRunId, jobName } = one
  const label = catalog.datasets.get(dataset)?.label ?? dataset
  const because = error === null ? '' : `: ${firstLine(error)}`
  return {
    ...thing('external_failed', { organizationId, brandId, datasetKey: dataset }),
    summary: sentence(
      `${shortName(jobName ?? 'A run')} of another program failed for ${shortName(label)} of ${shortName(brandName)}${because}`,
    ),
    nextStep:
      'Look where it ran; the next success of the dataset ends this. Run history has the run under "Other programs".',
    runId: null,
    details: { datasetLabel: label, externalRunId, error, since: at?.toISOString() ?? null },
    lostAgentId: null,
  }
}

const endings: Readonly<
  Record<ExternalEnding, { readonly words: (at: Date | null) => string; readonly isNews: boolean }>
> = {
  completed: {
    words: (at) => (at === null ? 'It succeeded.' : `It succeeded at ${formatInstant(at)}.`),
    isNews: true,
  },
  unwatched: { words: () => 'Nobody watches for this any more.', isNews: false },
  gone: { words: () => 'Its last attempt is another one now, or nobody tells of it any more.', isNews: false },
  put_away: { words: () => 'The check that told of it is paused or removed.', isNews: false },
}

function endingOf({ incidentId, ending, at }: ExternalDifference): Ending {
  const { words, isNews } = endings[ending ?? 'gone']
  return { incidentId: incidentId ?? '', resolution: words(at), isNews }
}
