import { type EffectiveMaximum, effectiveMaximum } from '../../shared/freshness.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { findForeignJobTypes, type ListedAgent, listAgentsWithFingerprint } from '../store/agent-catalogs.ts'
import type { Database } from '../store/database.ts'
import type { DatasetPolicy } from '../store/dataset-policies.ts'
import { type KnownCatalog, pageMaximums } from './known-catalog.ts'
import { CatalogMerger } from './merged-catalog.ts'

/** Who is there to work, and what exists as far as anybody has said. */
export interface Surroundings {
  readonly agents: readonly ListedAgent[]
  readonly catalog: KnownCatalog
  readonly anyAgentAlive: boolean
  /** Job types that a living agent can run. */
  readonly runByAgents: ReadonlySet<string>
}

const merger = new CatalogMerger()

/** `own`: the catalog of this process. Alive = heard of within `aliveSeconds`. */
export async function readSurroundings(database: Database, own: Catalog, aliveSeconds: number): Promise<Surroundings> {
  const agents = await listAgentsWithFingerprint(database, aliveSeconds)
  const alive = agents.filter((agent) => agent.alive)
  const catalog = await merger.merge(
    database,
    own,
    agents.filter(({ publishes }) => publishes),
  )
  return {
    agents,
    catalog,
    anyAgentAlive: alive.length > 0,
    runByAgents: new Set(alive.flatMap(({ jobTypes }) => jobTypes)),
  }
}

/** Those of these job types that somebody runs: a living agent, or lately another program in its own way. */
export async function findRunnable(
  database: Database,
  { runByAgents }: Surroundings,
  jobTypes: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const others = [...new Set(jobTypes)].filter((jobType) => !runByAgents.has(jobType))
  return new Set([...runByAgents, ...(await findForeignJobTypes(database, others))])
}

/** What a brand has of its own for a dataset. */
export type BrandMaximum = Pick<DatasetPolicy, 'maxAgeHours' | 'due'>

export type MaximumOf = (dataset: string, own: BrandMaximum | undefined) => EffectiveMaximum

/** F9 for one dataset of any brand; asked once per dataset rather than once per cell. */
export function maximumsOf(catalog: KnownCatalog): MaximumOf {
  const general = new Map<string, EffectiveMaximum>()
  const usual = (dataset: string): EffectiveMaximum => {
    const known = general.get(dataset)
    if (known !== undefined) return known
    const own = catalog.datasets.get(dataset)
    const maximum = effectiveMaximum({
      brandOverride: null,
      dataset: own?.max_age_hours ?? null,
      pages: pageMaximums(catalog, dataset),
      due: { brand: null, dataset: own?.due ?? null },
    })
    general.set(dataset, maximum)
    return maximum
  }
  return (dataset, own) => {
    if (own === undefined || (own.maxAgeHours === null && own.due === null)) return usual(dataset)
    if (own.maxAgeHours === null) {
      const maximum = usual(dataset)
      return maximum.hours === null ? maximum : { ...maximum, due: own.due }
    }
    const due = { brand: own.due, dataset: catalog.datasets.get(dataset)?.due ?? null }
    return effectiveMaximum({ brandOverride: own.maxAgeHours, dataset: null, pages: [], due })
  }
}
