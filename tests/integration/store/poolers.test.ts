import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionConfig, openPool } from '../../../agent/store/database.ts'
import { inspectDatabase, reachDatabase } from '../../../agent/store/reach-database.ts'
import { SessionClient } from '../../../agent/store/session-client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { startProxy } from '../../support/proxy.ts'
import { startTransactionPooler, type TransactionPooler } from '../../support/transaction-pooler.ts'

const settingsNow = {
  name: 'settings_now',
  text: `select current_setting('statement_timeout') as "limit", current_setting('enable_seqscan') as "seqscan"`,
}

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

describe('fault 13: behind a pooler', () => {
  let pooler: TransactionPooler
  beforeAll(async () => {
    pooler = await startTransactionPooler(database.url)
  })
  afterAll(() => pooler[Symbol.asyncDispose]())

  test.each(['agent', 'console', 'intake', 'housekeeping'] as const)(
    'a session for %s starts with nothing that PgBouncer refuses',
    async (purpose) => {
      const url = pooler.through(database.url)
      const client = new SessionClient(connectionConfig({ url, applicationName: 'test', purpose }))
      await expect(client.connect()).resolves.toBe(client)
      await client.query('discard all')
      await client.end()
    },
  )

  test('in transaction mode: it is said, and nothing is set where others work', async () => {
    const url = pooler.through(database.url)
    await expect(reachDatabase(url)).rejects.toMatchObject({
      code: 'database_refused',
      trouble: 'shared_sessions',
      fix: 'Connect to the server itself, or to a pooler in session mode.',
    })
    const other = new SessionClient({ connectionString: url, session: {} })
    await other.connect()
    const { rows } = await other.query(settingsNow.text)
    await other.end()
    expect(rows).toEqual([{ limit: '0', seqscan: 'on' }])
  })

  test('in transaction mode, while others are at work: it is said too', async () => {
    await using busy = await startTransactionPooler(database.url, 3)
    await expect(reachDatabase(busy.through(database.url))).rejects.toMatchObject({ trouble: 'shared_sessions' })
  })

  test('whoever waits for it no longer is not kept', async () => {
    const stop = new AbortController()
    let greeted = 0
    await using own = await startProxy(database.url, { greetsAsPooler: true })
    const { hostname, port } = new URL(own.through(database.url))
    // The second connection is never answered.
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      greeted += 1
      if (greeted > 1) return stop.abort()
      const onward = connect(Number(port), hostname)
      onward.on('error', () => undefined)
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = new URL(database.url)
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(inspectDatabase(url.href, stop.signal)).rejects.toBeInstanceOf(Error)
    server.close()
    await once(server, 'close')
    expect(greeted).toBe(2)
  })

  test('in session mode: it is reached', async () => {
    const own = await startProxy(database.url, { greetsAsPooler: true })
    await expect(reachDatabase(own.through(database.url))).resolves.toHaveProperty('serverVersion')
    await own[Symbol.asyncDispose]()
  })
})

test('whoever gets a connection of a pool finds it set up; what a URL asks for besides is kept', async () => {
  const url = new URL(database.url)
  url.searchParams.set('options', '-c work_mem=7MB')
  const pool = openPool({
    url: url.href,
    applicationName: 'test',
    size: 1,
    purpose: 'agent',
    onConnectionError: () => undefined,
  })
  expect(await pool.query(settingsNow, [])).toEqual([{ limit: '25s', seqscan: 'off' }])
  expect(await pool.query({ name: 'memory', text: `select current_setting('work_mem') as memory` }, [])).toEqual([
    { memory: '7MB' },
  ])
  await pool.stop()
})

test('a session that cannot be set up is no connection, and leaves none', async () => {
  const session = { idle_in_transaction_session_timeout: 'never' }
  const client = new SessionClient({ connectionString: database.url, session })
  await expect(client.connect()).rejects.toThrow('idle_in_transaction_session_timeout')
})

/** What a server says to whom it lets in: welcome, and ready. */
const welcome = Buffer.from('5200000008000000005a0000000549', 'hex')

describe('fault 1: the connection breaks while its session is set up', () => {
  const endings: Record<string, (socket: Socket) => void> = {
    closed: (socket) => socket.end(),
    reset: (socket) => socket.resetAndDestroy(),
    'without an answer, until the pool gives up': () => undefined,
  }
  test.each(Object.entries(endings))('%s: the question fails, the program goes on', async (_, end) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write(welcome)
        socket.once('data', () => end(socket))
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const settings = { applicationName: 'test', purpose: 'agent', onConnectionError: () => undefined } as const
    const session = connectionConfig({ url: `postgres://pm@127.0.0.1:${port}/pm`, ...settings })
    const Client: typeof pg.Client = SessionClient
    const pool = new pg.Pool({ ...session, Client, connectionTimeoutMillis: 300 })
    pool.on('error', () => undefined)
    const unheard: unknown[] = []
    const note = (error: unknown): void => void unheard.push(error)
    process.prependListener('uncaughtException', note)
    try {
      await expect(pool.query('select 1')).rejects.toBeInstanceOf(Error)
      await pool.end()
      server.close()
      await once(server, 'close')
      expect(unheard).toEqual([])
    } finally {
      process.off('uncaughtException', note)
    }
  })
})
