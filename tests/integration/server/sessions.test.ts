import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { announcedConsoles } from '../../../agent/server/console-folder.ts'
import { createServer } from '../../../agent/server/server.ts'
import { TestClock } from '../../support/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import {
  codeOf,
  cookieOf,
  fromPage,
  postSession,
  raw,
  serverOptions,
  startTestServer,
  type TestServer,
} from '../../support/server.ts'
import { containing } from '../cli/matchers.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

let clock: TestClock
let server: TestServer
beforeEach(async () => {
  clock = new TestClock()
  server = await startTestServer({ clock })
})
afterEach(async () => {
  await server.stop()
})

async function statusWith(headers: Record<string, string>): Promise<number> {
  const { status } = await raw(`${server.url}/api/session`, { headers })
  return status
}

test('a link signs in once, as whoever asked for it', async () => {
  const code = codeOf(server.server.consoleLink('ada'))
  const first = await postSession(server.url, { code })
  expect(first.status).toBe(204)
  const answer = await raw(`${server.url}/api/session`, { headers: { ...fromPage, cookie: cookieOf(first) } })
  expect(JSON.parse(answer.body)).toMatchObject({ operator: 'ada', scope: 'admin' })
  const second = await postSession(server.url, { code })
  expect(second.status).toBe(401)
  expect(second.headers.getSetCookie()).toEqual([])
  expect(await second.json()).toMatchObject({
    code: 'UNAUTHORIZED',
    data: { fix: containing('pm console') },
  })
})

test('of two that use a link at the same moment, one gets in', async () => {
  const code = codeOf(server.server.consoleLink('ada'))
  const answers = await Promise.all([postSession(server.url, { code }), postSession(server.url, { code })])
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([204, 401])
})

test('a link works for ten minutes', async () => {
  const [early, late] = [server.server.consoleLink('ada'), server.server.consoleLink('ada')]
  clock.advance(10 * minuteMs)
  expect((await postSession(server.url, { code: codeOf(early) })).status).toBe(204)
  clock.advance(1)
  expect((await postSession(server.url, { code: codeOf(late) })).status).toBe(401)
})

test('the code of a link is behind the #, which browsers send to nobody', () => {
  const link = new URL(server.server.consoleLink('ada'))
  expect([link.origin, link.pathname, link.search]).toEqual([server.url, '/', ''])
  expect(link.hash).toMatch(/^#code=[\w.-]+$/)
})

test('a link that was changed, or made with another key, is refused', async () => {
  const code = codeOf(server.server.consoleLink('ada'))
  const [body = '', proof = ''] = code.split('.')
  const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('ada', 'eve')).toString('base64url')
  for (const wrong of [`${forged}.${proof}`, body, `${body}.`, `${body}.${proof}.${proof}`, '.', '', `${body}.AAAA`]) {
    expect([wrong, (await postSession(server.url, { code: wrong })).status]).toEqual([wrong, 401])
  }
  expect((await postSession(server.url, { code })).status).toBe(204)
})

