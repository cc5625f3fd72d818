import { join } from 'node:path'
import type { Log } from '../agent/application/log.ts'
import { describeError } from '../shared/errors.ts'
import type { ElectronParts } from './parts.ts'

/** Where the system puts what is left of a process that crashed; nothing is sent anywhere. */
export function keepCrashes({ app, crashReporter }: Pick<ElectronParts, 'app' | 'crashReporter'>): void {
  app.setPath('crashDumps', join(app.getPath('userData'), 'crashes'))
  crashReporter.start({ uploadToServer: false, productName: 'Pipeline Manager' })
}

/**
 * An error that nobody caught ends the program in good order, once and with a word: running work is given back, and nobody starts it
 * again by itself. Returns how to stop listening.
 */
export function listenForUncaught(log: Log, onFatal: (message: string) => void): () => void {
  let isTold = false
  const onUncaught = (error: unknown): void => {
    const message = describeError(error)
    log({
      level: 'error',
      event: 'unexpected_error',
      message: error instanceof Error && error.stack !== undefined ? error.stack : message,
    })
    if (isTold) return
    isTold = true
    onFatal(message)
  }
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught)
  return () => {
    process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught)
  }
}
