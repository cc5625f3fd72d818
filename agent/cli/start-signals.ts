import { closeSync, openSync } from 'node:fs'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'

export interface StopWishes {
  /** Resolves with the first wish to stop. */
  readonly wished: Promise<StopWish>
  /** Stops listening. */
  release(): void
}

export interface StopWish {
  /** 0 for a signal; 1 for an error that nobody caught. */
  readonly exitCode: 0 | 1
  /** Why, for the log; null for a signal. */
  readonly error: string | null
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Conventional exit codes of a process that a signal ended: 128 and its number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** npm passes Ctrl+C on to a program that has already had it from the terminal: that is one wish, not two. ms */
export const echoMs = 700

/** What SIGHUP means: for a service, "look at your files again", as renewals of certificates send it; null where it is a wish to stop. */
export type HangUp = (() => void) | null

/** False for a service: SIGHUP cannot mean that its terminal was closed. */
export function hasTerminal(): boolean {
  // Windows sends it when the window is closed, and ends the program soon after.
  if (process.platform === 'win32') return true
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/**
 * Turns signals and errors that nobody caught into one wish to stop in good order. A second signal ends the process at once;
 * what it was doing is then recovered by its lease (J7).
 */
export function listenForStop(clock: Clock, onError: (message: string) => void, onHangUp: HangUp = null): StopWishes {
  let stoppingSince: number | null = null
  const { promise: wished, resolve } = Promise.withResolvers<StopWish>()
  const wish = (one: StopWish): void => {
    stoppingSince ??= clock.monotonic()
    resolve(one)
  }
  const onSignal = (signal: (typeof signals)[number]): void => {
    if (signal === 'SIGHUP' && onHangUp !== null) return onHangUp()
    if (stoppingSince !== null && clock.monotonic() - stoppingSince > echoMs) process.exit(exitCodes[signal])
    wish({ exitCode: 0, error: null })
  }
  const onUncaught = (error: unknown): void => {
    // A log that cannot be written must not stop the work (the disk is full, the terminal is gone).
    if (isOutputTrouble(error)) return
    const message = `Unexpected error, stopping: ${describeError(error)}`
    onError(error instanceof Error && error.stack !== undefined ? `${message}\n${error.stack}` : message)
    wish({ exitCode: 1, error: message })
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught)
  return {
    wished,
    release: () => {
      for (const signal of signals) process.off(signal, onSignal)
      process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught)
    },
  }
}

function isOutputTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'write' || !('code' in error))
    return false
  return error.code === 'ENOSPC' || error.code === 'EIO' || error.code === 'EPIPE'
}
