import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Housekeeping, type HousekeepingPace } from '../../../agent/housekeeping/housekeeping.ts'
import type { Leadership } from '../../../agent/leader/leadership.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { sweepRuns } from '../../../agent/store/housekeeping/runs.ts'
import { type KeepDays, listSweeps, type RecordedSweep } from '../../../agent/store/housekeeping/sweeps.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob } from '../../support/job-rows.ts'
import {
  addLines,
  addOldRun,
  addQuietJob,
  hastyPace,
  housekeepingPool,
  idsOf,
  usualKeep,
} from '../../support/old-rows.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

/** Longer than any test lasts. */
const neverMs = 3_600_000

/** Leads when the test says so. */
class TestLeadership implements Leadership {
  isLeader: boolean
  readonly #listeners = new Set<(isLeader: boolean) => void>()

  constructor(isLeader: boolean) {
    this.isLeader = isLeader
  }

  subscribe(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  become(isLeader: boolean): void {
    this.isLeader = isLeader
    for (const listener of this.#listeners) listener(isLeader)
  }
}

interface Keeper {
  readonly housekeeping: Housekeeping
  readonly leadership: TestLeadership
  readonly agentId: string
  readonly swept: string[]
  readonly troubles: string[]
}

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let running: Housekeeping[]
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = housekeepingPool(database.url)
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((housekeeping) => housekeeping.stop()))
  await pool.stop()
  await client.query('truncate organizations, scheduled_jobs, run_steps, run_logs, agents, housekeeping_sweeps cascade')
})

function keeper(
  options: {
    isLeader?: boolean
    keep?: Partial<KeepDays>
    pace?: Partial<HousekeepingPace>
    database?: DatabasePool
  } = {},
): Keeper {
  const leadership = new TestLeadership(options.isLeader ?? true)
  const agentId = randomUUID()
  const swept: string[] = []
  const troubles: string[] = []
  const housekeeping = new Housekeeping({
    database: options.database ?? pool,
    clock: systemClock,
    leadership,
    agentId,
    keep: { ...usualKeep, ...options.keep },
    onSwept: (message) => swept.push(message),
    onTrouble: (message) => troubles.push(message),
    pace: { settleMs: 0, everyMs: neverMs, walk: hastyPace, ...options.pace },
  })
  running.push(housekeeping)
  housekeeping.start()
  return { housekeeping, leadership, agentId, swept, troubles }
}

/** The sweeps that have ended, the newest first, once there are so many. */
function sweepsEnded(count: number): Promise<RecordedSweep[]> {
  return waitFor(
    async () => {
      const sweeps = await listSweeps(pool, 50)
      return sweeps.filter(({ endedAt }) => endedAt !== null).length >= count ? sweeps : null
    },
    { describe: `${count} sweeps to end` },
  )
}

async function addOldWork(runs = 20): Promise<string> {
  const jobId = await addQuietJob(client)
  await client.query(
    `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at)
     select $1, 'completed', now() - (100 + n) * interval '1 hour' - interval '90 days', now() - (100 + n) * interval '1 hour' - interval '90 days'
     from generate_series(1, $2::integer) n`,
    [jobId, runs],
  )
  await addOldRun(client, jobId, 1)
  return jobId
}

/** Notes the names of what is asked. */
function recording(asked: string[]): DatabasePool {
  return {
    ...pool,
    query: (statement, values) => {
      asked.push(statement.name)
      return pool.query(statement, values)
    },
  }
}

