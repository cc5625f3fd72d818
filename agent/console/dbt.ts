import { readSurroundings } from '../freshness/surroundings.ts'
import { importDbt } from '../intake/dbt/import-dbt.ts'
import { requireBrand } from './access.ts'
import { procedures } from './procedures.ts'

const importResults = procedures.dbt.import.handler(async ({ context, input }) => {
  const brand = await requireBrand(context, input.brandId)
  const { database, catalog, settings } = context.services
  const { datasets } = (await readSurroundings(database, catalog, settings.leaseSeconds)).catalog
  const { runResults, sources } = input
  const isNeverZero = (key: string): boolean => datasets.get(key)?.never_zero ?? false
  const { policiesKept, ...imported } = await importDbt(database, { brand, runResults, sources, isNeverZero })
  return { ...imported, policiesKept: [...policiesKept] }
})

export const dbt = { import: importResults }
