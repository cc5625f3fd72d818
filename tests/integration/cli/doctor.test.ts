import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../../agent/application/connect.ts'
import { checkServer } from '../../../agent/cli/doctor/database-checks.ts'
import { settingDefinitions } from '../../../agent/config.ts'
import { systemClock } from '../../../shared/clock.ts'
import { startProcess } from '../../support/child-process.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { startProxy } from '../../support/proxy.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecords, type CommandOptions, command, documentOf, programRun } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, housekeeping_sweeps cascade'))

const quiet = { onLog: () => undefined }

interface Examination {
  readonly code: number
  /** `level check: message` of everything that is not ok. */
  readonly trouble: string[]
  readonly document: Record<string, unknown>
}

async function examine(args: string[] = [], options: CommandOptions = {}): Promise<Examination> {
  const url = args.includes('--database-url') ? [] : ['--database-url', database.url]
  const answer = await command(['doctor', '--json', ...args, ...url], options)
  const document = documentOf(answer)
  const findings = asRecords(document['findings'])
  const trouble = findings
    .filter(({ level }) => level !== 'ok')
    .map(({ level, check, message }) => `${String(level)} ${String(check)}: ${String(message)}`)
  for (const { level, fix } of findings) expect(fix === null).toBe(level === 'ok')
  return { code: answer.code, trouble, document }
}

