import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer, type Server } from '../../../agent/server/server.ts'
import { addOpenBrand } from '../../support/console.ts'
import { codeOf, postSession, raw, serverOptions, startTestServer, type TestServer } from '../../support/server.ts'
import { asRecord, asRecords, command, documentOf, errorOf } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server.stop()
})

const pm = (...args: string[]) => command([...args, '--database-url', server.console.database.url])

async function statusWith(token: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${String(token)}` }
  return (await raw(`${server.url}/api/session`, { headers })).status
}

test('a token is printed once, works at once, and is locked out at once when it is revoked', async () => {
  const answer = await pm('token', 'create', '--name', 'nightly', '--scope', 'read')
  expect(answer).toMatchObject({ code: 0, stdout: matching(/^pm_[0-9a-f]{32}_[\w-]{43}\n$/) })
  const text = answer.stdout.trim()
  expect(await statusWith(text)).toBe(200)
  const listed = await pm('token', 'list')
  expect(listed.stdout).toContain('nightly')
  expect(listed.stdout).not.toContain(text.slice(-43))
  const revoked = documentOf(await pm('token', 'revoke', text.slice(3, 11), '--json'))
  expect(revoked).toMatchObject({ changed: true, message: containing('now revoked') })
  expect(await statusWith(text)).toBe(401)
  expect(documentOf(await pm('token', 'revoke', text.slice(3, 11), '--json'))).toMatchObject({ changed: false })
  const { rows } = await server.console.sql.query(
    `select action, operator, door from operator_actions where subject_type = 'token' order by id`,
  )
  expect(rows).toEqual([
    { action: 'token.create', operator: 'ada', door: 'cli' },
    { action: 'token.revoke', operator: 'ada', door: 'cli' },
  ])
})

test('a token may be for one organization, and for some days', async () => {
  const { organizationId } = await addOpenBrand(server.console.sql, 'One of two')
  await addOpenBrand(server.console.sql, 'The other')
  const args = ['--name', 'one', '--scope', 'admin', '--organization', 'One of two', '--expires-in-days', '7', '--json']
  const token = asRecord(documentOf(await pm('token', 'create', ...args))['token'])
  expect(token).toMatchObject({ name: 'one', scope: 'admin', organizationId, expiresAt: matching(/^\d{4}-/) })
  const headers = { authorization: `Bearer ${String(token['text'])}` }
  const { organizations } = JSON.parse((await raw(`${server.url}/api/session`, { headers })).body) as Record<
    string,
    unknown
  >
  expect(asRecords(organizations)).toMatchObject([{ id: organizationId }])
})

test.each([
  ['a scope that does not exist', ['--name', 'x', '--scope', 'write'], '--scope'],
  ['an empty name', ['--name', ' ', '--scope', 'read'], 'name'],
  ['days that are no number', ['--name', 'x', '--scope', 'read', '--expires-in-days', 'soon'], '--expires-in-days'],
  ['no day at all', ['--name', 'x', '--scope', 'read', '--expires-in-days', '0'], '--expires-in-days'],
])('%s is refused', async (_what, args, field) => {
  const answer = await pm('token', 'create', ...args, '--json')
  expect(answer.code).toBe(2)
  expect(errorOf(answer)).toMatchObject({ field, fix: matching(/./) })
})

test('a name that two living tokens have is not guessed', async () => {
  for (const scope of ['read', 'operate']) await pm('token', 'create', '--name', 'twice', '--scope', scope)
  const answer = await pm('token', 'revoke', 'twice', '--json')
  expect([answer.code, errorOf(answer)['code']]).toEqual([2, 'ambiguous'])
  expect(errorOf(await pm('token', 'revoke', 'nothing', '--json'))['code']).toBe('not_found')
})

test('a token that was found somewhere is revoked by what it is, and is not told again', async () => {
  const text = (await pm('token', 'create', '--name', 'leaked', '--scope', 'read')).stdout.trim()
  const answer = await pm('token', 'revoke', text)
  expect(answer).toMatchObject({ code: 0, stdout: matching(/^The token leaked \([0-9a-f]{8}\) is now revoked\.\n$/) })
  expect(await statusWith(text)).toBe(401)
  const unknown = `pm_${'0'.repeat(32)}_${'a'.repeat(43)}`
  const refused = await pm('token', 'revoke', unknown, '--json')
  expect(errorOf(refused)).toMatchObject({ code: 'not_found', value: null })
  expect(refused.stderr).not.toContain('a'.repeat(43))
})

test('the name of a token comes before the beginning of the id of another; revoked twice, it is so already', async () => {
  const other = (await pm('token', 'create', '--name', 'other', '--scope', 'read')).stdout.trim()
  const part = other.slice(3, 9)
  await pm('token', 'create', '--name', part, '--scope', 'read')
  expect(documentOf(await pm('token', 'revoke', part, '--json'))).toMatchObject({
    changed: true,
    message: containing(`The token ${part} `),
  })
  expect(await statusWith(other)).toBe(200)
  await pm('token', 'create', '--name', 'once', '--scope', 'read')
  await pm('token', 'revoke', 'once')
  expect(documentOf(await pm('token', 'revoke', 'once', '--json'))).toMatchObject({ changed: false })
})

test('pm console prints a link to the running agent that signs its reader in as themselves', async () => {
  const answer = await command(['console', '--data-dir', server.dataDirectory], { operator: 'grace' })
  expect(answer).toMatchObject({ code: 0, stderr: containing('signs you in as grace') })
  const link = answer.stdout.trim()
  expect(link.startsWith(`${server.url}/#code=`)).toBe(true)
  expect((await postSession(server.url, { code: codeOf(link) })).status).toBe(204)
  expect((await postSession(server.url, { code: codeOf(link) })).status).toBe(401)
})

test('pm console says when no agent runs there, and asks which when there are several', async () => {
  const { dataDirectory } = server
  const second: Server = createServer(serverOptions({ dataDirectory, agentName: 'second' }))
  await second.start()
  try {
    const several = await command(['console', '--data-dir', dataDirectory, '--json'])
    expect(errorOf(several)).toMatchObject({ code: 'ambiguous', message: containing('second') })
    const one = documentOf(await command(['console', '--data-dir', dataDirectory, '--agent', 'second', '--json']))
    expect(one).toMatchObject({ agentName: 'second', url: second.url })
  } finally {
    await second.stop()
  }
  const nobody = await command(['console', '--data-dir', `${dataDirectory}/elsewhere`, '--json'])
  expect(errorOf(nobody)).toMatchObject({ code: 'not_found', fix: containing('--data-dir') })
})
