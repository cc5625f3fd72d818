import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { createHttpExecutor, type HttpOptions, httpSpec } from '../../../agent/jobs/executors/http.ts'
import { isHostAllowed, permittedAddresses } from '../../../agent/jobs/executors/http-hosts.ts'
import { TestClock } from '../../support/clock.ts'
import { startServer } from '../../support/http-server.ts'
import { rejection, type TestStep, testStep } from './step-context.ts'

type WrittenSpec = z.input<typeof httpSpec>['http']
const environment = { HOOKS_TOKEN: 'Bearer canary-7f3a91', ODD: 'a\nb' }
const credentials = new Map([
  ['hooks', { header: 'Authorization', valueEnv: 'HOOKS_TOKEN' }],
  ['unset', { header: 'Authorization', valueEnv: 'NOT_SET' }],
  ['odd', { header: 'Authorization', valueEnv: 'ODD' }],
])

function send(
  http: WrittenSpec,
  allowHosts: string[],
  step: TestStep = testStep({ environment }),
  more: Partial<HttpOptions> = {},
) {
  const options = {
    environment,
    credentials,
    allowHosts,
    clock: new TestClock(),
    random: () => 0,
    firstWaitMs: 1,
    ...more,
  }
  return createHttpExecutor(options)(httpSpec.parse({ http }), step.context)
}

describe('the request', () => {
  test('fills templates in path, query, headers and body; values cannot leave their place', async () => {
    await using server = await startServer((_request, response) => response.end('{}'))
    const step = testStep({ parameters: { id: 'a/b?c#d&e', days: 7, note: 'hello' } })
    const http = {
      method: 'POST',
      url: `http://${server.host}/x/{{ parameters.id }}?days={{ parameters.days }}&id={{ parameters.id }}`,
      headers: { 'X-Run': '{{ run.id }}', 'X-First': '{{ run.first_id }}' },
      body: { days: '{{ parameters.days }}', text: 'ran {{ parameters.note }}', list: [null, '{{ run.attempt }}'] },
    } as const
    const result = await send({ ...http, body: { ...http.body, list: [...http.body.list] } }, [server.host], step)
    expect(result).toEqual({ recordsAffected: null, metadata: { http_status: 200 } })
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/x/a%2Fb%3Fc%23d%26e?days=7&id=a%2Fb%3Fc%23d%26e' })
    expect(server.seen[0]?.headers).toMatchObject({
      'x-run': 'run-1',
      'x-first': 'run-0',
      'content-type': 'application/json',
    })
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ days: 7, text: 'ran hello', list: [null, 2] })
  })

  test.each([['..'], ['.']])('a value of %j in the path is refused', async (value) => {
    const step = testStep({ parameters: { value } })
    const failure = await rejection(send({ url: 'http://127.0.0.1/a/{{ parameters.value }}/b' }, ['127.0.0.1'], step))
    expect(failure).toMatchObject({ kind: 'invalid_parameters' })
  })

  test('a value cannot add a header', async () => {
    const step = testStep({ parameters: { value: 'x\r\nAuthorization: y' } })
    const http = { url: 'http://127.0.0.1/', headers: { 'x-value': '{{ parameters.value }}' } }
    expect(await rejection(send(http, ['127.0.0.1'], step))).toMatchObject({ kind: 'invalid_parameters' })
  })

  test.each([
    ['a template for a host', { url: 'https://{{ parameters.host }}/x' }],
    ['a template in a host', { url: 'https://x{{ parameters.host }}.example.com/x' }],
    ['a template for a scheme', { url: '{{ parameters.scheme }}://example.com/x' }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['javascript', { url: 'javascript:alert(1)' }],
    ['a login in the URL', { url: 'https://user:pw@example.com/' }],
    ['a host header', { url: 'https://example.com/', headers: { Host: 'other' } }],
    ['an unknown field', { url: 'https://example.com/', verify: false }],
    ['a method in small letters', { url: 'https://example.com/', method: 'get' }],
  ])('the file may not have %s', (_what, http) => {
    expect(httpSpec.safeParse({ http }).success).toBe(false)
  })
})

