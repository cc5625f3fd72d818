/**
 * CPU of processes, from Linux's /proc (proc(5)). Elsewhere the figures are NaN and shown as –; rates and latencies do not
 * need them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** USER_HZ, which is 100 on every Linux that Node supports. */
const ticksPerSecond = 100

export interface CpuReading {
  /** Seconds of CPU that the server's processes have used, those that ended included. */
  readonly server: number
  /** Seconds of CPU that every process of the machine has used. */
  readonly machine: number
}

export function readCpu(postmaster: number): CpuReading {
  return { server: serverSeconds(postmaster), machine: machineSeconds() }
}

/** Load average of the last minute. */
export function load(): number {
  return loadavg()[0] ?? Number.NaN
}

/** Resident memory of a process, megabytes (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))
  return found ? (Number(found[1]) * 1024) / 1e6 : Number.NaN
}

/** Seconds of CPU of one process. */
export function processSeconds(pid: number): number {
  const fields = statOf(pid)
  return fields === null ? Number.NaN : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Every backend is a child of the postmaster; those that ended are in its account of waited-for children. */
function serverSeconds(postmaster: number): number {
  const own = statOf(postmaster)
  if (own === null) return Number.NaN
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field]), 0)
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(Number(name)) : null
    if (fields !== null && Number(fields[1]) === postmaster) ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

/** The fields after the command name: state, parent, …, utime (11), stime (12), cutime (13), cstime (14). */
function statOf(pid: number): string[] | null {
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** user, nice, system, irq, softirq and steal of /proc/stat's first line; idle and iowait are not work. */
function machineSeconds(): number {
  const fields = (read('/proc/stat').split('\n')[0] ?? '').trim().split(/\s+/).slice(1).map(Number)
  const busy = [0, 1, 2, 5, 6, 7].reduce((sum, field) => sum + (fields[field] ?? Number.NaN), 0)
  return busy / ticksPerSecond
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
