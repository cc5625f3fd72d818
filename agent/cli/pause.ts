import { setTimeout as delay } from 'node:timers/promises'

/** Waits, or less when interrupted. True = go on. */
export async function pause(ms: number, interrupted: AbortSignal): Promise<boolean> {
  if (interrupted.aborted) return false
  await delay(ms, undefined, { signal: interrupted }).catch(() => undefined)
  return !interrupted.aborted
}

/** What a process ends with that a person stopped with Ctrl+C: 128 + SIGINT, as shells have it. */
export const interruptedExitCode = 130
