/**
 * Databases for tests: each a clone of a template on the run's own server, so that any number of test files can work at once.
 *
 * Templates are made by whoever needs them first: `migrated` (all our migrations), `older` (the schema and rows of a
 * program that was there before us, none of our migrations), `empty`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { migrate } from '../../agent/store/migrate.ts'
import { systemClock } from '../../shared/clock.ts'
import { testApplicationName, testDatabasePrefix } from './names.ts'
import { waitFor } from './wait.ts'

export const migrationsDirectory = join(import.meta.dirname, '../../migrations')
const olderSchemaDirectory = join(import.meta.dirname, '../fixtures/older-schema')

export interface TestDatabase {
  /** Of this database, as the server's superuser. */
  readonly url: string
  readonly name: string
  /** A client of the test itself; closed by `drop`. */
  connect(): Promise<pg.Client>
  /** Drops the database. Fails the test when the code under test still has sessions on it after 2 s. */
  drop(): Promise<void>
}

const builders = {
  empty: null,
  migrated: async (url: string) => {
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
  },
  older: loadOlderSchema,
} satisfies Record<string, ((url: string) => Promise<void>) | null>

export type TestTemplate = keyof typeof builders

let created = 0

/** A database of its own, cloned from the template (`migrated` unless told). */
export async function createTestDatabase(options: { template?: TestTemplate } = {}): Promise<TestDatabase> {
  const template = await ensureTemplate(options.template ?? 'migrated')
  created += 1
  const name = `${testDatabasePrefix}${process.pid}_${created}`
  await asAdministrator((client) => client.query(`create database ${name} template ${template}`))
  return testDatabase(name)
}

function testDatabase(name: string): TestDatabase {
  const url = urlOf(name)
  const clients: pg.Client[] = []
  return {
    url,
    name,
    connect: async () => {
      const client = await open(url)
      clients.push(client)
      return client
    },
    drop: async () => {
      await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)))
      await asAdministrator((client) => dropAndReport(client, name))
    },
  }
}

/** A test server's database by name, with the password. */
export function urlOf(database: string): string {
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${database}`
  return url.href
}

async function dropAndReport(client: pg.Client, name: string): Promise<void> {
  const sessions = () => sessionsOn(client, name)
  const left = await waitFor(async () => (await sessions()).length === 0, {
    timeoutMs: 2_000,
    describe: 'all sessions to end',
  }).then(() => [], sessions)
  await client.query(`drop database ${name} with (force)`)
  if (left.length > 0) throw new Error(`Sessions left open on ${name}: ${left.join('; ')}`)
}

async function sessionsOn(client: pg.Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ session: string }>(
    `select format('%s (%s): %s', application_name, state, left(query, 200)) as session
     from pg_stat_activity where datname = $1 and application_name <> $2`,
    [name, testApplicationName],
  )
  return rows.map((row) => row.session)
}

/** Name of the template's database; makes it when this run has not done so yet. */
async function ensureTemplate(template: TestTemplate): Promise<string> {
  const build = builders[template]
  if (build === null) return 'template0'
  const name = `template_${template}`
  await asAdministrator(async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await buildTemplate(client, name, build)
  })
  return name
}

/** Built under another name: one whose building failed is never taken for whole. */
async function buildTemplate(client: pg.Client, name: string, build: (url: string) => Promise<void>): Promise<void> {
  const unfinished = `unfinished_${name}`
  await client.query(`drop database if exists ${unfinished} with (force)`)
  await client.query(`create database ${unfinished} template template0`)
  await build(urlOf(unfinished))
  await waitFor(async () => (await sessionsOn(client, unfinished)).length === 0, {
    describe: 'the template to be free',
  })
  await client.query(`alter database ${unfinished} rename to ${name}`)
}

async function loadOlderSchema(url: string): Promise<void> {
  const client = await open(url)
  try {
    for (const file of ['schema.sql', 'rows.sql']) {
      await client.query(await readFile(join(olderSchemaDirectory, file), 'utf8'))
    }
  } finally {
    await client.end()
  }
}

async function asAdministrator<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await open(urlOf('postgres'))
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: testApplicationName })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
