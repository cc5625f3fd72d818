import { type EffectiveMaximum, effectiveMaximum } from '../../shared/freshness.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import {
  findForeignJobTypes,
  type ListedAgent,
  listAgentCatalogs,
  listAgentsWithFingerprint,
} from '../store/agent-catalogs.ts'
import type { Database } from '../store/database.ts'
import { type KnownCatalog, mergeKnownCatalog, pageMaximums } from './known-catalog.ts'

/** Who is there to work, and what exists as far as anybody has said. */
export interface Surroundings {
  readonly agents: readonly ListedAgent[]
  readonly catalog: KnownCatalog
  readonly anyAgentAlive: boolean
  /** Job types that a living agent can run. */
  readonly runByAgents: ReadonlySet<string>
}

interface Merged {
  readonly from: string
  readonly catalogs: ReadonlyMap<string, unknown>
  readonly known: KnownCatalog
}

/**
 * Merging checks every entry of every catalog, ms of work; catalogs change when an agent starts. So the last result is kept for as long
 * as the agents and the fingerprints of their catalogs are the same.
 */
const lastMerged = new WeakMap<Catalog, Merged>()

/** `own`: the catalog of this process. Alive = heard of within `aliveSeconds`. */
export async function readSurroundings(database: Database, own: Catalog, aliveSeconds: number): Promise<Surroundings> {
  const agents = await listAgentsWithFingerprint(database, aliveSeconds)
  const alive = agents.filter((agent) => agent.alive)
  const sources = alive.length > 0 ? alive : agents.slice(0, 1)
  const from = JSON.stringify(
    sources.map(({ name, host, jobTypes, fingerprint }) => [name, host, jobTypes, fingerprint]),
  )
  const last = lastMerged.get(own)
  const merged = last?.from === from ? last : await mergeAnew(database, own, sources, from)
  lastMerged.set(own, merged)
  return {
    agents,
    catalog: merged.known,
    anyAgentAlive: alive.length > 0,
    runByAgents: new Set(alive.flatMap(({ jobTypes }) => jobTypes)),
  }
}

async function mergeAnew(
  database: Database,
  own: Catalog,
  sources: readonly ListedAgent[],
  from: string,
): Promise<Merged> {
  const kept = lastMerged.get(own)?.catalogs ?? new Map<string, unknown>()
  const missing = sources.filter(({ fingerprint }) => fingerprint !== null && !kept.has(fingerprint))
  const read =
    missing.length === 0
      ? []
      : await listAgentCatalogs(
          database,
          missing.map(({ id }) => id),
        )
  const known = new Map([...kept, ...read])
  const catalogs = new Map(sources.map(({ fingerprint }) => [fingerprint ?? '', known.get(fingerprint ?? '')]))
  const published = sources.map(({ name, host, jobTypes, fingerprint }) => ({
    source: `agent ${name} (${host})`,
    jobTypes,
    catalog: catalogs.get(fingerprint ?? ''),
  }))
  return { from, catalogs, known: mergeKnownCatalog(own, published) }
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

/** F9 for one dataset of any brand; asked once per dataset rather than once per cell. */
export function maximumsOf(catalog: KnownCatalog): (dataset: string, brandOverride: number | null) => EffectiveMaximum {
  const general = new Map<string, EffectiveMaximum>()
  return (dataset, brandOverride) => {
    if (brandOverride !== null) return effectiveMaximum({ brandOverride, dataset: null, pages: [] })
    const known = general.get(dataset)
    if (known !== undefined) return known
    const own = catalog.datasets.get(dataset)?.max_age_hours ?? null
    const maximum = effectiveMaximum({ brandOverride: null, dataset: own, pages: pageMaximums(catalog, dataset) })
    general.set(dataset, maximum)
    return maximum
  }
}
