import type { MappingRule } from '../../../shared/lineage/mapping.ts'
import type { Catalog } from '../../jobs/catalog/catalog.ts'
import { listBrandNames } from '../../store/brands.ts'
import type { Database } from '../../store/database.ts'
import { type LineageMapping, listLineageMappings } from '../../store/lineage-mappings.ts'
import { maskedNamespace } from './read-event.ts'

/** What people decided, with namespaces as they are told of: one that was made of what an older version stored may have a login in it. */
export async function readMappings(database: Database, organizationId: string): Promise<LineageMapping[]> {
  const mappings = await listLineageMappings(database, organizationId)
  const namespaces = new Map(mappings.map(({ namespace }) => [namespace, '']))
  for (const namespace of namespaces.keys()) namespaces.set(namespace, maskedNamespace(namespace))
  return mappings.map((mapping) => ({ ...mapping, namespace: namespaces.get(mapping.namespace) ?? mapping.namespace }))
}

/** The rules that count for an organization: what people decided in the console, and what this agent's file says. */
export async function readMappingRules(
  database: Database,
  organizationId: string,
  catalog: Pick<Catalog, 'lineage'>,
): Promise<MappingRule[]> {
  const decided = await readMappings(database, organizationId)
  return [
    ...decided.map((mapping) => ({ ...mapping, from: 'database' as const })),
    ...(await fileRules(database, organizationId, catalog)),
  ]
}

/** A file names brands by name or id, whatever organization has them; a name that several brands have is nobody's. */
async function fileRules(
  database: Database,
  organizationId: string,
  { lineage }: Pick<Catalog, 'lineage'>,
): Promise<MappingRule[]> {
  if (lineage.length === 0) return []
  const { brands } = await listBrandNames(database, organizationId)
  return lineage.flatMap(({ namespace, name, brand, dataset }) => {
    const wanted = brand.toLowerCase()
    const found = brands.filter((known) => known.id === wanted || known.name.toLowerCase() === wanted)
    const [only, ...others] = found
    if (only === undefined || others.length > 0) return []
    return [
      { namespace: maskedNamespace(namespace), name, brandId: only.id, datasetKey: dataset, from: 'file' as const },
    ]
  })
}