describe('housekeeping by the leader', () => {
  test('it sweeps once it leads, writes down what went and by which ages, and not again before it is time', async () => {
    await addOldWork()
    const { leadership, agentId, swept, housekeeping } = keeper({ isLeader: false })
    leadership.become(true)
    const [sweep] = await sweepsEnded(1)
    expect(sweep).toMatchObject({
      agentId,
      agentName: null,
      state: 'completed',
      failure: null,
      removed: { scheduled_job_runs: 20 },
      keepDays: usualKeep,
    })
    expect(swept).toEqual([expect.stringMatching(/^Removed what is older than it is kept: 20 runs · /)])
    await housekeeping.stop()
    // The next leader reads when it was.
    const asked: string[] = []
    const next = keeper({ database: recording(asked) })
    await waitFor(() => asked.length > 0, { describe: 'it to look' })
    await next.housekeeping.stop()
    expect(asked).toEqual(['last_sweep'])
  })

  test('who does not lead sweeps nothing', async () => {
    await addOldWork(3)
    const follower = keeper({ isLeader: false })
    const leader = keeper()
    await sweepsEnded(1)
    await follower.housekeeping.stop()
    expect(await listSweeps(pool, 50)).toMatchObject([{ agentId: leader.agentId }])
    expect(follower.swept).toEqual([])
  })

  test('a leader that loses the lead stops after the statement under way; the next one begins at once', async () => {
    await addOldWork(60)
    const slow = { ...hastyPace, limit: [1, 1] as const, restMs: [20, 20] as const }
    const first = keeper({ pace: { walk: slow } })
    await waitFor(async () => (await idsOf(client, 'scheduled_job_runs')).size < 55, { describe: 'it to have begun' })
    first.leadership.become(false)
    const [stopped] = await sweepsEnded(1)
    expect(stopped).toMatchObject({ state: 'stopped', agentId: first.agentId })
    expect((await idsOf(client, 'scheduled_job_runs')).size).toBeGreaterThan(1)
    const second = keeper()
    await sweepsEnded(2)
    expect(await listSweeps(pool, 50)).toMatchObject([
      { state: 'completed', agentId: second.agentId },
      { state: 'stopped' },
    ])
    expect((await idsOf(client, 'scheduled_job_runs')).size).toBe(1)
  })

  test('how far a sweep is can be read while it goes on, and one whose agent died is not taken for one that goes on', async () => {
    await addOldWork(5)
    await client.query(
      `insert into housekeeping_sweeps (agent_id, keep_days, started_at, updated_at, removed)
       values (gen_random_uuid(), '{}', now() - interval '10 minutes', now() - interval '9 minutes', '{"scheduled_job_runs": 7}')`,
    )
    keeper()
    const sweeps = await sweepsEnded(2)
    expect(sweeps).toMatchObject([
      { state: 'completed', removed: { scheduled_job_runs: 5 } },
      { state: 'stopped', failure: 'The agent that swept led no more.', removed: { scheduled_job_runs: 7 } },
    ])
  })

  test('two leaders for a moment: each row is removed once, and both come to an end', async () => {
    await addOldWork(300)
    const other = housekeepingPool(database.url)
    try {
      const walk = { ...hastyPace, limit: [20, 20] as const }
      const both = [keeper({ pace: { walk } }), keeper({ pace: { walk }, database: other })]
      await sweepsEnded(2)
      expect(both.flatMap(({ troubles }) => troubles)).toEqual([])
      const sweeps = await listSweeps(pool, 50)
      const removed = sweeps.map(({ removed: { scheduled_job_runs: runs = 0 } }) => runs)
      expect(removed.reduce((sum, runs) => sum + runs, 0)).toBe(300)
      for (const { housekeeping } of both) await housekeeping.stop()
    } finally {
      await other.stop()
    }
  })

  test('the walk over logs goes on where the last sweep ended, a day earlier', async () => {
    const jobId = await addQuietJob(client)
    const old = await addOldRun(client, jobId, 60)
    await addLines(client, old, 3)
    const first = keeper()
    await sweepsEnded(1)
    await first.housekeeping.stop()
    const places = async () => {
      const { rows } = await client.query<{ at: Date | null }>(
        'select logs_through as at from housekeeping_sweeps order by id',
      )
      return rows.map(({ at }) => at)
    }
    const { rows } = await client.query<{ at: Date }>('select started_at as at from scheduled_job_runs where id = $1', [
      old,
    ])
    expect(await places()).toEqual([rows[0]?.at])
    // Lines that come to a run behind that place stay until the run goes; those of the day before it are found.
    await addLines(client, await addOldRun(client, jobId, 70), 5)
    await addLines(client, await addOldRun(client, jobId, 60.5), 7)
    await client.query(`update housekeeping_sweeps set started_at = now() - interval '2 hours'`)
    keeper({ pace: { everyMs: 3_600_000 } })
    const [second] = await sweepsEnded(2)
    expect(second?.removed).toEqual({ run_logs: 7 })
    expect((await places())[1]).toEqual((await places())[0])
  })
})

