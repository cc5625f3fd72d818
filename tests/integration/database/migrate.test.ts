import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MigrateOptions, type MigrationReport, migrate, migrationStatus } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { startProcess } from '../../support/child-process.ts'
import { createTestDatabase, migrationsDirectory, type TestDatabase } from '../../support/database.ts'
import { problemOf } from '../../support/problem.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

const script = join(import.meta.dirname, 'migrate-process.ts')

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder

beforeEach(async () => {
  folder = await temporaryFolder()
  database = await createTestDatabase({ template: 'empty' })
  client = await database.connect()
})

afterEach(async () => {
  await database.drop()
  await folder.remove()
})

/** A folder with these migrations, and none of ours. */
async function files(contents: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder.path, name), text)
}

function run(options: Partial<MigrateOptions> = {}): Promise<MigrationReport> {
  return migrate(database.url, { directory: folder.path, clock: systemClock, ...options })
}

async function tables(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  return rows.map(({ name }) => name)
}

describe('our migrations', () => {
  test('apply to an empty database, and a second time change nothing', async () => {
    const names = (await readdir(migrationsDirectory)).toSorted()
    const told: string[] = []
    const first = await run({
      directory: migrationsDirectory,
      programVersion: '0.1.0',
      onApplied: (name) => told.push(name),
    })
    expect(first.applied.map(({ name }) => name)).toEqual(names)
    expect(told).toEqual(names)
    const second = await run({ directory: migrationsDirectory })
    expect(second).toEqual({ applied: [], outOfOrder: [], alreadyApplied: names.length })
    const status = await migrationStatus(client, { directory: migrationsDirectory })
    expect(status).toMatchObject({ state: 'current', pending: [], edited: [], unknownNewer: [] })
    expect(status.applied[0]).toMatchObject({ name: names[0], program_version: '0.1.0' })
  })

  test('are each idempotent: without the records they apply again', async () => {
    await run({ directory: migrationsDirectory })
    await client.query('delete from pipeline_migrations')
    const again = await run({ directory: migrationsDirectory })
    expect(again.applied).toHaveLength((await readdir(migrationsDirectory)).length)
  })

  test('from five processes at once are applied once each', async () => {
    const children = Array.from({ length: 5 }, () => startProcess(script, [database.url, migrationsDirectory]))
    for (const child of children) expect(await child.line()).toBe('ready')
    for (const child of children) child.say('go')
    const applied = await Promise.all(children.map(async (child) => JSON.parse(await child.line()) as string[]))
    expect(applied.flat().toSorted()).toEqual((await readdir(migrationsDirectory)).toSorted())
    for (const child of children) expect(await child.exited).toEqual({ code: 0, signal: null })
  })
})

describe('a file', () => {
  test('that fails leaves nothing behind; the problem names file, line and SQLSTATE', async () => {
    await files({
      '1_good.sql': 'create table good (id int);',
      '2_bad.sql': '-- ünicode 🎉\ncreate table half (id int);\n\nselect nothing from good;\n',
    })
    const problem = await problemOf(run())
    expect(problem.code).toBe('migration_failed')
    expect(problem.message).toContain('2_bad.sql, line 4: column "nothing" does not exist (SQLSTATE 42703)')
    expect(await tables()).toEqual(['good', 'pipeline_migrations'])
    expect((await migrationStatus(client, { directory: folder.path })).pending).toEqual(['2_bad.sql'])
  })

  test('that fails on a row says which', async () => {
    await files({
      '1.sql': `create table numbers (number int); insert into numbers values (1), (1);
        create unique index numbers_number on numbers (number);`,
    })
    const problem = await problemOf(run())
    expect(problem.message).toContain('1.sql: could not create unique index "numbers_number"')
    expect(problem.message).toContain('(number)=(1) is duplicated')
  })

  test('that was edited after it was applied is refused, by name', async () => {
    await files({ '1.sql': 'create table one (id int);', '2.sql': 'create table two (id int);' })
    await run()
    await files({ '1.sql': 'create table one (id bigint);', '3.sql': 'create table three (id int);' })
    expect(await problemOf(run())).toMatchObject({ code: 'migration_edited', value: '1.sql' })
    expect(await tables()).not.toContain('three')
    const status = await migrationStatus(client, { directory: folder.path })
    expect(status).toMatchObject({ state: 'edited', edited: ['1.sql'] })
  })

  test('checked out with other line ends is the same file', async () => {
    await files({ '1.sql': 'create table one (\n  id int\n);\n' })
    await run()
    await files({ '1.sql': '\uFEFFcreate table one (\r\n  id int\r\n);\r\n' })
    expect((await run()).applied).toEqual([])
  })

  test('that comes before one applied earlier is applied and reported', async () => {
    await files({ '1.sql': 'create table one (id int);', '3.sql': 'create table three (id int);' })
    await run()
    await files({ '2.sql': 'create table two (id int);', '4.sql': 'create table four (id int);' })
    const report = await run()
    expect(report.applied.map(({ name }) => name)).toEqual(['2.sql', '4.sql'])
    expect(report.outOfOrder).toEqual(['2.sql'])
  })

  test('that ends its own transaction is refused', async () => {
    await files({ '1.sql': 'create table one (id int); commit; begin;' })
    expect((await problemOf(run())).message).toContain('1.sql ends the transaction')
  })

  test('may take longer than a statement of the agent may', async () => {
    await files({ '1.sql': 'create table seen as select current_setting($$statement_timeout$$) as timeout;' })
    await run()
    expect((await client.query('select timeout from seen')).rows).toEqual([{ timeout: '0' }])
  })

  test('none at all: the folder is named', async () => {
    await mkdir(join(folder.path, 'none'))
    const directory = join(folder.path, 'none')
    expect(await problemOf(run({ directory }))).toMatchObject({ code: 'unavailable', value: directory })
  })
})