describe('credentials', () => {
  test('are sent, and masked everywhere', async () => {
    await using server = await startServer((request, response) => {
      response.statusCode = 422
      response.end(`you sent ${request.headers.authorization}`)
    })
    const step = testStep({ environment })
    const url = `http://${server.host}/?access_token=abcdef`
    const failure = await rejection(send({ url, credential: 'hooks' }, [server.host], step))
    expect(server.seen[0]?.headers.authorization).toBe('Bearer canary-7f3a91')
    expect(step.secrets.mask(String(failure))).not.toContain('canary')
    expect(step.messages().join('\n')).not.toMatch(/canary|abcdef/)
  })

  test('a token is masked as well when the other side names it without its scheme', async () => {
    await using server = await startServer((request, response) => {
      response.statusCode = 401
      response.end(`The access key ${(request.headers.authorization ?? '').replace('Bearer ', '')} is not valid`)
    })
    const step = testStep({ environment })
    const failure = await rejection(send({ url: `http://${server.host}/`, credential: 'hooks' }, [server.host], step))
    expect(String(failure)).toContain('The access key canary-7f3a91')
    expect(step.secrets.mask(String(failure))).not.toContain('canary')
    expect(step.messages().join('\n')).not.toContain('canary')
  })

  test.each([
    ['unset', 'credential "unset" has no value: set NOT_SET in the agent\'s environment'],
    ['odd', 'credential "odd" has characters a header cannot carry: check ODD'],
    ['missing', 'credential "missing" is not in the catalog'],
  ])('%s: configuration', async (credential, message) => {
    const failure = await rejection(send({ url: 'http://127.0.0.1/', credential }, ['127.0.0.1']))
    expect(failure).toMatchObject({ kind: 'configuration', message })
  })
})

describe('where it may connect', () => {
  test('only to listed hosts and ports, exactly', async () => {
    const failure = await rejection(
      send({ url: 'https://api.example.com:8443/x' }, ['api.example.com', 'example.com:8443']),
    )
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain('add "api.example.com:8443"')
  })

  test.each([
    ['https://api.example.com/', ['api.example.com'], true],
    ['https://API.example.com:443/', ['api.example.com'], true],
    ['https://api.example.com/', ['api.example.com:443'], true],
    ['https://api.example.com:8443/', ['api.example.com'], false],
    ['https://xapi.example.com/', ['api.example.com'], false],
    ['https://api.example.com.evil.test/', ['api.example.com'], false],
    ['http://2130706433/', ['127.0.0.1'], true],
    ['http://2130706433/', ['example.com'], false],
    ['http://[::1]:4180/', ['[::1]:4180'], true],
    ['http://a/', ['', '/', '*', 'a/b', 'x@a'], false],
  ])('%s with %j: %s', (url, allowHosts, allowed) => {
    expect(isHostAllowed(new URL(url), allowHosts)).toBe(allowed)
  })

  test.each([
    ['http://localhost:4180/', ['localhost:4180']],
    ['http://127.0.0.1:4180/', ['127.0.0.1:4180']],
    ['http://10.1.2.3/', ['10.1.2.3']],
    ['https://93.184.215.14/', []],
    ['https://[2606:4700::1111]/', []],
    ['https://[64:ff9b::5db8:d70e]/', []],
  ])('%s with %j is connected to', async (url, allowHosts) => {
    expect((await permittedAddresses(new URL(url), allowHosts)).length).toBeGreaterThan(0)
  })

  test.each([
    ['http://127.0.0.1/', ['127.0.0.1:4180']],
    ['http://10.1.2.3/', []],
    ['http://169.254.169.254/latest', []],
    ['http://100.64.0.1/', []],
    ['http://0.0.0.0/', []],
    ['http://[::1]/', []],
    ['http://[::ffff:7f00:1]/', []],
    ['http://[64:ff9b::7f00:1]/', []],
    ['http://[fd00::1]/', []],
  ])('%s with %j is a private address that nobody allowed', async (url, allowHosts) => {
    expect(await rejection(permittedAddresses(new URL(url), allowHosts))).toMatchObject({ kind: 'configuration' })
  })
})

