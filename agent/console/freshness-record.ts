import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { changePolicy } from '../freshness/policy.ts'
import { recordReport } from '../freshness/record.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { requireBrand } from './access.ts'
import { readBrandState, situationOf } from './freshness-facts.ts'
import { procedures } from './procedures.ts'

export const setPolicy = procedures.freshness.setPolicy.handler(async ({ context, input }) => {
  const { brandId, dataset, maxAgeHours, warnAgeHours, due, seenAt } = input
  const state = await readBrandState(context, brandId.toLowerCase())
  situationOf(state, dataset)
  const hasUsualMaximum = state.facts.maximumOf(dataset, undefined).hours !== null
  const change = { brand: state.brand, dataset, maxAgeHours, warnAgeHours, due, hasUsualMaximum, seenAt }
  return changePolicy(context.services.database, context.identity, change)
})

export const recordStart = procedures.freshness.recordStart.handler(async ({ context, input }) => {
  const brand = await requireBrand(context, input.brandId)
  await recordReport(context.services.database, context.identity, { brand, dataset: input.dataset, status: 'running' })
  return { recorded: true as const }
})

export const recordSuccess = procedures.freshness.recordSuccess.handler(async ({ context, input }) => {
  const brand = await requireBrand(context, input.brandId)
  const { database, catalog, settings } = context.services
  const { dataset, records, metadata, happenedAt = null } = input
  const known = (await readSurroundings(database, catalog, settings.leaseSeconds)).catalog
  await recordReport(database, context.identity, {
    brand,
    dataset,
    status: 'completed',
    happenedAt,
    records,
    metadata,
    neverZero: isNeverZero(dataset, catalog, known),
  })
  return { recorded: true as const }
})

/** F8. The catalog of this process is not published while it has no file of its own. */
function isNeverZero(dataset: string, own: Catalog, known: KnownCatalog): boolean {
  return known.datasets.get(dataset)?.never_zero ?? own.datasets.get(dataset)?.neverZero ?? false
}

export const recordFailure = procedures.freshness.recordFailure.handler(async ({ context, input }) => {
  const brand = await requireBrand(context, input.brandId)
  const { dataset, error, happenedAt = null } = input
  const report = { brand, dataset, status: 'failed' as const, happenedAt, error }
  await recordReport(context.services.database, context.identity, report)
  return { recorded: true as const }
})
