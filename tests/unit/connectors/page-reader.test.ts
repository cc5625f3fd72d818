import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { createGuardedFetch, type GuardedFetch } from '../../../agent/connectors/download/guarded-fetch.ts'
import { PageReader } from '../../../agent/connectors/web/page-reader.ts'
import { systemClock } from '../../../shared/clock.ts'
import { startServer, type TestServer } from '../../support/http-server.ts'
import { rejection } from '../executors/step-context.ts'

const opened: AsyncDisposable[] = []
const guards: GuardedFetch[] = []
afterEach(async () => {
  for (const guard of guards.splice(0)) await guard.stop()
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

async function serve(answer: RequestListener): Promise<TestServer> {
  const server = await startServer(answer)
  opened.push(server)
  return server
}

/** Pages by path; `/robots.txt` among them, or none. */
function site(pages: Readonly<Record<string, string>>): RequestListener {
  return (request, response) => {
    const body = pages[request.url ?? '']
    if (body === undefined) response.writeHead(404, { 'content-type': 'text/html' }).end('<title>Gone</title>')
    else response.writeHead(200, { 'content-type': 'text/html' }).end(body)
  }
}

function reader(allowHosts: readonly string[], signal = new AbortController().signal, timeoutMs = 20_000): PageReader {
  const guarded = createGuardedFetch({ allowHosts })
  guards.push(guarded)
  return new PageReader({
    fetch: guarded.fetch,
    agent: { name: 'PipelineManager', version: '1.0' },
    pauseMs: 0,
    mostBytes: 100_000,
    timeoutMs,
    signal,
    clock: systemClock,
  })
}

test('a page has status, title, hash and size; robots.txt is asked once for each host, and who asks says so', async () => {
  const page = '<title>Product</title>'
  const server = await serve(site({ '/p': page }))
  const reading = reader([server.host])
  expect(await reading.read(`http://${server.host}/p`)).toEqual({
    outcome: 'fetched',
    status: 200,
    finalUrl: `http://${server.host}/p`,
    title: 'Product',
    contentType: 'text/html',
    sha256: createHash('sha256').update(page).digest('hex'),
    bytes: page.length,
    problem: null,
  })
  expect(await reading.read(`http://${server.host}/q`)).toMatchObject({
    outcome: 'fetched',
    status: 404,
    title: 'Gone',
  })
  expect(server.seen.map(({ url }) => url)).toEqual(['/robots.txt', '/p', '/q'])
  expect(server.seen[1]?.headers['user-agent']).toBe('PipelineManager/1.0')
})

test('what robots.txt asks to leave alone is not asked for', async () => {
  const server = await serve(site({ '/robots.txt': 'User-agent: *\nDisallow: /no', '/no': 'x' }))
  expect(await reader([server.host]).read(`http://${server.host}/no`)).toMatchObject({
    outcome: 'not_allowed',
    problem: `robots.txt of ${server.host} asks to leave this page alone`,
  })
  expect(server.seen.map(({ url }) => url)).toEqual(['/robots.txt'])
})

test('a robots.txt that stands elsewhere is found there; one that leads in a circle is as none', async () => {
  const server = await serve((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(301, { location: '/moved.txt' }).end()
    else if (request.url === '/moved.txt') response.writeHead(200).end('User-agent: *\nDisallow: /no')
    else response.writeHead(200).end('x')
  })
  const circle = await serve((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(302, { location: '/robots.txt' }).end()
    else response.writeHead(200).end('x')
  })
  const reading = reader([server.host, circle.host])
  expect(await reading.read(`http://${server.host}/no`)).toMatchObject({ outcome: 'not_allowed' })
  expect(await reading.read(`http://${server.host}/yes`)).toMatchObject({ outcome: 'fetched' })
  expect(await reading.read(`http://${circle.host}/no`)).toMatchObject({ outcome: 'fetched' })
})

test('a host whose robots.txt cannot be read is left alone for now', async () => {
  const server = await serve((_request, response) => response.writeHead(503).end())
  expect(await reader([server.host]).read(`http://${server.host}/p`)).toMatchObject({ outcome: 'failed' })
  expect(server.seen).toHaveLength(1)
})

test('one request at a time for a host, however many want it', async () => {
  let open = 0
  let most = 0
  const server = await serve((_request, response) => {
    open += 1
    most = Math.max(most, open)
    setImmediate(() => {
      open -= 1
      response.writeHead(200).end('x')
    })
  })
  const reading = reader([server.host])
  await Promise.all(['/1', '/2', '/3', '/4'].map((path) => reading.read(`http://${server.host}${path}`)))
  expect([most, server.seen.length]).toEqual([1, 5])
})

test('bad input: a redirect into the private network, around in circles, or to no web page is refused', async () => {
  const secret = await serve(site({ '/': 'secret' }))
  const server = await serve((request, response) => {
    const to = { '/in': `http://${secret.host}/`, '/circle': '/circle', '/mail': 'mailto:a@example.com' }[
      request.url ?? ''
    ]
    if (to === undefined) response.writeHead(404).end()
    else response.writeHead(302, { location: to }).end()
  })
  const reading = reader([server.host])
  expect(await reading.read(`http://${server.host}/in`)).toMatchObject({
    outcome: 'refused',
    problem: expect.stringContaining('private network') as string,
  })
  expect(await reading.read(`http://${server.host}/circle`)).toMatchObject({ outcome: 'refused' })
  expect(await reading.read(`http://${server.host}/mail`)).toMatchObject({ outcome: 'refused' })
  expect(secret.seen).toEqual([])
})

test('bad input: a page that does not end is given up', async () => {
  const server = await serve((request, response) => {
    if (request.url === '/robots.txt') return response.writeHead(404).end()
    response.writeHead(200)
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(50_000), more)
    }
    return more()
  })
  expect(await reader([server.host]).read(`http://${server.host}/p`)).toMatchObject({
    outcome: 'refused',
    problem: 'it is larger than 0 MB',
  })
})

test('bad input: a server that is silent, or breaks off, has failed this time', async () => {
  const server = await serve((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(404).end()
    else if (request.url === '/cut')
      response.writeHead(200, { 'content-length': '100' }).end('x', () => response.destroy())
  })
  const reading = reader([server.host], new AbortController().signal, 200)
  expect(await reading.read(`http://${server.host}/silent`)).toMatchObject({
    outcome: 'failed',
    problem: 'no whole answer within 0.2 s',
  })
  expect(await reading.read(`http://${server.host}/cut`)).toMatchObject({ outcome: 'failed' })
})

test('J11: a stop ends it at once, also while it waits for its turn', async () => {
  const stop = new AbortController()
  const server = await serve((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(404).end()
    else stop.abort(new Error('cancelled'))
  })
  const reading = reader([server.host], stop.signal)
  const both = ['/1', '/2'].map((path) => rejection(reading.read(`http://${server.host}${path}`)))
  expect((await Promise.all(both)).map((error) => (error as Error).message)).toEqual(['cancelled', 'cancelled'])
})
