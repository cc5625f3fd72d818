/** The console's calls on a test database, behind no door: what every door serves. */
import { randomBytes } from 'node:crypto'
import { createRouterClient, type RouterClient } from '@orpc/server'
import type pg from 'pg'
import { LocalStorage } from '../../agent/connectors/storage/local-storage.ts'
import type { Change, ChangeFeed } from '../../agent/console/change-feed.ts'
import type { CommandQueueOptions } from '../../agent/console/command-queue.ts'
import type { ConsoleServices, Identity } from '../../agent/console/context.ts'
import { makeCall } from '../../agent/console/make-call.ts'
import { type ConsoleRouter, consoleRouter } from '../../agent/console/router.ts'
import { sealSecret, unsealSecret } from '../../agent/intake/hooks/sealed-secret.ts'
import { type Catalog, emptyCatalog } from '../../agent/jobs/catalog/catalog.ts'
import { bannerAddress } from '../../agent/server/embed/banner-address.ts'
import { type DatabasePool, openPool } from '../../agent/store/database.ts'
import { systemClock } from '../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { keepOn, openTestDevice } from './device.ts'
import { type Brand, only } from './job-rows.ts'
import { supervise } from './supervisor.ts'
import { temporaryFolder } from './temporary-folder.ts'

export type ConsoleClient = RouterClient<ConsoleRouter>

export interface TestConsole {
  readonly database: TestDatabase
  /** A client of the test itself, for plain SQL. */
  readonly sql: pg.Client
  readonly services: ConsoleServices
  /** As a person with everything allowed. */
  readonly client: ConsoleClient
  as(identity: Partial<Identity>): ConsoleClient
  /** What the services reported as unexpected; a test that ends with some of it should say why. */
  readonly troubles: readonly string[]
  /** Tells the consoles of a change, as the feed would. */
  tell(change: Change): void
  stop(): Promise<void>
}

export interface TestConsoleOptions {
  readonly catalog?: Catalog
  /** What stands between the console and its database, as `proxy.through`. */
  readonly through?: (url: string) => Promise<string>
}

export async function createTestConsole({ catalog, through }: TestConsoleOptions = {}): Promise<TestConsole> {
  const database = await createTestDatabase()
  const sql = await database.connect()
  const url = through === undefined ? database.url : await through(database.url)
  const supervisor = supervise(url)
  const poolFor = (purpose: 'console' | 'intake'): DatabasePool =>
    openPool({
      gate: supervisor.gate,
      url,
      applicationName: `${purpose} under test`,
      size: 4,
      purpose,
      onConnectionError: () => undefined,
    })
  const [pool, intake] = [poolFor('console'), poolFor('intake')]
  const troubles: string[] = []
  const { feed, tell } = testFeed()
  const device = await openTestDevice()
  const make: CommandQueueOptions['make'] = (name, input, identity) => makeCall(services, { name, input, identity })
  const kept = keepOn(device, { supervisor, database: pool, make })
  const files = await temporaryFolder('pipeline-manager-files-')
  const storage = new LocalStorage(files.path)
  const hookKey = randomBytes(32)
  const services: ConsoleServices = {
    ...kept,
    database: pool,
    intake,
    supervisor,
    catalog: catalog ?? emptyCatalog,
    settings: { agentName: 'test', leaseSeconds: 150, defaultTimeZone: 'UTC', metricsDatasets: 5_000 },
    connection: { kind: 'external', serverVersion: '18.4' },
    programVersion: '0.0.0',
    changes: feed,
    storage: () => storage,
    bannerAddress: (banner) => Promise.resolve(bannerAddress(randomBytes(32), systemClock, banner)),
    hookSecrets: {
      seal: (secret) => Promise.resolve(sealSecret(hookKey, secret)),
      unseal: (sealed) => Promise.resolve(unsealSecret(hookKey, sealed)),
    },
    clock: systemClock,
    onTrouble: (message) => troubles.push(message),
  }
  const as = (identity: Partial<Identity>): ConsoleClient =>
    createRouterClient(consoleRouter, {
      context: {
        services,
        identity: { operator: 'tester', door: 'console', scope: 'admin', organizationId: null, ...identity },
      },
    })
  return {
    database,
    sql,
    services,
    client: as({}),
    as,
    troubles,
    tell,
    stop: async () => {
      await supervisor.stop()
      await kept.commands.stop()
      kept.answers.stop()
      await device.stop()
      await files.remove()
      await Promise.all([pool.stop(), intake.stop()])
      await database.drop()
    },
  }
}

function testFeed(): { feed: ChangeFeed; tell: (change: Change) => void } {
  const listeners = new Set<(change: Change) => void>()
  return {
    feed: {
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    tell: (change) => {
      for (const listener of listeners) listener(change)
    },
  }
}

/** An organization with the section switched on, and one brand in it. */
export async function addOpenBrand(sql: pg.ClientBase, name = 'Acme'): Promise<Brand> {
  const { rows } = await sql.query<Brand>(
    `with organization as (insert into organizations (name) values ($1) returning id),
     feature as (
       insert into organization_features (organization_id, feature, enabled) select id, 'PIPELINE_MANAGER', true from organization
     )
     insert into brands (organization_id, name) select id, $1 from organization
     returning organization_id as "organizationId", id as "brandId"`,
    [name],
  )
  return only(rows)
}
