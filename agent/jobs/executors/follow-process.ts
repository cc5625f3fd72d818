import { finished } from 'node:stream/promises'
import { abortOf } from '../abort.ts'
import type { GuardedProcess, ProcessExit } from './guarded-process.ts'
import { stopGroup } from './process-group.ts'

/** The agent's own grace period is over by then, and it promises to be gone three seconds later (fault 17). */
const shutdownGraceMs = 1_500
// Output that something outside the group still holds open is not waited for any longer than this.
const outputGraceMs = 1_000

export interface ProcessEnd {
  readonly exit: ProcessExit
  /** The signal was aborted before it ended by itself. */
  readonly stopped: boolean
  /** It had ended, and something it started had not; that is stopped too. */
  readonly leftBehind: boolean
}

/**
 * Follows a process to the end of its whole group; never leaves anything of it running (J11). What it prints is read by others.
 * @param graceMs between SIGTERM and SIGKILL.
 */
export async function followToEnd(started: GuardedProcess, signal: AbortSignal, graceMs: number): Promise<ProcessEnd> {
  let stopping: Promise<unknown> = Promise.resolve()
  const stop = () => {
    const hurried = abortOf(signal)?.kind === 'shutdown'
    stopping = stopGroup(started.pid, hurried ? Math.min(graceMs, shutdownGraceMs) : graceMs)
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  const exit = await started.exited
  const stopped = signal.aborted
  signal.removeEventListener('abort', stop)
  await stopping
  return { exit, stopped, leftBehind: await stopGroup(started.pid, graceMs) }
}

/** Watches the streams of a process from its start; what is returned waits, once it has ended, until both are read. */
export function watchOutput({ stdout, stderr }: GuardedProcess): () => Promise<void> {
  const streams = [stdout, stderr].map((stream) => finished(stream, { cleanup: true }).catch(() => undefined))
  return async () => {
    const patience = setTimeout(() => [stdout, stderr].forEach((stream) => stream.destroy()), outputGraceMs)
    await Promise.all(streams)
    clearTimeout(patience)
  }
}
