import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Housekeeping } from '../../../agent/housekeeping/housekeeping.ts'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { listMissingPrivileges } from '../../../agent/store/agent-rights.ts'
import { openPool } from '../../../agent/store/database.ts'
import { listSweeps } from '../../../agent/store/housekeeping/sweeps.ts'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { systemClock } from '../../../shared/clock.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import { addOldRun, addQuietJob, hastyPace, housekeepingPool, usualKeep } from '../../support/old-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { waitFor } from '../../support/wait.ts'
import { asRecords, command, commandsOn, documentOf } from './command-line.ts'
import { matching } from './matchers.ts'

const schema = readFileSync(join(import.meta.dirname, '../../../schema.sql'), 'utf8')
const tables = [...schema.matchAll(/^create table (\w+)/gm)].map(([, name = '']) => name)

/** A role that may connect, and nothing else. */
async function createRole(client: pg.ClientBase): Promise<string> {
  const name = `role_${randomUUID().replaceAll('-', '')}`
  await client.query(`create role ${name} login password 'x'`)
  return name
}

async function dropRole(client: pg.ClientBase, name: string): Promise<void> {
  await client.query(`drop owned by ${name}`)
  await client.query(`drop role ${name}`)
}

function urlAs(role: string, url: string): string {
  return Object.assign(new URL(url), { username: role, password: 'x' }).href
}

interface Examination {
  readonly code: number
  /** Problems: `check: message` and how to mend them. */
  readonly problems: readonly { readonly what: string; readonly fix: string }[]
}

async function examine(url: string): Promise<Examination> {
  const answer = await command(['doctor', '--json', '--database-url', url])
  const found = asRecords(documentOf(answer)['findings']).filter(({ level }) => level === 'problem')
  const problems = found.map(({ check, message, fix }) => ({
    what: `${String(check)}: ${String(message)}`,
    fix: String(fix),
  }))
  return { code: answer.code, problems }
}

describe('rights of the database role', () => {
  let database: TestDatabase
  let client: pg.Client
  let role: string
  let url: string
  beforeAll(async () => {
    database = await createTestDatabase()
    client = await database.connect()
  })
  afterAll(() => database.drop())
  beforeEach(async () => {
    role = await createRole(client)
    url = urlAs(role, database.url)
  })
  afterEach(() => dropRole(client, role))

  test('every table of the schema is asked about, and no other', async () => {
    const pool = openPool({ url, applicationName: 'rights', size: 1, purpose: 'console', onConnectionError: () => {} })
    try {
      const missing = await listMissingPrivileges(pool)
      expect([...new Set(missing.map(({ table }) => table))]).toEqual(tables.toSorted())
    } finally {
      await pool.stop()
    }
  })

  test('a role that may read nothing is a finding of doctor, and a sentence of every other command', async () => {
    const { code, problems } = await examine(url)
    expect(code).toBe(1)
    expect(problems).toMatchObject([{ what: matching(/^rights: This role lacks: insert on agents, /) }])
    const { errorFrom } = commandsOn(() => url)
    for (const asked of [['status'], ['migrate', '--status'], ['jobs']]) {
      expect(await errorFrom(...asked)).toMatchObject({ code: 'not_allowed', fix: matching(/"pm doctor"/) })
    }
  })

  test('what row level security hides is not taken for a schema that is behind, or for rights', async () => {
    await client.query(`grant all on all tables in schema public to ${role}`)
    for (const table of tables) await client.query(`alter table ${table} enable row level security`)
    await client.query('create policy everybody on brands using (true)')
    try {
      const { code, problems } = await examine(url)
      expect(code).toBe(1)
      expect(problems).toEqual([
        {
          what: matching(/^rights: Row level security closes to this role, whatever it is granted: agents, /),
          fix: 'Connect as the owner of the tables, or as a role with bypassrls.',
        },
      ])
      const { errorFrom } = commandsOn(() => url)
      expect(await errorFrom('status')).toMatchObject({ code: 'not_allowed', message: matching(/row-level security/) })
      await client.query(`alter role ${role} bypassrls`)
      expect((await examine(url)).problems).toEqual([])
    } finally {
      await client.query('drop policy everybody on brands')
      for (const table of tables) await client.query(`alter table ${table} disable row level security`)
    }
  })
})

