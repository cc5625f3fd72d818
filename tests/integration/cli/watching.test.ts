/** Commands that watch what agents do, while something happens to it, to the database, or to who watches. */
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { createTestScheduler, done, type StepHandler, type TestScheduler } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'
import { addAgent, published } from './agent-rows.ts'
import { type Answer, asRecord, command, commandsOn, documentOf } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  proxy = await startProxy(database.url)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await database.drop()
})
let brandId: string
beforeEach(async () => {
  brandId = (await addBrand(client, 'Acme')).brandId
  await addAgent(client, { jobTypes: ['load'], catalog: published({ load }) })
})
afterEach(async () => {
  proxy.restore()
  await client.query('truncate organizations, scheduled_jobs, agents, operator_actions, backfills, holds cascade')
})

const { pm } = commandsOn(() => database.url)
const load = {
  parameters: { type: 'object', properties: { day: { type: 'string', format: 'date' } }, additionalProperties: false },
  backfill: { from: 'day', to: null, most_days: 1 },
  steps: [],
}
const old = ['backfill', 'load', '--brand', 'Acme', '--from', '2026-03-01', '--to', '2026-03-03'] as const

async function working(handler: StepHandler): Promise<TestScheduler> {
  const agent = createTestScheduler({ url: database.url, jobs: { load: handler } })
  await agent.scheduler.start()
  return agent
}

interface Watched {
  readonly answer: Promise<Answer>
  /** What was written to stderr so far. */
  readonly said: () => string
  /** The same of stdout. */
  readonly shown: () => string
}

/** A command that reaches its database by the proxy. */
function watched(...args: string[]): Watched {
  const [said, shown]: [string[], string[]] = [[], []]
  const url = ['--database-url', proxy.through(database.url)]
  const told = { onMessage: (chunk: string) => said.push(chunk), onOutput: (chunk: string) => shown.push(chunk) }
  return { answer: command([...args, ...url], told), said: () => said.join(''), shown: () => shown.join('') }
}

/** From then on the command does nothing but watch. */
async function queued({ said }: Watched): Promise<void> {
  await waitFor(() => said().includes('is queued'), { describe: 'the job to be queued' })
}

/** The database is away until the command has said so. */
async function away({ said }: Watched): Promise<void> {
  proxy.refuse()
  await waitFor(() => said().includes('The database does not answer'), { describe: 'the outage to be told' })
}

test('pm run --wait outlasts a database that is away while the run goes on', async () => {
  const { promise, resolve } = Promise.withResolvers<typeof done>()
  await using agent = await working(async () => promise)
  const waiting = watched('run', 'load', '--brand', 'Acme', '--wait')
  await queued(waiting)
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  await away(waiting)
  resolve(done)
  await agent.ended(1)
  proxy.restore()
  expect(await waiting.answer).toMatchObject({ code: 0, stdout: matching(/^✔ completed +load \(by hand\) for Acme/) })
  expect(waiting.said().match(/does not answer/g)).toHaveLength(1)
  expect(waiting.said()).toContain('The database answers again.')
})

test('pm run --wait --timeout ends with 2 while the database is away, and says that the run goes on', async () => {
  const waiting = watched('run', 'load', '--brand', 'Acme', '--wait', '--timeout', '5')
  await queued(waiting)
  await away(waiting)
  expect(await waiting.answer).toMatchObject({
    code: 2,
    stderr: matching(/what was watched goes on without it\.\nFix: Look again: pm runs --job [0-9a-f]{8}\n$/),
  })
})

test('pm logs --follow outlasts a database that is away, and loses no line', async () => {
  const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
  const runId = await addRun(client, jobId, { started_at: new Date() })
  const insert = (seq: number): Promise<unknown> =>
    client.query(`insert into run_logs values ($1, $2, now(), 'info', null, $3)`, [runId, seq, `line ${seq}`])
  await insert(1)
  const following = watched('logs', runId, '--follow')
  await waitFor(() => following.shown().includes('line 1'), { describe: 'the first line' })
  await away(following)
  await insert(2)
  await client.query(`update scheduled_job_runs set status = 'completed', completed_at = now()`)
  proxy.restore()
  expect(await following.answer).toMatchObject({ code: 0, stdout: matching(/^\S+ line 1\n\S+ line 2\n$/) })
})

