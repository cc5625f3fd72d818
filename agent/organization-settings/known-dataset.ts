import { Problem } from '../../shared/errors.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { findDatasetStatus } from '../store/dataset-status.ts'
import type { SettingsWorld } from './world.ts'

/** In a catalog, or in the database because some other program refreshes it. @throws Problem `not_found` */
export async function requireDataset(
  { database, workforce, brands }: SettingsWorld,
  { brand, dataset }: { readonly brand: string; readonly dataset: string },
): Promise<void> {
  const { datasets } = workforce.catalog
  if (datasets.has(dataset)) return
  const known = brands.named(brand)
  if (known !== null && (await findDatasetStatus(database, known.id, dataset)) !== null) return
  throw new Problem('not_found', `${brand} has no dataset "${dataset}", and no catalog knows one.`, {
    field: 'dataset',
    value: dataset,
    fix: didYouMean(dataset, datasets.keys()),
  })
}
