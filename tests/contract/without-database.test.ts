/** Every call of the contract while its database is away: each does what the contract says of it (O1, O2). */
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deferrals } from '../../agent/console/deferrals.ts'
import { createPortDoor } from '../../agent/console/message-port.ts'
import { consoleRouter } from '../../agent/console/router.ts'
import type { WithoutDatabase } from '../../shared/contract/base.ts'
import { keptAsOfHeader } from '../../shared/contract/headers.ts'
import { containing, matching } from '../integration/cli/matchers.ts'
import { addOpenBrand } from '../support/console.ts'
import { addExternalRun } from '../support/external-rows.ts'
import { addHook } from '../support/hook-rows.ts'
import { addDelivery, addIncident } from '../support/incident-rows.ts'
import { addJob, addRun } from '../support/job-rows.ts'
import { addCheck } from '../support/ping-rows.ts'
import { type Proxy, startProxy } from '../support/proxy.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait.ts'
import { addBackfill, catalogWithDays } from './days.ts'
import { type Call, type Caller, callerOf, calls, errorOf } from './doors.ts'
import { inputFor, type Named } from './inputs.ts'

let proxy: Proxy
let server: TestServer
let named: Named
/** As people come: over HTTP with a session, and through the port of a window. */
let overHttp: Caller
let throughPort: Caller
const channel = new MessageChannel()
/** Headers of what came through the port last. */
let portHeaders: Readonly<Record<string, unknown>> = {}

beforeAll(async () => {
  server = await startTestServer(
    { limits: { token: 100_000, address: 100_000, console: 100_000 } },
    {
      catalog: catalogWithDays(),
      through: async (url) => {
        proxy = await startProxy(url)
        return proxy.through(url)
      },
    },
  )
  const { sql, services } = server.console
  const brand = await addOpenBrand(sql)
  const jobId = await addJob(sql, { brand_id: brand.brandId, status: 'paused', next_run_at: null })
  const [started_at, completed_at] = [new Date('2026-03-01T10:00:00Z'), new Date('2026-03-01T10:01:00Z')]
  const runId = await addRun(sql, jobId, { status: 'completed', started_at, completed_at })
  await sql.query(`insert into run_artifacts values ($1, 'scorecard.json', 'application/json', '{}')`, [runId])
  const incidentId = await addIncident(sql, { organization_id: brand.organizationId, brand_id: brand.brandId })
  const deliveryId = await addDelivery(sql, brand.organizationId)
  const externalRunId = await addExternalRun(sql, brand)
  const checkId = await addCheck(sql, brand)
  const hookId = await addHook(sql, brand.brandId)
  const backfillId = await addBackfill(sql, brand)
  named = { ...brand, jobId, runId, incidentId, deliveryId, externalRunId, checkId, hookId, backfillId }
  overHttp = callerOf(server.client(await server.signIn()))
  const identity = { operator: 'tester', door: 'console', scope: 'admin', organizationId: null } as const
  createPortDoor({ isReadOnly: false }).upgrade(channel.port1, identity, () => services)
  channel.port1.start()
  const link = new PortLink({
    port: channel.port2,
    clientInterceptors: [
      async (options) => {
        const response = await options.next()
        portHeaders = response.headers
        return response
      },
    ],
  })
  throughPort = callerOf(createORPCClient(link))
  channel.port2.start()
})
afterAll(async () => {
  channel.port1.close()
  channel.port2.close()
  await server.stop()
  await proxy[Symbol.asyncDispose]()
})
beforeEach(bringBack)

const ruled = (rule: WithoutDatabase): Call[] => calls.filter(({ rules }) => rules.withoutDatabase === rule)
/** Streams are not kept: their calls fail as an answer that is not kept does. */
const streams = ['runs.followLog', 'runs.export']

async function takeAway(): Promise<void> {
  proxy.refuse()
  await server.console.services.supervisor.retry()
  expect(server.console.services.supervisor.state).toBe('down')
}

async function bringBack(): Promise<void> {
  proxy.restore()
  await server.console.services.supervisor.retry()
  expect(server.console.services.supervisor.state).toBe('up')
}

const unreachable = {
  code: 'DATABASE_UNREACHABLE',
  status: 503,
  message: matching(/cannot be reached|refused.*Next try in /),
  data: { field: 'database', value: matching(/^(refused|network)$/), fix: containing('') },
}

test('every call that may wait says how, and those are the words of operators', () => {
  expect(ruled('waits').map(({ name }) => name)).toEqual(
    Object.keys(deferrals).filter((name) => calls.some((call) => call.name === name)),
  )
  for (const { rules } of ruled('waits')) expect(rules.scope).toBe('operate')
  for (const { rules } of ruled('kept')) expect(rules.scope === 'read' || !rules.gated).toBe(true)
})

