import { Problem } from '../../shared/errors.ts'
import { isFresh } from '../../shared/freshness.ts'
import { readBrandDatasets } from '../freshness/brand-datasets.ts'
import { fixOf } from '../freshness/fix.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { listBrands } from '../store/brands.ts'
import { databaseNow } from '../store/database-clock.ts'
import { type DatasetAges, listDatasetAges } from '../store/dataset-ages.ts'
import { listRecentRecords } from '../store/dataset-history.ts'
import { requireOrganization } from './access.ts'
import { factsOf, readBrandState, refresherOf, situationOf } from './freshness-facts.ts'
import { procedures } from './procedures.ts'

export const cells = procedures.freshness.cells.handler(async ({ context, input: { organizationId, brandIds } }) => {
  await requireOrganization(context, organizationId)
  const { database, catalog, settings } = context.services
  const [surroundings, brands] = await Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    listBrands(database, organizationId),
  ])
  const ids = distinct(brandIds)
  requireAll(ids, new Set(brands.map(({ id }) => id)))
  const { asOf, datasets } = await readBrandDatasets(database, surroundings, ids)
  return { asOf, brands: ids.map((id) => ({ id, datasets: (datasets.get(id) ?? []).map(factsOf) })) }
})

export const ages = procedures.freshness.ages.handler(async ({ context, input: { organizationId, brandIds } }) => {
  await requireOrganization(context, organizationId)
  const ids = distinct(brandIds)
  const found = new Map(
    (await listDatasetAges(context.services.database, organizationId, ids)).map((one) => [one.brandId, one]),
  )
  requireAll(ids, new Set(found.keys()))
  const [first] = found.values()
  const asOf = first?.asOf ?? (await databaseNow(context.services.database))
  const datasets = [...new Set([...found.values()].flatMap((one) => one.datasets))].toSorted()
  const places = new Map(datasets.map((dataset, place) => [dataset, place]))
  return { asOf, datasets, brands: ids.map((id) => ({ id, ages: agesInOrder(found.get(id), places) })) }
})

function agesInOrder(found: DatasetAges | undefined, places: ReadonlyMap<string, number>): (number | null)[] {
  const ages = Array<number | null>(places.size).fill(null)
  for (const [index, dataset] of found?.datasets.entries() ?? []) {
    const place = places.get(dataset)
    if (place !== undefined) ages[place] = found?.seconds[index] ?? null
  }
  return ages
}

function distinct(brandIds: readonly string[]): string[] {
  return [...new Set(brandIds.map((id) => id.toLowerCase()))]
}

/** @throws Problem `not_found` naming the first that is not of the organization. */
function requireAll(ids: readonly string[], known: ReadonlySet<string>): void {
  const missing = ids.find((id) => !known.has(id))
  if (missing === undefined) return
  const fix = 'Check the id; it may belong to another organization, or the brand was deleted.'
  const detail = { field: 'brandIds', value: missing, fix }
  throw new Problem('not_found', `There is no brand ${missing} in this organization.`, detail)
}

export const brand = procedures.freshness.brand.handler(async ({ context, input }) => {
  const state = await readBrandState(context, input.brandId.toLowerCase())
  const { catalog } = state.surroundings
  const { id, name, organizationId } = state.brand
  const keys = state.situations.map(({ view }) => view.dataset)
  const records = await listRecentRecords(context.services.database, id, keys)
  const jobs = state.facts.jobs.get(id) ?? []
  return {
    asOf: state.asOf,
    brand: { id, name, organizationId },
    datasets: state.situations.map((situation) => ({
      ...factsOf(situation),
      recentRecords: [...(records.get(situation.view.dataset) ?? [])],
      refreshers: situation.jobs.map((job) => refresherOf(job, state.facts)),
      fix: fixOf(situation.view.dataset, catalog, jobs, state.facts.runnable),
    })),
  }
})

/** F5. Without a maximum anywhere nothing can be called fresh: `fresh` is false and `freshness` says `no_policy`. */
export const check = procedures.freshness.check.handler(async ({ context, input }) => {
  const state = await readBrandState(context, input.brandId.toLowerCase())
  const facts = factsOf(situationOf(state, input.dataset))
  const maximum = input.maxAgeHours ?? facts.maxAgeHours
  // Who names an age asks for just that age.
  const due = input.maxAgeHours === undefined ? facts.due : null
  return {
    asOf: state.asOf,
    fresh: maximum !== null && isFresh(facts.lastSuccessAt, maximum, state.asOf, due),
    ...facts,
  }
})
