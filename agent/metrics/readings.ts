import type { AttemptStatus, FreshnessState } from '../../shared/domain.ts'
import { staleMsOf } from '../../shared/freshness.ts'
import type { ConsoleServices, Identity } from '../console/context.ts'
import { boardQuestion, readBoard } from '../freshness/board.ts'
import { readBrandNames } from '../freshness/brand-names.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { listOrganizationFeatures } from '../store/organization-features.ts'
import { listOrganizations } from '../store/organizations.ts'

/** A (brand, dataset) as other programs read it. Instants: ms since 1970. */
export interface DatasetReading {
  readonly brandId: string
  readonly brand: string
  readonly dataset: string
  readonly freshness: FreshnessState
  readonly lastAttempt: AttemptStatus
  readonly isRunning: boolean
  readonly lastSuccessMs: number | null
  /** When it turns stale; null without a success or a maximum age. */
  readonly deadlineMs: number | null
  readonly lastAttemptMs: number | null
}

export interface OrganizationReading {
  readonly id: string
  readonly name: string
  readonly datasets: readonly DatasetReading[]
}

export interface AgentReading {
  readonly alive: number
  readonly lost: number
}

export interface Readings {
  /** By the database's clock, ms since 1970. */
  readonly nowMs: number
  readonly organizations: readonly OrganizationReading[]
  readonly agents: AgentReading
}

const severity: Readonly<Record<FreshnessState, number>> = {
  stale: 0,
  never_synced: 1,
  at_risk: 2,
  fresh: 3,
  no_policy: 4,
}

export interface PlacedReading {
  readonly organization: OrganizationReading
  readonly reading: DatasetReading
}

/** Of all organizations together, the worst first: who lists only so many lists these. */
export function worstFirst({ organizations }: Readings): PlacedReading[] {
  return organizations
    .flatMap((organization) => organization.datasets.map((reading) => ({ organization, reading })))
    .toSorted((left, right) => severity[left.reading.freshness] - severity[right.reading.freshness])
}

/** Every dataset that the caller may see, in organizations that have the section. */
export async function takeReadings(services: ConsoleServices, identity: Identity): Promise<Readings> {
  const { database, catalog, settings, clock, supervisor } = services
  const [surroundings, organizations, features] = await Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    listOrganizations(database),
    listOrganizationFeatures(database),
  ])
  const on = new Set(
    features
      .filter(({ feature, enabled }) => enabled && feature === 'PIPELINE_MANAGER')
      .map(({ organizationId }) => organizationId),
  )
  const own = identity.organizationId
  const visible = organizations.filter(({ id }) => on.has(id) && (own === null || own === id))
  const readings: OrganizationReading[] = []
  let nowMs = supervisor.now().getTime()
  // One after the other: a scrape is in no hurry, and the people at the console are.
  for (const { id, name } of visible) {
    const { brands } = await readBrandNames(database, id)
    const names = new Map(brands.map((brand) => [brand.id, brand.name]))
    const board = await readBoard(database, clock, boardQuestion([surroundings, { brands }]))
    nowMs = board.asOf.getTime()
    readings.push({ id, name, datasets: datasetsOf(board, names) })
  }
  const alive = surroundings.agents.filter((agent) => agent.alive).length
  return { nowMs, organizations: readings, agents: { alive, lost: surroundings.agents.length - alive } }
}

function datasetsOf(
  { brands }: Awaited<ReturnType<typeof readBoard>>,
  names: ReadonlyMap<string, string>,
): DatasetReading[] {
  return brands.flatMap(({ id, cells, freshness }) =>
    cells.map((cell, place): DatasetReading => {
      const { dataset, lastAttempt, lastAttemptMs, lastSuccessMs, maxAgeHours, due, jobs } = cell
      return {
        brandId: id,
        brand: names.get(id) ?? '',
        dataset,
        freshness: freshness[place] ?? 'no_policy',
        lastAttempt,
        isRunning: lastAttempt === 'running' || jobs.some(({ runningSinceMs }) => runningSinceMs !== null),
        lastSuccessMs,
        deadlineMs: lastSuccessMs === null || maxAgeHours === null ? null : staleMsOf(lastSuccessMs, maxAgeHours, due),
        lastAttemptMs,
      }
    }),
  )
}
