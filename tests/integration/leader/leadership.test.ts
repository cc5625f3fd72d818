import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ConnectionGate, DatabaseAway, openGate } from '../../../agent/store/connection-gate.ts'
import { readLeader } from '../../../agent/store/leadership.ts'
import { Problem } from '../../../shared/errors.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { Candidates, quickPace } from '../../support/elections.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { agentPool } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

/** Longer than any test lasts. */
const neverMs = 3_600_000

let database: TestDatabase
let client: pg.Client
let candidates: Candidates
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(() => {
  candidates = new Candidates()
})
afterEach(async () => {
  await candidates[Symbol.asyncDispose]()
  await client.query('delete from leadership')
})

function somebodyLeads() {
  return waitFor(() => candidates.leader, { describe: 'somebody to lead' })
}

async function lockHolders(): Promise<number> {
  const { rowCount } = await client.query(
    `select from pg_locks where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rowCount ?? 0
}

async function terminateLeaderSessions(): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'pipeline-manager leader %'`,
  )
}

describe('one of many', () => {
  test('leadership: five agents at once: one leads, and is followed each time it stops, until nobody is left', async () => {
    for (let count = 0; count < 5; count += 1) candidates.add(database.url)
    await Promise.all(candidates.all.map(({ election }) => election.start()))
    const seen = new Set<string>()
    while (seen.size < 5) {
      const { name, election } = await somebodyLeads()
      expect(candidates.leaders).toHaveLength(1)
      seen.add(name)
      await election.stop()
      expect(election.isLeader).toBe(false)
    }
    expect(candidates.leader).toBeNull()
    expect(await lockHolders()).toBe(0)
  })

  test('leadership: a leader that stops gives it up at once, and the next one need not look to learn of it', async () => {
    const first = await candidates.start(database.url)
    await waitFor(() => first.election.isLeader, { describe: 'the first to lead' })
    const second = await candidates.start(database.url, { tryMs: neverMs })
    const told: boolean[] = []
    first.election.subscribe((isLeader) => told.push(isLeader))
    const stopping = first.election.stop()
    expect([first.election.isLeader, told]).toEqual([false, [false]])
    await stopping
    await waitFor(() => second.election.isLeader, { describe: 'the second to lead' })
  })

  test('leadership: who leads is on record, and nobody when the session is gone', async () => {
    const pool = agentPool(database.url, 1)
    try {
      const { agentId, election } = await candidates.start(database.url)
      await waitFor(() => election.isLeader, { describe: 'it to lead' })
      const leader = await readLeader(pool)
      expect(leader).toMatchObject({ agentId, agentName: null })
      expect(Math.abs(Date.now() - (leader?.since.getTime() ?? 0))).toBeLessThan(60_000)
      await election.stop()
      expect(await readLeader(pool)).toBeNull()
    } finally {
      await pool.stop()
    }
  })

  test('leadership: leading costs no transaction: the session lives on without a statement', async () => {
    const { election } = await candidates.start(database.url, { silenceMs: 3_000, trustMs: 2_500 })
    await waitFor(() => election.isLeader, { describe: 'it to lead' })
    const session = async () => {
      const { rows } = await client.query<{ last: Date; silentMs: string }>(
        `select query_start as last, extract(epoch from clock_timestamp() - query_start) * 1000 as "silentMs"
         from pg_stat_activity where application_name like 'pipeline-manager leader %' and datname = current_database()`,
      )
      return rows[0]
    }
    const before = await session()
    await waitFor(async () => Number((await session())?.silentMs) > 6_000, { describe: 'twice the time of silence' })
    expect((await session())?.last).toEqual(before?.last)
    expect(election.isLeader).toBe(true)
  })

  test('leadership: it may be stopped before it is started, twice, and while it starts', async () => {
    const never = candidates.add(database.url)
    await never.election.stop()
    const { election } = candidates.add(database.url)
    const starting = election.start()
    await Promise.all([election.stop(), election.stop(), starting])
    expect(election.isLeader).toBe(false)
    expect(await lockHolders()).toBe(0)
  })
})

describe('when the session goes', () => {
  test('fault 7: a terminated session ends the term; with nobody else, the same agent leads again', async () => {
    const { election, name } = await candidates.start(database.url)
    const leadsFor = (times: number) =>
      waitFor(() => candidates.terms.length >= times && election.isLeader, { describe: `term ${times}` })
    await leadsFor(1)
    await terminateLeaderSessions()
    await leadsFor(2)
    await terminateLeaderSessions()
    await leadsFor(3)
    expect(new Set(candidates.terms)).toEqual(new Set([name]))
  })

  test('fault 8: half-open: it stops to believe before the server lets another in, and waits when it is back', async () => {
    await using proxy = await startProxy(database.url)
    const cut = await candidates.start(proxy.through(database.url))
    await waitFor(() => cut.election.isLeader, { describe: 'the first to lead' })
    const other = await candidates.start(database.url)
    proxy.blackhole()
    await waitFor(() => other.election.isLeader, { describe: 'the other to lead', timeoutMs: 20_000 })
    expect(cut.election.isLeader).toBe(false)
    proxy.restore()
    await other.election.stop()
    await waitFor(() => cut.election.isLeader, { describe: 'the first to lead again', timeoutMs: 20_000 })
    await cut.election.stop()
  })

  test('fault 10: a database that is away at the start is told once, and waited for', async () => {
    await using proxy = await startProxy(database.url)
    proxy.refuse()
    const { election, troubles } = await candidates.start(proxy.through(database.url))
    expect(election.isLeader).toBe(false)
    await waitFor(() => troubles.length > 0, { describe: 'the trouble' })
    proxy.restore()
    await waitFor(() => election.isLeader, { describe: 'it to lead' })
    expect(troubles).toHaveLength(1)
    await election.stop()
  })
})

