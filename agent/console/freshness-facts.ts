/** The facts of datasets as the calls give them out. */
import type { DatasetFacts } from '../../shared/contract/freshness.ts'
import { zoneOfJob } from '../../shared/domain.ts'
import { firstLine } from '../../shared/error-line.ts'
import { Problem } from '../../shared/errors.ts'
import { type BrandDatasets, readBrandDatasets } from '../freshness/brand-datasets.ts'
import { type DatasetSituation, datasetSituation, plannedStart } from '../freshness/dataset-view.ts'
import { readSurroundings, type Surroundings } from '../freshness/surroundings.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { Brand } from '../store/brands.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import { requireBrand } from './access.ts'
import type { ConsoleContext } from './context.ts'

export function factsOf({ view, lastRunId }: DatasetSituation): DatasetFacts {
  return { ...view, error: view.error === null ? null : firstLine(view.error), lastRunId }
}

export function refresherOf(job: RefreshingJob, facts: BrandDatasets['facts']) {
  const { id, name, jobType, status, runningSince, cronExpression } = job
  const { startsAt: nextRunAt, hold } = plannedStart(job, facts) ?? { startsAt: job.nextRunAt, hold: null }
  const known = { jobId: id, jobName: name, jobType, status, runningSince, cronExpression, timeZone: zoneOfJob(job) }
  return { ...known, nextRunAt, hold: hold === null ? null : { endsAt: hold.endsAt } }
}

export interface BrandState extends BrandDatasets {
  readonly brand: Brand
  readonly surroundings: Surroundings
  /** Worst first. */
  readonly situations: readonly DatasetSituation[]
}

/** @throws Problem `not_found`, `not_allowed`. */
export async function readBrandState(context: ConsoleContext, brandId: string): Promise<BrandState> {
  const brand = await requireBrand(context, brandId)
  const { database, catalog, settings } = context.services
  const surroundings = await readSurroundings(database, catalog, settings.leaseSeconds)
  const read = await readBrandDatasets(database, surroundings, [brandId])
  return { ...read, brand, surroundings, situations: read.datasets.get(brandId) ?? [] }
}

/**
 * The dataset of the brand; one that the catalog knows and this brand does not have is one that never succeeded.
 * @throws Problem `not_found` for one that nobody knows.
 */
export function situationOf(state: BrandState, dataset: string): DatasetSituation {
  const found = state.situations.find(({ view }) => view.dataset === dataset)
  if (found !== undefined) return found
  const known = state.surroundings.catalog.datasets
  if (known.has(dataset)) return datasetSituation(state.brand.id, dataset, [], state.facts)
  throw noSuchDataset(dataset, [...known.keys(), ...state.situations.map(({ view }) => view.dataset)])
}

export function noSuchDataset(dataset: string, known: readonly string[]): Problem {
  return new Problem('not_found', `There is no dataset "${dataset}".`, {
    field: 'dataset',
    value: dataset,
    fix: didYouMean(dataset, known),
  })
}
