import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseMetrics } from '../../support/metrics-text.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { cookieOf, fromPage, postSession, startTestServer, type TestServer } from '../../support/server.ts'

let proxy: Proxy
let server: TestServer
beforeEach(async () => {
  server = await startTestServer(
    {},
    {
      through: async (url) => {
        proxy = await startProxy(url)
        return proxy.through(url)
      },
    },
  )
})
afterEach(async () => {
  await server.stop()
  await proxy[Symbol.asyncDispose]()
})

async function takeAway(): Promise<void> {
  proxy.refuse()
  await server.console.services.supervisor.retry()
}

/** Headers of a browser whose person pasted this token. */
async function signedInWith(token: string): Promise<Record<string, string>> {
  const answer = await postSession(server.url, { token })
  expect(answer.status).toBe(204)
  return { ...fromPage, cookie: cookieOf(answer) }
}

const session = (headers: Record<string, string>) => server.client(headers).session.get()

describe('fault 10: who may look while the database is away', () => {
  test('a person at the machine signs in by a link, and sees what was answered before', async () => {
    await session(await server.signIn('earlier'))
    await takeAway()
    expect(await session(await server.signIn('alice'))).toMatchObject({ operator: 'alice', scope: 'admin' })
  })

  test('a session of a token goes on, with the rights that the token had', async () => {
    const headers = await signedInWith(await server.token('read'))
    const before = await session(headers)
    await takeAway()
    expect(await session(headers)).toEqual(before)
    const queue = server.client(headers).connection.retry()
    await expect(queue).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  test('a token that was never seen here, and one that is a program’s, are not let in: they cannot be looked up', async () => {
    const unseen = await server.token('admin')
    const authorization = `Bearer ${await server.token('admin')}`
    await session({ authorization })
    await takeAway()
    expect((await postSession(server.url, { token: unseen })).status).toBe(503)
    await expect(session({ authorization })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', status: 503 })
  })

  test('a token that is revoked is not believed in any more, whatever was remembered', async () => {
    const headers = await signedInWith(await server.token('read'))
    await session(headers)
    await server.console.sql.query('update api_tokens set revoked_at = now()')
    await expect(session(headers)).rejects.toMatchObject({ status: 401 })
    await takeAway()
    await expect(session(headers)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })

  test('what is remembered of a token proves nothing: no secret is on the device', async () => {
    const token = await server.token('read')
    await session(await signedInWith(token))
    const { services } = server.console
    const { rows } = await server.console.sql.query<{ id: string }>('select id from api_tokens')
    const known = services.tokens.recall(rows[0]?.id ?? '')
    expect(Object.keys(known ?? {}).toSorted()).toEqual(['id', 'name', 'organizationId', 'scope'])
    expect(JSON.stringify(known)).not.toContain(token.slice(-20))
  })
})

describe('fault 9: a database that is there, and slow', () => {
  test('people are answered as before after a moment, and the answer that comes late is kept', async () => {
    const headers = await server.signIn()
    const before = await session(headers)
    await server.console.sql.query(`insert into organizations (name) values ('Later')`)
    proxy.delay(4_000)
    expect(await session(headers)).toEqual(before)
    proxy.restore()
    expect((await session(headers)).organizations.map(({ name }) => name)).toEqual(['Later'])
  })

  test('a scrape with a token that was good before says that the database is away; one that was never seen is not let in', async () => {
    const scrape = async (authorization: string) => fetch(`${server.url}/metrics`, { headers: { authorization } })
    const known = `Bearer ${await server.token('read')}`
    const unseen = `Bearer ${await server.token('read')}`
    expect(parseMetrics(await (await scrape(known)).text()).value('pipeline_manager_database_up', {})).toBe(1)
    await takeAway()
    expect(parseMetrics(await (await scrape(known)).text()).value('pipeline_manager_database_up', {})).toBe(0)
    expect((await scrape(unseen)).status).toBe(503)
  })

  test('two scrapers with one token are both let in when the database goes away while they ask', async () => {
    const scrape = async (authorization: string) => fetch(`${server.url}/metrics`, { headers: { authorization } })
    const known = `Bearer ${await server.token('read')}`
    expect((await scrape(known)).status).toBe(200)
    const unseen = await server.token('read')
    await takeAway()
    const stranger = await scrape(`Bearer ${unseen}`)
    expect(await stranger.json()).toMatchObject({ message: 'The database cannot be reached.' })
    const answers = await Promise.all(Array.from({ length: 4 }, () => scrape(known)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })
})
