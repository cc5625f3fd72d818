import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { describeError, Problem } from '../../shared/errors.ts'

/*
 * <data folder>/console/        readable by its user alone: whoever can read it is an administrator of this agent
 *   key                         signs links and sessions, so that both survive a restart
 *   agents/<port>.json          where a running agent serves its console, and whose database it works on; gone when it stops
 *   database                    whose database the last agent here worked on; stays
 */

const keyBytes = 32

export interface ConsoleKey {
  readonly bytes: Uint8Array
  /** Eight letters that name this installation in cookies: ports of one machine share them. */
  readonly instance: string
}

/**
 * The key of this data folder, made when there is none.
 * @throws Problem `unavailable` when the folder cannot be used, `not_allowed` when it belongs to somebody else.
 */
export async function openConsoleKey(dataDirectory: string): Promise<ConsoleKey> {
  const folder = consoleFolder(dataDirectory)
  const file = join(folder, 'key')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const bytes = (await readKey(file)) ?? (await makeKey(file))
    const instance = createHash('sha256').update('instance').update(bytes).digest('hex').slice(0, 8)
    return { bytes, instance }
  } catch (error) {
    throw folderProblem(folder, error)
  }
}

async function readKey(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  })
  if (text === null) return null
  const bytes = Buffer.from(text.trim(), 'base64url')
  if (bytes.length === keyBytes) return bytes
  throw new Error('the file "key" is damaged; remove it, and everybody signs in again')
}

/** Of two agents that start together, both get the one that was first. */
async function makeKey(file: string): Promise<Uint8Array> {
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600 })
  await link(unfinished, file).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  await rm(unfinished, { force: true })
  const bytes = await readKey(file)
  if (bytes === null) throw new Error('the file "key" went away again')
  return bytes
}

/** `embedded` below the data folder, or `external`: somebody's own. */
const databaseKind = z.enum(['embedded', 'external'])
export type DatabaseKind = z.infer<typeof databaseKind>

const serving = z.object({
  url: z.string(),
  agentName: z.string(),
  pid: z.number().int(),
  /** Of this start of the server: a link works for no other. */
  startId: z.string(),
  /** Missing where an earlier version wrote this. */
  database: databaseKind.optional(),
  /** Where programs on this machine reach it whatever name its certificate is for, `https://127.0.0.1:4180`; missing as well. */
  localUrl: z.string().optional(),
})
export type ServingAgent = z.infer<typeof serving>

/** Tells `pm console` where the console is. Returns how to take it back. */
export async function announceConsole(
  dataDirectory: string,
  port: number,
  agent: ServingAgent,
): Promise<() => Promise<void>> {
  const folder = join(consoleFolder(dataDirectory), 'agents')
  const file = join(folder, `${port}.json`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeWhole(file, JSON.stringify(agent))
    if (agent.database !== undefined) await writeWhole(lastDatabaseFile(dataDirectory), agent.database)
  } catch (error) {
    throw folderProblem(folder, error)
  }
  return () => rm(file, { force: true })
}

async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, `${text}\n`, { mode: 0o600 })
  await rename(unfinished, file)
}

/** Whose database the last agent with this data folder worked on, whether it runs or not; null when nobody said. */
export async function lastDatabase(dataDirectory: string): Promise<DatabaseKind | null> {
  const text = await readFile(lastDatabaseFile(dataDirectory), 'utf8').catch(() => '')
  return databaseKind.safeParse(text.trim()).data ?? null
}

function lastDatabaseFile(dataDirectory: string): string {
  return join(consoleFolder(dataDirectory), 'database')
}

/** Agents that said they serve a console; one that was killed is still among them. */
export async function announcedConsoles(dataDirectory: string): Promise<ServingAgent[]> {
  const folder = join(consoleFolder(dataDirectory), 'agents')
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted()
    const found = await Promise.all(names.map((name) => readServing(join(folder, name))))
    return found.filter((agent) => agent !== null)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw folderProblem(folder, error)
  }
}

/** Null for a file that is being taken away or is not ours. */
async function readServing(file: string): Promise<ServingAgent | null> {
  try {
    return serving.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

function consoleFolder(dataDirectory: string): string {
  return join(dataDirectory, 'console')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function folderProblem(folder: string, error: unknown): Problem {
  const isForeign = hasCode(error, 'EACCES') || hasCode(error, 'EPERM')
  const fix = isForeign
    ? 'Run this as the user that runs the agent.'
    : 'Make it writable for this user, or choose another folder with --data-dir.'
  const message = `The folder ${folder} cannot be used: ${describeError(error)}`
  return new Problem(isForeign ? 'not_allowed' : 'unavailable', message, {
    field: 'data-dir',
    value: folder,
    fix,
    cause: error,
  })
}
