import type { Clock } from '../../shared/clock.ts'
import type { ConsoleServices } from '../console/context.ts'
import { DatabaseChanges } from '../console/database-changes.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Settings } from '../settings/definitions.ts'
import type { Connection } from './connect.ts'
import type { Log } from './log.ts'
import { programVersion } from './program.ts'

export interface OpenConsole {
  /** What every door's calls work with. */
  readonly services: ConsoleServices
  /** Ends the streams of changes. Complete when it resolves; safe twice. */
  stop(): Promise<void>
}

/** The console of this process on a database whose schema is up to date. */
export function openConsole(options: {
  readonly connection: Connection
  /** Of the agent in this process. */
  readonly catalog: Catalog
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}): OpenConsole {
  const { connection, catalog, settings, clock, log } = options
  const { url, database, kind, serverVersion } = connection
  const applicationName = `pipeline-manager changes ${settings.agentName}`
  const changes = new DatabaseChanges({ url, applicationName, database, clock })
  return {
    services: {
      database,
      catalog,
      settings,
      connection: { kind, serverVersion },
      programVersion: programVersion(),
      changes,
      clock,
      onTrouble: (message) => log({ level: 'error', event: 'console_trouble', message }),
    },
    stop: () => changes.stop(),
  }
}
