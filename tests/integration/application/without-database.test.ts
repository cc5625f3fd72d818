import { once } from 'node:events'
import { createServer } from 'node:net'
import { createRouterClient } from '@orpc/server'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrationsFolder } from '../../../agent/application/program.ts'
import type { ConsoleServices } from '../../../agent/console/context.ts'
import { consoleRouter } from '../../../agent/console/router.ts'
import { checkedInput } from '../../../agent/console/without-database.ts'
import { readMigrationFiles } from '../../../agent/store/migration-files.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, runOf } from '../../support/job-rows.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { type AgentUnderTest, agentUnderTest, catalogFile, commandCatalog } from './agent-under-test.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
let folder: TemporaryFolder
const started: { agent: AgentUnderTest['agent']; outcome: Promise<string> }[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  proxy = await startProxy(database.url)
  folder = await temporaryFolder()
})

afterEach(async () => {
  for (const { agent } of started) await agent.stop()
  for (const { outcome } of started.splice(0)) await outcome
  await proxy[Symbol.asyncDispose]()
  await database.drop()
  await folder.remove()
})

interface Waiting extends AgentUnderTest {
  /** `started`, or why not. */
  readonly outcome: Promise<string>
  /** Where its console is; waits until the first try has failed. */
  readonly url: () => Promise<string>
}

/** An agent that is started; whether its database lets it is another matter. */
async function startAgent(databaseUrl: string): Promise<Waiting> {
  const config = await catalogFile(folder, commandCatalog(['true']))
  const one = agentUnderTest({ databaseUrl, dataDir: folder.path, config })
  const outcome = one.agent.start().then(
    () => 'started',
    (error: unknown) => String(error),
  )
  started.push({ agent: one.agent, outcome })
  const url = async (): Promise<string> =>
    (await waitFor(() => one.waiting[0], { describe: 'the first try to fail', timeoutMs: 20_000 })).url
  return { ...one, outcome, url }
}

function servicesOf(agent: AgentUnderTest['agent']): ConsoleServices {
  if (agent.consoleServices === null) throw new Error('The console is not open yet.')
  return agent.consoleServices
}

interface Answer {
  readonly status: number
  readonly body: { readonly state?: string; readonly reasons?: readonly string[] }
}

async function readyz(url: string): Promise<Answer> {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

function changed(url: string, change: (url: URL) => unknown): string {
  const copy = new URL(url)
  change(copy)
  return copy.href
}

describe('fault 10: Postgres is down at the start', () => {
  test('healthz answers and readyz says why not; stop ends the waiting', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const address = closed.address()
    const port = typeof address === 'object' ? address?.port : undefined
    closed.close()
    const { agent, log, outcome, url } = await startAgent(`postgres://somebody:secret-word@127.0.0.1:${port}/nothing`)
    expect((await fetch(`${await url()}/healthz`)).status).toBe(200)
    const { status, body } = await readyz(await url())
    expect({ status, state: body.state }).toEqual({ status: 503, state: 'offline' })
    expect(body.reasons?.[0]).toMatch(
      new RegExp(
        `^Nothing answers at 127\\.0\\.0\\.1:${port}: the connection was refused\\. (Next try in|It is being)`,
      ),
    )
    expect(log.find(({ event }) => event === 'database_unreachable')).toMatchObject({ level: 'warn' })
    expect(JSON.stringify(log)).not.toContain('secret-word')
    await agent.stop()
    expect(await outcome).toContain('aborted')
  })

  test('it runs by itself as soon as the database is there, or when a person asks', async () => {
    proxy.refuse()
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent, outcome, url } = await startAgent(proxy.through(database.url))
    await url()
    proxy.restore()
    await servicesOf(agent).supervisor.retry()
    expect(await outcome).toBe('started')
    await waitFor(async () => (await runOf(client, jobId)).status === 'completed', { describe: 'the run' })
    expect((await readyz(await url())).status).toBe(200)
  })
})

