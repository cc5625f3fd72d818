/** OpenLineage in: who may report, and what nobody should send. */
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { addBrand, type Brand } from '../../support/job-rows.ts'
import { raw, startTestServer, type TestServer } from '../../support/server.ts'
import { event, lineageCalls, minutesAgo, path, startLineageServer, withRows } from './lineage-calls.ts'

let server: TestServer
let acme: Brand
let token: string
beforeAll(async () => {
  server = await startLineageServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  acme = await addOpenBrand(server.console.sql)
  token = await server.token('ingest', acme.organizationId)
})
afterEach(() =>
  server.console.sql.query('truncate organizations, external_runs, api_tokens, dataset_status_history cascade'),
)

const { send, map, rows, datasets, runs, named } = lineageCalls(() => ({ server, acme, token }))

describe('who may report', () => {
  test.each([
    ['ingest', 201],
    ['operate', 201],
    ['admin', 201],
    ['read', 403],
  ] as const)('a token with the scope %s: %i', async (scope, status) => {
    const as = await server.token(scope, acme.organizationId)
    expect((await send(event('START', minutesAgo(1)), { as })).status).toBe(status)
  })

  test('a token that feeds does nothing else', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const calls = ['/api/session', `/api/organizations/${acme.organizationId}/runs`, '/metrics', '/cctray.xml']
    const answers = await Promise.all(calls.map((call) => fetch(`${server.url}${call}`, { headers })))
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    const session = await raw(`${server.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token }),
    })
    expect(session.status).toBe(403)
  })

  test('a token that feeds reads nothing of an agent that only reads either', async () => {
    const reader = await startTestServer({ isReadOnly: true })
    try {
      const calls = ['/api/session', `/api/organizations/${acme.organizationId}/runs`, '/metrics', '/cctray.xml']
      const statuses = async (scope: 'ingest' | 'admin') => {
        const headers = { authorization: `Bearer ${await reader.token(scope)}` }
        return Promise.all(calls.map(async (call) => (await fetch(`${reader.url}${call}`, { headers })).status))
      }
      expect(await statuses('ingest')).toEqual([403, 403, 403, 403])
      expect(await statuses('admin')).toEqual([200, 404, 200, 200])
    } finally {
      await reader.stop()
    }
  })

  test('bad input: no token, a wrong one, a session', async () => {
    const bodies = [{}, { authorization: 'Bearer pm_x' }, await server.signIn()]
    for (const headers of bodies) {
      const answer = await raw(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(event('START', minutesAgo(1))),
      })
      expect(answer.status).toBe(401)
    }
    expect(await runs()).toEqual([])
  })

  test('a token of all organizations names one; what it reports is that one’s', async () => {
    const as = await server.token('ingest')
    const text = event('START', minutesAgo(1))
    expect((await send(text, { as })).status).toBe(400)
    expect((await send(text, { as, to: `${path}?organization=nobody` })).status).toBe(404)
    expect((await send(text, { as, to: `${path}?organization=ACME` })).status).toBe(201)
    expect((await send(text, { as, to: `${path}?organization=${acme.organizationId}` })).status).toBe(201)
    expect(await runs()).toHaveLength(1)
  })

  test('an organization that has the section switched off takes nothing', async () => {
    const { organizationId } = await addBrand(server.console.sql, 'Off')
    const as = await server.token('ingest', organizationId)
    expect((await send(event('START', minutesAgo(1)), { as })).status).toBe(403)
    expect(await runs()).toEqual([])
  })

  test('one organization’s rules and events are nothing to another', async () => {
    await map()
    const other = await addOpenBrand(server.console.sql, 'Other')
    await send(event('COMPLETE', minutesAgo(1)), { as: await server.token('ingest', other.organizationId) })
    expect(await datasets()).toEqual([])
    expect(await rows('select organization_id from lineage_datasets')).toEqual([
      { organization_id: other.organizationId },
    ])
  })

  test('a revoked token is locked out', async () => {
    await send(event('START', minutesAgo(1)))
    await server.console.sql.query('update api_tokens set revoked_at = now()')
    await expect
      .poll(async () => (await send(event('START', minutesAgo(1)))).status, { timeout: 30_000, interval: 300 })
      .toBe(401)
  })
})

describe('bad input', () => {
  const mb = 1024 * 1024
  const filler = (bytes: number) => event('START', minutesAgo(1), { filler: 'x'.repeat(bytes) })
  const gzip = { 'content-encoding': 'gzip' }
  const bomb = gzipSync(Buffer.alloc(50 * mb, ' '))

  test('gzip is taken, as the clients send it', async () => {
    const body = gzipSync(JSON.stringify(event('COMPLETE', minutesAgo(1))))
    expect((await send(body, { headers: gzip })).status).toBe(201)
    expect(await runs()).toHaveLength(1)
  })

  test.each([
    ['10 MB', () => JSON.stringify(filler(10 * mb)), {}, 413],
    ['a gzip bomb of 50 MB', () => bomb, gzip, 413],
    ['what is no gzip', () => 'plain', gzip, 400],
    ['another encoding', () => '{}', { 'content-encoding': 'br' }, 415],
    ['no JSON', () => '{"eventType":', {}, 400],
    ['another type', () => 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['nothing', () => '', {}, 400],
    ['depth', () => `{"run":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, {}, 400],
    ['an event in the future', () => JSON.stringify(event('START', '2999-01-01T00:00:00Z')), {}, 400],
    ['an event before 1970', () => JSON.stringify(event('START', '1815-12-10T00:00:00Z')), {}, 400],
  ])('%s: the right status, a clear message, no effect', async (_title, body, headers, status) => {
    const answer = await send(body(), { headers })
    expect(answer.status).toBe(status)
    const told = (await answer.json()) as { message: string }
    expect(told.message).toMatch(/[a-z]{2,}.*\./)
    expect(await runs()).toEqual([])
    expect((await send(event('START', minutesAgo(1)))).status).toBe(201)
  })

  test('kilobytes that inflate to millions of events are refused as one, and the agent answers meanwhile', async () => {
    const body = gzipSync(`[${'0,'.repeat(2_000_000)}0]`)
    const refused = send(body, { to: `${path}/batch`, headers: gzip })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    const answer = await refused
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({
      message: 'The batch has more than 5000 events.',
      data: { fix: 'Send less at a time.' },
    })
  })

  test('a batch of nothing but bad events is counted whole, and its failures are not all listed', async () => {
    const events = [...Array.from({ length: 4_999 }, () => 0), event('START', minutesAgo(1))]
    const answer = await send(events, { to: `${path}/batch` })
    const told = (await answer.json()) as { summary: object; failed_events: { index: number }[] }
    expect([answer.status, told.summary]).toMatchObject([200, { received: 5_000, successful: 1, failed: 4_999 }])
    expect([told.failed_events.length, told.failed_events.at(-1)?.index]).toEqual([300, 299])
    expect(await runs()).toHaveLength(1)
  })

  test('other methods and paths are refused', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const asked = await Promise.all(
      ['', '/batch', '/other'].map((end) => fetch(`${server.url}${path}${end}`, { headers })),
    )
    expect(asked.map(({ status }) => status)).toEqual([405, 404, 404])
    expect((await send(event('START', minutesAgo(1)), { to: `${path}/other` })).status).toBe(404)
  })

  test('cursed names are stored as they can be, and mapped', async () => {
    await map({ namespace: 'n\u202E"\'; drop table x; --', name: '*', dataset_key: 'orders' })
    const cursed = {
      job: { namespace: '\u0000\uD800', name: `🕷 ${'long '.repeat(5_000)}` },
      outputs: [
        { namespace: 'n\u202E"\'; drop table x; --', name: `a\u0000b${'é'.repeat(3_000)}` },
        { namespace: '__proto__', name: 'constructor', facets: { __proto__: { a: 1 }, toString: 1 } },
      ],
    }
    expect((await send(event('COMPLETE', minutesAgo(1), cursed))).status).toBe(201)
    expect(await datasets()).toMatchObject([{ dataset_key: 'orders', last_status: 'completed' }])
    expect(await named()).toHaveLength(2)
  })

  test('an event that was yesterday’s news changes nothing that is newer', async () => {
    await map()
    const newer = minutesAgo(1)
    await send(event('COMPLETE', newer, withRows(2)))
    await send(event('COMPLETE', '1999-12-31T23:59:59Z', { ...withRows(1), run: { runId: 'old' } }))
    expect(await datasets()).toMatchObject([{ last_success_at: new Date(newer), records_affected: 2 }])
  })
})
