import { afterEach, beforeEach, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { waitFor } from '../../support/wait.ts'

let server: TestServer
let organizationId: string
let listeners: () => number
beforeEach(async () => {
  server = await startTestServer()
  ;({ organizationId } = await addOpenBrand(server.console.sql))
  const { changes } = server.console.services
  let count = 0
  const subscribe = changes.subscribe.bind(changes)
  changes.subscribe = async (listener) => {
    const unsubscribe = await subscribe(listener)
    count += 1
    return () => {
      count -= 1
      unsubscribe()
    }
  }
  listeners = () => count
})
afterEach(async () => {
  await server.stop()
})

test('a stream over REST is Server-Sent Events, sent as they happen, neither kept nor compressed', async () => {
  const stop = new AbortController()
  const headers = { authorization: `Bearer ${await server.token('read')}`, 'accept-encoding': 'gzip' }
  const answer = await fetch(`${server.url}/api/organizations/${organizationId}/changes`, {
    headers,
    signal: stop.signal,
  })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  expect(answer.headers.get('content-encoding')).toBeNull()
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const text = textOf(answer)
  await waitFor(() => text().includes('"type":"hello"'), { describe: 'the hello' })
  server.console.tell({ type: 'changed', topics: ['jobs'] })
  await waitFor(() => text().includes('"topics":["jobs"]'), { describe: 'the change' })
  expect(text()).toMatch(/^event: message$/m)
  stop.abort()
  await waitFor(() => listeners() === 0, { describe: 'nobody to listen any more' })
})

test('a silent stream is kept alive by a comment every five seconds', async () => {
  const stop = new AbortController()
  const headers = { authorization: `Bearer ${await server.token('read')}` }
  const answer = await fetch(`${server.url}/api/organizations/${organizationId}/changes`, {
    headers,
    signal: stop.signal,
  })
  const text = textOf(answer)
  await waitFor(() => /"hello"[\s\S]*^:/m.test(text()), { describe: 'a comment after the hello' })
  expect(text()).not.toContain('"beat"')
  stop.abort()
})

test('a stream over /rpc ends for the server when its reader leaves', async () => {
  const client = server.client(await server.signIn())
  const stop = new AbortController()
  const events = await client.live.changes({ organizationId }, { signal: stop.signal })
  const first = await events.next()
  const value = first.done === true ? undefined : first.value
  expect(value).toMatchObject({ type: 'database', reachable: true })
  expect(value?.asOf).toBeInstanceOf(Date)
  expect(listeners()).toBe(1)
  stop.abort()
  await waitFor(() => listeners() === 0, { describe: 'nobody to listen any more' })
})

test('the server stops at once with streams open, and their readers notice', async () => {
  const client = server.client(await server.signIn())
  const events = await client.live.changes({ organizationId })
  await events.next()
  const rest = events.next().then(
    () => 'ended',
    () => 'broken off',
  )
  const began = performance.now()
  await server.server.stop()
  expect(performance.now() - began).toBeLessThan(1_500)
  expect(['ended', 'broken off']).toContain(await rest)
  await waitFor(() => listeners() === 0, { describe: 'nobody to listen any more' })
})

test('a stream that is refused is an error of the call', async () => {
  const client = server.client(await server.signIn())
  const missing = '00000000-0000-4000-8000-000000000000'
  await expect(client.live.changes({ organizationId: missing })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    status: 404,
  })
})

/** What has come so far. */
function textOf(answer: Response): () => string {
  let text = ''
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true })
  }
  read().catch(() => undefined)
  return () => text
}
