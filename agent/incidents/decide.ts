import type { IncidentKind, IncidentThing } from '../../shared/incidents.ts'
import type { OpenIncident } from '../store/incident-round.ts'
import type { Refresher } from '../store/refreshers.ts'
import { type Condition, type Ending, keyOf, thing, type Update } from './conditions.ts'

/*
 * What becomes of incidents, as a function: what is open, what has begun and what is over make what is written. It knows no clock and
 * no database, and repeating it on its own result changes nothing.
 */

export interface CauseFacts {
  /** The active jobs that refresh a dataset. */
  readonly refreshersOf: (
    brandId: string,
    datasetKey: string,
  ) => readonly Pick<Refresher, 'jobId' | 'jobType' | 'hasEndedSince'>[]
  readonly jobTypesOf: (agentId: string) => ReadonlySet<string>
}

export interface DecisionInput {
  readonly open: readonly OpenIncident[]
  readonly begun: readonly Condition[]
  readonly over: readonly Ending[]
  readonly updated: readonly Update[]
  /** Incidents whose snooze has run out. */
  readonly woken: readonly string[]
  /** Incidents to be told again, if they are still there. */
  readonly reminded: readonly string[]
  /** Effects that have outlived their cause for long enough. */
  readonly outlived: readonly string[]
  /** Incidents whose opening a mute rule kept back, and no rule does any more. */
  readonly unmuted: readonly string[]
  readonly causes: CauseFacts
  readonly newId: () => string
}

export interface Decision {
  /** Causes come before their effects. */
  readonly opened: readonly { readonly id: string; readonly condition: Condition; readonly causeId: string | null }[]
  /** `isForAssignee`: whoever was given it is told, also where nobody else is. */
  readonly ended: readonly (Ending & { readonly isTold: boolean; readonly isForAssignee: boolean })[]
  /** `isReleased`: an effect that nobody was told of is a root now. It gets some time to recover after its cause. */
  readonly attached: readonly { readonly id: string; readonly causeId: string | null; readonly isReleased: boolean }[]
  /** Effects that did not recover after their cause: now they are told. */
  readonly promoted: readonly string[]
  /** Roots that a mute rule kept from being told: now they are. */
  readonly unmuted: readonly string[]
  readonly updated: readonly Update[]
  readonly woken: readonly string[]
  readonly reminded: readonly string[]
}

interface Member {
  readonly id: string
  readonly about: IncidentThing & { readonly lostAgentId: string | null }
}

export function decide(input: DecisionInput): Decision {
  const endings = new Map(input.over.map((ending) => [ending.incidentId, ending]))
  const staying = input.open.filter(({ id }) => !endings.has(id))
  const known = new Set(staying.map(keyOf))
  // What two parts of the evaluation have found, or another leader has just opened, is opened once.
  const beginnings = [...new Map(input.begun.map((condition) => [keyOf(condition), condition]))]
    .filter(([key]) => !known.has(key))
    .map(([, condition]) => ({ id: input.newId(), condition }))
  const members: Member[] = [
    ...staying.map((incident) => ({ id: incident.id, about: incident })),
    ...beginnings.map(({ id, condition }) => ({ id, about: condition })),
  ]
  const rootOf = rootFinder(members, input.causes)
  const opened = beginnings.map(({ id, condition }) => ({ id, condition, causeId: rootOf(id) }))
  const attached = staying
    .map(({ id, causeId, isTold }) => ({ id, before: causeId, causeId: rootOf(id), isTold }))
    .filter(({ before, causeId }) => before !== causeId)
    .map(({ id, causeId, isTold }) => ({ id, causeId, isReleased: causeId === null && !isTold }))
  const stayingById = new Map(staying.map((incident) => [incident.id, incident]))
  const isRoot = (id: string, isTold: boolean): boolean => stayingById.get(id)?.isTold === isTold && rootOf(id) === null
  const woken = input.woken.filter((id) => stayingById.has(id))
  const unmuted = input.unmuted.filter((id) => isRoot(id, true))
  const isUnmuted = new Set(unmuted)
  return {
    opened: [...opened.filter(({ causeId }) => causeId === null), ...opened.filter(({ causeId }) => causeId !== null)],
    ended: input.open.flatMap(({ id, isTold, isGiven }) => {
      const ending = endings.get(id)
      if (ending === undefined) return []
      return [{ ...ending, isTold: isTold && ending.isNews, isForAssignee: isGiven && ending.isNews }]
    }),
    attached,
    promoted: input.outlived.filter((id) => isRoot(id, false)),
    unmuted,
    updated: input.updated.filter(({ incidentId }) => stayingById.has(incidentId)),
    woken,
    // Whoever sent an incident to sleep for an hour wants to hear of it after an hour, if it is still there.
    reminded: [...new Set([...input.reminded, ...woken])].filter((id) => isRoot(id, true) && !isUnmuted.has(id)),
  }
}