describe('a name that leads into a private network', () => {
  const url = new URL('http://warehouse.example.com:8080/')
  const at =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: 4 }))

  test('is refused, with the entry that would allow it', async () => {
    const failure = await rejection(permittedAddresses(url, ['warehouse.example.com:8080'], at('10.1.2.3')))
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(String(failure)).toContain('add "10.1.2.3:8080" to http.allow_hosts')
  })

  test('is allowed with that entry, and only to that address', async () => {
    const allowHosts = ['warehouse.example.com:8080', '10.1.2.3:8080']
    expect(await permittedAddresses(url, allowHosts, at('10.1.2.3', '10.1.2.4'))).toEqual([
      { address: '10.1.2.3', family: 4 },
    ])
  })
})

describe('redirects', () => {
  test('are followed to listed hosts; the credential stays with the first', async () => {
    await using last = await startServer((_request, response) => response.end('{"n":3}'))
    await using first = await startServer((request, response) => {
      const location = request.url === '/a' ? '/b' : `http://${last.host}/c`
      response.writeHead(302, { location }).end()
    })
    const http = { url: `http://${first.host}/a`, credential: 'hooks', records: '/n', headers: { Cookie: 'x=y' } }
    expect(await send(http, [first.host, last.host])).toMatchObject({ recordsAffected: 3 })
    expect(first.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer canary-7f3a91'))
    expect(last.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(last.seen[0]?.headers).not.toHaveProperty('cookie')
  })

  test('to an unlisted host are refused, and nothing is sent there', async () => {
    await using other = await startServer((_request, response) => response.end())
    await using first = await startServer((_request, response) => {
      response.writeHead(307, { location: `http://${other.host}/` }).end()
    })
    const failure = await rejection(send({ method: 'POST', url: `http://${first.host}/`, body: {} }, [first.host]))
    // Whoever redirected it has had it.
    expect(failure).toMatchObject({ kind: 'outcome_unknown' })
    expect(other.seen).toEqual([])
    const asked = await rejection(send({ url: `http://${first.host}/` }, [first.host]))
    expect(asked).toMatchObject({ kind: 'configuration' })
  })

  test('without end are given up after three', async () => {
    await using server = await startServer((_request, response) => response.writeHead(301, { location: '/' }).end())
    const failure = await rejection(send({ url: `http://${server.host}/` }, [server.host]))
    expect(failure).toMatchObject({ kind: 'configuration' })
    expect(server.seen).toHaveLength(4)
  })

  test('POST becomes GET after 303 and stays POST, with its body, after 307', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/see') response.writeHead(303, { location: '/end' }).end()
      else if (request.url === '/same') response.writeHead(307, { location: '/end' }).end()
      else response.end()
    })
    for (const path of ['/see', '/same']) {
      await send({ method: 'POST', url: `http://${server.host}${path}`, body: 1 }, [server.host])
    }
    const ends = server.seen.filter(({ url }) => url === '/end')
    expect(ends.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['POST', '1'],
    ])
  })

  test.each([301, 302, 303])('a POST that %i answered is not sent again for what comes then', async (redirect) => {
    const gone = await startServer((_request, response) => response.end())
    await gone[Symbol.asyncDispose]()
    await using next = await startServer((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { 'retry-after': '3600' }).end()
    })
    for (const to of [gone.host, `${next.host}/503`, `${next.host}/429`]) {
      await using first = await startServer((_request, response) => {
        response.writeHead(redirect, { location: `http://${to}` }).end()
      })
      const failure = await rejection(
        send({ method: 'POST', url: `http://${first.host}/`, body: 1 }, [first.host, next.host, gone.host]),
      )
      expect(failure).toMatchObject({ kind: 'retryable' })
      expect(String(failure)).toContain('not known whether')
      expect(first.seen.map(({ method }) => method)).toEqual(['POST'])
    }
    expect(next.seen.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  test.each([
    ['a place that wants a login', '/401'],
    ['a place that is not there', '/404'],
    ['a place that finds it wrong', '/422'],
    ['a host that is not allowed', 'http://elsewhere.example.com/'],
    ['a place that is no URL', 'http://'],
    ['itself, without end', '/'],
  ])('money: of a POST that is redirected to %s it is not known whether it was done', async (_what, location) => {
    await using server = await startServer((request, response) => {
      if (request.url === '/') response.writeHead(307, { location }).end()
      else response.writeHead(Number(request.url?.slice(1))).end()
    })
    const failure = await rejection(send({ method: 'POST', url: `http://${server.host}/`, body: 1 }, [server.host]))
    expect(failure).toMatchObject({ kind: 'outcome_unknown' })
    expect(String(failure)).toContain('not known whether')
    const repeatable = await rejection(send({ method: 'PUT', url: `http://${server.host}/`, body: 1 }, [server.host]))
    expect(repeatable).not.toMatchObject({ kind: 'outcome_unknown' })
  })

  test('a GET is sent again, wherever it was sent on to', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/end' }).end()
      else response.writeHead(503).end()
    })
    await rejection(send({ url: `http://${server.host}/` }, [server.host]))
    expect(server.seen.filter(({ url }) => url === '/')).toHaveLength(3)
  })

  test.each(['ftp://example.com/', 'http://'])('to %s are refused', async (location) => {
    await using server = await startServer((_request, response) => response.writeHead(302, { location }).end())
    expect(await rejection(send({ url: `http://${server.host}/` }, [server.host]))).toMatchObject({
      kind: 'configuration',
    })
  })
})

