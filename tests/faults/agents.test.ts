import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addJobs, allDone, createEffects, runsByAgent, shortLeases, startAgent, tally } from '../support/agents.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { waitFor } from '../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  await createEffects(client)
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate effects, scheduled_jobs, agents cascade'))

let agents: AsyncDisposableStack
beforeEach(() => {
  agents = new AsyncDisposableStack()
})
// Before the tables are emptied.
afterEach(() => agents.disposeAsync())

async function agent(name: string, more: Partial<Parameters<typeof startAgent>[0]> = {}) {
  return agents.use(await startAgent({ url: database.url, name, ...shortLeases, ...more }))
}

/** The run of this type that the named agent holds now. */
function runningBy(name: string, jobType: string) {
  return waitFor(
    async () =>
      (await runsByAgent(client, jobType)).find((run) => run.agent === name && run.status === 'running') ?? null,
    { describe: `${name} to run ${jobType}`, timeoutMs: 30_000 },
  )
}

describe('several agents', () => {
  test('fault 4: two agents, 1,000 jobs: every job once, at the first attempt', async () => {
    await agent('one')
    await agent('two')
    await addJobs(client, 1_000)
    const done = await allDone(client)
    expect(done).toEqual({
      jobs: 1_000,
      completed: 1_000,
      goodRuns: 1_000,
      effects: 1_000,
      running: 0,
      highestAttempt: 1,
    })
    const names = new Set((await runsByAgent(client, 'effect')).map((run) => run.agent))
    expect(names).toEqual(new Set(['one', 'two']))
  })

  test('fault 1: kill -9 one of three in the middle: every job is done, the lost ones with attempt 2, none twice', async () => {
    await agent('one')
    await agent('two')
    const victim = await agent('victim')
    // Long enough that the victim surely holds something when it dies.
    await addJobs(client, 1_000, { parameters: { ms: 30 } })
    await runningBy('victim', 'effect')
    victim.kill('SIGKILL')
    await victim.exited
    const lost = (await runsByAgent(client, 'effect')).filter(
      (run) => run.agent === 'victim' && run.status === 'running',
    )
    const done = await allDone(client)
    expect(done).toMatchObject({ completed: 1_000, goodRuns: 1_000, running: 0 })
    expect(lost.length).toBeGreaterThan(0)
    expect(done.highestAttempt).toBe(2)
    const runs = await runsByAgent(client, 'effect')
    const failed = runs.filter((run) => run.status === 'failed')
    expect(new Set(failed.map((run) => run.id))).toEqual(new Set(lost.map((run) => run.id)))
    for (const run of failed) expect(run).toMatchObject({ agent: 'victim', problem: 'agent_lost', attempt: 1 })
    expect(runs.filter((run) => run.attempt === 2)).toHaveLength(lost.length)
  })

  test('fault 2: an agent stopped past its lease and woken cannot change the run it lost', async () => {
    const sleeper = await agent('sleeper', { concurrency: 1 })
    await addJobs(client, 1, { jobType: 'deaf', parameters: { ms: 700 } })
    const lost = await runningBy('sleeper', 'deaf')
    sleeper.kill('SIGSTOP')
    await agent('other')
    await waitFor(async () => (await tally(client, 'deaf')).completed === 1, {
      describe: 'the other to finish',
      timeoutMs: 30_000,
    })
    const before = await client.query('select * from scheduled_job_runs order by id')
    const jobs = await client.query('select * from scheduled_jobs')
    sleeper.kill('SIGCONT')
    await waitFor(() => sleeper.events.some((event) => event.type === 'run_lost'), {
      describe: 'the sleeper to notice',
    })
    // Its work goes on, deaf as it is, and ends; then it takes part again.
    await waitFor(async () => (await client.query('select from effects')).rowCount === 2, { describe: 'its effect' })
    await addJobs(client, 40)
    await allDone(client)
    const after = await client.query(`select * from scheduled_job_runs where job_type = 'deaf' order by id`)
    expect(after.rows).toEqual(before.rows)
    expect((await client.query(`select * from scheduled_jobs where job_type = 'deaf'`)).rows).toEqual(jobs.rows)
    expect(
      (await runsByAgent(client, 'deaf')).map(({ id, status, attempt, agent: by }) => [id, status, attempt, by]),
    ).toEqual([
      [lost.id, 'failed', 1, 'sleeper'],
      [expect.any(String), 'completed', 2, 'other'],
    ])
  })

  test('fault 3: killed while a command runs: the command dies too, so there are never two live copies', async () => {
    const seconds = `${100_000 + process.pid}`
    const victim = await agent('victim')
    await addJobs(client, 1, { jobType: 'command', parameters: { seconds } })
    await runningBy('victim', 'command')
    const [first] = await waitFor(() => sleeping(seconds), { describe: 'the command' })
    await agent('other')
    victim.kill('SIGKILL')
    await victim.exited
    await runningBy('other', 'command')
    const second = await waitFor(() => sleeping(seconds), { describe: 'the next copy' })
    expect(second).toHaveLength(1)
    expect(second).not.toContain(first)
  })
})

