import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import { askedFor } from '../../../shared/retry.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, jobRow, runOf } from '../../support/job-rows.ts'
import { createTestScheduler, type StepHandler, type TestScheduler, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecord, asRecords, command, commandsOn, documentOf, errorOf } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const jobs = async (...args: string[]): Promise<unknown[]> => asRecords((await json('jobs', ...args))['jobs'])
const names = async (...args: string[]): Promise<unknown[]> => asRecords(await jobs(...args)).map((job) => job['name'])

const loadType = {
  steps: [{ key: 'extract', dataset: 'orders' }],
  parameters: {
    type: 'object',
    properties: {
      days_back: { type: 'integer', minimum: 1, maximum: 90, default: 7 },
      full: { type: 'boolean' },
      note: { type: 'string' },
      ratio: { type: 'number' },
      filter: { type: 'object' },
    },
    additionalProperties: false,
  },
}

/** A brand, and an agent in the rows that can run `load`. */
async function workspace(name = 'Acme'): Promise<string> {
  const { brandId } = await addBrand(client, name)
  await addAgent(client, { jobTypes: ['load'], catalog: published({ load: loadType }) })
  return brandId
}

describe('pm jobs', () => {
  test('J12: "all" never shows archived jobs; every state has its own filter', async () => {
    const brandId = await workspace()
    const later = new Date(Date.now() + 3_600_000)
    const one = { brand_id: brandId, next_run_at: later }
    for (const status of ['active', 'paused', 'completed', 'archived'])
      await addJob(client, { ...one, name: status, status })
    const dead = await addJob(client, { ...one, name: 'dead', next_run_at: null })
    const ended = { started_at: new Date(), completed_at: new Date() }
    await addRun(client, dead, { status: 'failed', ...ended })
    const running = await addJob(client, { ...one, name: 'running', next_run_at: null })
    await addRun(client, running, { started_at: new Date() })
    expect(await names()).toEqual(['dead', 'running', 'active', 'paused', 'completed'])
    expect(await names('--status', 'all')).not.toContain('archived')
    expect(await names('--status', 'archived')).toEqual(['archived'])
    expect(await names('--status', 'dead')).toEqual(['dead'])
    expect(await names('--status', 'running')).toEqual(['running'])
    expect(await names('--status', 'paused')).toEqual(['paused'])
    expect(await names('--last-result', 'failed')).toEqual(['dead'])
    expect(await names('--last-result', 'never', '--status', 'active')).toEqual(['running', 'active'])
    const { stdout } = await pm('jobs')
    expect(stdout).toMatch(/^■ dead +Acme +dead/m)
    expect(stdout).toMatch(/^◔ running +Acme +running/m)
  })

  test('bad input 30: the limit is brought into 1 to 500, and what is no number is refused', async () => {
    const brandId = await workspace()
    for (const name of ['a', 'b']) await addJob(client, { name, brand_id: brandId })
    expect(await jobs('--limit', '-1')).toHaveLength(1)
    expect(await jobs('--limit', '1000000000')).toHaveLength(2)
    expect(await errorFrom('jobs', '--limit', 'many')).toMatchObject({ code: 'invalid_input', field: '--limit' })
    expect(await errorFrom('jobs', '--status', 'asleep')).toMatchObject({ field: '--status', value: 'asleep' })
    expect(await errorFrom('jobs', '--last-result', 'bad')).toMatchObject({ field: '--last-result', value: 'bad' })
  })

  test('bad input 28: a name with % and _ and a backslash means itself only', async () => {
    const brandId = await workspace()
    await addJob(client, { name: '100%_\\', brand_id: brandId })
    await addJob(client, { name: '100abc', brand_id: brandId })
    expect((await pm('pause', '100%_\\')).code).toBe(0)
    expect(await names('--status', 'paused')).toEqual(['100%_\\'])
    expect(await errorFrom('pause', '100%')).toMatchObject({ code: 'not_found' })
  })

  test('a row of another program with nonsense in it is shown, with what is wrong', async () => {
    const brandId = await workspace()
    await client.query('alter table scheduled_jobs drop constraint scheduled_jobs_status_check')
    try {
      const odd = { brand_id: brandId, cron_expression: 'every day', status: 'asleep', next_run_at: 'infinity' }
      await addJob(client, { name: 'Odd', ...odd })
      const { stdout, code } = await pm('jobs')
      expect(code).toBe(0)
      expect(stdout).toMatch(/^\? asleep +Acme +Odd +work +not valid: every day America\/Los_Angeles/m)
    } finally {
      await client.query('truncate scheduled_jobs cascade')
      await client.query(`alter table scheduled_jobs add constraint scheduled_jobs_status_check
        check (status in ('active', 'paused', 'completed', 'archived'))`)
    }
  })
})