describe('fault 13: behind a pooler', () => {
  let pooler: Proxy
  beforeEach(async () => {
    pooler = await startProxy(database.url, { greetsAsPooler: true })
  })
  afterEach(async () => {
    await candidates[Symbol.asyncDispose]()
    await pooler[Symbol.asyncDispose]()
  })

  test('fault 13: no session lock is taken; the row says who leads, and it is followed when it stops', async () => {
    const url = pooler.through(database.url)
    for (let count = 0; count < 3; count += 1) candidates.add(url)
    await Promise.all(candidates.all.map(({ election }) => election.start()))
    const first = await somebodyLeads()
    expect(await lockHolders()).toBe(0)
    const { rows } = await client.query('select agent_id, expires_at > now() as holds from leadership')
    expect(rows).toEqual([{ agent_id: first.agentId, holds: true }])
    await first.election.stop()
    const second = await somebodyLeads()
    expect(second.name).not.toBe(first.name)
  })

  test('fault 13: it leads on through a broken connection, as long as the row holds', async () => {
    const { election } = await candidates.start(pooler.through(database.url), { rowMs: 20_000, rowTrustMs: 15_000 })
    await waitFor(() => election.isLeader, { describe: 'it to lead' })
    const told: boolean[] = []
    election.subscribe((isLeader) => told.push(isLeader))
    const expiry = async () => (await client.query<{ at: Date }>('select expires_at as at from leadership')).rows[0]?.at
    const before = await expiry()
    pooler.cut()
    const renewed = async () => ((await expiry())?.getTime() ?? 0) > (before?.getTime() ?? 0) + quickPace.tryMs
    await waitFor(renewed, { describe: 'the row to be renewed over another connection' })
    expect([election.isLeader, told]).toEqual([true, []])
  })

  test('fault 8, 13: one that is cut off is followed when the row has expired', async () => {
    const cut = await candidates.start(pooler.through(database.url))
    await waitFor(() => cut.election.isLeader, { describe: 'the first to lead' })
    await using elsewhere = await startProxy(database.url, { greetsAsPooler: true })
    const other = await candidates.start(elsewhere.through(database.url))
    pooler.blackhole()
    await waitFor(() => other.election.isLeader, { describe: 'the other to lead', timeoutMs: 20_000 })
    expect(cut.election.isLeader).toBe(false)
    await candidates[Symbol.asyncDispose]()
  })

  test('fault 13: agents with and without a pooler share a database: never two, whoever leads is followed by either', async () => {
    const urls = [database.url, pooler.through(database.url), database.url, pooler.through(database.url)]
    const contest = async (): Promise<void> => {
      const all = urls.map((url) => candidates.add(url))
      await Promise.all(all.map(({ election }) => election.start()))
      const first = await somebodyLeads()
      await first.election.stop()
      await somebodyLeads()
      await Promise.all(all.map(({ election }) => election.stop()))
    }
    for (let round = 0; round < 5; round += 1) await contest()
    expect(candidates.terms.length).toBeGreaterThanOrEqual(10)
  })
})

describe('the gate', () => {
  test('leadership: nobody connects to a database that is known to be away, and somebody leads once it is there', async () => {
    let isClosed = true
    const heard: string[] = []
    const gate: ConnectionGate = {
      closed: () => {
        heard.push('asked')
        return isClosed ? new DatabaseAway(new Problem('database_refused', 'The password is wrong.')) : null
      },
      answered: () => heard.push('answered'),
      failed: () => heard.push('failed'),
    }
    const { troubles } = await candidates.start(database.url, {}, gate)
    await waitFor(() => heard.length >= 3, { describe: 'several tries' })
    expect(new Set(heard)).toEqual(new Set(['asked']))
    expect(troubles).toEqual([])
    isClosed = false
    await somebodyLeads()
    expect(heard).toContain('answered')
  })

  test('leadership: a server that cannot be reached is reported at the gate', async () => {
    const failures: unknown[] = []
    const gate: ConnectionGate = { ...openGate, failed: (error) => failures.push(error) }
    await candidates.start('postgresql://127.0.0.1:1/nothing', {}, gate)
    expect(failures).not.toHaveLength(0)
  })
})
