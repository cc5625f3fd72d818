import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../../agent/application/connect.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { problemOf } from '../../support/problem.ts'

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url)
  change(url)
  return url.href
}

function open(databaseUrl: string) {
  const settings = { databaseUrl, dataDirectory: '/nowhere', agentName: 'test' }
  return connect(settings, { clock: systemClock, onLog: () => undefined })
}

let server: Server | null = null
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server?.close()
})

/** Something that listens and says nothing. Counts who comes. */
async function silence(): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  server = createServer((socket) => {
    connections += 1
    sockets.add(socket.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `postgres://me:secret-word@127.0.0.1:${port}/orders`, connections: () => connections }
}

describe('fault 11: what the server refuses is told at once and never tried again', () => {
  const place = () => new URL(database.url).host

  test('a wrong password', async () => {
    const problem = await problemOf(open(changed((url) => (url.password = 'wrong-word'))))
    expect(problem.code).toBe('database_refused')
    expect(problem.message).toBe(
      `The database at ${place()}/${database.name} refused the password of user "${new URL(database.url).username}".`,
    )
    expect(`${problem.message} ${problem.fix}`).not.toContain('wrong-word')
    expect(problem.fix).toContain('--database-url')
  })

  test('a missing database', async () => {
    const problem = await problemOf(open(changed((url) => (url.pathname = '/missing'))))
    expect(problem).toMatchObject({ code: 'database_refused', field: 'database-url' })
    expect(problem.message).toBe(`The server at ${place()} has no database "missing".`)
  })

  test('a server without TLS that is asked for it', async () => {
    const problem = await problemOf(open(changed((url) => url.searchParams.set('sslmode', 'require'))))
    expect(problem.code).toBe('database_refused')
    expect(problem.message).toContain('No secure connection')
    expect(problem.fix).toContain('sslmode=disable')
  })

  test('a role that may not log in', async () => {
    await client.query(`create role no_entry_${process.pid} nologin password 'a-long-word'`)
    try {
      const login = changed((url) => {
        url.username = `no_entry_${process.pid}`
        url.password = 'a-long-word'
      })
      expect(await problemOf(open(login))).toMatchObject({ code: 'database_refused' })
    } finally {
      await client.query(`drop role no_entry_${process.pid}`)
    }
  })
})

describe('what passes is told as such', () => {
  test('nobody listens', async () => {
    const { url } = await silence()
    server?.close()
    const problem = await problemOf(open(url))
    expect(problem.code).toBe('database_unreachable')
    expect(problem.message).toMatch(/^Nothing answers at 127\.0\.0\.1:\d+: the connection was refused\.$/)
    expect(`${problem.message} ${problem.fix}`).not.toContain('secret-word')
  })

  test('somebody listens and says nothing', async () => {
    const { url, connections } = await silence()
    const problem = await problemOf(open(url))
    expect(problem.code).toBe('database_unreachable')
    expect(problem.message).toMatch(/gave no answer in time/)
    expect(connections()).toBe(1)
  })

  test('a host without an address', async () => {
    const problem = await problemOf(open('postgres://me:secret-word@no-such-host.invalid/orders'))
    expect(problem.code).toBe('database_unreachable')
    expect(problem.message).toContain('no-such-host.invalid')
  })

  test('no connection left', async () => {
    const role = `one_session_${process.pid}`
    await client.query(`create role ${role} login password 'a-long-word' connection limit 0`)
    try {
      const url = changed((login) => {
        login.username = role
        login.password = 'a-long-word'
      })
      expect(await problemOf(open(url))).toMatchObject({ code: 'database_unreachable' })
    } finally {
      await client.query(`drop role ${role}`)
    }
  })
})

test('a connection of your own says what it is, and closes twice', async () => {
  const connection = await open(database.url)
  expect(connection).toMatchObject({ kind: 'external', startedHere: false, url: database.url })
  expect(connection.serverVersion).toMatch(/^\d+\.\d+/)
  await connection.close()
  await connection.close()
})
