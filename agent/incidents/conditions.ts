import type { JsonObject } from '../../shared/domain.ts'
import { type IncidentKind, type IncidentThing, kindRules } from '../../shared/incidents.ts'

/** The same for the same thing; as the unique index `incidents_open_thing`. */
export function keyOf({ kind, organizationId, brandId, datasetKey, jobId, jobType, agentId }: IncidentThing): string {
  const type = jobId === null ? jobType : null
  return JSON.stringify([kind, organizationId, brandId, datasetKey, jobId, agentId, type])
}

/** A thing of this kind that nothing else is about. */
export function thing(kind: IncidentKind, about: Partial<Omit<IncidentThing, 'kind'>>): IncidentThing {
  const nothing = { organizationId: null, brandId: null, datasetKey: null, jobId: null, jobType: null, agentId: null }
  return { ...nothing, ...about, kind }
}

/** What is said about a thing, and may change while its incident is open. */
export interface Words {
  /** One sentence. */
  readonly summary: string
  readonly nextStep: string | null
  /** The run that showed it. */
  readonly runId: string | null
  readonly details: JsonObject
}

/** Something is wrong with a thing, and has been for long enough. */
export interface Condition extends IncidentThing, Words {
  /** The agent whose loss made it so: of runs that were lost with it. */
  readonly lostAgentId: string | null
  /** Until when nobody is told, ISO 8601 or `infinity`: it is expected, and told should it be there longer. Absent = it is told. */
  readonly quietUntil?: string
}

/** Something that was wrong is over. */
export interface Ending {
  readonly incidentId: string
  /** Why, in a sentence. */
  readonly resolution: string
  /** False where nothing has recovered: nobody watches for it any more, or it has become another incident. */
  readonly isNews: boolean
}

/** An open incident is about something newer now. Told to nobody: the state is the same (N2). */
export interface Update extends Words {
  readonly incidentId: string
}

/** What a part of the evaluation has found. */
export interface Findings {
  readonly begun: readonly Condition[]
  readonly over: readonly Ending[]
  readonly updated: readonly Update[]
  /** When the clock alone may change the answer; null = never. */
  readonly nextTurnAt: Date | null
}

export const nothingFound: Findings = { begun: [], over: [], updated: [], nextTurnAt: null }

export function together(findings: readonly Findings[]): Findings {
  return {
    begun: findings.flatMap(({ begun }) => begun),
    over: findings.flatMap(({ over }) => over),
    updated: findings.flatMap(({ updated }) => updated),
    nextTurnAt: earliest(findings.map(({ nextTurnAt }) => nextTurnAt)),
  }
}

export function earliest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((first, at) => (at !== null && (first === null || at < first) ? at : first), null)
}

/** Kind → whether it is watched for where nobody has decided. */
export const watchedByDefault: Readonly<Record<string, boolean>> = Object.fromEntries(
  Object.entries(kindRules).map(([kind, { isWatched }]) => [kind, isWatched]),
)
