import { z } from 'zod'
import {
  agesOf,
  built,
  checked,
  criteria,
  type DbtAges,
  datasetKeys,
  kindOf,
  plain,
  requireVersion,
} from './dbt-artifacts.ts'

/** What the project says of a node, which the files of a run do not: all of it null where it says nothing. */
export interface DbtNode extends DbtAges {
  /** What it is called here. */
  readonly datasetKey: string
  /** The table as people know it, `schema.alias`. */
  readonly relation: string | null
  readonly description: string | null
  /** Whose it is, by name or id, and how its dataset is called: `meta.pipeline_manager`. */
  readonly own: { readonly brand: string | null; readonly dataset: string | null }
  /** Where that stands. */
  readonly field: string
}

const text = z.string().nullish()
const own = z
  .strictObject({ brand: plain.min(1).max(200).nullish(), dataset: plain.min(1).max(200).nullish() })
  .nullish()
const meta = z.object({ pipeline_manager: own }).nullish()
const node = z.object({
  schema: text,
  alias: text,
  identifier: text,
  name: text,
  description: text,
  meta,
  freshness: criteria,
  config: z.object({ meta, freshness: criteria }).nullish(),
})
const nodes = z.record(z.string(), z.unknown()).default({})
const manifest = z.object({ nodes, sources: nodes })

/**
 * `target/manifest.json`, v9 (dbt 1.5) and later, by the name of each node; https://docs.getdbt.com/reference/artifacts/manifest-json. Only what
 * is needed is looked at: newer versions add fields. @throws Problem `invalid_input` naming the field.
 */
export function readManifest(document: unknown): ReadonlyMap<string, DbtNode> {
  requireVersion(document, {
    form: 'manifest',
    file: 'manifest',
    known: 'v9 and later',
    isKnown: (version) => version >= 9,
  })
  const { nodes: all, sources } = checked(manifest, document, 'manifest')
  const given = [
    ...Object.entries(all).flatMap(([id, one]) => (built.has(kindOf(id)) ? [['nodes', id, one] as const] : [])),
    ...Object.entries(sources).map(([id, one]) => ['sources', id, one] as const),
  ]
  const keys = datasetKeys(given.map(([, id]) => id))
  return new Map(given.map(([part, id, one]) => [id, nodeOf(one, `manifest.${part}.${id}`, keys.get(id) ?? id)]))
}

/** What is said in the configuration counts before what stands beside it; dbt writes both, or one of them. */
function nodeOf(given: unknown, field: string, name: string): DbtNode {
  const { config, schema, description, ...one } = checked(node, given, field)
  const inConfig = config?.meta?.pipeline_manager
  const { brand = null, dataset = null } = inConfig ?? one.meta?.pipeline_manager ?? {}
  const table = one.alias ?? one.identifier ?? one.name ?? null
  const ages = agesOf(config?.freshness)
  return {
    datasetKey: dataset ?? name,
    relation: table === null ? null : [schema, table].filter(Boolean).join('.'),
    description: description || null,
    own: { brand, dataset },
    field: `${field}.${inConfig === undefined || inConfig === null ? '' : 'config.'}meta.pipeline_manager`,
    ...(ages.maxAgeHours === null && ages.warnAgeHours === null ? agesOf(one.freshness) : ages),
  }
}
