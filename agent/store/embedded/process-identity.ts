import { readFileSync } from 'node:fs'

/** A process that can be told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** Kernel start time in ticks since boot on Linux; '0' where the system gives none, and then only the pid counts. */
  readonly startedAt: string
}

const unknownStart = '0'

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? unknownStart }
}

/** True while that very process lives; a zombie or a reused pid is dead. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!existsProcess(identity.pid)) return false
  const startedAt = startOf(identity.pid)
  if (startedAt === null) return process.platform !== 'linux'
  return identity.startedAt === unknownStart || startedAt === identity.startedAt
}

/** True for a zombie too, and for whoever has the pid now. */
export function existsProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); null when there is no such file or the process is a zombie. */
function startOf(pid: number): string | null {
  const stat = statOf(pid)
  if (stat === null) return null
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
}

function statOf(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
}
