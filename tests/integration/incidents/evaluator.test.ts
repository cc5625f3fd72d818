/** Evaluation as it lives in an agent: by the database's own clock, on hints, and only while it leads. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Change, ChangeFeed } from '../../../agent/console/change-feed.ts'
import { DatabaseChanges } from '../../../agent/console/database-changes.ts'
import { IncidentEvaluator } from '../../../agent/incidents/evaluator.ts'
import type { RoundResult } from '../../../agent/incidents/round.ts'
import { alwaysLeader, type Leadership } from '../../../agent/leader/leadership.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { createTestScheduler } from '../../support/scheduler.ts'
import { supervise } from '../../support/supervisor.ts'
import { waitFor } from '../../support/wait.ts'
import { matching } from '../cli/matchers.ts'

const seconds = 1 / 3_600
const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 }, ticks: { maxAgeHours: 2 * seconds } },
  jobTypes: { load: { datasets: ['orders'] } },
})

/** One agent leads at a time, as the test says. */
class TestLeadership implements Leadership {
  readonly #listeners = new Set<(isLeader: boolean) => void>()
  isLeader: boolean

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

const deafFeed: ChangeFeed = { subscribe: () => () => undefined }

let console: TestConsole
let scene: Scene
let running: IncidentEvaluator[] = []
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  scene = await openScene(console, catalog)
})
afterEach(async () => {
  await Promise.all(running.map((evaluator) => evaluator.stop()))
  running = []
  await console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade')
})

interface Started {
  readonly evaluator: IncidentEvaluator
  readonly rounds: RoundResult[]
  readonly troubles: string[]
}

/** Without the pauses that spare a real database. Hears nothing and polls as seldom as in production, unless told. */
function start(options: Partial<ConstructorParameters<typeof IncidentEvaluator>[0]> = {}): Started {
  const rounds: RoundResult[] = []
  const troubles: string[] = []
  const evaluator = new IncidentEvaluator({
    database: console.services.database,
    leadership: alwaysLeader,
    changes: deafFeed,
    clock: systemClock,
    catalog,
    agentId: randomUUID(),
    aliveSeconds: 150,
    onTrouble: (message) => troubles.push(message),
    onRound: (result) => rounds.push(result),
    ...options,
    pace: { gapMs: 10, gapRounds: 0, ...options.pace },
  })
  running.push(evaluator)
  evaluator.start()
  return { evaluator, rounds, troubles }
}

const nothingOpen = async (): Promise<boolean> => (await scene.open()).length === 0
const opened = (describe: string): Promise<unknown> =>
  waitFor(async () => (await scene.open()).length > 0, { describe, timeoutMs: 20_000 })

