import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Started } from '../../../agent/application/agent-process.ts'
import type { Change } from '../../../agent/console/change-feed.ts'
import { askedFor } from '../../../shared/retry.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { incidentRows } from '../../support/incident-rows.ts'
import { addBrand, addJob, jobRow, runOf } from '../../support/job-rows.ts'
import { problemOf } from '../../support/problem.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { type AgentUnderTest, agentUnderTest, catalogFile, commandCatalog } from './agent-under-test.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let started: AgentUnderTest[]

beforeEach(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  folder = await temporaryFolder()
  started = []
})

afterEach(async () => {
  for (const { agent } of started) await agent.stop()
  await database.drop()
  await folder.remove()
})

async function agentFor(catalog: object, flags: Record<string, string> = {}): Promise<AgentUnderTest> {
  const config = await catalogFile(folder, catalog)
  const one = agentUnderTest({ databaseUrl: database.url, dataDir: folder.path, config, ...flags })
  started.push(one)
  return one
}

function readyz({ url }: Pick<Started, 'url'>): Promise<{ status: number; body: Record<string, unknown> }> {
  return fetch(`${url}/readyz`).then(async (response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  }))
}

describe('an agent from start to stop', () => {
  test('a certificate that has ended is said by /readyz, and it is ready all the same', async () => {
    const tls = join(import.meta.dirname, '../../fixtures/tls')
    const files = { tlsCert: join(tls, 'ended-certificate.pem'), tlsKey: join(tls, 'key.pem') }
    const { agent, log } = await agentFor(commandCatalog(['true']), files)
    const { url } = await agent.start()
    const [answer] = (await once(get(`${url}/readyz`, { rejectUnauthorized: false }), 'response')) as [IncomingMessage]
    const warning = 'The TLS certificate ended on 2020-03-31: browsers and other programs refuse this agent.'
    expect([answer.statusCode, await json(answer)]).toMatchObject([
      200,
      { status: 'ready', warnings: [expect.stringContaining(warning)] },
    ])
    agent.lookAtCertificate()
    expect(log.filter(({ event }) => event === 'http_server').map(({ level, message }) => [level, message])).toEqual([
      ['warn', expect.stringContaining(warning)],
      ['info', 'The certificate in the files is the one that is served.'],
    ])
  })

  test('it runs a due job, says it is ready, and leaves nothing behind', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent, log } = await agentFor(commandCatalog(['echo', 'hello']))
    const running = await agent.start()
    await waitFor(async () => (await runOf(client, jobId)).status === 'completed', { describe: 'the run to complete' })
    expect(await readyz(running)).toMatchObject({
      status: 200,
      body: { status: 'ready', state: 'running', reasons: [] },
    })
    expect(log.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['http_listening', 'database_ready', 'schema_ready', 'agent_running']),
    )
    await agent.stop()
    await agent.stop()
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow('fetch failed')
    const { rows } = await client.query('select state, stopped_at is not null as gone from agents')
    expect(rows).toEqual([{ state: 'stopped', gone: true }])
    expect(await readdir(join(folder.path, 'agents', `${running.agent.name}.lock`))).toEqual([])
  })

  test('the console is there as long as the agent runs, and hears of its runs', async () => {
    const { brandId } = await addBrand(client)
    const { agent } = await agentFor(commandCatalog(['true']))
    expect(agent.consoleServices).toBeNull()
    const { agent: running, connection } = await agent.start()
    const services = agent.consoleServices
    expect(services?.catalog.jobTypes.has('work')).toBe(true)
    expect(services?.connection).toEqual({ kind: 'external', serverVersion: connection.serverVersion })
    const heard: Change[] = []
    await services?.changes.subscribe((change) => heard.push(change))
    const topics = (): string[] => heard.flatMap((change) => (change.type === 'changed' ? [...change.topics] : []))
    await addJob(client, { brand_id: brandId })
    await waitFor(() => topics().includes('runs') && topics().includes('datasets'), { describe: 'the run to be told' })
    await agent.stop()
    expect(running.state).toBe('stopped')
    // That it drained was told before the stream ended.
    expect(topics()).toContain('agents')
    expect(heard.at(-1)).toEqual({ type: 'end' })
  })

  test('N1: it opens incidents while it runs, and stops with the rest', async () => {
    const { brandId } = await addOpenBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, max_retries: 0 })
    const { agent, log } = await agentFor(commandCatalog(['false']))
    await agent.start()
    const incidents = await waitFor(
      async () => {
        const rows = await incidentRows(client)
        return rows.length > 0 ? rows : null
      },
      { describe: 'the incident of the failed run', timeoutMs: 20_000 },
    )
    expect(incidents).toMatchObject([{ kind: 'job_dead', scheduled_job_id: jobId, brand_id: brandId }])
    await agent.stop()
    expect(log.filter(({ event }) => event === 'incidents_trouble')).toEqual([])
  })

  test('fault 17, J4: what does not finish in the grace is given back with its attempt number', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent } = await agentFor(commandCatalog(['sleep', '600']), { shutdownGraceSeconds: '0' })
    await agent.start()
    await waitFor(async () => (await jobRow(client, jobId)).current_run_id, { describe: 'the run to start' })
    await agent.stop()
    expect(await runOf(client, jobId)).toMatchObject({ status: 'cancelled', problem: 'released', attempt_number: 1 })
    expect(await jobRow(client, jobId)).toMatchObject({
      current_run_id: null,
      next_attempt: askedFor,
      status: 'active',
    })
    expect((await jobRow(client, jobId)).next_run_at).not.toBeNull()
  })

  test('the identity of an agent is the same at its next start', async () => {
    const first = await agentFor(commandCatalog(['true']), { agentName: 'a/b: ç' })
    await first.agent.start()
    await first.agent.stop()
    const second = await agentFor(commandCatalog(['true']), { agentName: 'a/b: ç' })
    await second.agent.start()
    const { rows } = await client.query<{ id: string; name: string }>('select id, name from agents')
    expect(rows).toHaveLength(1)
    expect(rows[0]?.name).toBe('a/b: ç')
    const file = (await readdir(join(folder.path, 'agents'))).find((name) => name.endsWith('.json')) ?? ''
    expect(JSON.parse(await readFile(join(folder.path, 'agents', file), 'utf8'))).toMatchObject({ id: rows[0]?.id })
  })

  test('fault 29: a second agent of the same name is refused, one of another name is not', async () => {
    const first = await agentFor(commandCatalog(['true']))
    await first.agent.start()
    const second = await agentFor(commandCatalog(['true']))
    const problem = await problemOf(second.agent.start())
    expect(problem).toMatchObject({ code: 'already_running', field: 'agent-name' })
    expect(problem.message).toContain(`process ${process.pid}`)
    expect(problem.fix).toContain('--agent-name')
    const third = await agentFor(commandCatalog(['true']), { agentName: 'another' })
    await third.agent.start()
    expect((await client.query('select from agents')).rowCount).toBe(2)
  })

  test('leadership: one of two agents leads; when it stops, the other does while it still drains', async () => {
    const { brandId } = await addBrand(client)
    const sign = join(folder.path, 'sign')
    const waits = ['sh', '-c', `until [ -e ${sign} ]; do sleep 0.02; done`]
    const first = await agentFor(commandCatalog(waits), { shutdownGraceSeconds: '600' })
    const { leadership } = await first.agent.start()
    await waitFor(() => leadership.isLeader, { describe: 'the first to lead' })
    await addJob(client, { brand_id: brandId })
    await waitFor(() => first.events.some(({ type }) => type === 'run_started'), { describe: 'its run' })
    const second = await agentFor(commandCatalog(['true']), { agentName: 'another' })
    const { leadership: waiting } = await second.agent.start()
    expect(waiting.isLeader).toBe(false)
    const stopping = first.agent.stop()
    await waitFor(() => waiting.isLeader, { describe: 'the second to lead' })
    expect((await first.agent.health()).state).toBe('draining')
    expect(second.log.map(({ event }) => event)).toContain('leading')
    await writeFile(sign, '')
    await stopping
  })

  test('require_ready stops a run until the page is ready for its brand', async () => {
    const { brandId } = await addBrand(client)
    const catalog = {
      extends: 'none',
      datasets: { prices: { label: 'Prices' } },
      job_types: {
        load: { label: 'Load', steps: [{ key: 'load', dataset: 'prices', run: { command: ['true'] } }] },
        work: {
          label: 'Work',
          steps: [
            { key: 'check', run: { builtin: 'require_ready', with: { page: 'shop' } } },
            { key: 'use', run: { command: ['true'] } },
          ],
        },
      },
      pages: {
        shop: { label: 'Shop', requires: [{ dataset: 'prices', max_age_hours: 1, fix: { job_type: 'load' } }] },
      },
    }
    const { agent } = await agentFor(catalog)
    await agent.start()
    const early = await addJob(client, { brand_id: brandId, max_retries: 0 })
    await waitFor(async () => (await runOf(client, early)).completed_at, { describe: 'the early run to end' })
    expect(await runOf(client, early)).toMatchObject({
      status: 'failed',
      problem: 'failed',
      error_message: 'check: Shop is not ready. Prices: no run has succeeded yet. Run load.',
    })
    const load = await addJob(client, { brand_id: brandId, job_type: 'load' })
    await waitFor(async () => (await runOf(client, load)).completed_at, { describe: 'the load to end' })
    const late = await addJob(client, { brand_id: brandId, max_retries: 0 })
    await waitFor(async () => (await runOf(client, late)).completed_at, { describe: 'the late run to end' })
    expect(await runOf(client, late)).toMatchObject({ status: 'completed', problem: null })
  })

  test('a sql step may read the database of the agent, and not write it', async () => {
    const { brandId } = await addBrand(client)
    const steps = [{ key: 'sql', run: { connection: 'agent', sql: 'select from agents' } }]
    const write = [{ key: 'sql', run: { connection: 'agent', sql: 'delete from agents' } }]
    const catalog = { extends: 'none', job_types: { work: { label: 'R', steps }, write: { label: 'W', steps: write } } }
    const { agent } = await agentFor(catalog)
    await agent.start()
    const reading = await addJob(client, { brand_id: brandId })
    const writing = await addJob(client, { brand_id: brandId, job_type: 'write' })
    await waitFor(async () => (await runOf(client, writing)).completed_at, { describe: 'the writing run to end' })
    await waitFor(async () => (await runOf(client, reading)).completed_at, { describe: 'the reading run to end' })
    expect(await runOf(client, reading)).toMatchObject({ status: 'completed', records_affected: '1' })
    expect(await runOf(client, writing)).toMatchObject({ status: 'failed', problem: 'configuration' })
    expect((await client.query('select from agents')).rowCount).toBe(1)
  })
})

