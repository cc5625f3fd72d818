import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSqlExecutor, sqlSpec } from '../../../agent/jobs/executors/sql.ts'
import type { NamedConnection } from '../../../agent/store/named-connection.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { waitFor } from '../../support/wait.ts'
import { rejection, type TestStep, testStep } from '../../unit/executors/step-context.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ template: 'empty' })
  const client = await database.connect()
  await client.query('create table orders (id integer primary key, note text)')
})
afterAll(() => database.drop())

function run(sql: string, step: TestStep = testStep(), connection: Partial<NamedConnection> = {}, graceMs = 5_000) {
  const warehouse = { url: database.url, readOnly: false, statementTimeoutSeconds: 30, ...connection }
  const connections = new Map([['warehouse', warehouse]])
  return createSqlExecutor({ connections, graceMs })(sqlSpec.parse({ sql, connection: 'warehouse' }), step.context)
}

/** What the sessions of a step are doing, by the server's own account. */
async function sessions(): Promise<string[]> {
  const client = await database.connect()
  const result = await client.query<{ state: string }>(
    `select coalesce(state, '') as state from pg_stat_activity where application_name like 'pipeline-manager load_orders%'`,
  )
  return result.rows.map((row) => row.state)
}

describe('F8: records are the row count of the last statement', () => {
  test('rows written, rows returned, several statements, and none', async () => {
    const write = `insert into orders select n, 'x' from generate_series(1, 5) n`
    expect(await run(write)).toEqual({ recordsAffected: 5, metadata: {} })
    expect(await run('select * from orders where id <= 3')).toMatchObject({ recordsAffected: 3 })
    expect(await run(`select 1; update orders set note = 'y' where id <= 2`)).toMatchObject({ recordsAffected: 2 })
    expect(await run('create table other (id integer)')).toMatchObject({ recordsAffected: null })
  })

  test('parameters are values, whatever they look like', async () => {
    const hostile = `'; drop table orders; --`
    const step = testStep({ parameters: { note: hostile, days: 7, list: ['a', 'b'] } })
    await run(`insert into orders values (100, {{ parameters.note }})`, step)
    const client = await database.connect()
    expect((await client.query('select note from orders where id = 100')).rows).toEqual([{ note: hostile }])
    const sql = `select * from jsonb_array_elements({{ parameters.list }}::jsonb), generate_series(1, {{ parameters.days }}::int)`
    expect(await run(sql, step)).toMatchObject({ recordsAffected: 14 })
  })

  test('many rows cost no memory; more than max_rows end the statement', async () => {
    expect(await run('select n, repeat(md5(n::text), 10) from generate_series(1, 200000) n')).toMatchObject({
      recordsAffected: 200_000,
    })
    const failure = await rejection(run('select generate_series(1, 100000000)', testStep(), { maxRows: 100 }))
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain('returned more than max_rows = 100 rows')
    expect(await run('select * from generate_series(1, 100)', testStep(), { maxRows: 100 })).toMatchObject({
      recordsAffected: 100,
    })
  })

  test('notices are log lines', async () => {
    const step = testStep()
    await run(`do $$ begin raise notice 'half way'; end $$`, step)
    expect(step.messages()).toContain('half way')
  })
})

describe('what an error means', () => {
  test.each([
    ['selec 1', 'configuration', '42601, line 1 column 1'],
    ['select 1,\n  nothing from orders', 'configuration', '42703, line 2 column 3'],
    ['insert into orders values (1, null), (1, null)', 'configuration', '23505'],
    [`select 'x'::integer`, 'configuration', '22P02'],
    [`do $$ begin raise 'not now' using errcode = '40001'; end $$`, 'retryable', '40001'],
    [`do $$ begin raise 'deadlock' using errcode = '40P01'; end $$`, 'retryable', '40P01'],
    [`do $$ begin raise 'full' using errcode = '53300'; end $$`, 'retryable', '53300'],
    ['select pg_terminate_backend(pg_backend_pid())', 'retryable', '57P01'],
  ])('%s: %s', async (sql, kind, said) => {
    const failure = await rejection(run(sql))
    expect(failure).toMatchObject({ kind })
    expect(String(failure)).toContain(said)
  })

  test('a read-only connection refuses to write, and says how to allow it', async () => {
    const failure = await rejection(run(`insert into orders values (200, 'x')`, testStep(), { readOnly: true }))
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain('set read_only: false')
  })

  test('statement_timeout_seconds holds', async () => {
    const failure = await rejection(run('select pg_sleep(600)', testStep(), { statementTimeoutSeconds: 0.1 }))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect(String(failure)).toContain('57014')
  })

  test('fault 11: a database that does not exist is configuration', async () => {
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    expect(await rejection(run('select 1', testStep(), { url: url.href }))).toMatchObject({ kind: 'configuration' })
  })

  test('a server that is not there is worth a retry', async () => {
    const failure = await rejection(run('select 1', testStep(), { url: 'postgres://a:b@127.0.0.1:1/x' }))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect(String(failure)).not.toContain('a:b')
  })

  test('an unknown connection is configuration', async () => {
    const execute = createSqlExecutor({ connections: new Map() })
    const failure = await rejection(execute({ sql: 'select 1', connection: 'warehouse' }, testStep().context))
    expect(failure).toMatchObject({ kind: 'configuration' })
  })
})

