import { get } from 'node:http'
import { Problem } from '../../shared/errors.ts'
import { announcedConsoles, type ServingAgent } from '../server/console-folder.ts'

const answerMs = 2_000

/** The one that runs with this data folder, or of several the one with this name. @throws Problem `not_found`, `ambiguous`. */
export async function servingAgent(dataDirectory: string, name: string | undefined): Promise<ServingAgent> {
  const living = await livingAgents(dataDirectory)
  const wanted = name === undefined ? living : living.filter(({ agentName }) => agentName === name)
  const [agent, ...others] = wanted
  if (agent === undefined) throw nobodyServes(dataDirectory)
  if (others.length > 0) throw several(wanted)
  return agent
}

/** Those that run with this data folder and have said so. @throws Problem when the folder belongs to somebody else. */
export async function livingAgents(dataDirectory: string): Promise<ServingAgent[]> {
  const serving = await announcedConsoles(dataDirectory)
  const living = await Promise.all(serving.map(async (agent) => ((await isAlive(agent)) ? agent : null)))
  return living.filter((agent) => agent !== null)
}

/** An agent that was killed has left its word behind. The signal asks the process, whatever its certificate says. */
async function isAlive({ url, pid }: ServingAgent): Promise<boolean> {
  if (!isRunning(pid)) return false
  if (url.startsWith('https:')) return true
  return answersWell(`${url}/healthz`)
}

/** Not with `fetch`, which goes to no port that browsers do not open, and behind a proxy an agent may have such a one. */
function answersWell(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { signal: AbortSignal.timeout(answerMs), agent: false }, (answer) => {
      answer.destroy()
      resolve(answer.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })
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
