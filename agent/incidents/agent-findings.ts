import { formatInstant } from '../../shared/duration.ts'
import { shortName } from '../../shared/short-text.ts'
import { findForeignJobTypes } from '../store/agent-catalogs.ts'
import type { Database } from '../store/database.ts'
import {
  type EvaluatedAgent,
  evaluateAgents,
  evaluateIdleTypes,
  type IdleType,
  isAgentLossWatched,
  type KnownIdleType,
  listOpenIdleTypes,
} from '../store/evaluated-agents.ts'
import {
  type Condition,
  type Ending,
  earliest,
  type Findings,
  thing,
  together,
  watchedByDefault,
} from './conditions.ts'

export interface AgentFindings extends Findings {
  readonly agents: readonly EvaluatedAgent[]
}

interface AgentQuestion {
  readonly now: Date | null
  /** What the database's clock says. */
  readonly moment: Date
  /** Of this process: it is there. */
  readonly ownId: string
  readonly aliveSeconds: number
  /**
   * False for a while after the database was out of reach: then agents that kept working have not had the chance to say so, and none
   * is declared lost.
   */
  readonly mayBeLost: boolean
  /** Job types of datasets that have just gone stale, by organization: that nobody can run them is not waited out. */
  readonly behind: ReadonlySet<string>
}

/** How long a due job may wait for an agent: one that is restarted is back by then. ms */
const patienceMs = 5 * 60_000
const dayMs = 86_400_000

export async function findAgents(database: Database, question: AgentQuestion): Promise<AgentFindings> {
  const { now, ownId, aliveSeconds } = question
  const agents = (await evaluateAgents(database, now, aliveSeconds)).map((agent) =>
    agent.id === ownId ? { ...agent, isAlive: true } : agent,
  )
  const runnable = new Set(agents.filter(({ isAlive }) => isAlive).flatMap(({ jobTypes }) => jobTypes))
  const idle = await readIdleTypes(database, now, runnable)
  const findings = together([
    await findLost(database, agents, idle, question),
    findIdle(idle, await listOpenIdleTypes(database), runnable, question),
  ])
  return { ...findings, agents }
}

/** Without those that another program has run lately. */
async function readIdleTypes(
  database: Database,
  now: Date | null,
  runnable: ReadonlySet<string>,
): Promise<readonly IdleType[]> {
  const idle = await evaluateIdleTypes(database, now, watchedByDefault, [...runnable])
  const foreign = new Set(await findForeignJobTypes(database, [...new Set(idle.map(({ jobType }) => jobType))]))
  return idle.filter(({ jobType }) => !foreign.has(jobType))
}

async function findLost(
  database: Database,
  agents: readonly EvaluatedAgent[],
  idle: readonly IdleType[],
  { moment, aliveSeconds, mayBeLost }: AgentQuestion,
): Promise<Findings> {
  const isWatched = await isAgentLossWatched(database, watchedByDefault)
  const alive = agents.filter(({ isAlive }) => isAlive)
  const names = new Set(alive.map(({ name, host }) => JSON.stringify([name, host])))
  const needed = new Set(idle.map(({ jobType }) => jobType))
  const endOf = (agent: EvaluatedAgent): Pick<Ending, 'resolution' | 'isNews'> | null => {
    if (!isWatched) return { resolution: 'Nobody watches for this any more.', isNews: false }
    const name = shortName(agent.name)
    if (agent.isAlive) return { resolution: `${name} is back.`, isNews: true }
    if (agent.state === 'stopped') return { resolution: `${name} was stopped in good order.`, isNews: true }
    if (names.has(JSON.stringify([agent.name, agent.host]))) {
      return { resolution: `Another agent runs as ${name} on ${shortName(agent.host)}.`, isNews: true }
    }
    const isLongAgo = moment.getTime() - agent.heartbeatAt.getTime() > dayMs
    if (!isLongAgo || agent.jobTypes.some((jobType) => needed.has(jobType))) return null
    return { resolution: 'For a day nothing has needed it.', isNews: false }
  }
  const known = agents.filter(({ incidentId }) => incidentId !== null)
  const unknown = agents.filter(({ incidentId, jobTypes }) => incidentId === null && jobTypes.length > 0)
  return {
    begun: mayBeLost ? unknown.filter((agent) => endOf(agent) === null).map(lostCondition) : [],
    over: known.flatMap((agent) => {
      const end = endOf(agent)
      return end === null ? [] : [{ incidentId: agent.incidentId ?? '', ...end }]
    }),
    updated: [],
    nextTurnAt: earliest(alive.map(({ heartbeatAt }) => new Date(heartbeatAt.getTime() + aliveSeconds * 1_000))),
  }
}

