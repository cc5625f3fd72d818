import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import type { HealthReport } from '../server/health-routes.ts'
import type { AgentState } from './agent.ts'

/** The part that is about agent and database. */
export type Readiness = Pick<HealthReport, 'ready' | 'state' | 'reasons'>

/** Ready only when the agent runs and its database has just answered, and takes changes. */
export async function healthOf(
  state: AgentState,
  supervisor: Pick<ConnectionSupervisor, 'confirm' | 'problem'>,
): Promise<Readiness> {
  if (state === 'draining' || state === 'stopped') return notReady(state, reasonOf[state])
  const { state: database } = await supervisor.confirm()
  if (database === 'down') return notReady('offline', supervisor.problem().message)
  if (database === 'limited') return notReady('limited', supervisor.problem().message)
  if (state === 'starting' || database === 'connecting') return notReady('starting', reasonOf.starting)
  return { ready: true, state: 'running', reasons: [] }
}

const reasonOf = {
  starting: 'The agent is starting.',
  draining: 'The agent is stopping; it takes no more work.',
  stopped: 'The agent has stopped.',
} as const satisfies Partial<Record<AgentState, string>>

function notReady(state: AgentState | 'limited', reason: string): Readiness {
  return { ready: false, state, reasons: [reason] }
}
