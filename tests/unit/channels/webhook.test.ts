import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { openWebhook } from '../../../agent/incidents/channels/webhook.ts'
import { matching } from '../../integration/cli/matchers.ts'
import { type SeenRequest, startServer, type TestServer } from '../../support/http-server.ts'
import { deliver, deliveryOf, messageOf, testPlace } from '../../support/messages.ts'
import { failureOf } from './failure-of.ts'

const secret = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`
const spec = { webhook: { url_env: 'PAGER_URL', secret_env: 'PAGER_SECRET' } }
const path = '/hooks/0123456789abcdef0123456789'

function webhookTo(server: Pick<TestServer, 'host'>, key = secret) {
  const environment = { PAGER_URL: `http://${server.host}${path}`, PAGER_SECRET: key }
  const { place, masker } = testPlace(environment, { httpAllowHosts: [server.host] })
  return { channel: openWebhook(spec, place), masker }
}

/** As the README tells receivers to do it. */
function isGenuine(headers: IncomingHttpHeaders, body: string, key: Buffer): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  const given = String(headers['webhook-signature'])
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

const ok: RequestListener = (_request, response) => response.end('thanks')
const only = (seen: readonly SeenRequest[]): SeenRequest => {
  const [first, ...others] = seen
  if (first === undefined || others.length > 0) throw new Error(`expected one request, got ${seen.length}`)
  return first
}

describe('a webhook', () => {
  test.each(['user:canary-pw', 'user', ':canary-pw'])(
    'a URL with the login %s@ is refused, because it would not be sent',
    (login) => {
      const { place } = testPlace(
        { PAGER_URL: `https://${login}@pager.example.com/x`, PAGER_SECRET: secret },
        { httpAllowHosts: ['pager.example.com'] },
      )
      const open = () => openWebhook(spec, place)
      expect(open).toThrow(/PAGER_URL has a login/)
      expect(open).not.toThrow(/canary/)
    },
  )

  test('tells a program what happened, signed over id, time and body', async () => {
    await using server = await startServer(ok)
    expect(await deliver(webhookTo(server).channel)).toBe('200 OK: thanks')
    const { method, url, headers, body } = only(server.seen)
    expect([method, url, headers['content-type']]).toEqual(['POST', path, 'application/json'])
    expect(headers['webhook-id']).toBe(deliveryOf().id)
    expect(headers['webhook-timestamp']).toBe('1795694400')
    expect(isGenuine(headers, body, Buffer.from('a key of twenty-four bytes'))).toBe(true)
    expect(isGenuine(headers, `${body} `, Buffer.from('a key of twenty-four bytes'))).toBe(false)
    expect(JSON.parse(body)).toMatchObject({
      id: deliveryOf().id,
      type: 'opened',
      title: 'Stale dataset: orders of Birch Coffee',
      url: 'https://ops.example.com/incidents/5f0c4a3e-7f43-4c52-9d0e-6a1f3a7c2b90',
      organization: { name: 'Example Agency' },
      incidents: [{ kind: 'dataset_stale', severity: 'problem', brand: 'Birch Coffee', nextStep: 'Run load_orders.' }],
    })
  })

  test('a second try has the same id and body and a new time, so that it can be told from an old one played back', async () => {
    await using server = await startServer(ok)
    const { channel } = webhookTo(server)
    await deliver(channel)
    await deliver(channel, deliveryOf(messageOf(), { sentAt: new Date('2026-11-26T12:05:00Z') }))
    const [first, second] = server.seen
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp'])
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature'])
  })

  test('a secret that is plain text is used as it is', async () => {
    await using server = await startServer(ok)
    await deliver(webhookTo(server, 'a plain secret of some length').channel)
    const { headers, body } = only(server.seen)
    expect(isGenuine(headers, body, Buffer.from('a plain secret of some length'))).toBe(true)
  })

  test.each([
    [408, true],
    [429, true],
    [500, true],
    [503, true],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
  ])('an answer %i: worth another try: %s', async (status, isWorthAnotherTry) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end('no'))
    const failure = await failureOf(deliver(webhookTo(server).channel))
    expect(failure).toMatchObject({
      isWorthAnotherTry,
      answer: matching(new RegExp(`^${status} .*: no$`)),
    })
    expect(failure.message).toContain(`${server.host} answered ${status}`)
    expect(failure.message).not.toContain('hooks')
  })

  test('Retry-After is handed on', async () => {
    await using server = await startServer((_request, response) =>
      response.writeHead(429, { 'retry-after': '17' }).end(),
    )
    expect(await failureOf(deliver(webhookTo(server).channel))).toMatchObject({ retryAfterMs: 17_000 })
  })

  test('a redirect is not followed: what is signed for one place is not carried to another', async () => {
    await using elsewhere = await startServer(ok)
    await using server = await startServer((_request, response) =>
      response.writeHead(307, { location: `http://${elsewhere.host}/` }).end(),
    )
    const failure = await failureOf(deliver(webhookTo(server).channel))
    expect(failure.isWorthAnotherTry).toBe(false)
    expect(failure.message).toContain('redirects are not followed')
    expect(elsewhere.seen).toEqual([])
  })

  test('fault 27: a broken connection is worth another try', async () => {
    await using server = await startServer((request) => request.socket.destroy())
    expect(await failureOf(deliver(webhookTo(server).channel))).toMatchObject({ isWorthAnotherTry: true, answer: null })
    const gone = { host: server.host }
    await server[Symbol.asyncDispose]()
    expect(await failureOf(deliver(webhookTo(gone).channel))).toMatchObject({ isWorthAnotherTry: true })
  })

  test('fault 27: the other side hangs: it is given up when the time is over', async () => {
    await using server = await startServer(() => undefined)
    const abort = new AbortController()
    const told = deliver(webhookTo(server).channel, deliveryOf(), abort.signal)
    abort.abort(new Error('late'))
    await expect(told).rejects.toThrow('late')
  })

  test('bad input 34: an endless answer is not read to its end', async () => {
    await using server = await startServer((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(64 * 1024)));
        response.once('drain', more)
      }
      more()
    })
    const answer = await deliver(webhookTo(server).channel)
    expect(answer.length).toBeLessThan(20_000)
  })

  test('bad input 36: what is in it is data, whatever it looks like', async () => {
    await using server = await startServer(ok)
    await deliver(webhookTo(server).channel, deliveryOf(messageOf({ summary: '"},{"type":"resolved"\u0000<script>' })))
    const { body } = only(server.seen)
    expect(JSON.parse(body)).toMatchObject({
      type: 'opened',
      incidents: [{ summary: '"},{"type":"resolved"\u0000<script>' }],
    })
  })

  test('secrets: the URL, its path and the key are masked wherever they turn up', () => {
    const { masker } = webhookTo({ host: '127.0.0.1:9' })
    for (const text of [`http://127.0.0.1:9${path}`, path, '0123456789abcdef0123456789', secret]) {
      expect(masker.mask(`said ${text} back`)).toBe('said *** back')
    }
  })
})