describe('N1', () => {
  test('a dataset goes stale and its incident opens with nothing running and nothing heard, by the clock alone', async () => {
    await scene.succeed('ticks')
    const { rounds } = start()
    await waitFor(() => rounds.length > 0, { describe: 'the first round' })
    await opened('the incident of the dataset')
    expect(await scene.open()).toMatchObject([{ kind: 'dataset_stale', dataset_key: 'ticks' }])
    // Woken for the instant at which it turned, not every now and then.
    expect(rounds.length).toBeLessThan(10)
  })

  test('a hint from anybody is followed at once', async () => {
    let hear: (change: Change) => void = () => undefined
    const changes: ChangeFeed = {
      subscribe: (listener) => {
        hear = listener
        return () => undefined
      },
    }
    const { rounds } = start({ changes })
    await waitFor(() => rounds.length === 1, { describe: 'the first round' })
    await scene.succeed('orders', 25)
    hear({ type: 'changed', topics: ['datasets'] })
    await opened('the incident')
    await scene.succeed('orders')
    hear({ type: 'resync' })
    await waitFor(nothingOpen, { describe: 'the incident to end' })
    expect(await scene.told()).toEqual(['opened dataset_stale', 'resolved dataset_stale'])
  })

  test('without any hint it is found by the next poll', async () => {
    const { rounds } = start({ pace: { pollMs: 300 } })
    await waitFor(() => rounds.length > 0, { describe: 'the first round' })
    await scene.succeed('orders', 25)
    await opened('the incident')
    expect(await scene.told()).toEqual(['opened dataset_stale'])
  })

  test('a round in which nothing changes writes nothing: its transaction never gets a number', async () => {
    const numbers: unknown[] = []
    const numberStatement = { name: 'number', text: 'select pg_current_xact_id_if_assigned()::text as number' }
    const database: DatabasePool = {
      ...console.services.database,
      transaction: (work) =>
        console.services.database.transaction(async (transaction) => {
          const result = await work(transaction)
          const [row] = await transaction.query<{ number: string | null }>(numberStatement, [])
          numbers.push(row?.number)
          return result
        }),
    }
    await scene.succeed('orders', 25)
    const { evaluator, rounds } = start({ database, pace: { settleMs: 0 } })
    for (let n = 1; n <= 5; n += 1) {
      await waitFor(() => rounds.length >= n, { describe: `round ${n}` })
      evaluator.touch()
    }
    expect(rounds.slice(0, 3).map(({ hasChanged }) => hasChanged)).toEqual([true, false, false])
    expect(numbers.slice(0, 3)).toEqual([matching(/^\d+$/), null, null])
  })

  test('a round that fails is told once and tried again; what it would have found is found', async () => {
    let isDown = true
    const database: DatabasePool = {
      ...console.services.database,
      transaction: (work) =>
        isDown ? Promise.reject(new Error('the database is away')) : console.services.database.transaction(work),
    }
    await scene.succeed('orders', 25)
    const { troubles, rounds } = start({ database, pace: { retryMs: { first: 20, most: 40 } } })
    await waitFor(() => troubles.length > 0, { describe: 'the trouble to be told' })
    isDown = false
    await opened('the incident')
    expect(troubles).toEqual(['Incidents could not be evaluated: the database is away'])
    expect(rounds.length).toBeGreaterThan(0)
  })
})

describe('one agent at a time', () => {
  test('who does not lead does nothing; who takes over goes on where the other stopped', async () => {
    await scene.succeed('orders', 25)
    const north = new TestLeadership(true)
    const south = new TestLeadership(false)
    const first = start({ leadership: north })
    const second = start({ leadership: south })
    await opened('the incident')
    expect(second.rounds).toEqual([])
    north.become(false)
    const before = first.rounds.length
    south.become(true)
    await waitFor(() => second.rounds.length > 0, { describe: 'a round of the new leader' })
    expect(second.rounds[0]).toMatchObject({ hasChanged: false })
    await scene.succeed('orders')
    first.evaluator.touch()
    second.evaluator.touch()
    await waitFor(nothingOpen, { describe: 'the incident to end' })
    expect(first.rounds).toHaveLength(before)
    expect(await scene.told()).toEqual(['opened dataset_stale', 'resolved dataset_stale'])
  })

  test('N2: several that lead at once open, tell and end everything once', async () => {
    for (let round = 0; round < 3; round += 1) {
      await console.sql.query(
        `insert into dataset_status (brand_id, dataset_key, last_success_at, last_status)
         select $1, 'd_' || n, now() - interval '2 days', 'completed' from generate_series(1, 100) n
         on conflict (brand_id, dataset_key) do update set last_success_at = excluded.last_success_at`,
        [scene.brandId],
      )
      await console.sql.query(
        `insert into dataset_policies (brand_id, dataset_key, max_age_hours)
         select $1, 'd_' || n, 1 from generate_series(1, 100) n on conflict do nothing`,
        [scene.brandId],
      )
      const leaders = Array.from({ length: 3 }, () => start())
      await waitFor(() => leaders.every(({ rounds }) => rounds.length > 0), { describe: 'every leader' })
      expect(await scene.open()).toHaveLength(100)
      await console.sql.query('update dataset_status set last_success_at = now()')
      for (const { evaluator } of leaders) evaluator.touch()
      await waitFor(nothingOpen, { describe: 'all to end' })
      await Promise.all(leaders.map(({ evaluator }) => evaluator.stop()))
      expect(leaders.flatMap(({ troubles }) => troubles)).toEqual([])
    }
    const events = await scene.events()
    expect(events.filter(({ type }) => type === 'opened')).toHaveLength(300)
    expect(events.filter(({ type }) => type === 'resolved')).toHaveLength(300)
    expect(await scene.incidents()).toHaveLength(300)
  })
})