/**
 * The incident behind one, at the end of the chain: an agent is lost, so nobody can run a job type, so a dataset is stale; the dataset is
 * an effect of the lost agent. Null: there is none, it is a root. Effects never have effects.
 */
function rootFinder(members: readonly Member[], facts: CauseFacts): (id: string) => string | null {
  const byKey = new Map(members.map((member) => [keyOf(member.about), member]))
  const byId = new Map(members.map((member) => [member.id, member]))
  const lost = members.filter(({ about }) => about.kind === 'agent_lost')
  const behind = (member: Member): Member | undefined => {
    for (const key of links[member.about.kind](member.about, { ...facts, lost, byKey })) {
      const cause = byKey.get(key)
      if (cause !== undefined) return cause
    }
    return undefined
  }
  const roots = new Map<string, string | null>()
  const find = (member: Member): string | null => {
    const seen = new Set([member.id])
    let root = member
    for (let next = behind(root); next !== undefined && !seen.has(next.id); next = behind(root)) {
      seen.add(next.id)
      root = next
    }
    return root === member ? null : root.id
  }
  return (id) => {
    const known = roots.get(id)
    if (known !== undefined) return known
    const member = byId.get(id)
    const root = member === undefined ? null : find(member)
    roots.set(id, root)
    return root
  }
}

interface LinkFacts extends CauseFacts {
  readonly lost: readonly Member[]
  readonly byKey: ReadonlyMap<string, Member>
}

/** What may be behind an incident of each kind, the likeliest first. */
type Link = (about: Member['about'], facts: LinkFacts) => string[]

const none: Link = () => []
const links: Readonly<Record<IncidentKind, Link>> = {
  dataset_stale: behindDataset,
  dataset_never_synced: behindDataset,
  at_risk: behindDataset,
  // Only its source can say why.
  suspicious: none,
  run_failed: (about) => [keyOf(ofJob('job_dead', about)), ...lostWith(about)],
  run_failed_first: (about) => [keyOf(ofJob('job_dead', about)), keyOf(ofJob('run_failed', about)), ...lostWith(about)],
  job_dead: lostWith,
  // Stale data is no effect of these: it is told whatever somebody has said about a run that is only slow.
  run_long: lostWith,
  // It was late before the last agent that could run it went.
  run_late: ({ organizationId, jobType }) => [keyOf(thing('no_agent', { organizationId, jobType }))],
  // It ran where nobody here can look.
  external_failed: none,
  no_agent: ({ jobType }, { lost, jobTypesOf }) =>
    lost.flatMap(({ about }) => {
      const could = jobType !== null && about.agentId !== null && jobTypesOf(about.agentId).has(jobType)
      return could ? [keyOf(about)] : []
    }),
  agent_lost: none,
}

/**
 * Nobody can run any of the jobs that refresh it; else one of them has failed since it last succeeded, or what another program runs for
 * it. What failed before that is not why it is old now.
 */
function behindDataset(about: IncidentThing, { refreshersOf, byKey }: LinkFacts): string[] {
  const { organizationId, brandId, datasetKey } = about
  if (brandId === null || datasetKey === null) return []
  const refreshers = refreshersOf(brandId, datasetKey)
  const idle = refreshers.map(({ jobType }) => keyOf(thing('no_agent', { organizationId, jobType })))
  const failing = refreshers.flatMap(({ jobId, jobType, hasEndedSince }) => {
    if (!hasEndedSince) return []
    const job = { organizationId, brandId, jobId, jobType }
    return [keyOf(thing('job_dead', job)), keyOf(thing('run_failed', job))]
  })
  const outside = keyOf(thing('external_failed', { organizationId, brandId, datasetKey }))
  return [...(idle.length > 0 && idle.every((key) => byKey.has(key)) ? idle : []), ...failing, outside]
}

function ofJob(
  kind: 'job_dead' | 'run_failed',
  { organizationId, brandId, jobId, jobType }: IncidentThing,
): IncidentThing {
  return thing(kind, { organizationId, brandId, jobId, jobType })
}

function lostWith({ lostAgentId }: Member['about']): string[] {
  return lostAgentId === null ? [] : [keyOf(thing('agent_lost', { agentId: lostAgentId }))]
}