describe('fault 27: what an answer means', () => {
  test.each([
    [401, 'GET', 'configuration', 1],
    [403, 'GET', 'configuration', 1],
    [404, 'GET', 'configuration', 1],
    [409, 'GET', 'invalid_parameters', 1],
    [422, 'POST', 'invalid_parameters', 1],
    [304, 'GET', 'configuration', 1],
    [408, 'GET', 'retryable', 3],
    [429, 'POST', 'retryable', 3],
    [500, 'GET', 'retryable', 3],
    [503, 'POST', 'retryable', 3],
    [500, 'POST', 'retryable', 1],
    [502, 'PATCH', 'retryable', 1],
    [502, 'PUT', 'retryable', 3],
  ] as const)('%i to %s is %s after %i tries', async (status, method, kind, tries) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end('because'))
    const failure = await rejection(send({ method, url: `http://${server.host}/` }, [server.host]))
    expect(failure).toMatchObject({ kind })
    expect(String(failure)).toContain(`answered ${status}`)
    expect(server.seen).toHaveLength(tries)
  })

  test('a later try that succeeds is a success', async () => {
    let left = 2
    await using server = await startServer((_request, response) => {
      left -= 1
      response.writeHead(left >= 0 ? 503 : 200, { 'retry-after': '0' }).end()
    })
    expect(await send({ url: `http://${server.host}/` }, [server.host])).toMatchObject({
      metadata: { http_status: 200 },
    })
    expect(server.seen).toHaveLength(3)
  })

  test.each([
    ['3600', 3_600_000],
    ['Mon, 02 Mar 2026 13:00:00 GMT', 3_600_000],
    ['999999999', 86_400_000],
  ])('429 with Retry-After %s snoozes the run', async (header, retryAfterMs) => {
    await using server = await startServer((_request, response) =>
      response.writeHead(429, { 'retry-after': header }).end(),
    )
    const failure = await rejection(send({ url: `http://${server.host}/` }, [server.host]))
    expect(failure).toMatchObject({ kind: 'rate_limited', retryAfterMs })
    expect(server.seen).toHaveLength(1)
  })

  test('expect_status decides what is right', async () => {
    await using server = await startServer((_request, response) => response.writeHead(404).end())
    expect(await send({ url: `http://${server.host}/`, expect_status: [204, 404] }, [server.host])).toBeTruthy()
    await rejection(send({ url: `http://${server.host}/`, expect_status: 200 }, [server.host]))
  })

  test('no connection is retried, also for POST', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo // it listens on a port
    closed.close()
    await once(closed, 'close')
    const step = testStep()
    const http = { method: 'POST', url: `http://127.0.0.1:${port}/` } as const
    const failure = await rejection(send(http, [`127.0.0.1:${port}`], step))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect(String(failure)).toContain('ECONNREFUSED')
    expect(step.messages().filter((line) => line.includes('next try'))).toHaveLength(2)
  })

  test('a POST whose connection breaks after it was sent is not repeated within the step', async () => {
    await using server = await startServer((request) => request.socket.destroy())
    const failure = await rejection(send({ method: 'POST', url: `http://${server.host}/` }, [server.host]))
    expect(String(failure)).toContain('it is not known whether it was done')
    expect(server.seen).toHaveLength(1)
  })

  test('no answer within timeout_seconds, and half an answer, are failures', async () => {
    await using silent = await startServer((request, response) => {
      if (request.url === '/half') response.writeHead(200).write('half')
    })
    for (const path of ['/none', '/half']) {
      const http = { method: 'POST', url: `http://${silent.host}${path}`, timeout_seconds: 0.1 } as const
      expect(String(await rejection(send(http, [silent.host])))).toContain('gave no answer within 0.1 s')
    }
  })

  test('J11: abort ends the request, and the wait between tries', async () => {
    const step = testStep()
    await using server = await startServer(() => step.abort.abort(new Error('somebody cancelled')))
    const failure = await rejection(send({ url: `http://${server.host}/` }, [server.host], step))
    expect(String(failure)).toContain('was stopped: somebody cancelled')

    const waiting = testStep()
    await using busy = await startServer((_request, response) => {
      response
        .writeHead(503, { 'retry-after': '29' })
        .end(() => setImmediate(() => waiting.abort.abort(new Error('enough'))))
    })
    expect(String(await rejection(send({ url: `http://${busy.host}/` }, [busy.host], waiting)))).toContain('enough')
  })
})