describe('pm doctor', () => {
  test('a healthy workspace: nothing is wrong, exit code 0, also of the program itself', async () => {
    await addAgent(client)
    expect(await examine()).toMatchObject({
      code: 0,
      trouble: [],
      document: { healthy: true, problems: 0, warnings: 0 },
    })
    const answer = await programRun(['doctor', '--database-url', database.url])
    expect(answer).toMatchObject({ code: 0, stderr: '', stdout: matching(/^Nothing is wrong\.\n/) })
    for (const check of ['server version', 'clocks', 'wake-ups', 'schema', 'rights', 'disk', 'store on this device']) {
      expect(answer.stdout).toMatch(new RegExp(`^✔ ok {2}${check}: `, 'm'))
    }
  })

  test('the embedded database is named with its address, for pg_dump, and without its password', async () => {
    const url = new URL(database.url)
    expect(url.password).not.toBe('')
    const connection = await connect(
      { databaseUrl: url.href, dataDirectory: '/nowhere' },
      { ...quiet, clock: systemClock },
    )
    try {
      const [found] = await checkServer({ ...connection, kind: 'embedded' }, systemClock)
      expect(found?.message).toContain('The embedded database postgres')
      expect(found?.message).toContain(`:***@${url.host}${url.pathname}`)
      expect(found?.message).not.toContain(url.password)
    } finally {
      await connection.close()
    }
  })

  test('a database that nobody can reach is a problem with its reason, and the rest is still looked at', async () => {
    const { code, trouble, document } = await examine(['--database-url', 'postgres://ada@127.0.0.1:1/x'])
    expect(code).toBe(1)
    expect(trouble).toEqual([matching(/^problem database: .*127\.0\.0\.1:1.*refused/)])
    expect(asRecords(document['findings']).map(({ check }) => check)).toContain('disk')
  })

  test('a schema that is behind', async () => {
    const empty = await createTestDatabase({ template: 'empty' })
    try {
      const { code, trouble } = await examine(['--database-url', empty.url])
      expect(code).toBe(1)
      expect(trouble).toEqual([matching(/^problem schema: Migrations are pending: 2026-01-01_baseline\.sql, /)])
    } finally {
      await empty.drop()
    }
  })

  test('what is found before a check fails is told, and that it failed', async () => {
    const broken = await createTestDatabase()
    try {
      const owner = await broken.connect()
      await owner.query('alter table agents rename column heartbeat_at to heard_of_at')
      const { code, trouble, document } = await examine(['--database-url', broken.url])
      expect(code).toBe(1)
      expect(trouble).toEqual([
        matching(/^problem database: It could not be looked at to the end: column .*heartbeat_at does not exist\.$/),
      ])
      const checks = asRecords(document['findings']).map(({ check }) => check)
      for (const check of ['disk', 'server version', 'schema', 'rights']) expect(checks).toContain(check)
    } finally {
      await broken.drop()
    }
  })

  test('a role that lacks rights', async () => {
    const role = `reader_${database.name}`
    await client.query(`create role ${role} login password 'x'`)
    try {
      await client.query(`grant select on all tables in schema public to ${role}`)
      const url = new URL(database.url)
      url.username = role
      url.password = 'x'
      const { code, trouble } = await examine(['--database-url', url.href])
      expect(code).toBe(1)
      expect(trouble).toContainEqual(matching(/^problem rights: This role lacks: insert on agents, update on agents/))
    } finally {
      await client.query(`drop owned by ${role}`)
      await client.query(`drop role ${role}`)
    }
  })

  test('a clock that is a minute off', async () => {
    await addAgent(client)
    const clock = { now: () => new Date(Date.now() + 3_600_000), monotonic: () => 0 }
    const { code, trouble } = await examine([], { clock })
    expect(code).toBe(0)
    expect(trouble).toEqual([
      matching(/^warning clocks: The clock of this machine is (1 h|59 min).* ahead of the database's\.$/),
    ])
  })

  test('sizes and what they will be, without anything being wrong', async () => {
    const { document } = await examine()
    const storage = asRecords(document['findings']).find(({ check }) => check === 'storage')
    expect(storage).toMatchObject({
      level: 'ok',
      message: matching(/^The tables take \d+ kB \(\w.* \d+ kB, .*\); how fast they grow is known once an agent/),
    })
  })

  test('agents that run without a leader, and sweeps that fail, are late, or have other ages than this configuration', async () => {
    const agentId = await addAgent(client)
    await client.query(`update agents set started_at = now() - interval '1 hour'`)
    const keep = { logs: 7, successfulRuns: 90, failedRuns: 180, history: 400, incidents: 400 }
    await client.query(
      `insert into housekeeping_sweeps (agent_id, started_at, ended_at, state, failure, keep_days)
       values ($1, now() - interval '30 hours', now(), 'failed', $2, $3)`,
      [agentId, 'Not all runs were looked at: permission denied\nand more', JSON.stringify(keep)],
    )
    const { code, trouble } = await examine()
    expect(code).toBe(0)
    expect(trouble).toEqual([
      'warning leader: Agents run, but none of them leads: nothing is evaluated, told or swept.',
      'warning housekeeping: What is too old was last removed 30 h ago.',
      'warning housekeeping: Not all runs were looked at: permission denied',
      'warning housekeeping: The agent that leads has other ages than this configuration: keep_log_days is 7 there and 30 here.',
    ])
  })

  test('J8: active jobs that nobody can run, with who could', async () => {
    const { brandId } = await addBrand(client)
    await client.query('insert into organization_features select id, $1, true from organizations', ['PIPELINE_MANAGER'])
    await addAgent(client, { jobTypes: ['other'] })
    await addAgent(client, { name: 'old', jobTypes: ['load'], state: 'stopped' })
    const later = new Date(Date.now() + 3_600_000)
    await addJob(client, { job_type: 'load', brand_id: brandId, next_run_at: later })
    const { code, trouble, document } = await examine()
    expect(code).toBe(1)
    expect(trouble).toEqual(['problem job types: No running agent can run load; 1 active job waits.'])
    expect(asRecords(document['findings']).find(({ level }) => level === 'problem')).toMatchObject({
      fix: 'Start one that can: old on host-1.',
    })
  })

  test('a job type that agents and another program share is not safe', async () => {
    const { brandId } = await addBrand(client)
    await client.query('insert into organization_features select id, $1, true from organizations', ['PIPELINE_MANAGER'])
    const agentId = await addAgent(client, { jobTypes: ['load', 'theirs'] })
    const ended = { status: 'completed', started_at: new Date(), completed_at: new Date() }
    for (const type of ['load', 'theirs']) {
      const jobId = await addJob(client, { job_type: type, brand_id: brandId, status: 'completed', next_run_at: null })
      await addRun(client, jobId, ended)
      if (type === 'load') await addRun(client, jobId, { ...ended, agent_id: agentId })
    }
    const { trouble } = await examine()
    expect(trouble).toEqual([
      matching(/^problem shared job types: load was run by agents and by another program .* over 30 minutes\.$/),
    ])
  })

  test('rows with nonsense: schedule, zone, next run, parameters; weekly schedules that may count from Monday', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await client.query('insert into organization_features select id, $1, true from organizations', ['PIPELINE_MANAGER'])
    const parameters = { type: 'object', properties: { days: { type: 'integer' } }, additionalProperties: false }
    await addAgent(client, {
      jobTypes: ['work'],
      catalog: published({ work: { steps: [{ key: 'a', dataset: 'd' }], parameters } }),
    })
    const later = new Date(Date.now() + 3_600_000)
    const row = { brand_id: brandId, next_run_at: later, time_zone: 'UTC', cron_expression: '0 6 * * *' }
    await addJob(client, { ...row, name: 'Cron', cron_expression: 'every day' })
    await addJob(client, { ...row, name: 'Zone', time_zone: 'Mars/Olympus' })
    await addJob(client, { ...row, name: 'Far', next_run_at: 'infinity' })
    await addJob(client, { ...row, name: 'Wrong', parameters: { days: 'seven' } })
    await addJob(client, { ...row, name: 'Monday', cron_expression: '0 6 * * 0', time_zone: null })
    await addJob(client, { ...row, name: 'Platform', brand_id: null })
    const { code, trouble } = await examine()
    expect(code).toBe(1)
    expect(trouble).toHaveLength(6)
    for (const expected of [
      /^problem jobs: The next run is more than five years away or no time at all: Far of Acme \(/,
      /^problem schedules: The schedule .*"every day"\) Cron of Acme \(.*will not run\.$/,
      /^problem schedules: There is no time zone "Mars\/Olympus".*Zone of Acme \(/,
      /^warning schedules: Weekly schedules of an older program: Monday of Acme .*0 is Sunday/,
      /^warning jobs: Jobs without a brand refresh no dataset.*Platform of the platform/,
      /^problem parameters: Wrong of Acme .*days must be/,
    ]) {
      expect(trouble).toContainEqual(matching(expected))
    }
  })

  test('J7: stuck runs, overdue jobs, and features that are off', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { jobTypes: ['work'] })
    const jobId = await addJob(client, { brand_id: brandId, name: 'Stuck', next_run_at: null })
    const agentId = await addAgent(client, { name: 'gone', jobTypes: ['work'], silentFor: 3_600 })
    const long = new Date(Date.now() - 3_600_000)
    await addRun(client, jobId, { started_at: long, agent_id: agentId, lease_expires_at: long })
    await addJob(client, { brand_id: brandId, name: 'Late', next_run_at: long })
    const { code, trouble } = await examine()
    expect(code).toBe(0)
    expect(trouble).toEqual([
      matching(/^warning agents: Not heard of since, and never stopped: gone on host-1 \((1 h|59 min)/),
      matching(/^warning runs: 1 run nobody works on any more: Stuck of Acme \(/),
      matching(/^warning overdue: 1 job of work due since (1 h|59 min).* ago and not started\.$/),
      matching(/^warning features: The console hides Pipeline Manager from these organizations: Acme\.$/),
    ])
  })

  test('the catalog: a program that is not there, variables that are not set, a connection that does not answer', async () => {
    await addAgent(client)
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'pipeline-manager.yaml')
    await writeFile(
      file,
      `extends: none
job_types:
  load:
    label: Load
    steps:
      - { key: one, run: { command: [no-such-program], env: [LOAD_TOKEN] } }
      - { key: two, run: { sql: "select 1", connection: warehouse } }
connections: { warehouse: { url_env: WAREHOUSE_URL } }
`,
    )
    await chmod(file, 0o600)
    const environment = { WAREHOUSE_URL: 'postgres://ada:canary@127.0.0.1:1/x' }
    const { code, trouble } = await examine(['--config', file], { environment })
    expect(code).toBe(1)
    expect(trouble).toEqual([
      matching(/^problem commands: load step one cannot start: no-such-program was not found on PATH/),
      matching(/^warning commands: load step one needs the environment variable LOAD_TOKEN/),
      matching(/^problem connections: Connection warehouse: Nothing answers at 127\.0\.0\.1:1/),
    ])
    expect(trouble.join()).not.toContain('canary')
  })

  test('fault 13: a connection through a pooler is told of', async () => {
    await addAgent(client)
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'pipeline-manager.yaml')
    await writeFile(file, 'extends: none\nconnections: { warehouse: { url_env: WAREHOUSE_URL } }\n')
    await chmod(file, 0o600)
    await using pooler = await startProxy(database.url, { greetsAsPooler: true })
    const examined = (url: string) => examine(['--config', file], { environment: { WAREHOUSE_URL: url } })
    const { code, trouble } = await examined(pooler.through(database.url))
    expect(code).toBe(0)
    expect(trouble).toContainEqual(
      matching(
        /^warning connections: Connection warehouse answers through a pooler .*one statement, in a transaction\.$/,
      ),
    )
    expect((await examined(database.url)).trouble.join()).not.toContain('pooler')
  })

  test('a configuration that is wrong is itself the finding', async () => {
    const { code, trouble } = await examine([], { environment: { PIPELINE_MANAGER_PORT: 'eighty' } })
    expect(code).toBe(1)
    expect(trouble).toEqual([matching(/^problem configuration: port must be a whole number; got "eighty"/)])
    const misspelt = await examine([], { environment: { PIPELINE_MANAGER_PROT: '80' } })
    expect(misspelt.trouble).toContainEqual(containing('Did you mean PIPELINE_MANAGER_PORT?'))
  })

  test('what stands in the file where the name of a secret belongs is told to nobody', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'pipeline-manager.yaml')
    await writeFile(file, 'credentials: { api: { header: Authorization, value_env: "Bearer canary-7f3a91" } }\n')
    await chmod(file, 0o600)
    const place = ['--config', file, '--database-url', database.url]
    for (const args of [['doctor'], ['doctor', '--json'], ['agents'], ['agents', '--json']]) {
      const { stdout, stderr } = await command([...args, ...place])
      expect(stdout + stderr).toContain('must be the name of an environment variable')
      expect(stdout + stderr).not.toContain('canary')
    }
  })

  test('what an agent refuses to start with is a problem, and the rest is still looked at', async () => {
    await addAgent(client)
    await using folder = await temporaryFolder()
    const text = join(folder.path, 'not.pem')
    await writeFile(text, 'no certificate')
    const refused: [settings: Record<string, string>, said: RegExp][] = [
      [{ HOST: '0.0.0.0' }, /^problem configuration: Listening on "0\.0\.0\.0" without TLS/],
      [{ TLS_CERT: text }, /^problem configuration: HTTPS takes both a certificate and its key\.$/],
      [{ TLS_CERT: text, TLS_KEY: join(folder.path, 'no.pem') }, /^problem configuration: The file of tls_key/],
      [{ TLS_CERT: text, TLS_KEY: text }, /^problem configuration: The files of tls_cert and tls_key cannot be used: /],
      [{ BEHIND_PROXY: 'true' }, /^problem configuration: A server for other machines answers to one name only/],
    ]
    for (const [settings, said] of refused) {
      const environment = Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [`PIPELINE_MANAGER_${name}`, value]),
      )
      const { code, trouble, document } = await examine([], { environment })
      expect([code, trouble]).toEqual([1, [matching(said)]])
      const { message } = asRecords(document['findings']).find(({ check }) => check === 'rights') ?? {}
      expect(message).toBe('This role may do all that an agent does.')
    }
  })

  test('a certificate that ends tomorrow is a warning, one that has ended a problem', async () => {
    await addAgent(client)
    const tls = join(import.meta.dirname, '../../fixtures/tls')
    const environment = {
      PIPELINE_MANAGER_TLS_CERT: join(tls, 'renewed-certificate.pem'),
      PIPELINE_MANAGER_TLS_KEY: join(tls, 'renewed-key.pem'),
    }
    expect(await examine([], { environment })).toMatchObject({ code: 0, trouble: [] })
    const clock = { now: () => new Date('2126-09-30T00:00:00Z'), monotonic: () => 0 }
    const { code, trouble } = await examine([], { environment, clock })
    expect([code, trouble]).toEqual([
      0,
      [
        matching(/^warning certificate: The TLS certificate ends in 24 h \(2126-10-01\); then browsers/),
        matching(/^warning clocks: /),
      ],
    ])
    const ended = {
      PIPELINE_MANAGER_TLS_CERT: join(tls, 'ended-certificate.pem'),
      PIPELINE_MANAGER_TLS_KEY: join(tls, 'key.pem'),
    }
    expect(await examine([], { environment: ended })).toMatchObject({
      code: 1,
      trouble: [matching(/^problem certificate: The TLS certificate ended on 2020-03-31: browsers/)],
    })
  })

  test('a data folder that cannot be written is a problem', async () => {
    await addAgent(client)
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    const inTheWay = await examine(['--data-dir', join(file, 'data')])
    expect([inTheWay.code, inTheWay.trouble]).toEqual([
      1,
      [`problem data folder: ${file} is a file; the data folder cannot be there.`],
    ])
    // Nobody may look below what mkdtemp makes.
    await chmod(folder.path, 0o711)
    const closed = join(folder.path, 'closed')
    await mkdir(closed, { mode: 0o555 })
    await using child = startProcess(join(import.meta.dirname, 'data-folder-process.ts'), [join(closed, 'data')])
    expect(JSON.parse(await child.line())).toMatchObject([
      { level: 'problem', message: matching(/^The data folder .*\/closed\/data cannot be written: .*EACCES/) },
    ])
  })

  test('--settings lists every setting with its value and where it comes from', async () => {
    const environment = { PIPELINE_MANAGER_CONCURRENCY: '3' }
    const url = 'postgres://ada:canary@db.example.com/x'
    const args = ['doctor', '--settings', '--database-url', url]
    const rows = asRecords(documentOf(await command([...args, '--json'], { environment }))['settings'])
    expect(rows.map(({ name }) => name)).toEqual(Object.values(settingDefinitions).map(({ name }) => name))
    const row = (name: string): unknown => rows.find((one) => one['name'] === name)
    expect(row('concurrency')).toMatchObject({
      value: '3',
      origin: 'environment PIPELINE_MANAGER_CONCURRENCY',
      default: '10',
    })
    expect(row('database_url')).toMatchObject({
      value: 'postgres://ada:***@db.example.com/x',
      origin: 'flag --database-url',
    })
    const { stdout } = await command(args, { environment })
    expect(stdout).toMatch(/^concurrency +3 runs +environment PIPELINE_MANAGER_CONCURRENCY +--concurrency/m)
    expect(stdout).not.toContain('canary')
  })
})
