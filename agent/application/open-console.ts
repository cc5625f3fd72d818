import type { Clock } from '../../shared/clock.ts'
import type { ConsoleServices } from '../console/context.ts'
import { DatabaseChanges } from '../console/database-changes.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Settings } from '../settings/definitions.ts'
import type { Connection } from './connect.ts'
import type { DatabaseAccess } from './database-access.ts'
import type { Log } from './log.ts'
import type { Offline } from './offline.ts'
import { programVersion } from './program.ts'

export interface OpenConsole {
  /** What every door's calls work with. */
  readonly services: ConsoleServices
  /** The database has answered, and this is what runs here. */
  connected(facts: { readonly connection: Connection; readonly catalog: Catalog }): void
  /** Ends the streams of changes. Complete when it resolves; safe twice. */
  stop(): Promise<void>
}

/** The console of this process. It is there before its database is. */
export function openConsole(options: {
  readonly access: DatabaseAccess
  readonly offline: Offline
  /** Of the agent in this process, as far as it is known. */
  readonly catalog: Catalog
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}): OpenConsole {
  const { access, catalog, settings, clock, log } = options
  const { database, supervisor } = access
  const changes = new DatabaseChanges({
    url: () => access.url,
    applicationName: `pipeline-manager changes ${settings.agentName}`,
    database,
    supervisor,
    clock,
  })
  let services: ConsoleServices = {
    database,
    supervisor,
    catalog,
    settings,
    connection: { kind: settings.databaseUrl === null ? 'embedded' : 'external', serverVersion: '' },
    programVersion: programVersion(),
    changes,
    clock,
    onTrouble: (message) => log({ level: 'error', event: 'console_trouble', message }),
  }
  return {
    get services() {
      return services
    },
    connected: (facts) => {
      const { kind, serverVersion } = facts.connection
      services = { ...services, catalog: facts.catalog, connection: { kind, serverVersion } }
    },
    stop: () => changes.stop(),
  }
}
