import { formatAge } from '../../../shared/duration.ts'
import { type KnownAgent, listAgents } from '../../store/agent-list.ts'
import { databaseNow } from '../../store/database-clock.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import type { Mark } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import { withSession } from '../session.ts'

/** `pm agents`: who works on this database, and what they can run. */
export async function showAgents(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, settings, print }) => {
    const agents = await listAgents(database, settings.leaseSeconds)
    const now = await databaseNow(database)
    print.answer({ asOf: now, agents: agents.map(agentDocument) }, () => {
      if (agents.length === 0) return print.line('No agent has ever worked on this database. Start one: pm start')
      print.table(
        columns,
        agents.map((agent) => [
          marks[stateOf(agent)],
          agent.name,
          agent.host,
          agent.concurrency,
          agent.jobTypes.length === 0 ? null : agent.jobTypes.join(', '),
          formatAge(agent.heartbeatAt, now),
          agent.programVersion,
          shortId(agent.id),
        ]),
      )
    })
  })
}

const columns = [
  { title: 'state' },
  { title: 'agent', shrinksTo: 10 },
  { title: 'host', shrinksTo: 10 },
  { title: 'runs at once', align: 'right' as const },
  { title: 'job types', shrinksTo: 20 },
  { title: 'heard of' },
  { title: 'version' },
  { title: 'id' },
]

type State = KnownAgent['state'] | 'lost'

const marks = {
  running: { shape: '●', word: 'running', color: 'green' },
  draining: { shape: '◐', word: 'draining', color: 'yellow' },
  stopped: { shape: '○', word: 'stopped', color: 'gray' },
  lost: { shape: '■', word: 'lost', color: 'red' },
} as const satisfies Record<State, Mark>

/** An agent that says nothing any more and never said goodbye is lost. */
function stateOf({ state, alive }: KnownAgent): State {
  return state === 'stopped' || alive ? state : 'lost'
}

export function agentDocument(agent: KnownAgent): object {
  const { catalog: _published, programVersion, ...rest } = agent
  return { ...rest, state: stateOf(agent), version: programVersion }
}