describe.each([
  ['over HTTP', () => overHttp],
  ['through the port of a window', () => throughPort],
] as const)('O1: %s', (_door, caller) => {
  test.each(ruled('kept').filter(({ name }) => !streams.includes(name)))(
    '$name answers what it answered last',
    async (call) => {
      const input = inputFor(call, named)
      const before = await caller()(call, input)
      await takeAway()
      expect(await caller()(call, input)).toEqual(before)
    },
  )

  test.each(ruled('kept').filter(({ name }) => streams.includes(name)))('$name says why it cannot', async (call) => {
    await takeAway()
    expect(await errorOf(caller()(call, inputFor(call, named)))).toMatchObject(unreachable)
  })
})

test('O1: the age of the answer is told beside it, through every door, and only then', async () => {
  const cookie = await server.signIn()
  const ask = async (): Promise<string | null> => {
    const headers = { ...cookie, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/rpc/session/get`, { method: 'POST', headers, body: '{}' })
    expect(answer.status).toBe(200)
    return answer.headers.get(keptAsOfHeader)
  }
  const session = calls.find(({ name }) => name === 'session.get') as Call
  expect(await ask()).toBeNull()
  await throughPort(session, undefined)
  expect(portHeaders[keptAsOfHeader]).toBeUndefined()
  await takeAway()
  const told = await ask()
  expect(Date.now() - Date.parse(told ?? '')).toBeLessThan(600_000)
  await throughPort(session, undefined)
  expect(portHeaders[keptAsOfHeader]).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
})

describe('O2: what starts, stops or changes work is refused, with the reason and the next try', () => {
  test.each(ruled('refused'))('$name', async (call) => {
    await takeAway()
    expect(await errorOf(overHttp(call, inputFor(call, named)))).toMatchObject(unreachable)
  })
})

describe('O2: what another organization is told to do is not kept for it', () => {
  test.each(ruled('waits'))('$name', async (call) => {
    const { organizationId } = await addOpenBrand(server.console.sql, 'Other')
    const { services } = server.console
    const bound = createRouterClient(consoleRouter, {
      context: { services, identity: { operator: 'other', door: 'api', scope: 'operate', organizationId } },
    })
    const missing = { code: 'NOT_FOUND', data: { field: 'organizationId', value: named.organizationId } }
    const refused = () => errorOf(callerOf(bound)(call, inputFor(call, named)))
    expect(await refused()).toMatchObject(missing)
    await takeAway()
    expect(await refused()).toMatchObject(missing)
    const everybody = { operator: 'tester', door: 'console', scope: 'admin', organizationId: null } as const
    expect(services.commands.list(everybody)).toEqual([])
  })
})

test('a list of tokens is not kept', async () => {
  const call = calls.find(({ name }) => name === 'admin.tokens') as Call
  expect(call.rules.withoutDatabase).toBe('asked')
  await overHttp(call, undefined)
  await takeAway()
  expect(await errorOf(overHttp(call, undefined))).toMatchObject(unreachable)
})

test('programs act on what they hear: they are never answered from before', async () => {
  const headers = { authorization: `Bearer ${await server.token('admin')}` }
  const program = callerOf(server.client(headers))
  const call = calls.find(({ name }) => name === 'readiness.page') as Call
  await program(call, inputFor(call, named))
  const before = await overHttp(call, inputFor(call, named))
  await takeAway()
  expect(await errorOf(program(call, inputFor(call, named)))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    status: 503,
  })
  expect(await overHttp(call, inputFor(call, named))).toEqual(before)
})

test('what needs no database answers without', async () => {
  await takeAway()
  const answers = new Map<string, unknown>()
  for (const call of ruled('local').filter(({ name }) => name !== 'live.changes'))
    answers.set(call.name, await overHttp(call, inputFor(call, named)))
  expect([...answers]).toMatchObject([
    ['connection.get', { state: 'down', cause: 'network' }],
    ['connection.retry', { state: 'down', cause: 'network' }],
    ['connection.queue', { commands: [] }],
    ['connection.dismiss', { changed: false }],
  ])
  const live = calls.find(({ name }) => name === 'live.changes') as Call
  expect(await overHttp(live, inputFor(live, named))).toMatchObject({
    type: 'database',
    reachable: false,
    state: 'down',
  })
})

test('"Try now" tries, and answers how it went', async () => {
  await takeAway()
  const retry = calls.find(({ name }) => name === 'connection.retry') as Call
  expect(await overHttp(retry, undefined)).toMatchObject({ state: 'down' })
  proxy.restore()
  expect(await overHttp(retry, undefined)).toMatchObject({ state: 'up', cause: null, reason: null, nextTryAt: null })
})

test('nothing unexpected happened', async () => {
  await waitFor(() => server.console.services.supervisor.canChange, { describe: 'the database to be back' })
  expect(server.console.troubles).toEqual([])
})
