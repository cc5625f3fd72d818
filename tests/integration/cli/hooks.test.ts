import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sealSecret, unsealSecret } from '../../../agent/intake/hooks/sealed-secret.ts'
import { openConsoleKey } from '../../../agent/server/console-folder.ts'
import { addOpenBrand } from '../../support/console.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { addAgent, published } from './agent-rows.ts'
import { type Answer, asRecords, command, documentOf, errorOf } from './command-line.ts'
import { containing } from './matchers.ts'

const parameters = {
  type: 'object',
  properties: { days: { type: 'integer', default: 7 }, region: { type: 'string' } },
  additionalProperties: false,
}

let server: TestServer
beforeAll(async () => {
  const key = async (): Promise<Uint8Array> => (await openConsoleKey(server.dataDirectory)).bytes
  const hookSecrets = {
    seal: async (secret: string) => sealSecret(await key(), secret),
    unseal: async (sealed: Uint8Array) => unsealSecret(await key(), sealed),
  }
  server = await startTestServer({ services: () => ({ ...server.console.services, hookSecrets }) })
})
afterAll(() => server.stop())
beforeEach(async () => {
  await addOpenBrand(server.console.sql, 'Acme')
  await addAgent(server.console.sql, {
    jobTypes: ['load'],
    catalog: published({ load: { steps: [{ key: 'load' }], parameters } }),
  })
})
afterEach(() => server.console.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const run = (...args: string[]): Promise<Answer> =>
  command(['hooks', ...args, '--database-url', server.console.database.url, '--data-dir', server.dataDirectory])
const create = (...args: string[]): Promise<Answer> =>
  run('create', 'Loaded', '--brand', 'Acme', '--job-type', 'load', ...args)

/** As the README's lines sign it. */
async function send(url: string, secret: string): Promise<Response> {
  const body = JSON.stringify({ run: { days: 3 } })
  const [id, now] = [randomUUID(), String(Math.floor(Date.now() / 1_000))]
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${now}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': now, 'webhook-signature': `v1,${signature}` }
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
}

test('a hook is made, its address and secret are printed once and work; the list shows no secret', async () => {
  const { code, stdout } = await create('--from', 'days=/run/days', '--param', 'region=eu')
  const [, url = '', secret = ''] = /^HOOK_URL=(http:\S+)\nHOOK_SECRET=(whsec_\S+)\n$/.exec(stdout) ?? []
  expect([code, new URL(url).origin]).toEqual([0, server.url])
  expect((await send(url, secret)).status).toBe(202)
  const { rows } = await server.console.sql.query('select job_type, parameters from scheduled_jobs')
  expect(rows).toEqual([{ job_type: 'load', parameters: { days: 3, region: 'eu' } }])
  expect((await run()).stdout).toMatch(/on +Loaded +Acme +load +standard +never/)
  const list = await run('list', '--brand', 'Acme', '--json')
  expect(asRecords(documentOf(list)['hooks'])).toMatchObject([{ name: 'Loaded', path: new URL(url).pathname }])
  expect(list.stdout).not.toContain('whsec_')
})

test('is paused, resumed and removed by name, and what is sent to it follows', async () => {
  const { url, secret } = documentOf(await create('--json'))
  const status = async (): Promise<number> => (await send(String(url), String(secret))).status
  expect((await run('pause', 'Loaded')).stdout).toContain('The hook Loaded is switched off')
  expect((await run('pause', 'Loaded')).stdout).toContain('is like this already')
  expect((await run()).stdout).toMatch(/off +Loaded/)
  expect(await status()).toBe(409)
  expect((await run('resume', 'Loaded')).stdout).toContain('switched on')
  expect(await status()).toBe(202)
  expect((await run('remove', 'Loaded')).stdout).toBe('The hook Loaded is removed.\n')
  expect(await status()).toBe(404)
  expect((await run()).stdout).toContain('There is no hook yet.')
})

describe('bad input', () => {
  test.each([
    [['--style', 'gitlab'], { code: 'invalid_input', field: '--style', fix: containing('github') }],
    [['--from', 'days'], { code: 'invalid_input', field: '--from' }],
    [['--from', 'days=run/days'], { code: 'invalid_input', field: '--from' }],
    [['--from', 'weeks=/weeks'], { code: 'invalid_input', value: 'weeks' }],
    [['--param', 'weeks=1'], { code: 'invalid_parameters', value: 'weeks' }],
    [['--job-type', 'laod'], { code: 'not_found', fix: containing('load') }],
    [['--brand', 'Nobody'], { code: 'not_found', field: '--brand' }],
  ])('%j', async (flags, error) => {
    expect(errorOf(await create(...flags, '--json'))).toMatchObject(error)
    expect(documentOf(await run('--json'))).toEqual({ hooks: [] })
  })
})
