import { execFile } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { errorOf } from '../console/error-of.ts'

const run = promisify(execFile)
const parameters = {
  type: 'object',
  properties: {
    days: { type: 'integer', minimum: 1, maximum: 90, default: 7 },
    branch: { type: 'string' },
    region: { type: 'string', enum: ['eu', 'us'] },
  },
  additionalProperties: false,
}
const catalog = testCatalog({ datasets: { orders: {} }, jobTypes: { load: { datasets: ['orders'], parameters } } })
const mapping = { days: { pointer: '/days' }, branch: { pointer: '/push/ref' }, region: { value: 'eu' } }

let server: TestServer
let brand: Brand
beforeAll(async () => {
  server = await startTestServer({ limits: { refusals: 10_000 } }, { catalog })
})
afterAll(() => server.stop())
beforeEach(async () => {
  brand = await addOpenBrand(server.console.sql)
  await addAgent(server.console.sql, catalog, ['load'])
})
afterEach(() => server.console.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

type Mapping = Record<string, { pointer: string } | { value: number }>

interface Made {
  readonly id: string
  readonly secret: string
}

async function make(changes: { style?: 'standard' | 'github'; mapping?: Mapping } = {}): Promise<Made> {
  const { hook, secret } = await server.console.client.hooks.create({
    ...brand,
    name: 'Loaded',
    jobType: 'load',
    mapping,
    ...changes,
  })
  return { id: hook.id, secret }
}

const seconds = (): number => Math.floor(Date.now() / 1_000)

function signed(
  { secret }: Made,
  body: string | Uint8Array,
  { id = randomUUID(), at = String(seconds()) }: { id?: string; at?: string } = {},
): Record<string, string> {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,AAAA v1,${signature}` }
}

interface Answer {
  readonly status: number
  readonly body: {
    jobId?: string
    created?: boolean
    code?: string
    message?: string
    data?: { field: string; fix: string }
  }
  readonly headers: Headers
}

async function send(hook: { id: string }, headers: Record<string, string>, body: string | Uint8Array): Promise<Answer> {
  const sent = typeof body === 'string' ? body : new Blob([Uint8Array.from(body)])
  const answer = await fetch(`${server.url}/api/hooks/${hook.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: sent,
  })
  // What a test then looks at.
  return { status: answer.status, body: (await answer.json()) as Answer['body'], headers: answer.headers }
}

const jobs = async () =>
  (
    await server.console.sql.query<{
      id: string
      name: string
      parameters: unknown
      requested_by: string
      trigger_source: string
      status: string
      next_run_at: Date | null
    }>('select * from scheduled_jobs order by created_at')
  ).rows
const deliveries = async ({ id: hookId }: Made) =>
  (await server.console.client.hooks.deliveries({ organizationId: brand.organizationId, hookId })).deliveries

