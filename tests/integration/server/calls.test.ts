import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { only } from '../../support/job-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server.stop()
})

test('a browser that was signed in by a link makes calls over /rpc', async () => {
  const { organizationId } = await addOpenBrand(server.console.sql, 'Rpc')
  const client = server.client(await server.signIn('ada'))
  const session = await client.session.get()
  expect(session.operator).toBe('ada')
  expect(session.scope).toBe('admin')
  expect(session.asOf).toBeInstanceOf(Date)
  expect(session.organizations.map(({ id }) => id)).toContain(organizationId)
})

test('a program with a token makes the same calls over /api', async () => {
  const { organizationId, brandId } = await addOpenBrand(server.console.sql, 'Rest')
  const authorization = `Bearer ${await server.token('read')}`
  const answer = await fetch(`${server.url}/api/organizations/${organizationId}/brands`, { headers: { authorization } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toMatchObject({ brands: [{ id: brandId, name: 'Rest' }] })
})

test('a query string may hold numbers, and lists of one; a body holds what it says (bad input 23)', async () => {
  const headers = { authorization: `Bearer ${await server.token('admin')}`, 'content-type': 'application/json' }
  const { organizationId } = await addOpenBrand(server.console.sql, 'Values')
  const feature = `${server.url}/api/admin/organizations/${organizationId}/features/PIPELINE_MANAGER`
  for (const enabled of ['"false"', '""', 'null', '0', '"on"']) {
    const refused = await fetch(feature, { method: 'PUT', headers, body: `{"enabled":${enabled}}` })
    expect([enabled, refused.status]).toEqual([enabled, 400])
    expect(await refused.json()).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'enabled' } })
  }
  const off = await fetch(feature, { method: 'PUT', headers, body: '{"enabled":false}' })
  expect(await off.json()).toEqual({ changed: true })
  const page = await fetch(`${server.url}/api/admin/actions?limit=1`, { headers })
  expect(page.status).toBe(200)
  const { actions, nextCursor } = (await page.json()) as { actions: unknown[]; nextCursor: string | null }
  expect(only(actions)).toMatchObject({
    action: 'feature.disable',
    operator: 'admin token',
    door: 'api',
    organizationId,
  })
  expect(nextCursor).toBeNull()
  const empty = await fetch(`${server.url}/api/admin/actions?limit=`, { headers })
  expect(empty.status).toBe(400)
})
