/** The whole way: a file, an agent, a transition in the database, and the servers of the other side. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { startServer, type TestServer } from '../../support/http-server.ts'
import { addEvent, addIncident, addRoute, notificationRows } from '../../support/incident-events.ts'
import { type SmtpServer, startSmtpServer } from '../../support/smtp-server.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { command, documentOf } from '../cli/command-line.ts'
import { containing, matching } from '../cli/matchers.ts'
import { type AgentUnderTest, agentUnderTest, catalogFile } from './agent-under-test.ts'

const canary = 'canary-7f3a9c51'

let database: TestDatabase
let sql: pg.Client
let folder: TemporaryFolder
let server: TestServer
let mail: SmtpServer
let started: AgentUnderTest[]

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  folder = await temporaryFolder()
  server = await startServer((request, response) => response.end(`${request.url} says ${canary}-secret-of-the-pager`))
  mail = await startSmtpServer()
  started = []
})

afterEach(async () => {
  for (const { agent } of started) await agent.stop()
  await server[Symbol.asyncDispose]()
  await mail[Symbol.asyncDispose]()
  await database.drop()
  await folder.remove()
})

const channels = {
  ops_slack: { slack: { url_env: 'SLACK_URL' } },
  pager: { webhook: { url_env: 'PAGER_URL', secret_env: 'PAGER_SECRET' } },
  mail: { email: { smtp_url_env: 'SMTP_URL', from: 'pipelines@example.com', to: ['ops@example.com'] } },
  local: { command: ['./tell.sh'] },
  broken: { slack: { url_env: 'NOT_SET' } },
}

const secrets = (): Record<string, string> => ({
  SLACK_URL: `http://${server.host}/services/T0/B0/${canary}-slack-token`,
  PAGER_URL: `http://${server.host}/hooks/${canary}-pager-path`,
  PAGER_SECRET: `${canary}-secret-of-the-pager`,
  SMTP_URL: `smtp://user:${canary}-smtp-password@127.0.0.1:${mail.port}`,
})

async function startAgent(more: Record<string, string> = {}): Promise<AgentUnderTest> {
  const script = join(folder.path, 'tell.sh')
  await writeFile(script, '#!/bin/sh\ncat > told.json\n')
  await chmod(script, 0o700)
  const config = await catalogFile(folder, {
    extends: 'none',
    notifications: { channels },
    http: { allow_hosts: [server.host] },
  })
  const flags = { databaseUrl: database.url, dataDir: folder.path, config }
  const one = agentUnderTest(flags, { environment: { ...secrets(), ...more } })
  started.push(one)
  await one.agent.start()
  return one
}

/** As the evaluation writes it; long enough ago that nobody waits for others. */
async function openLongAgo(organizationId: string): Promise<void> {
  const incident = await addIncident(sql, { organization_id: organizationId })
  await sql.query('begin')
  await addEvent(sql, incident)
  await sql.query(`update incident_events set happened_at = now() - interval '1 minute'`)
  await sql.query('commit')
}

describe('an agent with channels', () => {
  test('tells on every one of them; no secret is in the database, in the log or in what is told', async () => {
    const { log } = await startAgent()
    const { organizationId } = await addOpenBrand(sql, 'Birch Coffee')
    const names = Object.keys(channels).filter((name) => name !== 'broken')
    for (const name of names) await addRoute(sql, organizationId, name)
    await openLongAgo(organizationId)
    const all = (): Promise<boolean> =>
      notificationRows(sql).then((rows) => rows.length === 4 && rows.every(({ state }) => state === 'delivered'))
    await waitFor(all, { describe: 'all channels to be told', timeoutMs: 25_000 })
    const types = (await notificationRows(sql)).map(({ channel, channel_type }) => `${channel} ${channel_type}`)
    expect(types.toSorted()).toEqual(['local command', 'mail email', 'ops_slack slack', 'pager webhook'])
    expect(server.seen.map(({ url }) => url).toSorted()).toEqual([
      `/hooks/${canary}-pager-path`,
      `/services/T0/B0/${canary}-slack-token`,
    ])
    expect(mail.letters).toHaveLength(1)
    expect(JSON.parse(await readFile(join(folder.path, 'told.json'), 'utf8'))).toMatchObject({ type: 'opened' })
    const bodies = [...server.seen.map(({ body }) => body), ...mail.letters.map(({ source }) => source)]
    expect(JSON.stringify([await everything(), log, bodies])).not.toContain(canary)
    expect(JSON.stringify(await notificationRows(sql))).toContain('*** says ***')
  })

  test('publishes names and types, and says what cannot be used and why', async () => {
    const { log } = await startAgent()
    const { rows } = await sql.query<{ channels: unknown }>(`select catalog -> 'channels' as channels from agents`)
    expect(rows).toEqual([
      {
        channels: {
          ops_slack: { type: 'slack' },
          pager: { type: 'webhook' },
          mail: { type: 'email' },
          local: { type: 'command' },
        },
      },
    ])
    expect(log).toContainEqual({
      level: 'warn',
      event: 'configuration',
      message:
        'The channel "broken" cannot be used: the environment variable NOT_SET is not set. Set it where the agent is started.',
    })
  })

  test('§2.1: a row cannot bring a channel, an address or a program', async () => {
    await startAgent()
    const { organizationId } = await addOpenBrand(sql, 'Birch Coffee')
    const hostile = ['evil', 'command', 'local; touch broken', 'https://evil.example/']
    for (const name of hostile) await addRoute(sql, organizationId, name)
    await sql.query(
      `update agents set catalog = jsonb_set(catalog, '{channels,evil}', '{"type": "command", "command": ["touch", "broken"]}')`,
    )
    await openLongAgo(organizationId)
    await waitFor(async () => (await notificationRows(sql)).length === hostile.length, { describe: 'the messages' })
    const { message } =
      (await sql.query<{ message: object }>('select message from notifications limit 1')).rows[0] ?? {}
    await sql.query(
      `insert into notifications (organization_id, channel, title, message) values ($1, 'local', '$(touch broken)', $2)`,
      [organizationId, JSON.stringify({ ...message, title: '$(touch broken)', command: ['touch', 'broken'] })],
    )
    await sql.query(`select pg_notify('pipeline_manager', 'deliveries')`)
    const told = (): Promise<boolean> =>
      notificationRows(sql, 'local').then((rows) => rows.some(({ state }) => state === 'delivered'))
    await waitFor(told, { describe: 'the message that has a channel' })
    expect((await notificationRows(sql)).filter(({ state }) => state === 'pending')).toHaveLength(hostile.length)
    await expect(readFile(join(folder.path, 'broken'))).rejects.toThrow('ENOENT')
    expect(server.seen).toEqual([])
  })
})