function lostCondition({ id, name, host, heartbeatAt, jobTypes }: EvaluatedAgent): Condition {
  const who = `${shortName(name)} on ${shortName(host)}`
  return {
    ...thing('agent_lost', { agentId: id }),
    summary: `Agent ${who} is lost: nothing was heard of it since ${formatInstant(heartbeatAt)}.`,
    nextStep:
      'See whether its machine is up, and start it again; its runs have been given to others that can run them.',
    runId: null,
    details: { host, heartbeatAt: heartbeatAt.toISOString(), jobTypes: [...jobTypes] },
    lostAgentId: null,
  }
}

/** What a job type of an organization is called among those behind stale data. */
export function behindKey(organizationId: string | null, jobType: string): string {
  return JSON.stringify([organizationId, jobType])
}

function findIdle(
  idle: readonly IdleType[],
  known: readonly KnownIdleType[],
  runnable: ReadonlySet<string>,
  { moment, behind }: AgentQuestion,
): Findings {
  const keyOf = ({ organizationId, jobType }: Pick<IdleType, 'organizationId' | 'jobType'>): string =>
    behindKey(organizationId, jobType)
  const due = new Map(idle.filter((one) => one.due > 0).map((one) => [keyOf(one), one]))
  const knownKeys = new Set(known.map(keyOf))
  const waiting = [...due.values()].filter((one) => !knownKeys.has(keyOf(one)))
  const isTime = (one: IdleType): boolean =>
    behind.has(keyOf(one)) || one.dueSince === null || moment.getTime() - one.dueSince.getTime() > patienceMs
  const turns = idle
    .filter((one) => !knownKeys.has(keyOf(one)) && !isTime(one))
    .map(({ dueSince, nextAt }) => dueSince ?? nextAt)
  const next = earliest([...turns, ...idle.filter(({ due }) => due === 0).map(({ nextAt }) => nextAt)])
  return {
    begun: waiting.filter(isTime).map(idleCondition),
    over: known
      .filter((one) => !due.has(keyOf(one)))
      .map(({ incidentId, jobType }) => ({ incidentId, ...idleEnding(jobType, runnable) })),
    updated: [],
    nextTurnAt: next === null ? null : new Date(next.getTime() + patienceMs),
  }
}

function idleCondition({ organizationId, jobType, due, dueSince }: IdleType): Condition {
  const jobs = due === 1 ? '1 job waits' : `${due} jobs wait`
  const since = dueSince === null ? '' : `, the first since ${formatInstant(dueSince)}`
  return {
    ...thing('no_agent', { organizationId, jobType }),
    summary: `No agent can run ${shortName(jobType)}: ${jobs}${since}.`,
    nextStep: `Start an agent whose catalog says how to run ${shortName(jobType)}.`,
    runId: null,
    details: { due, dueSince: dueSince?.toISOString() ?? null },
    lostAgentId: null,
  }
}

function idleEnding(jobType: string, runnable: ReadonlySet<string>): Pick<Ending, 'resolution' | 'isNews'> {
  if (runnable.has(jobType)) return { resolution: `An agent can run ${shortName(jobType)} again.`, isNews: true }
  return { resolution: `No job of type ${shortName(jobType)} waits any more.`, isNews: true }
}