describe('housekeeping and others', () => {
  test('a row that a table of another program refers to stays, with its reason; the rest goes', async () => {
    const jobId = await addOldWork(12)
    const runs = await client.query<{ id: string }>(
      'select id from scheduled_job_runs where scheduled_job_id = $1 order by started_at',
      [jobId],
    )
    await client.query('create table their_artifacts (run_id uuid references scheduled_job_runs (id))')
    try {
      await client.query('insert into their_artifacts values ($1), ($2)', [runs.rows[3]?.id, runs.rows[7]?.id])
      const { troubles } = keeper()
      const [sweep] = await sweepsEnded(1)
      expect(sweep).toMatchObject({ state: 'failed', removed: { scheduled_job_runs: 10 } })
      expect(sweep?.failure).toMatch(/^One of the runs could not be removed: .*their_artifacts/)
      await waitFor(() => troubles.length === 1, { describe: 'the trouble to be told' })
    } finally {
      await client.query('drop table their_artifacts')
    }
  })

  test('a table that may not be swept keeps nothing else from being swept', async () => {
    await addOldWork(4)
    const role = `sweeper_${database.name}`
    await client.query(`create role ${role} login password 'x'`)
    try {
      await client.query(`grant all on all tables in schema public to ${role}; revoke delete on run_logs from ${role}`)
      await client.query(`grant all on all sequences in schema public to ${role}`)
      const url = new URL(database.url)
      url.username = role
      url.password = 'x'
      const limited = housekeepingPool(url.href)
      const { housekeeping } = keeper({ database: limited })
      const [sweep] = await sweepsEnded(1)
      expect(sweep?.state).toBe('failed')
      expect(sweep?.failure).toMatch(
        /^Not all logs were looked at: permission denied for table run_logs\nNot all runs were/,
      )
      await housekeeping.stop()
      await limited.stop()
    } finally {
      await client.query(`drop owned by ${role}`)
      await client.query(`drop role ${role}`)
    }
  })

  test('it waits for nobody, and nobody for it: a claim and an end pass a sweep that is not committed', async () => {
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId, cron_expression: '0 6 * * *' })
    for (let days = 100; days < 140; days += 1) await addOldRun(client, jobId, days)
    await addOldRun(client, jobId, 1)
    const agent = agentPool(database.url, 1)
    try {
      await pool.transaction(async (sweeping) => {
        const request = { after: null, limit: 500, mostRows: 500, removes: true }
        const { removed } = await sweepRuns(sweeping, usualKeep, request)
        expect(removed['scheduled_job_runs']).toBe(40)
        const [run] = await claim(agent)
        expect(run?.jobId).toBe(jobId)
        expect(run && (await recordEnd(agent, [endOf(run)], null))).toHaveLength(1)
      })
    } finally {
      await agent.stop()
    }
    expect((await idsOf(client, 'scheduled_job_runs')).size).toBe(2)
  })

  test('a row that somebody holds is waited for a second, and left for the next sweep; the rest goes', async () => {
    const jobId = await addOldWork(10)
    const holder = await database.connect()
    await holder.query('begin')
    await holder.query(
      `select from scheduled_job_runs where id = (
         select id from scheduled_job_runs where scheduled_job_id = $1 order by started_at limit 1
       ) for update`,
      [jobId],
    )
    const { housekeeping } = keeper()
    const [sweep] = await sweepsEnded(1)
    await holder.query('rollback')
    await housekeeping.stop()
    expect(sweep).toMatchObject({ state: 'failed', removed: { scheduled_job_runs: 9 } })
    expect(sweep?.failure).toBe('One of the runs could not be removed: canceling statement due to lock timeout')
  })
})