describe('J11: nothing of a step runs once it has returned', () => {
  test('abort cancels the statement at the server', async () => {
    const step = testStep()
    const running = rejection(run('select pg_sleep(600)', step))
    await waitFor(async () => (await sessions()).includes('active'), { describe: 'the statement to run' })
    step.abort.abort(new Error('somebody cancelled'))
    expect(String(await running)).toContain('was stopped: somebody cancelled')
    expect(await sessions()).not.toContain('active')
  })

  test('a statement that swallows the cancellation loses its session', async () => {
    const step = testStep()
    const deaf = `do $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$`
    const running = rejection(run(deaf, step, {}, 100))
    await waitFor(async () => (await sessions()).includes('active'), { describe: 'the statement to run' })
    step.abort.abort(new Error('somebody cancelled'))
    await running
    expect(await sessions()).not.toContain('active')
  })

  test('fault 8: a server that answers nothing more is left', async () => {
    const step = testStep()
    const sockets: Socket[] = []
    const silent = createServer((socket) => {
      sockets.push(socket)
      step.abort.abort(new Error('somebody cancelled'))
    }).listen(0, '127.0.0.1')
    await waitFor(() => silent.listening, { describe: 'the server to listen' })
    const { port } = silent.address() as AddressInfo // it listens on a port
    const running = run('select 1', step, { url: `postgres://a@127.0.0.1:${port}/x` }, 100)
    expect(String(await rejection(running))).toContain('somebody cancelled')
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
})

describe('fault 13: behind a pooler, whose sessions belong to others too', () => {
  let pooler: Proxy
  beforeEach(async () => {
    pooler = await startProxy(database.url, { greetsAsPooler: true })
  })
  afterEach(() => pooler[Symbol.asyncDispose]())
  const through = (connection: Partial<NamedConnection> = {}) => ({ url: pooler.through(database.url), ...connection })

  test('nothing is set beyond the transaction, which is committed', async () => {
    const asked = `insert into orders select 300, json_build_object('default', current_setting('default_transaction_read_only'),
      'own', current_setting('transaction_read_only'), 'timeout', current_setting('statement_timeout'))`
    await run(asked, testStep(), through({ statementTimeoutSeconds: 7 }))
    const client = await database.connect()
    const { rows } = await client.query<{ note: string }>('select note from orders where id = 300')
    expect(JSON.parse(rows[0]?.note ?? '')).toEqual({ default: 'off', own: 'off', timeout: '7s' })
  })

  test('a read-only connection reads, and neither writes nor makes the session read-only', async () => {
    const failure = await rejection(
      run(`insert into orders values (301, 'x')`, testStep(), through({ readOnly: true })),
    )
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain('set read_only: false')
    const asked = `select 1 where current_setting('transaction_read_only') = 'on' and current_setting('default_transaction_read_only') = 'off'`
    expect(await run(asked, testStep(), through({ readOnly: true }))).toMatchObject({ recordsAffected: 1 })
    const step = testStep({ parameters: { id: 1 } })
    expect(await run('select {{ parameters.id }}::int', step, through({ readOnly: true }))).toMatchObject({
      recordsAffected: 1,
    })
  })

  test.each([
    [`select 1; insert into orders values (302, 'x')`, 'several statements: behind a pooler'],
    ['vacuum orders', 'VACUUM cannot run inside a transaction block: behind a pooler'],
    ['do $$ begin commit; end $$', 'invalid transaction termination: behind a pooler'],
  ])('%s: what takes a session of its own is refused', async (sql, said) => {
    const failure = await rejection(run(sql, testStep(), through()))
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain(said)
  })

  test('J11: an abort cancels nobody: it drops the connection, and nothing is committed', async () => {
    const step = testStep()
    const slow = `with written as (insert into orders values (303, 'x') returning id) select pg_sleep(600) from written`
    const running = rejection(run(slow, step, through()))
    await waitFor(async () => (await sessions()).includes('active'), { describe: 'the statement to run' })
    step.abort.abort(new Error('somebody cancelled'))
    expect(String(await running)).toContain('was stopped: somebody cancelled')
    expect(pooler.connections).toBe(1)
    await waitFor(async () => (await sessions()).length === 0, { describe: 'the server to notice' })
    const client = await database.connect()
    expect((await client.query('select from orders where id = 303')).rows).toEqual([])
  })

  test('more than max_rows end the statement', async () => {
    const many = run('select generate_series(1, 100000000)', testStep(), through({ maxRows: 100 }))
    expect(String(await rejection(many))).toContain('returned more than max_rows = 100 rows')
    expect(pooler.connections).toBe(1)
  })
})
