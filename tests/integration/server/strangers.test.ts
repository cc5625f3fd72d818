/** Who knocks with what does not exist keeps nobody from the database, however often. */
import { createHmac, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeToken } from '../../../agent/server/bearer-token.ts'
import { TestClock } from '../../support/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { type RawAnswer, raw, startTestServer, type TestServer } from '../../support/server.ts'

const limit = 20
const knocks = 1_000
const catalog = testCatalog({ datasets: { orders: {} }, jobTypes: { load: { datasets: ['orders'] } } })

let server: TestServer
let asked: string[]
beforeEach(async () => {
  // Its minute does not end, however slow the machine is.
  server = await startTestServer({ limits: { unknown: limit }, clock: new TestClock() }, { catalog })
  asked = []
  const { database } = server.console.services
  const query = database.query.bind(database)
  database.query = (statement, values) => {
    asked.push(statement.name)
    return query(statement, values)
  }
})
afterEach(() => server.stop())

/** What was answered, some at a time. */
async function knock(send: () => Promise<RawAnswer>): Promise<Set<number>> {
  const seen = new Set<number>()
  for (let sent = 0; sent < knocks; sent += 100) {
    const answers = await Promise.all(Array.from({ length: 100 }, send))
    for (const { status } of answers) seen.add(status)
  }
  return seen
}

function lookUps(name: string): number {
  return asked.filter((one) => one === name).length
}

function post(path: string, headers: Record<string, string>, body = '{}'): Promise<RawAnswer> {
  const json = { 'content-type': 'application/json' }
  return raw(`${server.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body })
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })

test('a thousand tokens that do not exist are few questions; one that is known is answered', async () => {
  const { organizationId } = await addOpenBrand(server.console.sql)
  const good = bearer(await server.token('admin', organizationId))
  // A batch is an array: understood, and refused for what it is.
  const report = async (): Promise<number> => (await post('/api/v1/lineage/batch', good)).status
  expect(await report()).toBe(400)
  asked.length = 0
  const intake = await knock(() => post('/api/v1/lineage', bearer(makeToken().text)))
  expect(intake).toEqual(new Set([401, 503]))
  const calls = await knock(() => post('/rpc/session/get', bearer(makeToken().text)))
  expect(calls).toEqual(new Set([429]))
  expect(lookUps('living_api_token')).toBeLessThanOrEqual(limit)
  expect(await report()).toBe(400)
  expect((await post('/rpc/session/get', good)).status).toBe(200)
})

test('a thousand hooks that do not exist are few questions; one that is known is taken', async () => {
  const brand = await addOpenBrand(server.console.sql)
  await addAgent(server.console.sql, catalog, ['load'])
  const { client } = server.console
  const { hook, secret } = await client.hooks.create({ ...brand, name: 'Loaded', jobType: 'load', mapping: {} })
  const send = async (): Promise<number> => (await post(`/api/hooks/${hook.id}`, signed(secret, '{}'))).status
  expect(await send()).toBe(202)
  asked.length = 0
  expect(await knock(() => post(`/api/hooks/${randomUUID()}`, {}))).toEqual(new Set([404, 429]))
  expect(lookUps('open_hook')).toBeLessThanOrEqual(limit)
  expect(await send()).toBe(202)
})

function signed(secret: string, body: string): Record<string, string> {
  const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1_000))]
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
}