describe('pm runs and pm logs', () => {
  async function runWithLog(status: string): Promise<string> {
    const brandId = await workspace()
    const jobId = await addJob(client, { brand_id: brandId, name: 'Load', next_run_at: null })
    const ended = { started_at: new Date(), completed_at: new Date(), problem: status === 'failed' ? 'failed' : null }
    const runId = await addRun(client, jobId, { status, ...ended })
    await client.query(
      `insert into run_logs (run_id, seq, logged_at, level, step_key, message)
       select $1, n, now(), case n when 2 then 'error' else 'info' end, 'extract', 'line ' || n || chr(27) || '[31m red'
       from generate_series(1, 1500) n`,
      [runId],
    )
    return runId
  }

  test('the list filters by status and problem; one run is found by part of its id', async () => {
    const runId = await runWithLog('failed')
    expect(asRecords((await json('runs', '--problem'))['runs'])).toMatchObject([{ id: runId, jobName: 'Load' }])
    expect((await json('runs', '--problem', 'warnings'))['runs']).toEqual([])
    expect((await json('runs', '--status', 'completed'))['runs']).toEqual([])
    for (const part of [runId, runId.slice(0, 8), runId.slice(-8), runId.toUpperCase()]) {
      expect(asRecord((await json('runs', part))['run'])).toMatchObject({ id: runId, status: 'failed' })
    }
    expect(await errorFrom('runs', 'ffffffff')).toMatchObject({ code: 'not_found', value: 'ffffffff' })
    expect(await errorFrom('runs', "'; drop table x")).toMatchObject({ code: 'not_found' })
  })

  test('the whole log is shown, however many pages; colours only on a terminal; exit code 1 for a failed run', async () => {
    const runId = await runWithLog('failed')
    const plain = await pm('logs', runId)
    expect(plain.code).toBe(1)
    expect(plain.stdout.trimEnd().split('\n')).toHaveLength(1500)
    expect(plain.stdout).toMatch(/^\d\d:\d\d:\d\d \[extract\] line 1 red$/m)
    expect(plain.stdout).toMatch(/error \[extract\] line 2 red$/m)
    const terminal = await command(['logs', runId, '--database-url', database.url], { columns: 80 })
    expect(terminal.stdout).toContain('line 1\u001b[31m red\u001b[0m')
    expect(asRecords((await json('logs', runId))['lines'])).toHaveLength(1500)
  })

  test('exit code 0 for a completed run; the log of another program is its one text', async () => {
    const brandId = await workspace()
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
    const ended = { status: 'completed', started_at: new Date(), completed_at: new Date() }
    const runId = await addRun(client, jobId, { ...ended, logs: 'fetched 3\nsaved 3' })
    expect(await pm('logs', runId)).toMatchObject({ code: 0, stdout: 'fetched 3\nsaved 3\n' })
  })

  test('--follow shows what comes until the run ends, with --json one line each', async () => {
    const brandId = await workspace()
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
    const runId = await addRun(client, jobId, { started_at: new Date() })
    const insert = (seq: number): Promise<unknown> =>
      client.query(`insert into run_logs values ($1, $2, now(), 'info', null, $3)`, [runId, seq, `line ${seq}`])
    await insert(1)
    const seen: string[] = []
    const following = command(['logs', runId, '--follow', '--json', '--database-url', database.url], {
      onOutput: (chunk) => seen.push(chunk),
    })
    await waitFor(() => seen.length === 1, { describe: 'the first line' })
    await insert(2)
    await waitFor(() => seen.length === 2, { describe: 'the second line' })
    await insert(3)
    await client.query(`update scheduled_job_runs set status = 'cancelled', completed_at = now()`)
    const answer = await following
    expect(answer.code).toBe(1)
    expect(
      answer.stdout
        .trimEnd()
        .split('\n')
        .map((line) => asRecord(JSON.parse(line))['message']),
    ).toEqual(['line 1', 'line 2', 'line 3'])
  })

  test('--follow ends when nobody reads any more', async () => {
    const brandId = await workspace()
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
    const runId = await addRun(client, jobId, { started_at: new Date() })
    const closed = new AbortController()
    const following = command(['logs', runId, '--follow', '--database-url', database.url], {
      outputClosed: closed.signal,
    })
    closed.abort()
    expect((await following).code).toBe(130)
  })
})

