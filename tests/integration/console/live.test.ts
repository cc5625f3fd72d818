import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Change } from '../../../agent/console/change-feed.ts'
import { ChangeMailbox } from '../../../agent/console/change-mailbox.ts'
import { DatabaseChanges, type DatabaseChangesSettings } from '../../../agent/console/database-changes.ts'
import { consoleRouter } from '../../../agent/console/router.ts'
import { systemClock } from '../../../shared/clock.ts'
import type { LiveEvent } from '../../../shared/contract/live.ts'
import type { LiveTopic } from '../../../shared/live-topics.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, type Brand } from '../../support/job-rows.ts'
import { createTestScheduler, done, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

/** Quicker than it is. */
const pace = { beatMs: 500, pollMs: 1_000, echoMs: 300, lingerMs: 0 }
const listenerName = 'live under test'

let console: TestConsole
let feed: DatabaseChanges
let brand: Brand

beforeEach(async () => {
  console = await createTestConsole()
  brand = await addOpenBrand(console.sql)
  feed = feedOf(console)
})

function feedOf({ database, services }: TestConsole, changes: Partial<DatabaseChangesSettings> = {}): DatabaseChanges {
  return new DatabaseChanges({
    url: () => database.url,
    applicationName: listenerName,
    database: services.database,
    supervisor: services.supervisor,
    clock: systemClock,
    pace,
    ...changes,
  })
}

afterEach(async () => {
  await feed.stop()
  await console.stop()
})

interface OpenConsole {
  readonly events: LiveEvent[]
  of<Type extends LiveEvent['type']>(type: Type): Extract<LiveEvent, { type: Type }>[]
  /** Every topic told so far. */
  readonly topics: LiveTopic[]
  close(): void
  /** Settles when the stream has ended. */
  readonly ended: Promise<void>
}

/** Follows the changes as an open console does; resolves with the first hello, after which nothing is told twice. */
async function openConsole(): Promise<OpenConsole> {
  const closing = new AbortController()
  const client = createRouterClient(consoleRouter, {
    context: {
      services: { ...console.services, changes: feed },
      identity: { operator: 'tester', door: 'console', scope: 'read', organizationId: null },
    },
  })
  const stream = await client.live.changes({ organizationId: brand.organizationId }, { signal: closing.signal })
  const events: LiveEvent[] = []
  const read = async (): Promise<void> => {
    for await (const event of stream) events.push(event)
  }
  const of = <Type extends LiveEvent['type']>(type: Type): Extract<LiveEvent, { type: Type }>[] =>
    events.filter((event): event is Extract<LiveEvent, { type: Type }> => event.type === type)
  const ended = read()
  await waitFor(() => events.length > 1, { describe: 'the first events' })
  expect(events.map(({ type }) => type)).toEqual(['database', 'hello'])
  return {
    events,
    of,
    get topics() {
      return of('changed').flatMap(({ topics }) => topics)
    },
    close: () => closing.abort(),
    ended,
  }
}

async function listeners(): Promise<number> {
  const { rowCount } = await console.sql.query(
    'select from pg_stat_activity where datname = current_database() and application_name = $1',
    [listenerName],
  )
  return rowCount ?? 0
}

const aSecond = { timeoutMs: 1_000 }

describe('changes by anybody are told within a second', () => {
  test.each<[string, LiveTopic, (console: TestConsole, brand: Brand) => Promise<unknown>]>([
    ['a job is inserted', 'jobs', ({ sql }, { brandId }) => addJob(sql, { brand_id: brandId, next_run_at: null })],
    ['jobs are changed', 'jobs', ({ sql }) => sql.query('update scheduled_jobs set name = name')],
    ['a run is inserted', 'runs', ({ sql }) => sql.query(`update scheduled_job_runs set logs = 'x'`)],
    [
      'a dataset is written by another program',
      'datasets',
      ({ sql }, { brandId }) =>
        sql.query(`insert into dataset_status (brand_id, dataset_key) values ($1, 'orders')`, [brandId]),
    ],
    [
      'a brand is removed',
      'brands',
      ({ sql }, { brandId }) => sql.query('delete from brands where id = $1', [brandId]),
    ],
    ['an organization is added', 'brands', ({ sql }) => sql.query(`insert into organizations (name) values ('New')`)],
    ['a feature is switched', 'features', ({ sql }) => sql.query('update organization_features set enabled = true')],
    ['all policies are removed', 'policies', ({ sql }) => sql.query('truncate dataset_policies')],
    ['hooks are changed', 'hooks', ({ sql }) => sql.query('update hooks set enabled = true')],
    ['triggers are changed', 'triggers', ({ sql }) => sql.query('update dataset_triggers set debounce_seconds = 1')],
    [
      'an incident is acknowledged',
      'incidents',
      ({ sql }) => sql.query('update incidents set acknowledged_at = now()'),
    ],
    ['an agent drains', 'agents', ({ sql }) => sql.query(`update agents set state = 'draining'`)],
  ])('plain SQL: %s', async (_what, topic, change) => {
    const open = await openConsole()
    await change(console, brand)
    const told = await waitFor(() => open.topics.includes(topic), { ...aSecond, describe: `the topic ${topic}` })
    expect(told).toBe(true)
  })

  test('a run by an agent elsewhere is told when it starts and while it goes on', async () => {
    await using agent = createTestScheduler({
      url: console.database.url,
      datasets: [{ key: 'orders' }],
      jobs: {
        work: {
          steps: [
            { key: 'load', dataset: 'orders', run: () => done },
            { key: 'wait', run: untilAborted },
          ],
        },
      },
      shutdownGraceSeconds: 0,
    })
    await agent.scheduler.start()
    const open = await openConsole()
    await addJob(console.sql, { brand_id: brand.brandId })
    await waitFor(() => agent.of('run_started').length > 0, { describe: 'the run to start' })
    await waitFor(() => open.topics.includes('runs'), { ...aSecond, describe: 'the start' })
    // The first step has ended, the second goes on: known from its progress alone.
    await waitFor(() => open.topics.includes('datasets'), { ...aSecond, describe: 'the progress' })
    expect(agent.of('run_ended')).toEqual([])
  })

  test('a run by an agent elsewhere is told when it ends', async () => {
    await using agent = createTestScheduler({ url: console.database.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    const open = await openConsole()
    await addJob(console.sql, { brand_id: brand.brandId })
    await agent.ended(1)
    // Its progress touched no dataset, so this can only be its end.
    await waitFor(() => open.topics.includes('datasets'), { ...aSecond, describe: 'the end' })
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
  })

  test('an agent announces what it wrote a few times a second at most, and nothing while it has nothing to do', async () => {
    await using agent = createTestScheduler({ url: console.database.url, jobs: { work: () => done } })
    const open = await openConsole()
    await console.sql.query(
      `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key)
       select 'Job ' || n, 'work', 'one_time', now(), gen_random_uuid()::text from generate_series(1, 500) n`,
    )
    await console.sql.query('listen pipeline_manager_changes')
    let heard = 0
    console.sql.on('notification', () => (heard += 1))
    const began = systemClock.monotonic()
    await agent.scheduler.start()
    await agent.ended(500, 30_000)
    const quarters = Math.ceil((systemClock.monotonic() - began) / 250)
    await waitFor(() => open.topics.includes('runs'), { ...aSecond, describe: 'the runs' })
    // One for each quarter of a second, the first at once, one for the registration of the agent and one that follows the last run.
    expect(heard).toBeGreaterThan(0)
    expect(heard).toBeLessThanOrEqual(quarters + 3)

    const last = open.of('beat').length
    // At least one whole beat: twice as long as the last announcement may take.
    await waitFor(() => open.of('beat').length > last + 1, { describe: 'two beats' })
    const idleFrom = heard
    const toldFrom = open.of('changed').length
    await agent.scheduler.poll()
    await waitFor(() => open.of('beat').length > last + 3, { describe: 'two more' })
    expect({ heard, told: open.of('changed').length }).toEqual({ heard: idleFrom, told: toldFrom })
  })

  test('a thousand updates in a burst are a few events', async () => {
    const open = await openConsole()
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, next_run_at: null })
    const began = systemClock.monotonic()
    for (let n = 0; n < 1_000; n += 1) {
      await console.sql.query('update scheduled_jobs set name = $2 where id = $1', [jobId, `Job ${n}`])
    }
    const quarters = Math.ceil((systemClock.monotonic() - began) / 250)
    const before = open.of('changed').length
    await console.sql.query(`insert into dataset_status (brand_id, dataset_key) values ($1, 'orders')`, [brand.brandId])
    await waitFor(() => open.topics.includes('datasets'), { ...aSecond, describe: 'the last change' })
    expect(before).toBeLessThanOrEqual(quarters)
    expect(open.of('changed').length).toBeLessThanOrEqual(quarters + 2)
  })

  test('a notification in words that are not ours changes nothing', async () => {
    const open = await openConsole()
    for (const payload of ['', 'nonsense', '__proto__,constructor', '<script>', 'x'.repeat(7_900), 'cancel']) {
      await console.sql.query('select pg_notify($1, $2)', ['pipeline_manager_changes', payload])
    }
    await console.sql.query('select pg_notify($1, $2)', ['pipeline_manager_changes', 'nonsense,policies,,policies'])
    await waitFor(() => open.of('changed').length > 0, { ...aSecond, describe: 'the one that is ours' })
    expect(open.of('changed').map(({ topics }) => topics)).toEqual([['policies']])
  })
})

describe('a stream says what it knows', () => {
  test('it beats with the clock of the database', async () => {
    const open = await openConsole()
    const other = await openConsole()
    // One question for all consoles.
    const shared = (): boolean =>
      other.of('beat').some(({ asOf }) => asOf.getTime() === open.of('beat')[1]?.asOf.getTime())
    await waitFor(shared, { describe: 'two beats' })
    const [first, second] = open.of('beat').map(({ asOf }) => asOf.getTime())
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(450)
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(2_000)
    const { rows } = await console.sql.query<{ now: Date }>('select clock_timestamp() as now')
    expect(Math.abs((rows[0]?.now.getTime() ?? 0) - (second ?? 0))).toBeLessThan(2_000)
    expect(await listeners()).toBe(1)
  })

  test('fault 7: a connection that is terminated is no outage; everything is asked again when it is back', async () => {
    const open = await openConsole()
    await console.sql.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
      listenerName,
    ])
    await waitFor(() => open.of('hello').length > 1, { describe: 'another hello' })
    expect(open.of('database')).toMatchObject([{ reachable: true, state: 'up', cause: null, reason: null }])
    await addJob(console.sql, { brand_id: brand.brandId, next_run_at: null })
    await waitFor(() => open.topics.includes('jobs'), { ...aSecond, describe: 'the next change' })
  })

  test('while changes cannot be heard they are looked for, and that is said', async () => {
    await feed.stop()
    const url = new URL(console.database.url)
    url.port = '1'
    feed = feedOf(console, { url: () => url.href })
    const open = await openConsole()
    await waitFor(() => open.of('hello').length > 1, { describe: 'the database to be asked' })
    const looking = open.of('database').at(-1)
    expect(looking).toMatchObject({ reachable: true, state: 'up', cause: null })
    expect(looking?.reason).toMatch(/^Changes are not heard \(.*ECONNREFUSED.*every 1 s\.$/)
  })

  test('fault 13: a connection over which nothing arrives (a pooler in transaction mode) is noticed, and so is its recovery', async () => {
    await feed.stop()
    const { database } = console.services
    let isSwallowed = true
    feed = feedOf(console, {
      database: {
        query: (statement, values) =>
          isSwallowed && statement.name === 'echo_changes' ? Promise.resolve([]) : database.query(statement, values),
      },
    })
    const open = await openConsole()
    await waitFor(() => open.of('database').length > 1, { describe: 'the poll' })
    expect(open.of('database')[1]).toMatchObject({ reachable: true, state: 'up', cause: null })
    expect(open.of('database')[1]?.reason).toContain('pooler in session mode')
    isSwallowed = false
    await waitFor(() => open.of('database').length > 2, { describe: 'the echo' })
    expect(open.of('database')[2]).toMatchObject({ reachable: true, reason: null })
  })

  test('whoever goes leaves nothing behind, and the agent ends the streams that are open', async () => {
    const first = await openConsole()
    const second = await openConsole()
    first.close()
    await first.ended
    expect(await listeners()).toBe(1)
    second.close()
    await second.ended
    await waitFor(async () => (await listeners()) === 0, { describe: 'the connection to be closed' })
    const third = await openConsole()
    expect(await listeners()).toBe(1)
    await feed.stop()
    await third.ended
    expect(await listeners()).toBe(0)
  })

  test('a console that does not read holds no more than one of each', async () => {
    const mailbox = new ChangeMailbox()
    const { view } = console.services.supervisor
    const changes: Change[] = [
      { type: 'changed', topics: ['jobs'] },
      { type: 'changed', topics: ['runs', 'jobs'] },
      { type: 'database', view: { ...view, state: 'down', reason: 'gone' } },
      { type: 'database', view },
      { type: 'beat', asOf: new Date(1_000) },
      { type: 'beat', asOf: new Date(2_000) },
    ]
    for (let n = 0; n < 1_000; n += 1) changes.forEach(mailbox.put)
    expect(await mailbox.take()).toEqual({
      database: { type: 'database', view },
      resync: false,
      topics: ['jobs', 'runs'],
      beat: new Date(2_000),
      end: false,
    })
    for (const change of [...changes, { type: 'resync' } as const]) mailbox.put(change)
    expect(await mailbox.take()).toMatchObject({ resync: true, topics: [] })
  })

  test('an organization that does not have the section gets no stream', async () => {
    await console.sql.query('update organization_features set enabled = false')
    await expect(openConsole()).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await listeners()).toBe(0)
  })
})
