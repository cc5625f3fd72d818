import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { asRecords, command, documentOf, errorOf, programRun } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let empty: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  empty = await createTestDatabase({ template: 'empty' })
  client = await database.connect()
})
afterAll(async () => {
  await database.drop()
  await empty.drop()
})

describe('the program', () => {
  test('without a command it shows what there is, and that is no error', async () => {
    const answer = await programRun([])
    expect(answer).toMatchObject({ code: 0, stderr: '' })
    for (const name of ['start', 'agent', 'status', 'doctor', 'run', 'ready', 'sample']) {
      expect(answer.stdout).toMatch(new RegExp(`^ {2}${name}[ |]`, 'm'))
    }
  })

  test('an unknown command or option names the nearest and ends with 2', async () => {
    const wrongCommand = await programRun(['statsu'])
    expect(wrongCommand).toMatchObject({ code: 2, stdout: '' })
    expect(wrongCommand.stderr).toMatch(/^Error: Unknown command 'statsu'\.\nFix: Did you mean status\?/)
    const wrongOption = await programRun(['status', '--brnd', 'x'])
    expect(wrongOption).toMatchObject({ code: 2, stderr: containing('Did you mean --brand?') })
  })

  test('an error is Error and Fix on stderr, JSON with --json, and a stack only when it is asked for', async () => {
    const args = ['status', '--brand', 'nobody', '--database-url', database.url]
    const plain = await programRun(args)
    expect(plain).toMatchObject({ code: 2, stdout: '' })
    expect(plain.stderr).toBe(
      'Error: There is no brand "nobody".\nFix: There are none yet. Create one: pm brands create <name>\n',
    )
    const json = await programRun([...args, '--json'])
    expect(json).toMatchObject({ code: 2, stdout: '' })
    expect(errorOf(json)).toEqual({
      code: 'not_found',
      message: 'There is no brand "nobody".',
      field: '--brand',
      value: 'nobody',
      fix: 'There are none yet. Create one: pm brands create <name>',
    })
    const debug = await programRun(args, { PIPELINE_MANAGER_LOG_LEVEL: 'debug' })
    expect(debug.stderr).toMatch(/\n +at .*lookup\.ts/)
  })

  test('a password in a database URL is in no message', async () => {
    const url = 'postgres://ada:canary-secret@127.0.0.1:1/nothing'
    for (const args of [['status'], ['status', '--json'], ['doctor'], ['doctor', '--settings'], ['migrate']]) {
      const { stdout, stderr } = await programRun([...args, '--database-url', url], {
        PIPELINE_MANAGER_LOG_LEVEL: 'debug',
      })
      expect(stdout + stderr).not.toContain('canary')
    }
    // Five processes, one after the other.
  }, 120_000)

  test('bad input: a URL that is none, and a configuration file that is not there', async () => {
    const url = await programRun(['status', '--database-url', 'mysql://x/y', '--json'])
    expect(errorOf(url)).toMatchObject({ code: 'invalid_configuration', field: 'database_url' })
    const file = await programRun(['status', '--config', '/nowhere/pipeline-manager.yaml', '--json'])
    expect(errorOf(file)).toMatchObject({ code: 'invalid_configuration' })
    expect(file.stderr).toContain('/nowhere/pipeline-manager.yaml')
  })

  test('a reader that goes away early ends it quietly', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
    const runId = await addRun(client, jobId, { started_at: new Date() })
    await client.query(
      `insert into run_logs select $1, n, now(), 'info', null, repeat('x', 1000) from generate_series(1, 2000) n`,
      [runId],
    )
    const program = join(import.meta.dirname, '../../../agent/main.ts')
    const args = [program, 'logs', runId, '--follow', '--database-url', database.url]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(stderr).toBe('')
    expect(child.signalCode).toBeNull()
  })
})

describe('pm migrate', () => {
  test("somebody's own database is changed only by migrate: others say that it is to be run", async () => {
    const url = ['--database-url', empty.url]
    const before = await command(['status', '--json', ...url])
    expect(errorOf(before)).toMatchObject({ code: 'schema_older', fix: containing('pm migrate') })
    const status = await command(['migrate', '--status', '--json', ...url])
    expect(status.code).toBe(1)
    expect(documentOf(status)).toMatchObject({ state: 'older', applied: [], edited: [], newer: [] })
    const migrated = await programRun(['migrate', ...url])
    expect(migrated.code).toBe(0)
    expect(migrated.stderr).toMatch(/^applied 2026-01-01_baseline\.sql in .*(s|min)$/m)
    expect(migrated.stdout).toMatch(/^\d+ migrations applied; 0 were there before\. The schema is current\.\n$/)
    const after = await command(['migrate', '--status', ...url])
    expect(after).toMatchObject({ code: 0, stdout: matching(/^The schema is current\.\n/) })
    expect(after.stdout).toMatch(/^✔ applied +2026-01-01_baseline\.sql/m)
    expect((await command(['status', ...url])).code).toBe(0)
  })

  test('a schema that is newer is read with a warning and never written', async () => {
    const newer = await createTestDatabase()
    try {
      const other = await newer.connect()
      await other.query(
        `insert into pipeline_migrations (name, checksum, duration_ms) values ('2099-01-01_later.sql', 'x', 1)`,
      )
      const url = ['--database-url', newer.url]
      const read = await command(['status', ...url])
      expect(read).toMatchObject({
        code: 0,
        stderr: containing('A newer program has changed this database'),
      })
      const write = await command(['organizations', 'create', 'North', '--json', ...url])
      expect(write.code).toBe(57)
      expect(errorOf(write)).toMatchObject({ code: 'schema_newer', fix: 'Update this program.' })
    } finally {
      await newer.drop()
    }
  })
})

describe('the embedded database', () => {
  test('commands given the same --data-dir work on one database, which is ready without a migrate', async () => {
    await using folder = await temporaryFolder()
    const inFolder = ['--data-dir', join(folder.path, 'data')]
    const created = await programRun(['organizations', 'create', 'North', ...inFolder])
    expect(created).toMatchObject({ code: 0, stderr: '' })
    const listed = await programRun(['organizations', '--json', ...inFolder])
    expect(asRecords(documentOf(listed)['organizations'])).toMatchObject([{ name: 'North', brands: 0 }])
  }, 60_000)
})