describe('a role with exactly the grants that doctor prints', () => {
  const catalog = testCatalog({
    datasets: { orders: { maxAgeHours: 24 } },
    jobTypes: { load: { datasets: ['orders'] }, build: { datasets: [] } },
  })
  let server: TestServer
  let role: string
  beforeAll(async () => {
    server = await startTestServer({}, { catalog, through: grantedUrl })
  })
  afterAll(async () => {
    await dropRole(server.console.sql, role)
    await server.stop()
  })

  /** As an owner does it who reads what doctor says. */
  async function grantedUrl(own: string): Promise<string> {
    const owner = new pg.Client({ connectionString: own })
    await owner.connect()
    try {
      role = await createRole(owner)
      const { problems } = await examine(urlAs(role, own))
      const statements = problems.flatMap(({ fix }) => fix.match(/grant [^;]+/g) ?? [])
      for (const statement of statements) await owner.query(statement.replace('<role>', role))
      return urlAs(role, own)
    } finally {
      await owner.end()
    }
  }

  test('an agent queues, answers programs, evaluates, tells, triggers and sweeps', async () => {
    const { console, url } = server
    const { sql, client, services } = console
    expect(await examine(urlAs(role, console.database.url))).toEqual({ code: 0, problems: [] })
    const scene = await openScene(console, catalog)
    const brand = { organizationId: scene.organizationId, brandId: scene.brandId }

    const authorization = `Bearer ${await server.token('read')}`
    const answer = await fetch(`${url}/api/organizations/${scene.organizationId}/brands`, {
      headers: { authorization },
    })
    expect(answer.status).toBe(200)

    await client.jobs.queue({ ...brand, jobType: 'load', parameters: {} })
    await client.triggers.create({ ...brand, dataset: 'orders', jobType: 'build', debounceSeconds: 0 })
    await client.freshness.recordSuccess({ brandId: scene.brandId, dataset: 'orders', records: 1 })
    await triggerRound(services.database)
    const { rows } = await sql.query('select job_type from scheduled_jobs order by created_at')
    expect(rows).toEqual([{ job_type: 'load' }, { job_type: 'build' }])

    await sql.query(`update dataset_status set last_success_at = now() - interval '100 hours'`)
    await scene.round()
    expect(await scene.open()).not.toEqual([])
    await dispatchRound(services.database, { gatherMs: 0, aliveSeconds: 150 })
    const { rows: waiting } = await sql.query('select from incident_events where dispatched_at is null')
    expect(waiting).toEqual([])

    const jobId = await addQuietJob(sql)
    const old = await addOldRun(sql, jobId, 100)
    await addOldRun(sql, jobId, 1)
    await sweepOnce(urlAs(role, console.database.url))
    expect((await sql.query('select from scheduled_job_runs where id = $1', [old])).rows).toEqual([])
    expect(console.troubles).toEqual([])
  })
})

async function sweepOnce(url: string): Promise<void> {
  const pool = housekeepingPool(url)
  const housekeeping = new Housekeeping({
    database: pool,
    clock: systemClock,
    leadership: { isLeader: true, subscribe: () => () => undefined },
    agentId: randomUUID(),
    keep: usualKeep,
    onSwept: () => undefined,
    onTrouble: () => undefined,
    pace: { settleMs: 0, everyMs: 3_600_000, walk: hastyPace },
  })
  try {
    housekeeping.start()
    const swept = async () => (await listSweeps(pool, 1)).find(({ endedAt }) => endedAt !== null)
    expect(await waitFor(swept, { describe: 'the sweep to end' })).toMatchObject({ state: 'completed', failure: null })
  } finally {
    await housekeeping.stop()
    await pool.stop()
  }
}