describe('a signed message', () => {
  const body = JSON.stringify({ days: 3, push: { ref: 'main' } })

  test('for a brand that is held is queued, waits, and its sender is told until when', async () => {
    const hook = await make()
    await server.console.client.holds.create({
      organizationId: brand.organizationId,
      endsAt: '2030-01-31T14:00:00Z',
      reason: 'migration',
    })
    const answer = await send(hook, signed(hook, body), body)
    expect(answer).toMatchObject({ status: 202, body: { created: true } })
    expect(answer.body.message).toContain('is queued; held until 2030-01-31 14:00 UTC by ')
    expect(await jobs()).toMatchObject([{ id: answer.body.jobId, status: 'active' }])
  })

  test('queues the job with mapped parameters, and is told what became of it', async () => {
    const hook = await make()
    const answer = await send(hook, signed(hook, body, { id: 'msg_1' }), body)
    expect(answer).toMatchObject({ status: 202, body: { created: true } })
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(await jobs()).toMatchObject([
      {
        id: answer.body.jobId,
        name: 'Loaded',
        trigger_source: 'api',
        requested_by: 'hook: Loaded',
        parameters: { days: 3, branch: 'main', region: 'eu' },
      },
    ])
    expect(await deliveries(hook)).toMatchObject([
      { messageId: 'msg_1', outcome: 'queued', reason: null, jobId: answer.body.jobId },
    ])
  })

  test('sent again is the same job, also signed anew, ten at once, and after the job is gone', async () => {
    const hook = await make()
    const headers = (): Record<string, string> => signed(hook, body, { id: 'msg_2' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(hook, headers(), body)))
    expect(new Set(answers.map(({ body: { jobId } }) => jobId)).size).toBe(1)
    expect(answers.filter(({ body: { created } }) => created)).toHaveLength(1)
    await server.console.sql.query('delete from scheduled_jobs')
    expect(await send(hook, headers(), body)).toMatchObject({ status: 200, body: { created: false } })
    expect(await jobs()).toEqual([])
  })

  test('J5: takes the place of a dead job of the hook that would do the same; what asked for something else stays', async () => {
    const { sql, client } = server.console
    const hook = await make()
    const bodies = [body, JSON.stringify({ days: 4, push: { ref: 'main' } })]
    for (const one of bodies) await send(hook, signed(hook, one), one)
    await sql.query(`update scheduled_jobs set next_run_at = null, last_run_status = 'failed'`)
    const [same, other] = await jobs()
    const ofAnother = await make()
    expect((await send(ofAnother, signed(ofAnother, body), body)).status).toBe(202)
    expect((await jobs()).map(({ status }) => status)).toEqual(['active', 'active', 'active'])
    const answer = await send(hook, signed(hook, body), body)
    expect(answer).toMatchObject({ status: 202, body: { created: true } })
    const states = new Map((await jobs()).map(({ id, status }) => [id, status]))
    expect([same?.id, other?.id, answer.body.jobId].map((id) => states.get(id ?? ''))).toEqual([
      'archived',
      'active',
      'active',
    ])
    const { organizationId } = brand
    await client.jobs.act({ organizationId, action: 'restore', jobs: [{ id: same?.id ?? '' }] })
    expect((await jobs()).find(({ id }) => id === same?.id)).toMatchObject({ status: 'active', next_run_at: null })
  })

  test('J5: a dead job of the hook whose outcome is unknown waits for a person', async () => {
    const { sql } = server.console
    const hook = await make()
    await send(hook, signed(hook, body), body)
    await sql.query(`
      with run as (
        insert into scheduled_job_runs (scheduled_job_id, status, problem, started_at, completed_at)
        select id, 'failed', 'outcome_unknown', now(), now() from scheduled_jobs returning id, scheduled_job_id
      )
      update scheduled_jobs job set next_run_at = null, last_run_status = 'failed', last_run_id = run.id
      from run where job.id = run.scheduled_job_id`)
    expect((await send(hook, signed(hook, body), body)).body).toMatchObject({ created: true })
    expect((await jobs()).map(({ status }) => status)).toEqual(['active', 'active'])
  })

  test('whose job type nobody knows is no stranger’s: it is refused as often as it comes', async () => {
    const strict = await startTestServer({ limits: { refusals: 1 } }, { catalog })
    try {
      const { sql, client } = strict.console
      const { hook, secret } = await client.hooks.create({
        ...(await addOpenBrand(sql)),
        name: 'Loaded',
        jobType: 'load',
        mapping,
      })
      await sql.query(`update hooks set job_type = 'of yesterday'`)
      const statuses: number[] = []
      for (let count = 0; count < 4; count += 1) {
        const headers = { 'content-type': 'application/json', ...signed({ id: hook.id, secret }, body) }
        const answer = await fetch(`${strict.url}/api/hooks/${hook.id}`, { method: 'POST', headers, body })
        statuses.push(answer.status)
      }
      expect(statuses).toEqual([404, 404, 404, 404])
    } finally {
      await strict.stop()
    }
  })

  test('GitHub’s style: the body is signed, and names the message', async () => {
    const hook = await make({ style: 'github' })
    const headers = (delivery: string): Record<string, string> => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
      'x-github-delivery': delivery,
    })
    expect((await send(hook, headers('one'), body)).status).toBe(202)
    expect((await send(hook, headers('another'), body)).status).toBe(200)
    expect(await jobs()).toHaveLength(1)
    expect(await deliveries(hook)).toMatchObject([{ messageId: 'one' }])
  })

  test('GitHub’s own question, when the webhook is made there, starts nothing', async () => {
    const hook = await make({ style: 'github' })
    const ping = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 1 })
    const headers = (signature: string): Record<string, string> => ({
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-delivery': 'one',
      'x-github-event': 'ping',
    })
    const signature = createHmac('sha256', hook.secret).update(ping).digest('hex')
    const answer = await send(hook, headers(signature), ping)
    expect([answer.status, answer.body]).toEqual([200, { jobId: null, created: false }])
    expect((await send(hook, headers('0'.repeat(64)), ping)).status).toBe(401)
    const place = { organizationId: brand.organizationId, hookId: hook.id }
    await server.console.client.hooks.update({ ...place, enabled: false })
    expect((await send(hook, headers(signature), ping)).status).toBe(409)
    expect(await jobs()).toEqual([])
  })

  test('as the README’s lines with openssl and curl sign it', async () => {
    const hook = await make()
    const script = `
      id=msg_$(date +%s); now=$(date +%s); body='{"days":2}'
      key=$(printf %s "$HOOK_SECRET" | sed 's/^whsec_//' | base64 -d | od -An -vtx1 | tr -d ' \\n')
      signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
      curl -fsS -X POST "$HOOK_URL" -H 'content-type: application/json' -H "webhook-id: $id" \\
        -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" --data-binary "$body"`
    const env = { ...process.env, HOOK_SECRET: hook.secret, HOOK_URL: `${server.url}/api/hooks/${hook.id}` }
    const { stdout } = await run('sh', ['-c', script], { env })
    expect(JSON.parse(stdout)).toMatchObject({ created: true })
    expect(await jobs()).toMatchObject([{ parameters: { days: 2, region: 'eu' } }])
  })
})

