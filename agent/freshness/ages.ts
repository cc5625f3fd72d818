import type { Clock } from '../../shared/clock.ts'
import type { DatabasePool } from '../store/database.ts'
import { type DatasetAges, listDatasetAges } from '../store/dataset-ages.ts'
import type { DatasetFact } from '../store/dataset-changes.ts'
import { copyOf } from './board.ts'
import { readBrandNames } from './brand-names.ts'

/**
 * How old the data of these brands is; brands that are not of the organization, or archived, are left out. From the board's copy while that
 * is as the database is, as when somebody scrolls; else by the rows of these brands, which are found sooner than all changes.
 */
export async function readAges(
  database: DatabasePool,
  clock: Pick<Clock, 'monotonic'>,
  organizationId: string,
  brandIds: readonly string[],
): Promise<readonly DatasetAges[]> {
  const known = await copyOf(database, clock).ifCurrent()
  if (known === null) return listDatasetAges(database, organizationId, brandIds)
  const { brands } = await readBrandNames(database, organizationId)
  const ofOrganization = new Set(brands.map(({ id }) => id))
  return brandIds
    .filter((id) => ofOrganization.has(id))
    .map((id) => agesOf(id, [...(known.datasets.get(id)?.values() ?? [])], known.asOf))
}

function agesOf(brandId: string, facts: readonly DatasetFact[], asOf: Date): DatasetAges {
  const datasets: string[] = []
  const seconds: number[] = []
  for (const { key, lastSuccessMs } of facts) {
    if (lastSuccessMs === null) continue
    datasets.push(key)
    seconds.push(Math.max(0, Math.floor((asOf.getTime() - lastSuccessMs) / 1_000)))
  }
  return { brandId, datasets, seconds, asOf }
}
