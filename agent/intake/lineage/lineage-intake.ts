import type { ConsoleServices } from '../../console/context.ts'
import type { DatabasePool } from '../../store/database.ts'
import { holdLineageMappings } from '../../store/lineage-mappings.ts'
import { Batcher } from '../batcher.ts'
import { type ArrivedEvent, applyEvents } from './apply-events.ts'
import { readMappingRules } from './mapping-rules.ts'
import { readLineageEvent } from './read-event.ts'

/** A batch is a commit, which takes longer than it gathers; while one is written the next one gathers anyway. */
const batches = { mostItems: 200, gatherMs: 8, mostWaiting: 5_000 } as const

type Services = Pick<ConsoleServices, 'intake' | 'catalog' | 'clock'>

/** Takes events of OpenLineage and writes them in batches; whoever sent one is answered once it is committed. */
export class LineageIntake {
  readonly #services: Services
  readonly #batcher: Batcher<ArrivedEvent, null>

  constructor(services: Services) {
    this.#services = services
    this.#batcher = new Batcher({ ...batches, write: (arrived) => this.#write(arrived) })
  }

  /** @throws Problem `invalid_input` for what is no event, and as `Batcher.add`. */
  async take(organizationId: string, document: unknown): Promise<void> {
    const event = readLineageEvent(document, this.#services.clock.now())
    await this.#batcher.add({ organizationId, event })
  }

  /** What was taken is written. Safe twice. */
  stop(): Promise<void> {
    return this.#batcher.stop()
  }

  async #write(arrived: readonly ArrivedEvent[]): Promise<null[]> {
    const { intake, catalog } = this.#services
    await applyByRules({ database: intake, catalog }, arrived)
    return arrived.map(() => null)
  }
}

/** In one transaction, by the rules that count until it ends. */
async function applyByRules(
  { database, catalog }: { readonly database: DatabasePool; readonly catalog: ConsoleServices['catalog'] },
  arrived: readonly ArrivedEvent[],
): Promise<void> {
  // In one order, so that two agents do not wait for each other.
  const organizations = [...new Set(arrived.map(({ organizationId }) => organizationId))].toSorted()
  await database.transaction(async (transaction) => {
    const rules = new Map<string, Awaited<ReturnType<typeof readMappingRules>>>()
    for (const id of organizations) {
      await holdLineageMappings(transaction, id)
      rules.set(id, await readMappingRules(transaction, id, catalog))
    }
    await applyEvents(transaction, arrived, {
      rulesOf: (organizationId) => rules.get(organizationId) ?? [],
      isNeverZero: (datasetKey) => catalog.datasets.get(datasetKey)?.neverZero ?? false,
    })
  })
}