describe('fault 11: what only a person can mend is tried once', () => {
  test.each([
    ['a wrong password', (url: URL): unknown => (url.password = 'wrong-word'), 'wrong_password'],
    ['a role that is not there', (url: URL): unknown => (url.username = 'nobody_here'), 'wrong_password'],
    ['a database that is not there', (url: URL): unknown => (url.pathname = '/missing'), 'no_database'],
  ] as const)('%s: one attempt, then it waits for a person', async (_what, change, cause) => {
    const { agent, log, url } = await startAgent(changed(proxy.through(database.url), change))
    const address = await url()
    const { supervisor } = servicesOf(agent)
    expect(supervisor.view).toMatchObject({ state: 'down', cause })
    const untilNext = (supervisor.view.nextTryAt?.getTime() ?? 0) - supervisor.now().getTime()
    expect(untilNext).toBeGreaterThan(14 * 60_000)
    // Everybody who would like to know asks, and nobody tries.
    for (let n = 0; n < 5; n += 1) expect((await readyz(address)).status).toBe(503)
    await expect(servicesOf(agent).database.transaction(() => Promise.resolve())).rejects.toThrow('Next try in')
    expect(proxy.connections).toBe(1)
    expect(log.find(({ event }) => event === 'database_unreachable')).toMatchObject({ level: 'error' })
    await supervisor.retry()
    expect(proxy.connections).toBe(2)
    expect(JSON.stringify(log)).not.toContain('wrong-word')
  })
})

