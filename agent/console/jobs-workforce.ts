import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { knownCatalog } from '../freshness/overview.ts'
import { validateParameters } from '../jobs/catalog/parameters.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { type KnownAgent, listAgents } from '../store/agent-list.ts'
import { agentsVersion } from '../store/agent-versions.ts'
import { listForeignJobTypes } from '../store/scheduled-job-runs.ts'
import type { ConsoleServices } from './context.ts'

/** Who could run what. */
export interface Workforce {
  readonly catalog: KnownCatalog
  /** Living agents first. */
  readonly agents: readonly KnownAgent[]
  /** Job types that somebody can run now: a living agent, or another program that did so in the last days. */
  readonly runnable: ReadonlySet<string>
  /** Of those, the ones that only another program runs. */
  readonly foreign: ReadonlySet<string>
}

/** What it is read from, and remembered for. */
export interface WorkforceSource extends Pick<ConsoleServices, 'database' | 'catalog' | 'clock'> {
  readonly settings: Pick<ConsoleServices['settings'], 'leaseSeconds'>
}

interface Remembered {
  readonly version: string
  readonly workforce: Workforce
  /** By the monotonic clock, ms. */
  readonly readAt: number
}

/** Which types other programs ran is a matter of days. */
const foreignMs = 30_000
const remembered = new WeakMap<WorkforceSource, Remembered>()

/** As the database has it now; read anew only when an agent came, went or changed. */
export async function readWorkforce(services: WorkforceSource): Promise<Workforce> {
  const { database, settings, clock } = services
  const version = await agentsVersion(database, settings.leaseSeconds)
  const known = remembered.get(services)
  if (known?.version === version && clock.monotonic() - known.readAt < foreignMs) return known.workforce
  const [agents, foreignTypes] = await Promise.all([
    listAgents(database, settings.leaseSeconds),
    listForeignJobTypes(database),
  ])
  const own = new Set(agents.filter(({ alive }) => alive).flatMap(({ jobTypes }) => jobTypes))
  const foreign = new Set(foreignTypes.map(({ jobType }) => jobType).filter((jobType) => !own.has(jobType)))
  const catalog = known?.version === version ? known.workforce.catalog : knownCatalog(services.catalog, agents)
  const workforce = { catalog, agents, runnable: new Set([...own, ...foreign]), foreign }
  remembered.set(services, { version, workforce, readAt: clock.monotonic() })
  return workforce
}

/**
 * The parameters with the defaults of the job type's schema. A type that only another program knows has no schema: they stay as
 * they are.
 * @throws Problem `not_found` for a job type nobody knows; `invalid_parameters`.
 */
export function checkJobParameters(workforce: Workforce, jobType: string, parameters: JsonObject): JsonObject {
  const known = workforce.catalog.jobTypes.get(jobType)
  if (known !== undefined) return validateParameters(known, parameters)
  if (workforce.runnable.has(jobType)) return validateParameters({ key: jobType, parameters: anything }, parameters)
  const types = [...new Set([...workforce.catalog.jobTypes.keys(), ...workforce.runnable])]
  throw new Problem('not_found', `There is no job type "${jobType}", neither in the catalog here nor at any agent.`, {
    field: 'jobType',
    value: jobType,
    fix: didYouMean(jobType, types),
  })
}

const anything: JsonObject = { type: 'object', additionalProperties: true }

/** J8: who could run it if they were there; null when somebody can run it now. */
export function nobodyRuns({ runnable, agents }: Workforce, jobType: string): { message: string; fix: string } | null {
  if (runnable.has(jobType)) return null
  const once = agents.filter(({ jobTypes }) => jobTypes.includes(jobType)).map(({ name, host }) => `${name} on ${host}`)
  if (once.length > 0) {
    const named = once.slice(0, 5).join(', ')
    return { message: `No agent that runs now can run ${jobType}.`, fix: `Start one that can: ${named}.` }
  }
  return { message: `No agent can run ${jobType}.`, fix: 'Add an executor for it to the catalog of an agent.' }
}

/** @throws Problem `conflict` for a job type that nobody can run now (J8). */
export function requireSomebody(workforce: Workforce, jobType: string): void {
  const nobody = nobodyRuns(workforce, jobType)
  if (nobody === null) return
  throw new Problem('conflict', nobody.message, { field: 'jobType', value: jobType, fix: nobody.fix })
}
