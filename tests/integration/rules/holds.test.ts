import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeHold, createHold, endHold, type HoldRequest, restoreHold } from '../../../agent/jobs/change-hold.ts'
import { nextDue } from '../../../agent/store/claim.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { listHolds, listHoldsInForce } from '../../../agent/store/holds.ts'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, type Brand, jobRow, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'
import { agentPool, claim } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

const ana = { operator: 'Ana', door: 'cli' as const }
const minuteMs = 60_000

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let consolePool: DatabasePool
let acme: Brand
let other: Brand
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  acme = await addBrand(client, 'Acme')
  other = await addBrand(client, 'Elsewhere')
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = agentPool(database.url)
  consolePool = openPool({
    url: database.url,
    applicationName: 'console of holds',
    size: 4,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
})
afterEach(async () => {
  await pool.stop()
  await consolePool.stop()
  await client.query('truncate scheduled_jobs, holds cascade')
})

const hold = async (request: Partial<HoldRequest> = {}) => {
  const whole = { organizationId: acme.organizationId, brandId: null, jobType: null, startsAt: null, endsAt: null }
  return (await createHold(consolePool, ana, { ...whole, reason: 'warehouse migration', ...request })).hold
}
const placeOf = ({ id, organizationId }: { id: string; organizationId: string }) => ({ holdId: id, organizationId })
const ahead = (ms: number): Date => new Date(Date.now() + ms)

async function claimedJobs(options: Parameters<typeof claim>[1] = {}): Promise<string[]> {
  return (await claim(pool, { jobTypes: ['work', 'play'], ...options })).map(({ jobId }) => jobId).toSorted()
}

describe('what a hold is about', () => {
  test.each([
    ['a brand', () => ({ brandId: acme.brandId }), ['elsewhere', 'platform']],
    ['a job type', () => ({ jobType: 'work' }), ['elsewhere', 'platform', 'play']],
    ['a type of a brand', () => ({ brandId: acme.brandId, jobType: 'play' }), ['elsewhere', 'platform', 'work']],
    ['the organization', () => ({}), ['elsewhere', 'platform']],
    [
      'another brand',
      () => ({ organizationId: other.organizationId, brandId: other.brandId }),
      ['platform', 'play', 'work'],
    ],
  ])('a hold of %s keeps its own jobs and nobody else from starting', async (_of, scope, free) => {
    const jobs = {
      work: await addJob(client, { brand_id: acme.brandId }),
      play: await addJob(client, { brand_id: acme.brandId, job_type: 'play' }),
      elsewhere: await addJob(client, { brand_id: other.brandId }),
      platform: await addJob(client),
    }
    await hold(scope())
    const claimed = await claimedJobs()
    const names = Object.entries(jobs).flatMap(([name, id]) => (claimed.includes(id) ? [name] : []))
    expect(names.toSorted()).toEqual(free.toSorted())
  })

  test('rows of held jobs stay as they were', async () => {
    const jobId = await addJob(client, { brand_id: acme.brandId })
    const before = await jobRow(client, jobId)
    const made = await hold()
    expect(await claimedJobs()).toEqual([])
    expect(await jobRow(client, jobId)).toEqual(before)
    await endHold(consolePool, ana, placeOf(made))
    expect(await claimedJobs()).toEqual([jobId])
  })
})

describe('asked for twice', () => {
  const whole = { jobType: null, startsAt: null, endsAt: null, reason: 'warehouse migration' }
  const ask = async (request: Partial<HoldRequest> = {}, actor = ana) =>
    createHold(consolePool, actor, {
      organizationId: acme.organizationId,
      brandId: acme.brandId,
      ...whole,
      ...request,
    })
  const count = async (): Promise<number> => (await client.query('select from holds')).rowCount ?? 0

  test('by one person it is one hold, also at the same time', async () => {
    const made = await Promise.all([ask(), ask(), ask()])
    expect(made.filter(({ changed }) => changed)).toHaveLength(1)
    expect(new Set(made.map(({ hold: { id } }) => id)).size).toBe(1)
    const startsAt = ahead(10 * minuteMs)
    expect((await ask({ startsAt })).changed).toBe(true)
    expect((await ask({ startsAt })).changed).toBe(false)
    expect(await count()).toBe(2)
  })

  test('with another end, reason or scope, by somebody else, or after it was ended, it is another', async () => {
    const { hold: first } = await ask()
    for (const other of [{ endsAt: ahead(minuteMs) }, { reason: 'release' }, { jobType: 'work' }, { brandId: null }]) {
      expect((await ask(other)).changed).toBe(true)
    }
    expect((await ask({}, { operator: 'Ben', door: 'cli' })).changed).toBe(true)
    await endHold(consolePool, ana, placeOf(first))
    expect((await ask()).changed).toBe(true)
    expect(await count()).toBe(7)
  })
})