describe('a database that a newer program has changed', () => {
  test('is understood, and no file is applied to it', async () => {
    await cp(migrationsDirectory, folder.path, { recursive: true })
    await files({ '9999-01-01_later.sql': 'create table later (id int);' })
    await run({ programVersion: '9.0.0' })
    await client.query(`delete from pipeline_migrations where name like '2026-02-06%'`)
    const problem = await problemOf(run({ directory: migrationsDirectory }))
    expect(problem.code).toBe('schema_newer')
    expect(problem.message).toContain('by version 9.0.0')
    expect(problem.message).toContain('9999-01-01_later.sql')
    const status = await migrationStatus(database.url, { directory: migrationsDirectory })
    expect(status.state).toBe('newer')
    expect(status.unknownNewer.map(({ name }) => name)).toEqual(['9999-01-01_later.sql'])
    expect(status.pending).toHaveLength(3)
  })
})

describe('other sessions', () => {
  test('kill -9 in the middle of a file leaves nothing of it; the next one applies it', async () => {
    await files({ '1.sql': 'create table one (id int); select pg_advisory_xact_lock(7);' })
    await client.query('select pg_advisory_lock(7)')
    const child = startProcess(script, [database.url, folder.path])
    await child.line()
    child.say('go')
    await waitFor(() => countWaiting(), { describe: 'the file to be half done' })
    child.kill('SIGKILL')
    await child.exited
    expect(await tables()).toEqual([])
    await client.query('select pg_advisory_unlock(7)')
    expect((await run()).applied).toHaveLength(1)
  })

  test('go on working while a migration waits for a lock', async () => {
    await client.query('create table busy (id int)')
    await files({ '1.sql': 'alter table busy add column more int;' })
    const writer = await database.connect()
    await writer.query('begin')
    await writer.query('insert into busy values (1)')
    const migration = run()
    await waitFor(() => countWaiting(), { describe: 'the migration to wait for the lock' })
    // Queues behind the migration, and gets through because the migration gives up its place.
    await client.query('insert into busy values (2)')
    await writer.query('commit')
    expect((await migration).applied).toHaveLength(1)
    expect((await client.query('select count(*) from busy')).rows).toEqual([{ count: '2' }])
  })

  test('that never give up a lock: the problem says so after the wait', async () => {
    await client.query('create table busy (id int)')
    await files({ '1.sql': 'alter table busy add column more int;' })
    await client.query('begin')
    await client.query('insert into busy values (1)')
    const problem = await problemOf(run({ waitMs: 100 }))
    await client.query('rollback')
    expect(problem.message).toContain('1.sql: canceling statement due to lock timeout (SQLSTATE 55P03)')
    expect(problem.fix).toContain('Another program kept a table locked')
  })

  async function countWaiting(): Promise<number> {
    const { rows } = await client.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and application_name = 'pipeline-manager migrate' and wait_event_type = 'Lock'`,
    )
    return rows[0]?.waiting ?? 0
  }
})

describe('a URL that does not work', () => {
  test('with a wrong password: refused, once', async () => {
    const url = new URL(database.url)
    url.password = 'wrong'
    const options = { directory: migrationsDirectory, clock: systemClock }
    expect(await problemOf(migrate(url.href, options))).toMatchObject({ code: 'database_refused' })
  })

  test('to a closed port: unreachable', async () => {
    const url = new URL(database.url)
    url.port = '1'
    const options = { directory: migrationsDirectory, clock: systemClock }
    expect(await problemOf(migrate(url.href, options))).toMatchObject({ code: 'database_unreachable' })
  })

  test('of a role that may not create tables: the fix names the owner', async () => {
    const role = `reader_${database.name}`
    await client.query(`create role ${role} login password 'reader'`)
    try {
      const url = new URL(database.url)
      url.username = role
      url.password = 'reader'
      const options = { directory: migrationsDirectory, clock: systemClock }
      const problem = await problemOf(migrate(url.href, options))
      expect(problem).toMatchObject({ code: 'migration_failed' })
      expect(problem.fix).toContain('role that owns the tables')
    } finally {
      await client.query(`drop role ${role}`)
    }
  })
})

test('every migration says in its first lines why it is there', async () => {
  const silent: string[] = []
  for (const name of await readdir(migrationsDirectory)) {
    const text = await readFile(join(migrationsDirectory, name), 'utf8')
    if (!text.startsWith('-- ')) silent.push(name)
  }
  expect(silent).toEqual([])
})