describe('pm channels', () => {
  const pm = (...args: string[]) => command([...args, '--database-url', database.url])

  test('lists them, and a test shows the real answer of the other side', async () => {
    await startAgent()
    const tested = documentOf(await pm('channels', 'test', 'mail', '--json'))
    expect(tested['delivery']).toMatchObject({
      channel: 'mail',
      state: 'delivered',
      answer: '250 taken as 42',
      isTest: true,
    })
    const words = await pm('channels', 'test', 'ops_slack')
    expect(words).toMatchObject({
      code: 0,
      stdout: matching(/^✔ delivered {2}Told on ops_slack\.\n {4}It answered: 200 OK: \*\*\* says/),
    })
    const { stdout } = await pm('channels')
    expect(stdout).toMatch(/● ready +ops_slack +slack/)
    expect(documentOf(await pm('channels', '--json'))['channels']).toHaveLength(5)
    const { rows } = await sql.query(`select action, operator, subject_id from operator_actions order by id`)
    expect(rows).toEqual([
      { action: 'notification.test', operator: 'ada', subject_id: 'mail' },
      { action: 'notification.test', operator: 'ada', subject_id: 'ops_slack' },
    ])
  })

  test('a test that fails is not tried again, and ends with exit code 1', async () => {
    await startAgent()
    await server[Symbol.asyncDispose]()
    server = await startServer((_request, response) => response.end())
    const { code, stdout } = await pm('channels', 'test', 'pager')
    expect([code, stdout]).toEqual([1, matching(/^✘ failed/)])
    expect(await notificationRows(sql)).toMatchObject([{ state: 'failed', attempts: 1 }])
  })

  test('a channel that nobody has, and one whose agents have stopped', async () => {
    expect(await pm('channels', 'test', 'pager')).toMatchObject({
      code: 2,
      stderr: containing('No agent has the channel "pager"'),
    })
    const { agent } = await startAgent()
    await agent.stop()
    expect(await pm('channels', 'test', 'pager')).toMatchObject({
      code: 2,
      stderr: containing('No agent that has the channel "pager" is running'),
    })
  })

  test('doctor says which channels cannot be used here, and why', async () => {
    const config = await catalogFile(folder, { notifications: { channels: { ops: channels.ops_slack } } })
    const examine = async (environment: Record<string, string>) =>
      documentOf(
        await command(['doctor', '--json', '--config', config, '--database-url', database.url], { environment }),
      )
    const hint = 'goes to \\"hooks.slack.com\\", which is not in http.allow_hosts'
    const SLACK_URL = `https://hooks.slack.com/services/T0/B0/${canary}`
    const found = JSON.stringify(await examine({ SLACK_URL }))
    expect(found).toContain(hint)
    expect(found).not.toContain(canary)
    expect(JSON.stringify(await examine({}))).toContain('SLACK_URL is not set')
  })
})

/** Every row of every table of ours. */
async function everything(): Promise<unknown[]> {
  const { rows: tables } = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const contents: unknown[] = []
  for (const { name } of tables) contents.push((await sql.query(`select * from ${name}`)).rows)
  return contents
}

test('an agent that is ready sends its heartbeat, and its log never has the address', async () => {
  const url = `http://${server.host}/${canary}-heartbeat`
  const { agent, log } = await startAgent({ PIPELINE_MANAGER_HEARTBEAT_URL: url })
  await waitFor(() => server.seen.some((seen) => seen.url.endsWith('-heartbeat')), { describe: 'the heartbeat' })
  expect(await agent.health()).toMatchObject({ ready: true })
  await agent.stop()
  expect(JSON.stringify(log)).not.toContain(canary)
})
