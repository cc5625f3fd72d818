/** One test for each need of an HTTP API that a browser can reach; the words are those of the check list. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { fromPage, postSession, raw, startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
let api: string
let admin: Record<string, string>
let organizationId: string
let feature: string
beforeAll(async () => {
  server = await startTestServer({ limits: { refusals: 1_000 } })
  api = `${server.url}/api`
  admin = { authorization: `Bearer ${await server.token('admin')}` }
  ;({ organizationId } = await addOpenBrand(server.console.sql))
  feature = `${api}/admin/organizations/${organizationId}/features/PIPELINE_MANAGER`
})
afterAll(async () => {
  await server.stop()
})

const json = { 'content-type': 'application/json' } as const
const on = JSON.stringify({ enabled: true })

describe('DNS rebinding', () => {
  test.each(['/', '/healthz', '/session', '/api/session', '/rpc/session/get', '/assets/x.js'])(
    'a request for another host is refused: %s',
    async (path) => {
      const { status, body } = await raw(`${server.url}${path}`, { headers: { host: 'evil.example', ...admin } })
      expect(status).toBe(421)
      expect(body).toContain('NOT_ALLOWED')
    },
  )
  test('a forwarded host does not count', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': new URL(server.url).host }
    expect((await raw(`${server.url}/healthz`, { headers })).status).toBe(421)
  })
})

describe('CSRF', () => {
  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9999' }],
    ['an older browser, by Origin', { origin: 'http://127.0.0.1:9999' }],
    ['a page without an origin', { origin: 'null' }],
  ])('what %s makes a browser send is refused, with a good session', async (_from, headers) => {
    const { cookie = '' } = await server.signIn()
    const answer = await raw(feature, { method: 'PUT', headers: { cookie, ...json, ...headers }, body: on })
    expect(answer.status).toBe(403)
    const read = await raw(`${api}/session`, { headers: { cookie, ...headers } })
    expect(read.status).toBe(403)
  })
  test('our own page is let through, also by Origin alone', async () => {
    const { cookie = '' } = await server.signIn()
    for (const headers of [fromPage, { origin: server.url }]) {
      const answer = await raw(feature, { method: 'PUT', headers: { cookie, ...json, ...headers }, body: on })
      expect(answer.status).toBe(200)
    }
  })
  test('a session without word of where the request comes from changes nothing', async () => {
    const { cookie = '' } = await server.signIn()
    expect((await raw(feature, { method: 'PUT', headers: { cookie, ...json }, body: on })).status).toBe(403)
  })
  test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'a body of %s is refused',
    async (type) => {
      const answer = await raw(feature, { method: 'PUT', headers: { ...admin, 'content-type': type }, body: on })
      expect(answer.status).toBe(415)
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'INVALID_INPUT', status: 415 })
    },
  )
})

test('CORS: there is none', async () => {
  const asked = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' }
  const preflight = await raw(feature, { method: 'OPTIONS', headers: asked })
  expect(preflight.status).toBeGreaterThanOrEqual(400)
  const read = await raw(`${api}/session`, { headers: { ...admin, 'sec-fetch-site': 'none' } })
  for (const { headers } of [preflight, read]) {
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

describe('tokens', () => {
  test('a call without one, or with something else, is refused', async () => {
    const good = (await server.token('read')).slice(0, -1)
    for (const authorization of [undefined, 'Bearer', 'Bearer x', 'Basic YTpi', `Bearer ${good}`, `Bearer ${good}~`]) {
      const answer = await raw(`${api}/session`, authorization === undefined ? {} : { headers: { authorization } })
      expect([authorization, answer.status]).toEqual([authorization, 401])
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
    }
  })
  test('of the right length but another secret is refused', async () => {
    const text = await server.token('read')
    const other = `${text.slice(0, -43)}${'A'.repeat(43)}`
    expect((await raw(`${api}/session`, { headers: { authorization: `Bearer ${other}` } })).status).toBe(401)
  })
  test('never in a query string', async () => {
    const token = await server.token('read')
    for (const name of ['token', 'access_token', 'authorization']) {
      expect((await raw(`${api}/session?${name}=${token}`)).status).toBe(401)
    }
  })
  test('only a hash of it is stored', async () => {
    const text = await server.token('read')
    const { rows } = await server.console.sql.query<{ row: string }>('select api_tokens::text as row from api_tokens')
    const secret = text.slice(-43)
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(secret)
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(Buffer.from(secret).toString('hex'))
  })
  test('expired and revoked ones are refused at once', async () => {
    const headers = { authorization: `Bearer ${await server.token('read')}` }
    expect((await raw(`${api}/session`, { headers })).status).toBe(200)
    await server.console.sql.query("update api_tokens set expires_at = now() where scope = 'read'")
    expect((await raw(`${api}/session`, { headers })).status).toBe(401)
    await server.console.sql.query("update api_tokens set expires_at = null, revoked_at = now() where scope = 'read'")
    expect((await raw(`${api}/session`, { headers })).status).toBe(401)
  })
  test('a read token cannot write', async () => {
    const headers = { authorization: `Bearer ${await server.token('read')}`, ...json }
    const answer = await raw(feature, { method: 'PUT', headers, body: on })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'NOT_ALLOWED', data: { field: 'scope', value: 'read' } })
  })
  test('the last use is noted, at most once a minute', async () => {
    const { sql } = server.console
    const headers = { authorization: `Bearer ${await server.token('operate')}` }
    const lastUse = async () => {
      const { rows } = await sql.query<{ at: Date | null }>(
        "select last_used_at as at from api_tokens where scope = 'operate'",
      )
      return rows[0]?.at ?? null
    }
    expect(await lastUse()).toBeNull()
    await raw(`${api}/session`, { headers })
    const first = await lastUse()
    expect(first).toBeInstanceOf(Date)
    await raw(`${api}/session`, { headers })
    expect(await lastUse()).toEqual(first)
    await sql.query("update api_tokens set last_used_at = now() - interval '61 seconds' where scope = 'operate'")
    await raw(`${api}/session`, { headers })
    expect((await lastUse())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.NaN)
  })
})

describe('body limit', () => {
  test('1 MiB of JSON, 1 KiB to sign in', async () => {
    const large = JSON.stringify({ enabled: true, more: 'x'.repeat(1024 * 1024) })
    const refused = await raw(feature, { method: 'PUT', headers: { ...admin, ...json }, body: large })
    expect(refused.status).toBe(413)
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'INVALID_INPUT', status: 413 })
    expect((await postSession(server.url, { code: 'x'.repeat(1_024) })).status).toBe(413)
  })
  test.each([20_000, 33])('JSON nested %i levels deep is refused before it is read (bad input 19)', async (depth) => {
    const body = `{"enabled":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    for (const url of [feature, `${server.url}/rpc/admin/setFeature`]) {
      const method = url === feature ? 'PUT' : 'POST'
      const answer = await raw(url, { method, headers: { ...admin, ...json }, body })
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('levels deep')
    }
  })
  test('brackets within texts do not count as depth', async () => {
    const body = JSON.stringify({ enabled: true, ['\\"[{['.repeat(20)]: 1 })
    const answer = await raw(feature, { method: 'PUT', headers: { ...admin, ...json }, body })
    expect(answer.body).not.toContain('levels deep')
  })
  test('what is not JSON says so', async () => {
    const answer = await raw(feature, { method: 'PUT', headers: { ...admin, ...json }, body: '{"enabled":tru' })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'body' } })
  })
})

test.each(['{"__proto__":{"scope":"admin"},"enabled":true}', '{"constructor":{"prototype":{}},"enabled":true}'])(
  'JSON poisoning: %s is refused',
  async (body) => {
    const answer = await raw(feature, { method: 'PUT', headers: { ...admin, ...json }, body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'INVALID_INPUT' })
  },
)

test('unknown fields of a write are refused (bad input 22)', async () => {
  const body = JSON.stringify({ enabled: true, enabeld: true })
  const answer = await raw(feature, { method: 'PUT', headers: { ...admin, ...json }, body })
  expect(answer.status).toBe(400)
})

test('headers: nothing is sniffed, framed, kept or referred to, and no script but our own runs', async () => {
  for (const path of ['/', '/healthz', '/api/session', '/rpc/session/get', '/api/openapi.json', '/nothing.js']) {
    const { headers } = await raw(`${server.url}${path}`)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    })
    expect(String(headers['content-security-policy']).split(';').toSorted()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].toSorted(),
    )
    expect(headers['strict-transport-security']).toBeUndefined()
    expect(headers['x-powered-by']).toBeUndefined()
  }
})

test('what nobody expected is told to the log, not to the caller', async () => {
  await server.console.sql.query('alter table operator_actions rename to hidden_for_a_moment')
  const answer = await raw(`${api}/admin/actions`, { headers: admin })
  await server.console.sql.query('alter table hidden_for_a_moment rename to operator_actions')
  expect(answer.status).toBe(500)
  expect(answer.body).not.toContain('operator_actions')
  expect(server.console.troubles.join()).toContain('operator_actions')
})

test('a path that is no call says so, in the same words at both doors', async () => {
  const rest = await raw(`${api}/nothing`, { headers: admin })
  expect([rest.status, JSON.parse(rest.body)]).toMatchObject([404, { code: 'NOT_FOUND', defined: true }])
  const rpc = await raw(`${server.url}/rpc/nothing`, { method: 'POST', headers: { ...admin, ...json }, body: '{}' })
  expect([rpc.status, JSON.parse(rpc.body)]).toMatchObject([404, { json: { code: 'NOT_FOUND', defined: true } }])
})
