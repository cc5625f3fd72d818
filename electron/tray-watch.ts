import type { ConsoleServices } from '../agent/console/context.ts'
import type { LocalClient } from '../agent/console/local-client.ts'
import { decodeCell } from '../shared/cell-code.ts'
import type { Clock } from '../shared/clock.ts'
import type { FreshnessState } from '../shared/domain.ts'
import { describeError } from '../shared/errors.ts'
import type { BrandHealth, TrayFacts } from './tray-model.ts'

/** What only the database can tell the tray. */
export type TrayPicture = Pick<TrayFacts, 'brands' | 'problems' | 'newest' | 'favourites'>

export const emptyPicture: TrayPicture = { brands: [], problems: 0, newest: [], favourites: [] }

export interface TrayWatchOptions {
  readonly client: LocalClient
  /** @throws while the agent is not there. */
  readonly services: () => ConsoleServices
  readonly favourites: () => readonly string[]
  readonly clock: Clock
  readonly onPicture: (picture: TrayPicture) => void
  readonly onTrouble: (message: string) => void
}

/** Changes that come together are one question, and while they go on there is one so often; a tray is not looked at every second, ms. */
const gatherMs = 2_000
/** Data goes stale with nobody changing anything, ms. */
const pollMs = 30_000
const newestListed = 5
/** Of an organization's open incidents, the newest: those that concern several organizations are looked for among them. */
const lookedAt = 100

/** Keeps the tray's picture while an agent serves: after changes, and now and then. It asks what the console asks, as this person. */
export class TrayWatch {
  readonly #options: TrayWatchOptions
  #timer: NodeJS.Timeout | null = null
  /** When the next question is due, by the monotonic clock, ms. */
  #plannedAt = Number.POSITIVE_INFINITY
  #reading: Promise<void> | null = null
  #unsubscribe: () => void = () => undefined
  #isOn = false
  #wasTroubled = false

  constructor(options: TrayWatchOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#isOn) return
    this.#isOn = true
    this.#plan(0)
    const unsubscribe = await this.#options.services().changes.subscribe(({ type }) => {
      if (type === 'changed' || type === 'resync' || type === 'database') this.touch()
    })
    if (this.#isOn) this.#unsubscribe = unsubscribe
    else unsubscribe()
  }

  /** Complete when it resolves; safe twice. It can be started again. */
  async stop(): Promise<void> {
    this.#isOn = false
    this.#unsubscribe()
    this.#unsubscribe = () => undefined
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#plannedAt = Number.POSITIVE_INFINITY
    await this.#reading
  }

  /** Something may have changed. */
  touch(): void {
    if (this.#isOn) this.#plan(gatherMs)
  }

  /** What is planned for sooner stays. */
  #plan(delayMs: number): void {
    const at = this.#options.clock.monotonic() + delayMs
    if (at >= this.#plannedAt) return
    this.#plannedAt = at
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#reading = (this.#reading ?? Promise.resolve()).then(() => this.#read())
    }, delayMs)
  }

  async #read(): Promise<void> {
    this.#plannedAt = Number.POSITIVE_INFINITY
    if (!this.#isOn) return
    try {
      // The way to the database is shown by itself; when it is there, the feed says so.
      if (!this.#options.services().supervisor.canRead) return this.#plan(pollMs)
      const picture = await readPicture(this.#options)
      this.#wasTroubled = false
      if (this.#isOn) this.#options.onPicture(picture)
    } catch (error) {
      if (!this.#wasTroubled) this.#options.onTrouble(`The tray cannot be told: ${describeError(error)}`)
      this.#wasTroubled = true
    }
    if (this.#isOn) this.#plan(pollMs)
  }
}

async function readPicture({ client, favourites }: TrayWatchOptions): Promise<TrayPicture> {
  const { organizations } = await client.session.get()
  const open = organizations.filter(({ features }) => features.includes('PIPELINE_MANAGER'))
  const parts = await Promise.all(open.map(({ id }) => organizationPicture(client, id)))
  const { newest: found, repeated } = onceEach(parts.flatMap(({ unattended }) => unattended))
  const newest = found
    .toSorted((one, other) => other.openedAt.getTime() - one.openedAt.getTime())
    .slice(0, newestListed)
  return {
    brands: parts.flatMap(({ brands }) => brands),
    problems: parts.reduce((sum, { problems }) => sum + problems, -repeated),
    newest: newest.map(({ id, summary }) => ({ summary, place: `/incidents/${id}` })),
    favourites: await namedFavourites(client, favourites()),
  }
}

/** What concerns every organization (a lost agent) is listed, and counted, in each. */
function onceEach<Incident extends { readonly id: string; readonly causeId: string | null }>(
  listed: readonly Incident[],
): { readonly newest: readonly Incident[]; readonly repeated: number } {
  const newest = [...new Map(listed.map((incident) => [incident.id, incident])).values()]
  // Effects are not counted in the first place.
  const counted = (incidents: readonly Incident[]): number => incidents.filter(({ causeId }) => causeId === null).length
  return { newest, repeated: counted(listed) - counted(newest) }
}

async function organizationPicture(client: LocalClient, organizationId: string) {
  const [board, incidents] = await Promise.all([
    client.freshness.board({ organizationId }),
    client.incidents.list({ organizationId, states: ['open'], limit: lookedAt }),
  ])
  const lines = board.cells.split('\n')
  const brands = (board.brands ?? []).map(
    ({ id, name }, at): BrandHealth => ({
      name,
      place: `/o/${organizationId}/health?brand=${id}`,
      counts: countsOf(lines[at] ?? ''),
    }),
  )
  // As the console's own mark counts: what a rule keeps quiet, or a hold explains, is no reason to look.
  const unattended = incidents.incidents.filter(({ isMuted, expected }) => !isMuted && expected === null)
  return { brands, problems: incidents.counts.unattended, unattended }
}

function countsOf(codes: string): Record<FreshnessState, number> {
  const counts = { fresh: 0, at_risk: 0, stale: 0, never_synced: 0, no_policy: 0 }
  for (const code of codes) {
    const cell = decodeCell(code)
    if (cell !== null) counts[cell.freshness] += 1
  }
  return counts
}

/** One that is gone is left out. */
async function namedFavourites(client: LocalClient, ids: readonly string[]): Promise<TrayPicture['favourites']> {
  const found = await Promise.all(
    ids.map(async (jobId) => {
      try {
        const { job } = await client.jobs.get({ jobId })
        return [{ jobId, name: job.brand === null ? job.name : `${job.name} · ${job.brand.name}` }]
      } catch {
        return []
      }
    }),
  )
  return found.flat()
}
