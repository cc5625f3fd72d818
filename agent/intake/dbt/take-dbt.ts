import { z } from 'zod'
import { Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { readSurroundings } from '../../freshness/surroundings.ts'
import { listBrandNames } from '../../store/brands.ts'
import { type DbtImported, importDbt } from './import-dbt.ts'
import { brandNamed } from './place-results.ts'

const file = z.unknown().default(null)
const files = z.strictObject({ runResults: file, sources: file, manifest: file })

export interface DbtFiles {
  readonly organizationId: string
  /** By name or id. */
  readonly brand: string
  /** As they came, `files`. */
  readonly files: unknown
}

/** What a program sends of a run of dbt. @throws Problem as `importDbt`, and for what is no such document. */
export async function takeDbt(
  { database, catalog, settings }: Pick<ConsoleServices, 'database' | 'catalog' | 'settings'>,
  { organizationId, brand: wanted, files: given }: DbtFiles,
): Promise<DbtImported> {
  const { data, error } = files.safeParse(given)
  if (error !== undefined) throw notFiles(error)
  const { brands } = await listBrandNames(database, organizationId)
  const brand = { ...brandNamed(brands, wanted, { code: 'not_found', field: 'brand' }), organizationId }
  const { datasets } = (await readSurroundings(database, catalog, settings.leaseSeconds)).catalog
  const isNeverZero = (key: string): boolean => datasets.get(key)?.never_zero ?? false
  return importDbt(database, { brand, ...data, isNeverZero })
}

function notFiles({ issues }: z.ZodError): Problem {
  return new Problem('invalid_input', `The body is not what it should be: ${issues[0]?.message ?? ''}.`, {
    field: 'body',
    fix: 'Send { "runResults": …, "sources": …, "manifest": … }, each a file of dbt as it is; not all are needed.',
  })
}
