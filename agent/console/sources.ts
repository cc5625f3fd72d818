import { Problem } from '../../shared/errors.ts'
import { readMappingRules, readMappings } from '../intake/lineage/mapping-rules.ts'
import { decidedBy, mostNames, previewOf, removeMapping, setMapping } from '../intake/lineage/mappings.ts'
import { named } from '../intake/lineage/read-event.ts'
import { checkName } from '../jobs/names.ts'
import { everyBrandName } from '../store/brands.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listLineageDatasets, listReporters } from '../store/lineage-datasets.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'
import { requireSeen } from './seen.ts'

const mostUnmapped = 200
const mostPreviewed = 20

const lineage = procedures.sources.lineage.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const { database, catalog } = context.services
  const [asOf, reporters, rules, decided, names, brandNames] = await Promise.all([
    databaseNow(database),
    listReporters(database, organizationId, 'lineage'),
    readMappingRules(database, organizationId, catalog),
    readMappings(database, organizationId),
    listLineageDatasets(database, organizationId, mostNames),
    everyBrandName(database, organizationId),
  ])
  const saved = new Map(decided.map((mapping) => [`${mapping.namespace}\n${mapping.name}`, mapping]))
  const { rules: counted, unmapped } = decidedBy(rules, names)
  return {
    asOf,
    reporters,
    mappings: counted.map(({ rule, names: count }) => {
      const stored = rule.from === 'database' ? saved.get(`${rule.namespace}\n${rule.name}`) : undefined
      return {
        id: stored?.id ?? null,
        namespace: rule.namespace,
        name: rule.name,
        brand: { id: rule.brandId, name: brandNames.get(rule.brandId) ?? rule.brandId },
        dataset: rule.datasetKey,
        names: count,
        changedAt: stored?.changedAt ?? null,
        changedBy: stored?.changedBy ?? null,
      }
    }),
    unmapped: unmapped.slice(0, mostUnmapped).map(({ namespace, name, ...told }) => ({
      namespace,
      name,
      producer: told.producer,
      jobNamespace: told.jobNamespace,
      jobName: told.jobName,
      lastEventAt: told.lastEventAt,
      status: told.status,
      records: told.records,
    })),
    unmappedTotal: unmapped.length,
  }
})

const previewMapping = procedures.sources.previewMapping.handler(async ({ context, input }) => {
  const { organizationId, mappingId } = input
  await requireOrganization(context, organizationId)
  const { database, catalog } = context.services
  const own = (await readMappings(database, organizationId)).find(({ id }) => id === mappingId)
  const rules = await readMappingRules(database, organizationId, catalog)
  const others = rules.filter(
    (rule) => rule.from === 'file' || rule.namespace !== own?.namespace || rule.name !== own.name,
  )
  const names = await listLineageDatasets(database, organizationId, mostNames)
  const { fitting, decided } = previewOf(others, named(input), names)
  const shown = decided.slice(0, mostPreviewed).map(({ namespace, name }) => ({ namespace, name }))
  return { fitting, decided: decided.length, names: shown }
})

const set = procedures.sources.setMapping.handler(async ({ context, input }) => {
  const { organizationId, mappingId, namespace, name, brandId, dataset, seenAt } = input
  await requireOrganization(context, organizationId)
  await requireBrandOf(context, organizationId, brandId)
  if (checkName(dataset, 'dataset') !== dataset) throw notComposed(dataset)
  const pattern = { namespace, name, brandId: brandId.toLowerCase(), datasetKey: dataset }
  return context.services.database.transaction((transaction) =>
    setMapping(transaction, context.identity, { organizationId, mappingId }, pattern, (stored) => {
      requireSeen(`The mapping of "${stored.name}"`, stored, seenAt)
    }),
  )
})

const remove = procedures.sources.removeMapping.handler(async ({ context, input }) => {
  const { organizationId, mappingId, seenAt } = input
  await requireOrganization(context, organizationId)
  await context.services.database.transaction((transaction) =>
    removeMapping(transaction, context.identity, { organizationId, mappingId }, (stored) => {
      requireSeen(`The mapping of "${stored.name}"`, stored, seenAt)
    }),
  )
  return { changed: true }
})

export const sources = { lineage, previewMapping, setMapping: set, removeMapping: remove }

function notComposed(dataset: string): Problem {
  return new Problem(
    'invalid_input',
    'The name of the dataset has blanks around it or letters that are not composed.',
    {
      field: 'dataset',
      value: dataset,
      fix: 'Use letters, digits and "_".',
    },
  )
}
