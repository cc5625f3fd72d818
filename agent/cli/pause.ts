import { setTimeout as delay } from 'node:timers/promises'

const heeded = new WeakSet<AbortSignal>()

/** From now on an interruption is answered by whoever says so here: one more that is no other wish does not end the process. */
export function heed(interrupted: AbortSignal): void {
  heeded.add(interrupted)
}

export function isHeeded(interrupted: AbortSignal): boolean {
  return heeded.has(interrupted)
}

/** Waits, or less when interrupted. True = go on. */
export async function pause(ms: number, interrupted: AbortSignal): Promise<boolean> {
  heed(interrupted)
  if (interrupted.aborted) return false
  await delay(ms, undefined, { signal: interrupted }).catch(() => undefined)
  return !interrupted.aborted
}

/** What a process ends with that a person stopped with Ctrl+C: 128 + SIGINT, as shells have it. */
export const interruptedExitCode = 130
