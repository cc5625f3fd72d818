import { spawn } from 'node:child_process'
import { echoMs } from '../agent/cli/start-signals.ts'
import type { Clock } from '../shared/clock.ts'

export interface DesktopStart {
  /** Electron's binary. */
  readonly program: string
  readonly parameters: readonly string[]
  readonly folder: string
  readonly platform: NodeJS.Platform
  readonly clock: Clock
  /** To whoever looks at the terminal. */
  readonly say: (words: string) => void
}

/**
 * Starts Electron and outlives it, so that the desktop has the time to give running work back; resolves to its exit code.
 *
 * Electron stops in good order at the first signal of a kind and is ended by the second: it must hear of every wish once. A terminal
 * sends Ctrl+C to everything in its foreground, and npm passes on what its program has had already. So the desktop is in a group of its
 * own, where only this process reaches it, and every wish is one SIGINT there: a supervisor that sends SIGTERM to everything has then not
 * sent two of them. A second wish ends it at once. Should this process be killed, the desktop goes on, in its window and tray.
 */
export function startDesktop({ program, parameters, folder, platform, clock, say }: DesktopStart): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>()
  const hasGroups = platform !== 'win32'
  const child = spawn(program, parameters, { cwd: folder, stdio: 'inherit', detached: hasGroups })
  let wishedAt = Number.NEGATIVE_INFINITY
  const onSignal = (): void => {
    const now = clock.monotonic()
    if (now - wishedAt <= echoMs) return
    wishedAt = now
    // Windows knows no signals: to pass one on is to end the desktop where it stands.
    if (hasGroups) child.kill('SIGINT')
    else say('The desktop goes on: quit it from its window or its tray.')
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  child.once('error', reject)
  child.once('exit', (code) => {
    for (const signal of signals) process.off(signal, onSignal)
    resolve(code ?? 1)
  })
  return ended
}
