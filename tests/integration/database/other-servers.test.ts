import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { ask } from '../../support/ask.ts'
import { migrationsDirectory } from '../../support/database.ts'
import { installedServer, startSecondServer } from '../../support/second-server.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { asRecords, command, documentOf } from '../cli/command-line.ts'
import { containing } from '../cli/matchers.ts'

if (installedServer === undefined)
  console.warn('No server of another version is tried: none of 14 to 17 is in /usr/lib/postgresql.')
describe(`PostgreSQL ${installedServer?.version ?? 'of another version (none is installed)'}`, () => {
  test.runIf(installedServer !== undefined)('takes all our migrations', async () => {
    if (installedServer === undefined) return
    await using server = await startSecondServer(installedServer)
    const report = await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
    expect(report.applied).toHaveLength((await readdir(migrationsDirectory)).length)
  })
})

describe('a server that shows its tables to anon and authenticated', () => {
  let server: { readonly url: string; close(): Promise<void> }
  let folder: TemporaryFolder
  beforeAll(async () => {
    folder = await temporaryFolder()
    const options = { dataDirectory: folder.path, clock: systemClock, onLog: () => undefined } as const
    server = await openEmbedded({ ...options, durability: 'none' })
    await ask(server.url, 'create role anon; create role authenticated')
  })
  afterAll(async () => {
    await server.close()
    await folder.remove()
  })

  /** As such a server makes it: every new table is for everybody. */
  async function newDatabase(name: string): Promise<string> {
    await ask(server.url, `create database ${name} template template0`)
    const url = new URL(server.url)
    url.pathname = `/${name}`
    await ask(url.href, 'alter default privileges grant all on tables to anon, authenticated')
    return url.href
  }

  /** What the public roles may use, whatever row level security says. */
  async function granted(url: string): Promise<string[]> {
    const shown = await ask<{ name: string }>(
      url,
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm') and (
         has_table_privilege('anon', oid, 'select, insert, update, delete')
         or has_table_privilege('authenticated', oid, 'select, insert, update, delete'))
       order by 1`,
    )
    return shown.map(({ name }) => name)
  }

  test('design 4: all tables are closed to them where no other program has tables', async () => {
    const url = await newDatabase('ours')
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
    expect(await granted(url)).toEqual([])
    expect(await openTables(url)).toEqual([])
    await expect(ask(url, 'set role anon; insert into scheduled_jobs default values')).rejects.toThrow(
      'permission denied for table scheduled_jobs',
    )
  })

  test('design 4: a table that was there before stays as it is, and the doctor names it', async () => {
    const url = await newDatabase('older')
    await ask(url, 'create table organizations (id uuid primary key default gen_random_uuid(), name text)')
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
    expect(await granted(url)).toEqual(['organizations'])
    expect(await openTables(url)).toEqual([
      'Whoever has the public key of this server may use organizations: anon and authenticated may, and row level security is off.',
    ])
  })

  test('design 4: what has rows or a policy by now keeps its grants, and the doctor names what is open', async () => {
    const url = await newDatabase('used')
    await using before = await migrationsUntil('2026-11-27_06')
    await migrate(url, { directory: before.path, clock: systemClock })
    await ask(url, "insert into organizations (name) values ('Acme')")
    await ask(url, 'create policy everybody on brands using (true); alter table brands enable row level security')
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
    expect(await granted(url)).toEqual(['brands', 'organizations'])
    expect(await openTables(url)).toEqual([containing('may use organizations: anon and authenticated')])
  })
})

async function openTables(url: string): Promise<string[]> {
  const document = documentOf(await command(['doctor', '--json', '--database-url', url]))
  const open = asRecords(document['findings']).filter(({ check }) => check === 'public roles')
  for (const { level } of open) expect(level).toBe('problem')
  return open.map(({ message }) => String(message))
}

/** Those before the one that begins so. */
async function migrationsUntil(name: string): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  for (const file of await readdir(migrationsDirectory)) {
    if (file < name) await copyFile(join(migrationsDirectory, file), join(folder.path, file))
  }
  return folder
}