describe('health over HTTP', () => {
  test('readyz turns to 503 while the agent drains, and the server outlives the last run', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent } = await agentFor(commandCatalog(['sleep', '600']), { shutdownGraceSeconds: '1' })
    const running = await agent.start()
    await waitFor(async () => (await jobRow(client, jobId)).current_run_id, { describe: 'the run to start' })
    const stopping = agent.stop()
    expect(await readyz(running)).toMatchObject({ status: 503, body: { status: 'not_ready', state: 'draining' } })
    await stopping
  })

  test('readyz turns to 503 when the database refuses new sessions, and back', async () => {
    const { agent } = await agentFor(commandCatalog(['true']))
    const running = await agent.start()
    expect((await readyz(running)).status).toBe(200)
    await using admin = await databaseAdministrator(database)
    await admin.setOpen(false)
    const offline = await waitFor(
      async () => {
        const answer = await readyz(running)
        return answer.status === 503 ? answer : null
      },
      { timeoutMs: 20_000, describe: 'readyz to notice' },
    )
    expect(offline.body['state']).toBe('offline')
    await admin.setOpen(true)
    await waitFor(async () => (await readyz(running)).status === 200, {
      timeoutMs: 25_000,
      describe: 'readyz to recover',
    })
  })

  test('only requests that name this machine are answered (DNS rebinding)', async () => {
    const { agent } = await agentFor(commandCatalog(['true']))
    const { url } = await agent.start()
    const { port } = new URL(url)
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/healthz', headers: { host } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await status(`127.0.0.1:${port}`)).toBe(200)
    expect(await status(`localhost:${port}`)).toBe(200)
    expect(await status(`evil.example:${port}`)).toBe(421)
    expect(await status('127.0.0.1')).toBe(421)
    const { headers } = await fetch(`${url}/healthz`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('a named port that is taken is a problem, and nothing was started', async () => {
    const first = await agentFor(commandCatalog(['true']))
    const { port } = new URL((await first.agent.start()).url)
    const second = await agentFor(commandCatalog(['true']), { agentName: 'second', port })
    expect(await problemOf(second.agent.start())).toMatchObject({
      code: 'conflict',
      field: 'port',
      value: Number(port),
    })
    expect((await client.query('select from agents')).rowCount).toBe(1)
  })
})

describe('the schema at start', () => {
  test('an empty database of your own is migrated', async () => {
    const empty = await createTestDatabase({ template: 'empty' })
    const one = await agentFor(commandCatalog(['true']), { databaseUrl: empty.url })
    await one.agent.start()
    expect(one.log.find(({ event }) => event === 'schema_ready')?.message).toContain('brought up to date')
    await one.agent.stop()
    await empty.drop()
  })
})

/** Lets nobody into the database any more, and ends who is in, except the test itself. */
async function databaseAdministrator({
  name,
}: TestDatabase): Promise<AsyncDisposable & { setOpen(open: boolean): Promise<void> }> {
  const other = await createTestDatabase({ template: 'empty' })
  const admin = await other.connect()
  return {
    setOpen: async (open) => {
      await admin.query(`alter database ${name} allow_connections ${open}`)
      if (open) return
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name <> 'test'`,
        [name],
      )
    },
    [Symbol.asyncDispose]: () => other.drop(),
  }
}