describe('stopping', () => {
  test('in the middle of a round is complete: nothing is written afterwards', async () => {
    const asked = Promise.withResolvers<undefined>()
    const answered = Promise.withResolvers<undefined>()
    const database: DatabasePool = {
      ...console.services.database,
      transaction: async (work) => {
        asked.resolve(undefined)
        await answered.promise
        return console.services.database.transaction(work)
      },
    }
    await scene.succeed('orders', 25)
    const { evaluator, rounds } = start({ database })
    await asked.promise
    const stopping = evaluator.stop()
    answered.resolve(undefined)
    await stopping
    expect(rounds).toHaveLength(1)
    evaluator.touch()
    evaluator.start()
    await evaluator.stop()
    expect(rounds).toHaveLength(1)
  })

  test('before the start, and twice, is nothing, and it does not start any more', async () => {
    const rounds: RoundResult[] = []
    const evaluator = new IncidentEvaluator({
      database: console.services.database,
      leadership: alwaysLeader,
      changes: deafFeed,
      clock: systemClock,
      catalog,
      agentId: randomUUID(),
      aliveSeconds: 150,
      onTrouble: () => undefined,
      onRound: (result) => rounds.push(result),
    })
    await evaluator.stop()
    await evaluator.stop()
    evaluator.start()
    evaluator.touch()
    await evaluator.stop()
    expect(rounds).toEqual([])
  })
})

/** What a real agent of one process has of its own: a feed of changes, and connections whose writes are told. */
async function openFeed() {
  const { url } = console.database
  const database = openPool({
    url,
    applicationName: 'evaluation under test',
    size: 1,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
  const pace = { lingerMs: 0 }
  const supervisor = supervise(url)
  const changes = new DatabaseChanges({
    url: () => url,
    applicationName: 'changes under test',
    supervisor,
    database,
    clock: systemClock,
    pace,
  })
  const heard: string[] = []
  const unsubscribe = await changes.subscribe((change) => {
    if (change.type === 'changed') heard.push(...change.topics)
  })
  return {
    changes,
    database,
    heard,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((evaluator) => evaluator.stop()))
      unsubscribe()
      await changes.stop()
      await supervisor.stop()
      await database.stop()
    },
  }
}

test('a run of a real agent that fails for good is an incident within a moment, and consoles hear of it', async () => {
  await using feed = await openFeed()
  start(feed)
  await using agent = createTestScheduler({
    url: console.database.url,
    jobs: {
      load: () => {
        throw new Error('HTTP 500 at the shop')
      },
    },
  })
  await agent.scheduler.start()
  await scene.job('load', { next_run_at: new Date(), max_retries: 0 })
  // A round between the insert and the failure opens first what the dataset lacks.
  const isEffect = ({ cause_id: cause }: { readonly cause_id: string | null }): boolean => cause !== null
  await waitFor(async () => (await scene.open()).some(isEffect), {
    describe: 'the incident of the failed run, with its effect',
    timeoutMs: 20_000,
  })
  const open = await scene.open()
  const effect = open.find(isEffect)
  const cause = open.find((incident) => !isEffect(incident))
  expect(cause).toMatchObject({
    kind: 'run_failed',
    summary: 'load job of Acme failed at attempt 1 of 1: work: HTTP 500 at the shop.',
  })
  expect(effect).toMatchObject({ kind: 'dataset_never_synced', cause_id: cause?.id })
  await waitFor(() => feed.heard.includes('incidents'), { describe: 'consoles to hear of it' })
})

test('N3: a second operator’s acknowledgement reaches the first one’s console', async () => {
  await scene.succeed('orders', 25)
  await scene.round()
  await using feed = await openFeed()
  const [incident] = await scene.open()
  const chosen = { organizationId: scene.organizationId, incidents: [{ id: incident?.id ?? '' }] }
  await console.as({ operator: 'bob' }).incidents.acknowledge(chosen)
  await waitFor(() => feed.heard.includes('incidents'), { describe: 'the first console to hear of it' })
  const { incidents } = await console.client.incidents.list({ organizationId: scene.organizationId })
  expect(incidents).toMatchObject([{ state: 'acknowledged', acknowledged: { by: 'bob' } }])
})
