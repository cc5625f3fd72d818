import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import type { Settings } from '../settings/definitions.ts'
import { exclusively } from '../store/embedded/exclusive.ts'
import { announce, identityOf, livingNames } from '../store/embedded/presence.ts'

/** Who an agent is in the database, held by this process alone. */
export interface AgentIdentity {
  /** The same at every start with this name and data directory. */
  readonly id: string
  readonly name: string
  /** Lets another process be this agent. Safe twice; the death of the process does the same. */
  release(): Promise<void>
}

const lockWaitMs = 10_000

/**
 * Claims the name for this process. Two agents of one name on one machine would be one agent in the database, and would end
 * each other's runs.
 * @throws Problem `already_running` naming the pid; `unavailable` when the data directory cannot be written.
 */
export async function claimAgentName(
  { agentName, dataDirectory }: Pick<Settings, 'agentName' | 'dataDirectory'>,
  clock: Clock,
): Promise<AgentIdentity> {
  const folder = agentsFolder(dataDirectory)
  try {
    await mkdir(folder, { recursive: true, mode: 0o711 })
    return await exclusively(join(folder, 'lock'), { clock, waitMs: lockWaitMs }, async () => {
      const [living] = await livingNames(agentFile(dataDirectory, agentName, 'lock'))
      if (living !== undefined) throw alreadyRunning(agentName, identityOf(living)?.pid)
      const id = await readOrCreateId(agentFile(dataDirectory, agentName, 'json'), agentName)
      const presence = await announce(agentFile(dataDirectory, agentName, 'lock'))
      return { id, name: agentName, release: () => presence.withdraw() }
    })
  } catch (error) {
    if (error instanceof Problem && error.code !== 'unavailable') throw error
    throw cannotWrite(folder, error)
  }
}

/** What belongs to one agent on this machine. */
export function agentFile(dataDirectory: string, agentName: string, kind: 'json' | 'lock' | 'offline'): string {
  return join(agentsFolder(dataDirectory), `${fileNameOf(agentName)}.${kind}`)
}

function agentsFolder(dataDirectory: string): string {
  return join(dataDirectory, 'agents')
}

/** A name may hold anything; two different names never become one file. */
function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed())
  return encoded.length <= 100 ? encoded : createHash('sha256').update(name).digest('hex')
}

const identitySchema = z.object({ id: z.uuid() })

async function readOrCreateId(file: string, name: string): Promise<string> {
  const known = identitySchema.safeParse(await readJson(file))
  if (known.success) return known.data.id
  const id = randomUUID()
  const unfinished = `${file}.unfinished`
  await writeFile(unfinished, `${JSON.stringify({ id, name }, null, 2)}\n`, { mode: 0o600 })
  await rename(unfinished, file)
  return id
}

/** Undefined when there is none, or none that can be read: an identity costs nothing to make anew. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}

function alreadyRunning(name: string, pid: number | undefined): Problem {
  return new Problem('already_running', `An agent named "${name}" is already running here, as process ${pid}.`, {
    field: 'agent-name',
    value: name,
    fix: 'Stop that one first, or give this one another name with --agent-name.',
  })
}

function cannotWrite(folder: string, error: unknown): Problem {
  return new Problem('unavailable', `The folder ${folder} cannot be used: ${describeError(error)}`, {
    field: 'data-dir',
    value: folder,
    fix: 'Make it writable for this user, or choose another folder with --data-dir.',
    cause: error,
  })
}
