import { ORPCError } from '@orpc/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestClock } from '../../support/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { addJob, addRun } from '../../support/job-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { waitFor } from '../../support/wait.ts'

let server: TestServer
let organizationId: string
let brandId: string
let listeners: () => number
beforeEach(async () => {
  server = await startTestServer()
  ;({ organizationId, brandId } = await addOpenBrand(server.console.sql))
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

describe('whoever reads a stream is looked up again while it goes on', () => {
  let clock: TestClock
  beforeEach(() => {
    clock = new TestClock()
    Object.assign(server.console.services, { clock })
  })

  /** Half a minute, and a reason to look. */
  function timePasses(): void {
    clock.advance(30_000)
    server.console.tell({ type: 'beat', asOf: new Date() })
  }

  /** The code of the error with which it ends. */
  async function endOf(events: AsyncIterable<unknown>): Promise<unknown> {
    try {
      for await (const _event of events);
    } catch (error) {
      return error instanceof ORPCError ? error.code : error
    }
    return 'it ended by itself'
  }

  async function runningRun(): Promise<string> {
    const jobId = await addJob(server.console.sql, { brand_id: brandId })
    return addRun(server.console.sql, jobId)
  }

  test('a token that is revoked ends its changes and its logs', async () => {
    const client = server.client({ authorization: `Bearer ${await server.token('read')}` })
    const changes = await client.live.changes({ organizationId })
    await changes.next()
    const log = await client.runs.followLog({ runId: await runningRun() })
    const ends = Promise.all([endOf(changes), endOf(log)])
    await server.console.sql.query('update api_tokens set revoked_at = now()')
    timePasses()
    expect(await ends).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED'])
  })

  test('a log without new lines says every five seconds that it is still followed', async () => {
    const client = server.client(await server.signIn())
    const log = await client.runs.followLog({ runId: await runningRun() })
    const first = log.next()
    await waitFor(() => listeners() === 1, { describe: 'somebody who listens' })
    clock.advance(5_000)
    server.console.tell({ type: 'changed', topics: ['runs'] })
    expect((await first).value).toEqual({ lines: [], ended: false })
    await log.return()
  })

  test('a session that is ended ends its streams, and no others', async () => {
    const headers = await server.signIn('ada')
    const changes = await server.client(headers).live.changes({ organizationId })
    const others = await server.client(await server.signIn('bob')).live.changes({ organizationId })
    await Promise.all([changes.next(), others.next()])
    await others.next()
    const end = endOf(changes)
    await fetch(`${server.url}/session`, { method: 'DELETE', headers })
    timePasses()
    expect(await end).toBe('UNAUTHORIZED')
    expect((await others.next()).value).toMatchObject({ type: 'beat' })
    await others.return()
  })

  test('a section that is switched off ends the streams of its organization', async () => {
    const client = server.client(await server.signIn())
    const changes = await client.live.changes({ organizationId })
    await changes.next()
    const log = await client.runs.followLog({ runId: await runningRun() })
    const ends = Promise.all([endOf(changes), endOf(log)])
    await client.admin.setFeature({ organizationId, feature: 'PIPELINE_MANAGER', enabled: false })
    timePasses()
    expect(await ends).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED'])
  })

  test('whoever may still read goes on reading', async () => {
    const client = server.client({ authorization: `Bearer ${await server.token('read')}` })
    const changes = await client.live.changes({ organizationId })
    const greeting = [await changes.next(), await changes.next()]
    expect(greeting.map(({ value }) => value)).toMatchObject([{ type: 'database' }, { type: 'hello' }])
    timePasses()
    expect((await changes.next()).value).toMatchObject({ type: 'beat' })
    await changes.return()
  })
})

test('one caller has fifty streams at most, and another one when one of them is closed', async () => {
  const headers = { authorization: `Bearer ${await server.token('read')}` }
  const url = `${server.url}/api/organizations/${organizationId}/changes`
  const stops = Array.from({ length: 50 }, () => new AbortController())
  const open = await Promise.all(stops.map(({ signal }) => fetch(url, { headers, signal })))
  expect(open.every(({ ok }) => ok)).toBe(true)
  const refused = await fetch(url, { headers })
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'TOO_MANY_REQUESTS', data: {} }])
  const other = new AbortController()
  expect((await fetch(url, { headers: await server.signIn(), signal: other.signal })).status).toBe(200)
  stops.pop()?.abort()
  const last = new AbortController()
  await waitFor(async () => (await fetch(url, { headers, signal: last.signal })).ok, { describe: 'a place' })
  for (const stop of [...stops, other, last]) stop.abort()
  await waitFor(() => listeners() === 0, { describe: 'nobody to listen any more' })
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
