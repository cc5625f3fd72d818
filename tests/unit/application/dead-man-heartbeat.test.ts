/** Who watches the watcher: a real server is asked for its address while all is well. */
import { afterEach, expect, test } from 'vitest'
import { DeadManHeartbeat, type HeartbeatOptions, isWatching } from '../../../agent/application/dead-man-heartbeat.ts'
import { checkHeartbeat } from '../../../agent/cli/doctor/heartbeat-check.ts'
import { startServer } from '../../support/http-server.ts'
import { waitFor } from '../../support/wait.ts'

const started: DeadManHeartbeat[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((heartbeat) => heartbeat.stop()))
})

function beating(host: string, changes: Partial<HeartbeatOptions> = {}): { readonly troubles: string[] } {
  const troubles: string[] = []
  const heartbeat = new DeadManHeartbeat({
    url: `http://${host}/canary-1`,
    everyMs: 20,
    allowHosts: [host],
    isWell: () => Promise.resolve(true),
    onTrouble: (message) => troubles.push(message),
    ...changes,
  })
  started.push(heartbeat)
  heartbeat.start()
  return { troubles }
}

test('while all is well it beats; when it is not, it is silent, and beats again afterwards', async () => {
  let isWell = true
  await using server = await startServer((_request, response) => response.end('OK'))
  const { troubles } = beating(server.host, { isWell: () => Promise.resolve(isWell) })
  await waitFor(() => server.seen.length >= 3, { describe: 'three heartbeats' })
  expect(server.seen[0]).toMatchObject({ method: 'GET', url: '/canary-1', body: '' })
  isWell = false
  let asked = 0
  const silent = beating(server.host, {
    url: `http://${server.host}/silent`,
    isWell: () => {
      asked += 1
      return Promise.resolve(isWell)
    },
  })
  await waitFor(() => asked >= 3, { describe: 'three rounds' })
  expect(server.seen.map(({ url }) => url)).not.toContain('/silent')
  isWell = true
  await waitFor(() => server.seen.some(({ url }) => url === '/silent'), { describe: 'a heartbeat' })
  expect([...troubles, ...silent.troubles]).toEqual([])
})

test('a beat that is not heard is told once, without the address, and repeated', async () => {
  let refusals = 2
  await using server = await startServer((_request, response) => {
    refusals -= 1
    response.writeHead(refusals >= 0 ? 500 : 200).end()
  })
  const { troubles } = beating(server.host)
  await waitFor(() => server.seen.length >= 4, { describe: 'a repeated heartbeat' })
  expect(troubles).toEqual([`The heartbeat was not heard: ${server.host} answered 500`])
})

test('a host that is not in http.allow_hosts is asked for nothing, and no redirect is followed', async () => {
  await using server = await startServer((_request, response) => response.writeHead(302, { location: '/other' }).end())
  const refused = beating(server.host, { allowHosts: [] })
  await waitFor(() => refused.troubles.length > 0, { describe: 'the refusal' })
  expect(refused.troubles[0]).toContain('is not in http.allow_hosts')
  expect(server.seen).toEqual([])
  const redirected = beating(server.host)
  await waitFor(() => redirected.troubles.length > 0, { describe: 'the redirect' })
  expect(redirected.troubles).toEqual([`The heartbeat was not heard: ${server.host} answered 302`])
  expect(server.seen.map(({ url }) => url)).not.toContain('/other')
  expect([...refused.troubles, ...redirected.troubles].join('\n')).not.toContain('canary')
})

test('one unlucky moment leaves out one beat, not a whole period', async () => {
  let asked = 0
  await using server = await startServer((_request, response) => response.end('OK'))
  beating(server.host, {
    everyMs: 3_600_000,
    unwellMs: 5,
    isWell: () => {
      asked += 1
      return Promise.resolve(asked > 2)
    },
  })
  await waitFor(() => server.seen.length === 1, { describe: 'the beat after two refusals' })
  expect(asked).toBe(3)
})

test('an agent that leads and has told nobody, or evaluated no incident, for ten minutes is not well, nor is one that is not ready', async () => {
  const clock = { monotonic: () => 1_000_000 }
  const ready = () => Promise.resolve(true)
  const old = { isReady: ready, aliveAt: 399_000, dispatchedAt: 401_000, clock }
  expect(await isWatching({ ...old, isLeader: true })).toBe(false)
  expect(await isWatching({ ...old, isLeader: false })).toBe(true)
  expect(await isWatching({ ...old, aliveAt: 401_000, isLeader: true })).toBe(true)
  expect(await isWatching({ ...old, aliveAt: 401_000, dispatchedAt: 399_000, isLeader: true })).toBe(false)
  expect(await isWatching({ ...old, isLeader: false, isReady: () => Promise.resolve(false) })).toBe(false)
})

test('doctor sends one and says whether it was heard, without the address', async () => {
  await using server = await startServer((_request, response) => response.end('OK'))
  const settings = { heartbeatUrl: `http://${server.host}/canary-1`, heartbeatMinutes: 5 }
  expect(await checkHeartbeat(settings, { httpAllowHosts: [server.host] })).toMatchObject([{ level: 'ok' }])
  expect(server.seen).toHaveLength(1)
  const refused = await checkHeartbeat(settings, { httpAllowHosts: [] })
  expect(refused).toMatchObject([
    { level: 'warning', fix: `Check heartbeat_url, and that http.allow_hosts has "${server.host}".` },
  ])
  expect(JSON.stringify(refused)).not.toContain('canary')
  expect(await checkHeartbeat({ ...settings, heartbeatUrl: null }, { httpAllowHosts: [] })).toEqual([])
})
