/**
 * Who works in a data folder. Every process of a PostgreSQL server has its data folder as its working directory, so on Linux
 * this tells a server from another program with its old pid. Elsewhere the system does not say.
 */
import { readdir, readlink, realpath } from 'node:fs/promises'

/** Whether the process works in the folder; true where the system does not say. */
export async function worksIn(pid: number, folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const found = await workingDirectory(pid)
  return found === 'hidden' || found === (await realpath(folder))
}

/** Living processes that work in the folder; a zombie has no working directory. Empty where the system does not say. */
export async function processesIn(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const wanted = await realpath(folder)
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid))
  const found = await Promise.all(pids.map(async (pid) => ((await workingDirectory(pid)) === wanted ? [pid] : [])))
  return found.flat()
}

async function workingDirectory(pid: number): Promise<string | null> {
  try {
    return await readlink(`/proc/${pid}/cwd`)
  } catch (error) {
    // Another user's process, which may well be a server's.
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'hidden' : null
  }
}
