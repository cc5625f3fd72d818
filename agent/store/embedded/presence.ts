/**
 * A folder of files, each named after the living process that wrote it.
 *
 * A name is `<pid>-<start time>-<random>`, so it is never used twice. That is what makes removing a dead process's file safe
 * at any time and by anyone: nobody can have taken the same name meanwhile. kill -9 leaves a file behind, never a false life.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

export interface Presence {
  readonly name: string
  /** Safe to call twice. */
  withdraw(): Promise<void>
}

/** Shows this process in the folder until `withdraw` or its death. */
export async function announce(folder: string): Promise<Presence> {
  const { pid, startedAt } = ownIdentity()
  const name = `${pid}-${startedAt}-${randomBytes(6).toString('hex')}`
  const file = join(folder, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(file, '', { flag: 'wx', mode: 0o600 })
  return { name, withdraw: () => rm(file, { force: true }) }
}

/** Names present whose process lives; files of the dead are removed on the way. */
export async function livingNames(folder: string): Promise<string[]> {
  const living: string[] = []
  for (const name of await namesIn(folder)) {
    const identity = identityOf(name)
    if (identity === null) continue
    if (isAlive(identity)) living.push(name)
    else await rm(join(folder, name), { force: true })
  }
  return living
}

export function identityOf(name: string): ProcessIdentity | null {
  const match = /^(\d+)-(\d+)-[0-9a-f]+$/.exec(name)
  return match?.[1] === undefined || match[2] === undefined ? null : { pid: Number(match[1]), startedAt: match[2] }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
