import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { nextFrom } from '../../../agent/server/listen.ts'
import { createServer, type Server, type ServerOptions } from '../../../agent/server/server.ts'
import { problemOf } from '../../support/problem.ts'
import { raw, serverOptions } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const folder = await temporaryFolder()
afterAll(() => folder.remove())

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

function serverOn(changes: Partial<ServerOptions>): { server: Server; log: string[] } {
  const log: string[] = []
  const server = createServer(
    serverOptions({
      dataDirectory: folder.path,
      health: () =>
        Promise.resolve({
          ready: false,
          state: 'starting',
          reasons: ['Not yet.'],
          warnings: ['2 results wait.'],
          waitingResults: 2,
        }),
      onLog: (message) => log.push(message),
      ...changes,
    }),
  )
  servers.push(server)
  return { server, log }
}

async function takenPort(): Promise<number> {
  const { server } = serverOn({})
  await server.start()
  return server.port ?? 0
}

test('on its way to a free port the agent leaves out those that browsers do not open', () => {
  const ports = nextFrom(4180)
  expect(ports).toEqual(
    [4180, ...Array.from({ length: 20 }, (_, index) => 4181 + index), 0].filter((port) => port !== 4190),
  )
  expect(nextFrom(65_530)).toEqual([65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0])
})

test('a default port that is taken makes way for the next free one, and says so', async () => {
  const port = await takenPort()
  const { server, log } = serverOn({ port })
  await server.start()
  expect(server.port).not.toBe(port)
  expect(log).toEqual([`Port ${port} is taken by another program; using ${server.port}.`])
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})

test('a port that a person named is not exchanged for another', async () => {
  const port = await takenPort()
  const { server } = serverOn({ port, isPortNamed: true })
  expect(await problemOf(server.start())).toMatchObject({ code: 'conflict', field: 'port', value: port })
  expect(server.url).toBeNull()
})

test('a port that others come to is not exchanged for another, though nobody named it', async () => {
  const port = await takenPort()
  const tls = join(import.meta.dirname, '../../fixtures/tls')
  for (const changes of [
    { publicHost: 'ops.example.com' },
    { behindProxy: true, publicHost: 'ops.example.com' },
    { tlsCert: join(tls, 'certificate.pem'), tlsKey: join(tls, 'key.pem') },
  ]) {
    const { server } = serverOn({ port, ...changes })
    expect([changes, await problemOf(server.start())]).toMatchObject([
      changes,
      { code: 'conflict', field: 'port', value: port },
    ])
    expect(server.url).toBeNull()
  }
})

test('other machines are not let in without TLS, and not under any name', async () => {
  const { server } = serverOn({ host: '0.0.0.0' })
  expect(await problemOf(server.start())).toMatchObject({ code: 'not_allowed', field: 'host', value: '0.0.0.0' })
  const nameless = serverOn({ host: '0.0.0.0', behindProxy: true })
  expect(await problemOf(nameless.server.start())).toMatchObject({ code: 'not_allowed', field: 'public_host' })
  const half = serverOn({ tlsCert: '/nowhere/cert.pem' })
  expect(await problemOf(half.server.start())).toMatchObject({ code: 'invalid_configuration', field: 'tls_key' })
  const unreadable = serverOn({ tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem' })
  expect(await problemOf(unreadable.server.start())).toMatchObject({ code: 'unavailable', field: 'tls_cert' })
})

test('healthz says the version, readyz why not', async () => {
  const { server } = serverOn({})
  await server.start()
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok', version: '1.2.3' })
  const ready = await fetch(`${server.url}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toEqual({
    status: 'not_ready',
    state: 'starting',
    reasons: ['Not yet.'],
    warnings: ['2 results wait.'],
    waiting_results: 2,
    version: '1.2.3',
  })
})

test('readyz tells other machines that it is not ready, and not why', async () => {
  const { server } = serverOn({ behindProxy: true, publicHost: 'pm.example.com' })
  await server.start()
  const headers = { host: 'pm.example.com', 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
  const answer = await raw(`http://127.0.0.1:${server.port}/readyz`, { headers })
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'not_ready', state: 'starting', waiting_results: 2 })
  expect(answer.body).not.toMatch(/Not yet|results wait/)
})

test('stop is safe before start and twice, and ends with an open connection', async () => {
  const { server } = serverOn({})
  await server.start()
  await fetch(`${server.url}/healthz`)
  await Promise.all([server.stop(), server.stop()])
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed')
  await expect(serverOn({}).server.stop()).resolves.toBeUndefined()
})
