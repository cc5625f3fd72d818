/** The server process: found, started, stopped. Always called by the holder of the lock. */
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'
import { type Durability, fixFor, writeConfiguration } from './cluster.ts'
import type { Layout } from './layout.ts'
import { giveTo, type OperatingUser } from './operating-user.ts'
import { existsProcess, isAlive } from './process-identity.ts'
import { runProgram } from './run-program.ts'
import type { ServerContext } from './server-context.ts'
import { processesIn, worksIn } from './server-processes.ts'
import { freePort } from './server-settings.ts'

const startSeconds = 60
const stopSeconds = 30
const logLimitBytes = 10 * 1024 * 1024

/** Port of the server that runs on this data folder, once it takes connections; null when none runs. */
export async function findRunning(layout: Layout, clock: Clock): Promise<number | null> {
  const giveUpAt = clock.monotonic() + startSeconds * 1000
  for (;;) {
    const found = await readPidFile(layout)
    if (found === null || !existsProcess(found.pid)) return null
    const running = isAlive({ pid: found.pid, startedAt: '0' }) && (await worksIn(found.pid, layout.data))
    if (running && found.status === 'ready') return found.port
    if (!running && (await processesIn(layout.data)).length === 0) {
      // A zombie (a container whose first process buries nobody) or, after a reboot, anybody's pid. The server would
      // refuse to start because of it. Its own workers are gone, so nothing uses the folder.
      await rm(pidFile(layout), { force: true })
      return null
    }
    if (clock.monotonic() > giveUpAt) throw notStarted(layout, await lastWords(layout, 0))
    await delay(50)
  }
}

/** Starts the server and returns its port: the wanted one, or another when that is taken. */
export async function startServer(context: ServerContext, wantedPort: number, durability: Durability): Promise<number> {
  const { layout, binaries, user } = context
  const logStart = await prepareLog(layout, user)
  const args = ['start', '-D', layout.data, '-l', layout.log, '-w', '-s', '-t', String(startSeconds)]
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(wantedPort)
    await writeConfiguration(context, port, durability)
    const { code, output } = await runProgram(binaries.serverControl, args, { user, workingDirectory: layout.root })
    if (code === 0) return port
    const words = `${await lastWords(layout, logStart)}\n${output}`
    // The first: somebody took the port meanwhile. The second: the workers of a killed server are still on their way out.
    const passing = /could not create any TCP\/IP sockets|pre-existing shared memory block/.test(words)
    if (!passing || attempt >= 10) throw notStarted(layout, words)
    await delay(300)
  }
}

/** Ends all sessions and stops the server; returns when it is gone. */
export async function stopServer(context: ServerContext): Promise<void> {
  const { layout, binaries, user } = context
  for (const mode of ['fast', 'immediate']) {
    const args = ['stop', '-D', layout.data, '-m', mode, '-w', '-s', '-t', String(stopSeconds)]
    const { code } = await runProgram(binaries.serverControl, args, { user, workingDirectory: layout.root })
    const found = await readPidFile(layout)
    if (code === 0 || found === null || !isAlive({ pid: found.pid, startedAt: '0' })) return
  }
  throw new Problem('unavailable', `The database server does not stop.\n${await lastWords(layout, 0)}`, {
    field: 'data-dir',
    value: layout.data,
    fix: 'End the process whose number is in the first line of postmaster.pid in that folder.',
  })
}

interface PidFile {
  readonly pid: number
  readonly port: number
  readonly status: string
}

/** postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status (PostgreSQL's pidfile.h). */
async function readPidFile(layout: Layout): Promise<PidFile | null> {
  const text = await readFile(pidFile(layout), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3] ?? 0), status: lines[7] ?? '' } : null
}

function pidFile(layout: Layout): string {
  return join(layout.data, 'postmaster.pid')
}

/** Makes the log writable for the server and keeps it small. Returns its size in bytes. */
async function prepareLog(layout: Layout, user: OperatingUser | null): Promise<number> {
  const size = await sizeOf(layout.log)
  if (size > logLimitBytes) await rename(layout.log, `${layout.log}.old`)
  await writeFile(layout.log, '', { flag: 'a', mode: 0o600 })
  await giveTo(layout.log, user)
  return size > logLimitBytes ? 0 : size
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  )
}

/** The last lines of the log after `from` bytes; '' when there are none. */
async function lastWords(layout: Layout, from: number): Promise<string> {
  const size = await sizeOf(layout.log)
  const start = Math.max(from, size - 8_192)
  if (size <= start) return ''
  const file = await open(layout.log, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-12).join('\n')
  } finally {
    await file.close()
  }
}

function notStarted(layout: Layout, words: string): Problem {
  return new Problem('unavailable', `The database server did not start:\n${words.trim()}`, {
    field: 'data-dir',
    value: layout.log,
    fix: fixFor(words),
  })
}