describe('§2.5: a webhook goes only where the local file allows', () => {
  const opened = (url: string, httpAllowHosts: string[]) => () =>
    openWebhook(spec, testPlace({ PAGER_URL: url, PAGER_SECRET: secret }, { httpAllowHosts }).place)

  test.each([
    ['a host that is not in the list', 'https://hooks.example.com/x', [], 'add', 'hooks.example.com'],
    ['another port', 'https://hooks.example.com:8443/x', ['hooks.example.com'], 'add', 'hooks.example.com:8443'],
    ['no URL', 'hooks.example.com', [], 'begin with https:// or http://', 'PAGER_URL'],
    ['a file', 'file:///etc/passwd', [], 'begin with', 'PAGER_URL'],
  ])('%s is refused when the channel is opened', (_what, url, list, fix, named) => {
    expect(opened(url, list)).toThrow(named)
    expect(opened(url, list)).toThrow(new RegExp(fix, 'i'))
  })

  test.each([
    ['PAGER_URL', { PAGER_SECRET: secret }, 'PAGER_URL is not set'],
    ['PAGER_SECRET', { PAGER_URL: 'https://hooks.example.com/' }, 'PAGER_SECRET is not set'],
    ['a short secret', { PAGER_URL: 'https://hooks.example.com/', PAGER_SECRET: 'short' }, 'shorter than 16 bytes'],
  ])('%s: said by its name, never by its value', (_what, environment, said) => {
    const { place } = testPlace(environment, { httpAllowHosts: ['hooks.example.com'] })
    expect(() => openWebhook(spec, place)).toThrow(said)
  })
})