describe('F8: records from the answer', () => {
  test.each([
    ['/data/count', '{"data":{"count":120}}', 120],
    ['/items', '{"items":[1,2,3]}', 3],
    ['', '[1,2]', 2],
    ['/a~1b/0/c~0d', '{"a/b":[{"c~d":5}]}', 5],
  ])('%s of %s', async (records, body, count) => {
    await using server = await startServer((_request, response) => response.end(body))
    expect(await send({ url: `http://${server.host}/`, records }, [server.host])).toMatchObject({
      recordsAffected: count,
    })
  })

  test.each([
    ['/count', '{"count":"120"}', 'configuration'],
    ['/count', '{"count":-1}', 'configuration'],
    ['/count', '{}', 'configuration'],
    ['/__proto__', '{}', 'configuration'],
    ['/count', '<html>', 'retryable'],
    ['/count', `{"count":1,"rest":"${'x'.repeat(2_000)}"}`, 'configuration'],
  ])('%s of %s fails', async (records, body, kind) => {
    await using server = await startServer((_request, response) => response.end(body))
    const sent = send({ url: `http://${server.host}/`, records }, [server.host], testStep(), {
      maxResponseBytes: 1_000,
    })
    expect(await rejection(sent)).toMatchObject({ kind })
  })

  test('an answer over the cap is not read to its end when nothing is counted in it', async () => {
    await using server = await startServer((_request, response) => {
      const write = () => response.write('x'.repeat(64 * 1024), (error) => (error ? undefined : setImmediate(write)))
      write()
    })
    expect(await send({ url: `http://${server.host}/` }, [server.host])).toMatchObject({ recordsAffected: null })
  })
})
