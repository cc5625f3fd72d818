import type { Catalog } from '../jobs/catalog/catalog.ts'
import { type ListedAgent, listAgentCatalogs } from '../store/agent-catalogs.ts'
import type { Database } from '../store/database.ts'
import { type KnownCatalog, mergeKnownCatalog } from './known-catalog.ts'

/** Who published what, before it is read. */
export type CatalogSource = Pick<ListedAgent, 'id' | 'name' | 'host' | 'alive' | 'jobTypes' | 'fingerprint'>

interface Merged {
  readonly from: string
  readonly catalogs: ReadonlyMap<string, unknown>
  readonly known: KnownCatalog
}

/**
 * Merging checks every entry of every catalog, ms of work; catalogs change when an agent starts. So the last result is kept for as long
 * as the agents and the fingerprints of their catalogs are the same.
 */
export class CatalogMerger {
  readonly #last = new WeakMap<Catalog, Merged>()

  /** `own`: the catalog of this process; of `sources` the earlier ones count first. */
  async merge(database: Database, own: Catalog, sources: readonly CatalogSource[]): Promise<KnownCatalog> {
    const from = JSON.stringify(
      sources.map(({ name, host, alive, jobTypes, fingerprint }) => [name, host, alive, jobTypes, fingerprint]),
    )
    const last = this.#last.get(own)
    if (last?.from === from) return last.known
    const catalogs = await readCatalogs(database, sources, last?.catalogs ?? new Map<string, unknown>())
    const published = sources.map(({ name, host, alive, jobTypes, fingerprint }) => ({
      source: `agent ${name} (${host})`,
      isGone: !alive,
      jobTypes,
      catalog: catalogs.get(fingerprint ?? ''),
    }))
    const known = mergeKnownCatalog(own, published)
    this.#last.set(own, { from, catalogs, known })
    return known
  }
}

async function readCatalogs(
  database: Database,
  sources: readonly CatalogSource[],
  kept: ReadonlyMap<string, unknown>,
): Promise<ReadonlyMap<string, unknown>> {
  const missing = sources.filter(({ fingerprint }) => fingerprint !== null && !kept.has(fingerprint))
  const ids = missing.map(({ id }) => id)
  const read = ids.length === 0 ? [] : await listAgentCatalogs(database, ids)
  const all = new Map([...kept, ...read])
  return new Map(sources.map(({ fingerprint }) => [fingerprint ?? '', all.get(fingerprint ?? '')]))
}
