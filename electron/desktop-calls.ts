import { implement, ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { callerError } from '../agent/console/errors.ts'
import type { ConsolePort } from '../agent/console/message-port.ts'
import { type DesktopStatus, desktopContract, type SettingsChange } from '../shared/desktop/contract.ts'
import { describeError } from '../shared/errors.ts'
import { checkDatabase } from './database-check.ts'

/** What the calls of the desktop do, in the words of whoever does it. */
export interface DesktopOperations {
  status(): Promise<DesktopStatus>
  save(change: SettingsChange): Promise<void>
  chooseCatalog(from: 'dialog' | 'built_in'): Promise<void>
  restart(): void
  testNotification(): Promise<string | null>
  copyDiagnostics(): Promise<string>
  showLogs(): string
  setDoNotDisturb(minutes: number): void
  setPaused(minutes: number): void
}

/** The contract of the desktop, answered through a port. Whatever is not in it, or does not fit it, is refused before it gets here. */
export function desktopDoor(
  operations: DesktopOperations,
  onTrouble: (message: string) => void,
): (port: ConsolePort) => void {
  const base = implement(desktopContract).use(async ({ next, path }) => {
    try {
      return await next()
    } catch (thrown) {
      const expected = callerError(thrown)
      if (expected !== null) throw expected
      onTrouble(`${path.join('.')} failed: ${describeError(thrown)}`)
      throw new ORPCError('INTERNAL_SERVER_ERROR', { message: 'The desktop could not answer; its log says why.' })
    }
  })
  const router = base.router({
    status: base.status.handler(() => operations.status()),
    testDatabase: base.testDatabase.handler(({ input }) => checkDatabase(input.url)),
    save: base.save.handler(async ({ input }) => {
      await operations.save(input)
      return operations.status()
    }),
    chooseCatalog: base.chooseCatalog.handler(async ({ input }) => {
      await operations.chooseCatalog(input.from)
      return operations.status()
    }),
    restart: base.restart.handler(() => {
      operations.restart()
      return { restarted: true } as const
    }),
    testNotification: base.testNotification.handler(async () => ({ failure: await operations.testNotification() })),
    copyDiagnostics: base.copyDiagnostics.handler(async () => ({ text: await operations.copyDiagnostics() })),
    showLogs: base.showLogs.handler(() => ({ folder: operations.showLogs() })),
    setDoNotDisturb: base.setDoNotDisturb.handler(({ input }) => {
      operations.setDoNotDisturb(input.minutes)
      return operations.status()
    }),
    setPaused: base.setPaused.handler(({ input }) => {
      operations.setPaused(input.minutes)
      return operations.status()
    }),
  })
  const handler = new RPCHandler(router)
  return (port) => handler.upgrade(port, { context: {} })
}
