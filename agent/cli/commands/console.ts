import { Problem } from '../../../shared/errors.ts'
import { announcedConsoles, openConsoleKey, type ServingAgent } from '../../server/console-folder.ts'
import { consoleLink, linkMinutes } from '../../server/console-link.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { configured } from '../session.ts'

const answerMs = 2_000

/** `pm console`: a link that signs this person in at the agent that runs with this data folder. */
export async function showConsoleLink(context: CliContext, flags: GlobalFlags & { agent?: string }): Promise<void> {
  const { print, settings } = configured(context, flags)
  const agent = await servingAgent(settings.dataDirectory, flags.agent)
  const { bytes } = await openConsoleKey(settings.dataDirectory)
  const link = consoleLink(bytes, context.clock, { ...agent, operator: context.operator })
  print.answer({ link, url: agent.url, agentName: agent.agentName, minutes: linkMinutes }, () => {
    print.line(link)
    print.note(`It signs you in as ${context.operator}, once, within ${linkMinutes} minutes.`)
  })
}

/** The one that runs with this data folder, or of several the one with this name. @throws Problem `not_found`, `ambiguous`. */
export async function servingAgent(dataDirectory: string, name: string | undefined): Promise<ServingAgent> {
  const serving = await announcedConsoles(dataDirectory)
  const wanted = name === undefined ? serving : serving.filter(({ agentName }) => agentName === name)
  const living = (await Promise.all(wanted.map(async (agent) => ((await isAlive(agent)) ? agent : null)))).filter(
    (agent) => agent !== null,
  )
  const [agent, ...others] = living
  if (agent === undefined) throw nobodyServes(dataDirectory)
  if (others.length > 0) throw several(living)
  return agent
}

/** An agent that was killed has left its word behind. The signal asks the process, whatever its certificate says. */
async function isAlive({ url, pid }: ServingAgent): Promise<boolean> {
  if (!isRunning(pid)) return false
  if (url.startsWith('https:')) return true
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(answerMs) }).catch(() => null)
  await answer?.body?.cancel()
  return answer?.ok === true
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function nobodyServes(dataDirectory: string): Problem {
  return new Problem('not_found', `No agent serves a console with the data folder ${dataDirectory}.`, {
    field: 'data-dir',
    value: dataDirectory,
    fix: 'Start one (pm start, pm agent), or name the folder of the one that runs with --data-dir.',
  })
}

function several(agents: readonly ServingAgent[]): Problem {
  const names = agents.map(({ agentName, url }) => `${agentName} (${url})`).join('; ')
  return new Problem('ambiguous', `Several agents serve a console here: ${names}.`, {
    field: '--agent',
    value: null,
    fix: 'Name one with --agent.',
  })
}