describe('when a hold is in force', () => {
  test('by the clock of the database: not before its start, no more at its end', async () => {
    const jobId = await addJob(client, { brand_id: acme.brandId })
    await hold({ startsAt: ahead(10 * minuteMs), endsAt: ahead(20 * minuteMs) })
    expect(await claimedJobs({ now: ahead(15 * minuteMs) })).toEqual([])
    expect(await claimedJobs({ now: ahead(21 * minuteMs) })).toEqual([jobId])
    await addJob(client, { brand_id: acme.brandId, job_type: 'play' })
    expect(await claimedJobs()).toHaveLength(1)
  })

  test('ended and put back, it holds again; one that is over by its time stays over', async () => {
    await addJob(client, { brand_id: acme.brandId })
    const made = await hold({ endsAt: ahead(minuteMs) })
    const ended = await endHold(consolePool, ana, placeOf(made))
    expect(ended).toMatchObject({ changed: true, hold: { endedBy: 'Ana' } })
    expect(await restoreHold(consolePool, ana, placeOf(made))).toMatchObject({ changed: true, hold: { endedAt: null } })
    expect(await claimedJobs()).toEqual([])
    await client.query(`update holds set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'`)
    await expect(restoreHold(consolePool, ana, placeOf(made))).rejects.toMatchObject({ code: 'conflict' })
    expect(await listHoldsInForce(consolePool, null)).toEqual([])
    expect(await listHolds(consolePool, { organizationId: acme.organizationId, brandId: null })).toHaveLength(1)
  })

  test('a change says what was seen; what somebody else has changed meanwhile is a conflict', async () => {
    const made = await hold({ endsAt: ahead(minuteMs) })
    const seenAt = made.changedAt.toISOString()
    const moved = await changeHold(consolePool, ana, { ...placeOf(made), seenAt, endsAt: null })
    expect(moved.hold.endsAt).toBeNull()
    const again = changeHold(
      consolePool,
      { ...ana, operator: 'Ben' },
      { ...placeOf(made), seenAt, endsAt: ahead(minuteMs) },
    )
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    const foreign = endHold(consolePool, ana, { holdId: made.id, organizationId: other.organizationId })
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' })
    const actions = await listOperatorActions(consolePool, { type: 'hold', id: made.id })
    expect(actions.map(({ action }) => action)).toEqual(['hold.set', 'hold.create'])
  })

  test.each([
    ['an end that has passed', { endsAt: new Date('2020-01-01T00:00:00Z') }, 'endsAt'],
    ['an end before its start', { startsAt: ahead(9 * minuteMs), endsAt: ahead(8 * minuteMs) }, 'endsAt'],
    ['a start in a hundred years', { startsAt: new Date('2126-01-01T00:00:00Z') }, 'startsAt'],
    ['no reason', { reason: ' \u200B\u0000 ' }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
  ])('%s is refused, and nothing is written', async (_what, request, field) => {
    await expect(hold(request)).rejects.toMatchObject({ code: 'invalid_input', field })
    expect((await client.query('select id from holds')).rows).toEqual([])
  })

  test('controls and direction marks in a reason become blanks', async () => {
    expect((await hold({ reason: 'move\u202E\u0000 it\n now' })).reason).toBe('move it now')
  })
})

describe('claims', () => {
  test('made while jobs are due, it stops the very next claim: nothing starts after the answer', async () => {
    await client.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at, concurrency_key)
       select $1, 'Job ' || n, 'work', 'one_time', now() - interval '1 hour', 'key ' || n from generate_series(1, 3000) n`,
      [acme.brandId],
    )
    const pools = Array.from({ length: 2 }, () => agentPool(database.url, 1))
    let claims = 0
    const over = new AbortController()
    const claimers = pools.map(async (one) => {
      while (!over.signal.aborted) claims += (await claim(one)).length
    })
    await waitFor(() => claims > 50, { describe: 'some jobs to be claimed' })
    await hold()
    // Everything that was claimed is committed: what is counted now is all there will ever be.
    const { rows: atAnswer } = await client.query<{ runs: number }>(
      'select count(*)::int as runs from scheduled_job_runs',
    )
    await waitForRounds(20)
    over.abort()
    await Promise.all(claimers)
    await Promise.all(pools.map((one) => one.stop()))
    const { rows: later } = await client.query<{ runs: number }>('select count(*)::int as runs from scheduled_job_runs')
    expect(later).toEqual(atAnswer)
    expect(later[0]?.runs).toBeLessThan(3_000)
  })

  test('a claim that has not seen it is waited for before the hold is answered', async () => {
    await addJob(client, { brand_id: acme.brandId })
    const slow = await database.connect()
    // What a claim locks, held for as long as the test likes.
    await slow.query('begin; update scheduled_jobs set priority = 1; select from holds')
    let isAnswered = false
    const made = hold().then(() => (isAnswered = true))
    await waitFor(async () => (await listHoldsInForce(consolePool, null)).length === 1, { describe: 'the hold' })
    expect(isAnswered).toBe(false)
    await slow.query('commit')
    await made
    await slow.end()
  })

  test('while what is due is held, nobody is woken before the hold ends', async () => {
    await addJob(client, { brand_id: acme.brandId })
    await addJob(client, { brand_id: acme.brandId, next_run_at: ahead(minuteMs), concurrency_key: 'soon' })
    const made = await hold({ endsAt: ahead(10 * minuteMs) })
    expect((await nextDue(pool, ['work'], null, null)).nextDueAt).toEqual(made.endsAt)
    // It ended between the claim and this question.
    const end = made.endsAt ?? new Date(0)
    const answer = await nextDue(pool, ['work'], new Date(end.getTime() - 1), new Date(end.getTime() + 1))
    expect(answer.nextDueAt).toEqual(end)
  })
})

/** So many claims later: each sees what is committed by then. */
async function waitForRounds(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await claim(pool, { jobTypes: ['nothing'] })
}

describe('agents', () => {
  test('two agents start nothing while it is in force, and what is due within a second after it ends by itself', async () => {
    const jobs = { work: () => done }
    await using first = createTestScheduler({ url: database.url, jobs })
    await using second = createTestScheduler({ url: database.url, jobs })
    await first.scheduler.start()
    await second.scheduler.start()
    const made = await hold({ endsAt: ahead(1_500) })
    const jobId = await addJob(client, { brand_id: acme.brandId })
    await waitFor(async () => (await runsOf(client, jobId)).length === 1, { describe: 'the run after the hold' })
    const [run] = await runsOf(client, jobId)
    const lateMs = (run?.started_at.getTime() ?? 0) - (made.endsAt?.getTime() ?? 0)
    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(1_000)
  })

  test('ended by hand, what is due starts at once; with catch-up `latest` once, with `skip` not', async () => {
    const cadence = { cron_expression: '0 6 * * *', time_zone: 'UTC', brand_id: acme.brandId }
    const missed = new Date(Date.now() - 50 * 3_600_000)
    const latest = await addJob(client, {
      ...cadence,
      next_run_at: missed,
      catch_up_policy: 'latest',
      concurrency_key: 'a',
    })
    const skip = await addJob(client, {
      ...cadence,
      next_run_at: missed,
      catch_up_policy: 'skip',
      concurrency_key: 'b',
    })
    const made = await hold()
    await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    expect(agent.of('run_started')).toEqual([])
    await endHold(consolePool, ana, placeOf(made))
    await agent.ended(1)
    await waitFor(async () => ((await jobRow(client, skip)).next_run_at?.getTime() ?? 0) > Date.now(), {
      describe: 'the next fire of the job that skips',
    })
    expect(await runsOf(client, latest)).toHaveLength(1)
    expect(await runsOf(client, skip)).toEqual([])
  })

  test('an agent runs nothing at once that is held: it is left to be queued', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    await hold({ jobType: 'work' })
    const request = {
      name: 'Now',
      jobType: 'work',
      parameters: {},
      triggerSource: 'manual' as const,
      requestedBy: 'Ana',
    }
    expect(await agent.scheduler.runNow({ ...request, brandId: acme.brandId })).toBeNull()
    expect((await client.query('select id from scheduled_jobs')).rows).toEqual([])
    expect(await agent.scheduler.runNow({ ...request, brandId: other.brandId })).toMatchObject({ attempt: 1 })
  })
})