describe('pm run', () => {
  test('parameters are typed by the schema, checked before anything is written, and stored as JSON (bad inputs 20, 23)', async () => {
    await workspace()
    const given = ['days_back=3', 'full=false', 'note=7', 'ratio=0.5', 'filter={"a":[1]}'].flatMap((one) => [
      '--param',
      one,
    ])
    const document = await json('run', 'load', '--brand', 'Acme', ...given)
    const parameters = { days_back: 3, full: false, note: '7', ratio: 0.5, filter: { a: [1] } }
    expect(document['parameters']).toEqual(parameters)
    const { rows } = await client.query('select * from scheduled_jobs')
    expect(rows).toMatchObject([
      { schedule_type: 'one_time', status: 'active', trigger_source: 'manual', requested_by: 'ada', parameters },
    ])
    for (const [bad, message] of [
      ['days_back=900', 'must be at most 90'],
      ['full=yes', 'full must be'],
      ['nope=1', 'no parameter "nope"'],
      ['days_back', 'not of the form name=value'],
      ['filter=[1]', 'filter must be'],
    ] as const) {
      const error = await errorFrom('run', 'load', '--brand', 'Acme', '--param', bad)
      expect(error).toMatchObject({ code: 'invalid_parameters', message: containing(message) })
    }
    const twice = ['--param', 'full=true', '--param', 'full=false']
    expect(await errorFrom('run', 'load', '--brand', 'Acme', ...twice)).toMatchObject({ code: 'invalid_parameters' })
    expect((await client.query('select from scheduled_jobs')).rowCount).toBe(1)
  })

  test('bad input 39: a brand that is missing, ambiguous, or differs only by case', async () => {
    await workspace('Acme')
    await addBrand(client, 'ACME')
    const near = await errorFrom('run', 'load', '--brand', 'Acmee')
    expect(near).toMatchObject({ code: 'not_found', fix: matching(/^Did you mean "Acme"/i) })
    const several = await errorFrom('run', 'load', '--brand', 'acme')
    expect(several).toMatchObject({
      code: 'ambiguous',
      message: matching(/could be 2 brands: (Acme of Acme|ACME of ACME) \([0-9a-f-]+\); /),
    })
    expect((await pm('run', 'load', '--brand', 'ACME')).code).toBe(0)
    const { rows } = await client.query<{ name: string }>(
      'select brand.name from scheduled_jobs job join brands brand on brand.id = job.brand_id',
    )
    expect(rows).toEqual([{ name: 'ACME' }])
    const missing = await pm('run', 'load', '--json')
    expect(errorOf(missing)).toMatchObject({ code: 'invalid_input', message: containing('--brand') })
  })

  test('J8: an unknown job type names the nearest; one that nobody can run now is queued, and says who could', async () => {
    await workspace()
    const unknown = await errorFrom('run', 'laod', '--brand', 'Acme')
    expect(unknown).toMatchObject({ code: 'not_found', value: 'laod', fix: 'Did you mean "load"?' })
    await client.query(`update agents set state = 'stopped'`)
    const { stdout, code } = await pm('run', 'load', '--brand', 'Acme')
    expect(code).toBe(0)
    expect(stdout).toContain(
      'No agent that runs now can run load; it waits. These can, once they are started: agent-1 on host-1.',
    )
  })

  test('J10: it says behind which run it waits', async () => {
    const brandId = await workspace()
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { load: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await addJob(client, { job_type: 'load', brand_id: brandId })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { stdout } = await pm('run', 'load', '--brand', 'Acme')
    const runId = agent.of('run_started')[0]?.run.runId ?? ''
    expect(stdout).toContain(`It waits behind run ${runId.slice(-8)} of load for Acme`)
  })

  async function working(handler: StepHandler): Promise<TestScheduler> {
    const agent = createTestScheduler({ url: database.url, jobs: { load: handler } })
    await agent.scheduler.start()
    return agent
  }

  test('--wait: the result and its exit code, 0 completed', async () => {
    await workspace()
    await using agent = await working(() => ({ recordsAffected: 12, metadata: {} }))
    const answer = await pm('run', 'load', '--brand', 'Acme', '--wait')
    expect(answer).toMatchObject({ code: 0, stderr: containing('✔ completed  work, 12 records') })
    expect(answer.stdout).toMatch(
      /^✔ completed +load \(by hand\) for Acme\nrun [0-9a-f-]{36}, job type load, attempt 1, by ada/,
    )
    // J6: what a person asked for is put away once it is done.
    expect(await names()).toEqual([])
    expect(await names('--status', 'archived')).toEqual(['load (by hand)'])
    expect(agent.of('run_ended')).toHaveLength(1)
  })

  test('--wait: exit code 1 when the run failed', async () => {
    await workspace()
    await using _agent = await working(() => {
      throw new Error('no such table')
    })
    const answer = await pm('run', 'load', '--brand', 'Acme', '--wait', '--json')
    expect(answer.code).toBe(1)
    expect(asRecord(documentOf(answer)['run'])).toMatchObject({ status: 'failed', errorMessage: 'work: no such table' })
  })

  test('--wait --timeout: exit code 2, and the job is still queued', async () => {
    await workspace()
    const answer = await pm('run', 'load', '--brand', 'Acme', '--wait', '--timeout', '1')
    expect(answer).toMatchObject({ code: 2, stderr: containing('has not started within 1 s') })
    expect(await names('--status', 'active')).toEqual(['load (by hand)'])
  })

  test('--wait: a run that was put off is told with when it is tried again, and is not the end', async () => {
    await workspace()
    let runs = 0
    await using agent = await working(() => {
      runs += 1
      if (runs === 1) throw new StepFailure('rate_limited', 'slow down', { retryAfterMs: 1_000 })
      return { recordsAffected: 12, metadata: {} }
    })
    const answer = await pm('run', 'load', '--brand', 'Acme', '--wait')
    expect(answer).toMatchObject({ code: 0, stdout: matching(/^✔ completed +load/) })
    expect(answer.stderr).toMatch(
      /cancelled: snoozed \(.*slow down.*\)\. It is tried again (in \d|as soon as an agent is free)/,
    )
    expect(agent.of('run_ended')).toHaveLength(2)
  })

  test.each([
    ['archived', 'was put away before it was done; it will not run'],
    ['paused', 'was paused before it was done; it starts once it is resumed'],
    ['gone', 'was removed before it was done; it will not run'],
  ])('--wait: exit code 2 once the job is %s, which no run will ever come of', async (state, said) => {
    await workspace()
    const waiting = pm('run', 'load', '--brand', 'Acme', '--wait', '--timeout', '60')
    const change = state === 'gone' ? 'delete from scheduled_jobs' : `update scheduled_jobs set status = '${state}'`
    await waitFor(async () => (await client.query(change)).rowCount === 1, { describe: 'the job to be queued' })
    expect(await waiting).toMatchObject({ code: 2, stderr: containing(said) })
  })
})

describe('pm cancel, retry, schedule', () => {
  test('J11: cancel stops a run through its agent; repeating it says so', async () => {
    const brandId = await workspace()
    await using agent = createTestScheduler({ url: database.url, jobs: { load: untilAborted } })
    const jobId = await addJob(client, { job_type: 'load', brand_id: brandId, name: 'Load' })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { id: runId } = await runOf(client, jobId)
    expect(await pm('cancel', jobId)).toMatchObject({ code: 0, stdout: 'The run of Load is asked to stop.\n' })
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'cancelled', error_message: 'Cancelled by ada.' })
    expect((await pm('cancel', runId)).stdout).toBe('The run of Load has already ended: cancelled.\n')
    expect(await errorFrom('cancel', jobId)).toMatchObject({
      code: 'conflict',
      fix: containing('pm archive'),
    })
  })

  test('J5: retry makes a dead job due, by its own id or by that of its run', async () => {
    const brandId = await workspace()
    const jobId = await addJob(client, { job_type: 'load', brand_id: brandId, name: 'Load', next_run_at: null })
    const ended = { started_at: new Date(), completed_at: new Date() }
    const runId = await addRun(client, jobId, { status: 'failed', attempt_number: 4, ...ended })
    expect((await pm('retry', runId)).stdout).toBe('Load is due now. (Acme)\n')
    const row = await jobRow(client, jobId)
    expect(row.next_attempt).toBe(askedFor)
    expect(row.next_run_at?.getTime()).toBeLessThanOrEqual(Date.now() + 60_000)
    expect((await pm('retry', jobId)).stdout).toContain('Load is due already')
  })

  test('J12, J13: schedule creates, updates and leaves alone; bad cron and zone are named (bad inputs 1 to 5, 10, 11)', async () => {
    await workspace()
    const load = ['schedule', 'load', '--brand', 'Acme', '--zone', 'Europe/Berlin']
    const created = await json(...load, '--cron', '0 6 * * *', '--param', 'days_back=3')
    expect(created).toMatchObject({ created: true, changed: true, note: null })
    expect(asRecords(created['nextFires'])).toHaveLength(5)
    expect(await json(...load, '--cron', '0 6 * * *')).toMatchObject({ created: false, changed: false })
    const moved = await json(...load, '--cron', '30 7 * * 1-5')
    expect(moved).toMatchObject({ created: false, changed: true, job: { parameters: { days_back: 3 }, version: 2 } })
    expect(await names()).toEqual(['load'])
    const bad = (cron: string, zone: string): Promise<Record<string, unknown>> =>
      errorFrom('schedule', 'load', '--brand', 'Acme', '--cron', cron, '--zone', zone)
    for (const cron of ['', '* * * *', '* * * * * *', '0 0 31 2 *', '61 * * * *']) {
      expect(await bad(cron, 'UTC')).toMatchObject({ code: 'invalid_input', field: 'cron_expression', value: cron })
    }
    for (const zone of ['Europe/Kyivv', '+03:00', 'local', 'UTC+3']) {
      expect(await bad('0 6 * * *', zone)).toMatchObject({ code: 'invalid_input', field: 'time_zone', value: zone })
    }
    expect(await errorFrom(...load, '--cron', '0 6 * * *', '--param', 'days_back=0')).toMatchObject({
      code: 'invalid_parameters',
    })
  })

  test('--preview needs no database and tells what daylight saving does', async () => {
    const clock = { now: () => new Date('2026-03-07T12:00:00Z'), monotonic: () => 0 }
    const args = ['schedule', 'load', '--cron', '30 2 * * *', '--zone', 'America/New_York', '--preview']
    const { stdout, code } = await command(args, { clock })
    expect(code).toBe(0)
    expect(stdout).toContain('Daily at 02:30, America/New_York. Next:')
    expect(stdout).toMatch(
      /Sun 2026-03-08 03:00 -04:00 {2}= {2}2026-03-08 07:00 UTC, in 19 h {2}\(moved: the clocks are put forward/,
    )
  })
})