test('one Ctrl+C that npm passes on as well is one: watching ends in good order', async () => {
  const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
  const runId = await addRun(client, jobId, { started_at: new Date() })
  await client.query(`insert into run_logs values ($1, 1, now(), 'info', null, 'line 1')`, [runId])
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
  try {
    const following = watched('logs', runId, '--follow')
    await waitFor(() => following.shown().includes('line 1'), { describe: 'the first line' })
    // The last that came is the command's own; a signal would reach those of the test runner as well.
    const onSignal = process.listeners('SIGINT').at(-1)
    onSignal?.('SIGINT')
    onSignal?.('SIGINT')
    expect(await following.answer).toMatchObject({ code: 130 })
    expect(kill).not.toHaveBeenCalled()
  } finally {
    kill.mockRestore()
  }
})

test('pm logs --follow shows the log of a run of another program once it has ended', async () => {
  const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
  const runId = await addRun(client, jobId, { started_at: new Date() })
  const ended = `update scheduled_job_runs set status = 'completed', completed_at = now(), logs = e'fetched 3\\nsaved 3'`
  await client.query(ended)
  expect(await pm('logs', runId, '--follow')).toMatchObject({ code: 0, stdout: 'fetched 3\nsaved 3\n' })
  const lines = (await pm('logs', runId, '--follow', '--json')).stdout
  expect(JSON.parse(lines)).toEqual({ text: 'fetched 3\nsaved 3' })
})

test('pm run --wait says of a run that failed when it is tried again by itself', async () => {
  await using _agent = await working(() => {
    throw new Error('HTTP 500')
  })
  const answer = await pm('run', 'load', '--brand', 'Acme', '--wait')
  expect(answer).toMatchObject({ code: 1 })
  expect(answer.stdout).toMatch(
    /It is tried again in [45] min.* \(.* UTC\)\. Take that back: pm archive [0-9a-f]{8}\n$/,
  )
  const document = documentOf(await pm('run', 'load', '--brand', 'Acme', '--wait', '--json'))
  expect(document['retryAt']).toMatch(/^\d{4}-/)
})

test('pm backfill --wait ends once all that is left is paused, as by an archived brand', async () => {
  const waiting = pm(...old, '--wait')
  await waitFor(async () => (await client.query('select from scheduled_jobs')).rowCount === 3, { describe: 'the jobs' })
  expect((await pm('brands', 'archive', 'Acme')).code).toBe(0)
  expect(await waiting).toMatchObject({
    code: 2,
    stderr: containing('What is left of it is paused and does not begin by itself: 0 of 3 done, 3 waiting.'),
  })
})

test('pm backfill --wait says that a hold is what it waits for', async () => {
  await pm('hold', '--brand', 'Acme', '--reason', 'migration')
  const waiting = watched(...old, '--wait')
  const words = /0 of 3 done, 3 waiting; held by .+ until it is ended: migration/
  await waitFor(() => words.test(waiting.said()), { describe: 'the reason' })
  await client.query(`update scheduled_jobs set status = 'archived'`)
  expect(await waiting.answer).toMatchObject({ code: 1, stdout: 'Over: 0 of 3 done, 3 called off.\n' })
})

test('pm backfill --only-missing is done when nothing is missing', async () => {
  await using agent = await working(() => done)
  expect((await pm(...old, '--wait')).code).toBe(0)
  const again = await pm(...old, '--only-missing', '--wait')
  expect(again).toMatchObject({ code: 0, stdout: 'Nothing is missing: all of these days had a completed run.\n' })
  expect(asRecord(documentOf(await pm(...old, '--only-missing', '--json')))).toMatchObject({ backfill: null })
  expect(agent.of('run_ended')).toHaveLength(3)
})