describe('fault 12: a server that takes no changes', () => {
  const readOnly = (url: string): string =>
    changed(url, (one) => one.searchParams.set('options', '-c default_transaction_read_only=on'))

  test('questions are answered, nothing is claimed or registered, and that is said', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent, url } = await startAgent(readOnly(database.url))
    expect(await readyz(await url())).toMatchObject({
      status: 503,
      body: { state: 'limited', reasons: [expect.stringContaining('takes no changes') as string] },
    })
    const { supervisor, database: asked } = servicesOf(agent)
    expect(supervisor.view).toMatchObject({ state: 'limited', cause: 'read_only' })
    expect(await asked.query({ name: 'one', text: 'select 1 as one' }, [])).toEqual([{ one: 1 }])
    await supervisor.retry()
    const { rows } = await client.query(
      'select (select count(*)::int from agents) as agents, current_run_id from scheduled_jobs where id = $1',
      [jobId],
    )
    expect(rows).toEqual([{ agents: 0, current_run_id: null }])
  })

  test('an agent whose database becomes read-only claims nothing more, and goes on when that is over', async () => {
    const { brandId } = await addBrand(client)
    const { agent, outcome, events } = await startAgent(database.url)
    expect(await outcome).toBe('started')
    const { supervisor } = servicesOf(agent)
    await client.query(`alter database ${database.name} set default_transaction_read_only = on`)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name <> 'test'`,
      [database.name],
    )
    await waitFor(() => supervisor.state === 'limited', { describe: 'the agent to notice' })
    expect(events.findLast(({ type }) => type === 'database')).toMatchObject({ reachable: false })
    // The test's own session still writes.
    const jobId = await addJob(client, { brand_id: brandId })
    await client.query(`alter database ${database.name} reset default_transaction_read_only`)
    await supervisor.retry()
    await waitFor(async () => (await runOf(client, jobId)).status === 'completed', { describe: 'the run' })
    expect(supervisor.state).toBe('up')
  })
})

describe('fault 12: no connection left', () => {
  test('it is said, and new connections are tried by one place alone', async () => {
    const role = `few_sessions_${process.pid}`
    await client.query(`create role ${role} login password 'a-long-word' connection limit 0`)
    try {
      const url = changed(proxy.through(database.url), (one) => {
        one.username = role
        one.password = 'a-long-word'
      })
      const { agent, url: address } = await startAgent(url)
      expect((await readyz(await address())).body.reasons?.[0]).toContain('no connection free')
      expect(servicesOf(agent).supervisor.view).toMatchObject({ state: 'down', cause: 'too_many_connections' })
      const before = proxy.connections
      await Promise.allSettled(
        Array.from({ length: 20 }, () => servicesOf(agent).database.query({ name: 'one', text: 'select 1' }, [])),
      )
      // The tries of that place go on meanwhile.
      expect(proxy.connections - before).toBeLessThan(10)
      await agent.stop()
    } finally {
      await client.query(`drop role ${role}`)
    }
  })
})

describe('schemas that are not ours', () => {
  const future = `insert into pipeline_migrations (name, checksum, program_version, duration_ms) values ('2999-01-01_future.sql', 'x', '9.0.0', 1)`

  test('fault 24: a newer one is read and never written; when the program fits again, the agent runs', async () => {
    await client.query(future)
    const { agent, outcome, url } = await startAgent(database.url)
    const { body } = await readyz(await url())
    expect(body).toMatchObject({ state: 'limited' })
    expect(body.reasons?.[0]).toContain('by version 9.0.0')
    const { supervisor } = servicesOf(agent)
    expect(supervisor.view).toMatchObject({
      state: 'limited',
      cause: 'schema_newer',
      fix: expect.stringContaining('Update') as string,
    })
    expect((await client.query('select from agents')).rowCount).toBe(0)
    await client.query(`delete from pipeline_migrations where name like '2999%'`)
    await supervisor.retry()
    expect(await outcome).toBe('started')
  })

  test('fault 23: an older one that this role may not change says who may, and changes nothing', async () => {
    const files = await readMigrationFiles(migrationsFolder)
    const last = files.at(-1)?.name ?? ''
    const role = `no_owner_${process.pid}`
    await client.query(`create role ${role} login password 'a-long-word'`)
    try {
      await client.query(`grant select on all tables in schema public to ${role}`)
      await client.query('delete from pipeline_migrations where name = $1', [last])
      const url = changed(database.url, (one) => {
        one.username = role
        one.password = 'a-long-word'
      })
      const { agent, url: address } = await startAgent(url)
      const { body } = await readyz(await address())
      expect(body.state).toBe('offline')
      const { supervisor } = servicesOf(agent)
      expect(supervisor.view).toMatchObject({
        state: 'down',
        cause: 'schema_older',
        reason: expect.stringContaining('may not change the schema') as string,
        fix: expect.stringContaining('pm migrate') as string,
      })
      expect((await client.query('select from pipeline_migrations where name = $1', [last])).rowCount).toBe(0)
      await agent.stop()
    } finally {
      await client.query(`drop owned by ${role}`)
      await client.query(`drop role ${role}`)
    }
  })
})

describe('O1: the console of an agent whose database is away', () => {
  const person = { operator: 'tester', door: 'console', scope: 'admin', organizationId: null } as const
  const call = (agent: AgentUnderTest['agent']) =>
    createRouterClient(consoleRouter, { context: { services: servicesOf(agent), identity: person } })

  test('is there at the start, with what people saw in an earlier process', async () => {
    const { organizationId } = await addOpenBrand(client)
    const first = await startAgent(proxy.through(database.url))
    expect(await first.outcome).toBe('started')
    const before = await call(first.agent).freshness.summary({ organizationId })
    await first.agent.stop()
    proxy.refuse()
    const second = await startAgent(proxy.through(database.url))
    await second.url()
    expect(await call(second.agent).freshness.summary({ organizationId })).toEqual(before)
    await expect(call(second.agent).readiness.list({ organizationId })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    })
  })

  test('has a recent picture though nobody looks, once somebody did', async () => {
    const { organizationId } = await addOpenBrand(client)
    const { agent, outcome } = await startAgent(proxy.through(database.url))
    expect(await outcome).toBe('started')
    // One question is enough to know that the console of this agent is used.
    await call(agent).session.get()
    const { brandId } = await addOpenBrand(client, 'Second')
    await addJob(client, { brand_id: brandId, name: 'Written by SQL' })
    const kept = servicesOf(agent).answers
    const all = { organizationId, brandId: null }
    const input = (await checkedInput(consoleRouter.jobs.counts['~orpc'].inputSchema, all))?.value
    await waitFor(() => kept.find({ call: 'jobs.counts', input, identity: person }), {
      describe: 'the picture to be renewed',
      timeoutMs: 25_000,
    })
  })
})