/** Process ids of `sleep <seconds>`; null when there is none. Zombies have no command line. */
async function sleeping(seconds: string): Promise<string[] | null> {
  const found: string[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    const [program, argument, ...others] = line.split('\0')
    if (program?.endsWith('sleep') && argument === seconds && others.join('') === '') found.push(entry)
  }
  return found.length > 0 ? found : null
}

describe('fault 17: SIGTERM with work in flight', () => {
  test('fault 17: work that ends within the grace is completed; the process ends in good order', async () => {
    const leaving = await agent('leaving', { shutdownGraceSeconds: 10 })
    await addJobs(client, 5, { parameters: { ms: 600 } })
    await runningBy('leaving', 'effect')
    leaving.kill('SIGTERM')
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    expect(leaving.events.at(-1)).toEqual({ type: 'gone' })
    const runs = await runsByAgent(client, 'effect')
    expect(runs.length).toBeGreaterThan(0)
    for (const run of runs) expect(run).toMatchObject({ status: 'completed', attempt: 1 })
  })

  test('J4, fault 17: longer work is given back at once, nobody waits for the lease, and it keeps its attempt', async () => {
    // A lease that this test could not wait out.
    const long = { leaseSeconds: 600, renewSeconds: 60, trustSeconds: 500 }
    const leaving = await agent('leaving', { ...long, shutdownGraceSeconds: 0 })
    await addJobs(client, 1, { jobType: 'wait' })
    await runningBy('leaving', 'wait')
    await agent('other', long)
    leaving.kill('SIGTERM')
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    const taken = await runningBy('other', 'wait')
    expect(taken).toMatchObject({ attempt: 1 })
    expect(await runsByAgent(client, 'wait')).toMatchObject([
      { agent: 'leaving', status: 'cancelled', problem: 'released', attempt: 1 },
      { agent: 'other', status: 'running', attempt: 1 },
    ])
  })
})

/** Starts an agent that its work is going to end, and waits for that. */
async function outlived(name: string): Promise<void> {
  const doomed = startAgent({ url: database.url, name, ...shortLeases })
  // It may be gone before it could say that it is ready.
  await doomed.then(
    (started) => agents.use(started).exited,
    () => null,
  )
}

describe('fault 19: poison', () => {
  test('fault 19: handlers that throw or never settle fail after their attempts; other jobs go on, the agent lives', async () => {
    const one = await agent('one')
    await addJobs(client, 2, { jobType: 'throws', maxRetries: 0 })
    await addJobs(client, 2, { jobType: 'never', maxRetries: 0 })
    await addJobs(client, 100)
    await allDone(client)
    await waitFor(async () => (await runsByAgent(client, 'never')).every((run) => run.status === 'failed'), {
      describe: 'the time limit',
      timeoutMs: 40_000,
    })
    expect(await runsByAgent(client, 'never')).toMatchObject([{ problem: 'timed_out' }, { problem: 'timed_out' }])
    expect(await runsByAgent(client, 'throws')).toMatchObject([{ problem: 'failed' }, { problem: 'failed' }])
    expect(one.isRunning).toBe(true)
  })

  test('fault 19: a job that ends its agent is bounded: after its last attempt it is dead and nobody else dies', async () => {
    const names = ['first', 'second']
    await addJobs(client, 1, { jobType: 'exits', maxRetries: 1 })
    for (const name of names) {
      await outlived(name)
    }
    await agent('last')
    await addJobs(client, 50)
    await allDone(client)
    await waitFor(async () => (await tally(client, 'exits')).running === 0, {
      describe: 'the last recovery',
      timeoutMs: 20_000,
    })
    const runs = await runsByAgent(client, 'exits')
    expect(runs.map(({ attempt, problem, agent: by }) => [attempt, problem, by])).toEqual([
      [1, 'agent_lost', 'first'],
      [2, 'agent_lost', 'second'],
    ])
    const { rows } = await client.query(`select status, next_run_at from scheduled_jobs where job_type = 'exits'`)
    expect(rows).toEqual([{ status: 'active', next_run_at: null }])
  })

  test('fault 19: a handler that blocks its whole process loses its lease; another agent does everything else', async () => {
    const blocked = await agent('blocked')
    await addJobs(client, 1, { jobType: 'spins', maxRetries: 0 })
    await runningBy('blocked', 'spins')
    await agent('other')
    await addJobs(client, 100)
    await allDone(client)
    await waitFor(async () => (await tally(client, 'spins')).running === 0, {
      describe: 'the recovery',
      timeoutMs: 20_000,
    })
    expect(await runsByAgent(client, 'spins')).toMatchObject([{ agent: 'blocked', problem: 'agent_lost', attempt: 1 }])
    blocked.kill('SIGKILL')
  })
})
