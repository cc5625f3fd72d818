import { type FreshnessState, freshnessStates } from '../../shared/domain.ts'
import { holdOf } from '../../shared/holds.ts'
import { type Board, type BoardBrand, boardQuestion, oncePerState, readBoard } from '../freshness/board.ts'
import { readBrandDatasets } from '../freshness/brand-datasets.ts'
import { causeText } from '../freshness/cause-words.ts'
import { findCauses } from '../freshness/causes.ts'
import { findRunnable, readSurroundings } from '../freshness/surroundings.ts'
import { listHoldsInForce } from '../store/holds.ts'
import { readBrandsIn, requireScope } from './brand-scope.ts'
import { procedures } from './procedures.ts'

const listedCauses = 5

export const summary = procedures.freshness.summary.handler(async ({ context, input }) => {
  const { organizationId } = input
  const scope = await requireScope(context, input)
  const { database, catalog, settings, clock } = context.services
  const about = Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    readBrandsIn(database, scope).then((brands) => ({ brands })),
  ])
  const board = await readBoard(database, clock, about.then(boardQuestion))
  const [surroundings, { brands }] = await about
  const [runnable, holds] = await Promise.all([
    findRunnable(database, surroundings, jobTypesOf(board)),
    listHoldsInForce(database, organizationId),
  ])
  const causes = findCauses(board, {
    runnable,
    anyAgentAlive: surroundings.anyAgentAlive,
    heldBy: (job) => (holds.length === 0 ? null : holdOf(holds, { organizationId, ...job })),
  })
  const shown = causes.slice(0, listedCauses)
  const concerned = [...new Set(shown.flatMap((cause) => cause.brandId ?? []))]
  const details = await readBrandDatasets(database, surroundings, concerned)
  const names = new Map(brands.map(({ id, name }) => [id, name]))
  return {
    asOf: board.asOf,
    ...counted(board),
    causes: shown.map((cause) => {
      const brandName = cause.brandId === null ? null : (names.get(cause.brandId) ?? null)
      const text = causeText(cause, brandName, details, surroundings.catalog)
      return { ...text, brandId: cause.brandId, brandName, effects: cause.effects }
    }),
    otherEffects: causes.slice(listedCauses).reduce((sum, { effects }) => sum + effects, 0),
  }
})

function jobTypesOf({ brands }: Board): Set<string> {
  const types = new Set<string>()
  for (const brand of brands) for (const jobType of jobTypesOfBrand(brand)) types.add(jobType)
  return types
}

const jobTypesOfBrand = oncePerState(
  ({ cells }): ReadonlySet<string> => new Set(cells.flatMap(({ jobs }) => jobs.map(({ jobType }) => jobType))),
)

function counted({ brands }: Board) {
  const counts: Record<FreshnessState, number> = { fresh: 0, at_risk: 0, stale: 0, never_synced: 0, no_policy: 0 }
  let datasets = 0
  let lastAttemptFailed = 0
  let suspicious = 0
  for (const brand of brands) {
    const ofBrand = countsOfBrand(brand)
    for (const word of freshnessStates) counts[word] += ofBrand.counts[word]
    datasets += brand.cells.length
    lastAttemptFailed += ofBrand.lastAttemptFailed
    suspicious += ofBrand.suspicious
  }
  return { datasets, counts, lastAttemptFailed, suspicious }
}

const countsOfBrand = oncePerState(({ cells, freshness }: BoardBrand) => {
  const counts: Record<FreshnessState, number> = { fresh: 0, at_risk: 0, stale: 0, never_synced: 0, no_policy: 0 }
  let lastAttemptFailed = 0
  let suspicious = 0
  for (const word of freshness) counts[word] += 1
  for (const cell of cells) {
    if (cell.lastAttempt === 'failed') lastAttemptFailed += 1
    if (cell.suspicious) suspicious += 1
  }
  return { counts, lastAttemptFailed, suspicious }
})