test('the cookie is read by no script, sent by no other site, and named after the installation', async () => {
  const answer = await postSession(server.url, { code: codeOf(server.server.consoleLink('ada')) })
  const [cookie = ''] = answer.headers.getSetCookie()
  const [pair = '', ...attributes] = cookie.split('; ')
  expect(pair).toMatch(/^pipeline-manager-[0-9a-f]{8}=/)
  expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${12 * 3_600}`]))
  expect(attributes).not.toContain('Secure')
})

test('a session cookie is no link, and a link is no session', async () => {
  const { cookie = '' } = await server.signIn()
  const [name = '', text = ''] = cookie.split('=')
  expect((await postSession(server.url, { code: text })).status).toBe(401)
  const code = codeOf(server.server.consoleLink('ada'))
  expect(await statusWith({ ...fromPage, cookie: `${name}=${code}` })).toBe(401)
})

test('a session ends twelve hours after its last use, and thirty days after it began', async () => {
  const headers = await server.signIn()
  clock.advance(12 * hourMs + 1)
  expect(await statusWith(headers)).toBe(401)
  let { cookie } = await server.signIn()
  let hours = 0
  for (; hours < 1_000; hours += 11) {
    clock.advance(11 * hourMs)
    const answer = await fetch(`${server.url}/api/session`, { headers: { ...fromPage, cookie: cookie ?? '' } })
    if (answer.status !== 200) break
    if (answer.headers.getSetCookie().length > 0) cookie = cookieOf(answer)
    await answer.body?.cancel()
  }
  expect(hours).toBeGreaterThan(29 * 24)
  expect(hours).toBeLessThanOrEqual(31 * 24)
})

test('to log out ends the session, for copies of its cookie as well', async () => {
  const headers = await server.signIn()
  const answer = await fetch(`${server.url}/session`, { method: 'DELETE', headers })
  expect(answer.status).toBe(204)
  expect(answer.headers.getSetCookie()[0]).toContain('Max-Age=0')
  expect(await statusWith(headers)).toBe(401)
  expect(await statusWith(await server.signIn())).toBe(200)
})

test('a session survives a restart of the agent; a link does not', async () => {
  const headers = await server.signIn('ada')
  const code = codeOf(server.server.consoleLink('ada'))
  await server.server.stop()
  const { services } = server.console
  const again = createServer(
    serverOptions({ dataDirectory: server.dataDirectory, services: () => services, clock, port: 0 }),
  )
  await again.start()
  try {
    const url = again.url ?? ''
    const { status, body } = await raw(`${url}/api/session`, { headers })
    expect([status, JSON.parse(body)]).toMatchObject([200, { operator: 'ada' }])
    expect((await postSession(url, { code })).status).toBe(401)
  } finally {
    await again.stop()
  }
})

test('another installation accepts neither the session nor the token', async () => {
  const other = await startTestServer()
  try {
    const { cookie = '' } = await server.signIn()
    const [, text = ''] = cookie.split('=')
    const [name = ''] = ((await other.signIn())['cookie'] ?? '').split('=')
    const answer = await raw(`${other.url}/api/session`, { headers: { ...fromPage, cookie: `${name}=${text}` } })
    expect(answer.status).toBe(401)
    const authorization = `Bearer ${await server.token('admin')}`
    expect((await raw(`${other.url}/api/session`, { headers: { authorization } })).status).toBe(401)
  } finally {
    await other.stop()
  }
})

test('a pasted token becomes a session with its name, scope and organization, until it is revoked', async () => {
  const { organizationId } = await addOpenBrand(server.console.sql)
  await addOpenBrand(server.console.sql, 'Somebody else')
  const answer = await postSession(server.url, { token: ` ${await server.token('operate', organizationId)}\n` })
  expect(answer.status).toBe(204)
  const headers = { ...fromPage, cookie: cookieOf(answer) }
  const { body } = await raw(`${server.url}/api/session`, { headers })
  expect(JSON.parse(body)).toMatchObject({
    operator: 'operate token',
    scope: 'operate',
    organizations: [{ id: organizationId }],
  })
  await server.console.sql.query('update api_tokens set revoked_at = now()')
  expect(await statusWith(headers)).toBe(401)
})

test('signing in takes a code or a token, and nothing else', async () => {
  for (const body of [{}, { code: 1 }, { code: 'x', token: 'y' }, { token: null }, []]) {
    const answer = await postSession(server.url, body)
    expect([body, answer.status]).toEqual([body, 400])
  }
})

test('failed logins: ten a minute from one address, each slow; a good token is never held up', async () => {
  const authorization = `Bearer ${await server.token('read')}`
  const statuses: number[] = []
  for (let attempt = 0; attempt < 12; attempt += 1) {
    statuses.push((await postSession(server.url, { code: `wrong ${attempt}` })).status)
  }
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429])
  const wrong = await raw(`${server.url}/api/session`, {
    headers: { authorization: `${authorization.slice(0, -3)}AAA` },
  })
  expect([wrong.status, JSON.parse(wrong.body)]).toMatchObject([429, { code: 'TOO_MANY_REQUESTS' }])
  expect(await statusWith({ authorization })).toBe(200)
  expect(await statusWith(await server.signIn())).toBe(200)
})

test('the key and the word of where the console is are readable by this user alone, and the word goes with the server', async () => {
  const folder = join(server.dataDirectory, 'console')
  const modes = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  expect(await modes(folder)).toBe('700')
  expect(await modes(join(folder, 'key'))).toBe('600')
  expect(await announcedConsoles(server.dataDirectory)).toMatchObject([{ url: server.url, agentName: 'test' }])
  expect(await modes(join(folder, 'agents', `${server.server.port}.json`))).toBe('600')
  expect(await modes(join(folder, 'database'))).toBe('600')
  await server.server.stop()
  expect(await announcedConsoles(server.dataDirectory)).toEqual([])
  // Whose database it worked on is known to commands afterwards.
  expect(await readdir(folder)).toEqual(['agents', 'database', 'key'])
})
