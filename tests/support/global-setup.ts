/**
 * One PostgreSQL for a whole test run, without crash safety, in a folder that is gone afterwards. Test files clone their
 * own databases from templates (database.ts); what they leave behind fails the run here.
 */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { layoutOf } from '../../agent/store/embedded/layout.ts'
import { type EmbeddedDatabase, openEmbedded } from '../../agent/store/embedded/open-embedded.ts'
import { livingNames } from '../../agent/store/embedded/presence.ts'
import { findRunning } from '../../agent/store/embedded/server.ts'
import { systemClock } from '../../shared/clock.ts'
import { testDatabasePrefix } from './names.ts'
import { temporaryFolder } from './temporary-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the test server, as its superuser; databases are made by createTestDatabase. */
    databaseUrl: string
  }
}

const folderPrefix = 'pipeline-manager-test-'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned()
  const folder = await temporaryFolder(folderPrefix)
  const server = await openTestServer(folder.path)
  project.provide('databaseUrl', server.url)
  return async () => {
    const left = await leftovers(server.url)
    await server.close()
    await folder.remove()
    if (left.length > 0) throw new Error(`Tests left these behind on the test server: ${left.join('; ')}`)
  }
}

function openTestServer(folder: string): Promise<EmbeddedDatabase> {
  return openEmbedded({ dataDirectory: folder, clock: systemClock, onLog: () => undefined, durability: 'none' })
}

/** Databases that no test dropped and sessions that nobody closed. */
async function leftovers(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ what: string }>(
      `select format('database %s', datname) as what from pg_database where starts_with(datname, $1)
       union all
       select format('session %s on %s: %s', application_name, datname, left(query, 100)) from pg_stat_activity
       where datname is not null and pid <> pg_backend_pid()`,
      [testDatabasePrefix],
    )
    return rows.map((row) => row.what)
  } finally {
    await client.end()
  }
}

/** Servers and folders of test runs that were killed. Runs beside this one are left alone: they have living users. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue
    const folder = join(tmpdir(), name)
    // One that another run is removing at this moment fails in some way, and so does another user's; both are not ours.
    const abandoned = await isAbandoned(folder).catch(() => false)
    if (abandoned) await removeServer(folder).catch(() => undefined)
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const layout = layoutOf(folder)
  // A run that has only just made its folder has no settings in it yet.
  if (!existsSync(layout.settings)) return false
  const living = [...(await livingNames(layout.users)), ...(await livingNames(layout.lock))]
  return living.length === 0
}

async function removeServer(folder: string): Promise<void> {
  if ((await findRunning(layoutOf(folder), systemClock)) !== null) {
    // To open it and close it again is to be its last user, and so stops it.
    const server = await openTestServer(folder)
    await server.close()
  }
  await rm(folder, { recursive: true, force: true })
}