describe('bad input: refused, named, and nothing is queued', () => {
  const body = '{"days":3}'
  afterEach(async () => {
    if ((await jobs()).length > 0) throw new Error('A job was queued.')
  })

  test.each<[string, (hook: Made) => Record<string, string>, string]>([
    ['no signature', () => ({}), 'webhook-id'],
    ['a signature with another secret', (hook) => signed({ ...hook, secret: 'whsec_AAAA' }, body), 'webhook-signature'],
    ['a signature of another body', (hook) => signed(hook, '{"days":4}'), 'webhook-signature'],
    ['a signature of another id', (hook) => ({ ...signed(hook, body), 'webhook-id': 'other' }), 'webhook-signature'],
    ['a time of ten minutes ago', (hook) => signed(hook, body, { at: String(seconds() - 600) }), 'webhook-timestamp'],
    ['a time in ten minutes', (hook) => signed(hook, body, { at: String(seconds() + 600) }), 'webhook-timestamp'],
    ['no time', (hook) => signed(hook, body, { at: 'now' }), 'webhook-timestamp'],
    ['milliseconds', (hook) => signed(hook, body, { at: String(Date.now()) }), 'webhook-timestamp'],
    [
      'GitHub’s style where it is not asked for',
      ({ secret }) => ({ 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
      'webhook-id',
    ],
  ])('%s', async (_what, headers, field) => {
    const hook = await make()
    const answer = await send(hook, headers(hook), body)
    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED', data: { field } } })
    expect(answer.body.data?.fix).toMatch(/./)
    expect(await deliveries(hook)).toEqual([])
    const { hooks } = await server.console.client.hooks.list({ organizationId: brand.organizationId })
    expect(hooks[0]?.refusedBecause).toBe(answer.body.message)
  })

  test.each(['nobody', '00000000-0000-4000-8000-00000000cafe', '%00', 'a'.repeat(90)])(
    'an unknown hook: %s',
    async (id) => {
      const answer = await send({ id }, {}, body)
      expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND', data: { field: 'hook' } } })
    },
  )

  test.each<[string, string | Uint8Array, number, string]>([
    ['a number that is too large', '{"days":91}', 422, 'parameters.days'],
    ['text for a number', '{"days":"3"}', 422, 'parameters.days'],
    ['a cursed text', '{"push":{"ref":"\\u0000"}}', 422, 'parameters.branch'],
    ['broken JSON', '{"days":', 400, 'body'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'body'],
    ['too deep', '['.repeat(100) + ']'.repeat(100), 400, 'body'],
  ])('%s', async (_what, sent, status, field) => {
    const hook = await make()
    const answer = await send(hook, signed(hook, sent), sent)
    expect(answer).toMatchObject({ status, body: { data: { field } } })
    expect(await deliveries(hook)).toMatchObject([{ outcome: 'refused', jobId: null }])
  })

  test('10 MB', async () => {
    const hook = await make()
    const large = JSON.stringify({ days: 3, rest: 'x'.repeat(10 * 1024 * 1024) })
    expect(await send(hook, signed(hook, large), large)).toMatchObject({ status: 413, body: { code: 'INVALID_INPUT' } })
  })

  test('switched off, removed, of an archived brand, of an organization without the section', async () => {
    const hook = await make()
    const place = { organizationId: brand.organizationId, hookId: hook.id }
    const status = async (): Promise<number> => (await send(hook, signed(hook, body), body)).status
    await server.console.client.hooks.update({ ...place, enabled: false })
    expect(await status()).toBe(409)
    await server.console.client.hooks.update({ ...place, enabled: true })
    await server.console.client.hooks.remove(place)
    expect(await status()).toBe(404)
    await server.console.client.hooks.restore(place)
    await server.console.sql.query('update brands set archived_at = now()')
    expect(await status()).toBe(409)
    await server.console.sql.query('update brands set archived_at = null')
    await server.console.sql.query('update organization_features set enabled = false')
    expect(await status()).toBe(403)
  })

  test('an old secret after a new one; a secret that another installation has sealed', async () => {
    const hook = await make()
    await server.console.client.hooks.renewSecret({ organizationId: brand.organizationId, hookId: hook.id })
    expect((await send(hook, signed(hook, body), body)).status).toBe(401)
    await server.console.sql.query(`update hooks set sealed_secret = sealed_secret || '\\x00'`)
    expect(await send(hook, signed(hook, body), body)).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
  })

  test.each(['GET', 'PUT', 'DELETE'])('%s, and addresses beside it: 404', async (method) => {
    const { id } = await make()
    for (const path of [`/api/hooks/${id}`, '/api/hooks', `/api/hooks/${id}/deliveries`]) {
      const answer = await fetch(`${server.url}${path}`, { method })
      expect([path, answer.status]).toEqual([path, 404])
      await answer.body?.cancel()
    }
  })
})

test('a message that was refused is taken once the hook is mended', async () => {
  const hook = await make({ mapping: { days: { pointer: '/count' } } })
  const body = '{"count":"many","days":5}'
  const headers = signed(hook, body)
  expect((await send(hook, headers, body)).status).toBe(422)
  const place = { organizationId: brand.organizationId, hookId: hook.id }
  await server.console.client.hooks.update({ ...place, mapping: { days: { pointer: '/days' } } })
  expect((await send(hook, headers, body)).status).toBe(202)
  expect((await deliveries(hook)).map(({ outcome }) => outcome)).toEqual(['queued', 'refused'])
})

describe('made and changed', () => {
  test('bad input 37: a name that looks like another one', async () => {
    const request = { ...brand, name: 'Load\u202eed', jobType: 'load' }
    expect(await errorOf(server.console.client.hooks.create(request))).toMatchObject({ data: { field: 'name' } })
  })

  test('the secret is shown once and is nowhere in the clear', async () => {
    const hook = await make()
    const listed = await server.console.client.hooks.list({ organizationId: brand.organizationId })
    expect(JSON.stringify(listed)).not.toContain(hook.secret)
    const { rows } = await server.console.sql.query<{ text: string }>(
      `select (select string_agg(hooks::text || encode(sealed_secret, 'escape'), '') from hooks)
        || (select string_agg(operator_actions::text, '') from operator_actions) as text`,
    )
    expect(rows[0]?.text).not.toContain(hook.secret.slice(6))
  })

  test.each<[string, Mapping, string]>([
    ['a parameter that the job type does not have', { dayz: { value: 1 } }, 'mapping.dayz'],
    ['what is no pointer', { days: { pointer: 'days' } }, 'mapping.days.pointer'],
  ])('bad input: %s', async (_what, wrong, field) => {
    const error = await errorOf(make({ mapping: wrong }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT' })
    expect(JSON.stringify(error)).toContain(field.split('.')[1])
  })
})
