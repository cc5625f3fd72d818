import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvCell } from '../../../agent/console/run-export.ts'
import { percentile } from '../../../agent/console/run-summary.ts'
import { emptyCatalog, type JobType } from '../../../agent/jobs/catalog/catalog.ts'
import { runPageStatement } from '../../../agent/store/run-list.ts'
import type { LogLine } from '../../../shared/contract/runs.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, addRun, type Brand, type Columns } from '../../support/job-rows.ts'
import { waitFor } from '../../support/wait.ts'
import { errorOf } from './error-of.ts'

let console: TestConsole
let brand: Brand

const jobType: JobType = {
  key: 'work',
  label: 'Work',
  description: null,
  timeoutMinutes: 60,
  parameters: {
    type: 'object',
    properties: { days_back: { type: 'integer', minimum: 1, default: 7 } },
    additionalProperties: false,
  },
  steps: [],
  cadence: null,
  secrets: [],
  backfill: null,
  resume: false,
  expectedMinutes: null,
  owner: null,
  runbook: null,
}

const agentId = '20000000-0000-4000-8000-000000000001'
const base = Date.UTC(2026, 10, 1)

beforeAll(async () => {
  console = await createTestConsole({ catalog: { ...emptyCatalog, jobTypes: new Map([['work', jobType]]) } })
  brand = await addOpenBrand(console.sql)
  await console.sql.query(
    `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types)
     values ($1, 'agent', 'host', 1, '1', 'running', 1, '{work}')`,
    [agentId],
  )
})

afterAll(async () => {
  await console.stop()
})

async function addOwn(columns: Columns = {}, jobId?: string): Promise<string> {
  const job = jobId ?? (await addJob(console.sql, { brand_id: brand.brandId }))
  return addRun(console.sql, job, { agent_id: agentId, started_at: new Date(base), ...columns })
}

async function addLines(runId: string, from: number, to: number, columns: { level?: string } = {}): Promise<void> {
  await console.sql.query(
    `insert into run_logs (run_id, seq, logged_at, level, step_key, message)
     select $1, n, now(), $4, 'load', 'line ' || n from generate_series($2::integer, $3::integer) n`,
    [runId, from, to, columns.level ?? 'info'],
  )
}

const seqs = (lines: readonly LogLine[]): number[] => lines.map(({ seq }) => seq)

describe('the log of a run', () => {
  test('comes from a place, or from its end, with levels as they are stored', async () => {
    const runId = await addOwn()
    await addLines(runId, 1, 30)
    await addLines(runId, 31, 31, { level: 'FATAL!' })
    const { log } = console.client.runs
    expect(await log({ runId, afterSeq: 28 })).toMatchObject({ lastSeq: 31, ended: false })
    expect(seqs((await log({ runId, limit: 3 })).lines)).toEqual([1, 2, 3])
    const end = await log({ runId, tail: 2 })
    expect(seqs(end.lines)).toEqual([30, 31])
    expect(end.lines[1]).toMatchObject({ level: 'FATAL!', step: 'load', message: 'line 31' })
    expect((await console.client.runs.get({ runId })).run.logLines).toBe(31)
    for (const afterSeq of [-1, 2_147_483_648]) {
      const refused = { code: 'INVALID_INPUT', data: { field: 'afterSeq' } }
      expect(await errorOf(log({ runId, afterSeq }))).toMatchObject(refused)
    }
  })

  test('of another program comes as lines: cleaned, cut and numbered', async () => {
    const text = `one\r\ntwo \u001b[31mred\u001b[0m\u001b[2J\n\nlong ${'é'.repeat(20_000)}\n\n`
    const runId = await addOwn({ agent_id: null, status: 'completed', completed_at: new Date(base + 1), logs: text })
    const { lines, lastSeq, ended } = await console.client.runs.log({ runId })
    expect({ lastSeq, ended }).toEqual({ lastSeq: 4, ended: true })
    expect(lines.map(({ message }) => message).slice(0, 3)).toEqual(['one', 'two \u001b[31mred\u001b[0m', ''])
    expect(lines[3]?.message).toBe(`long ${'é'.repeat(16_379)} … ${2 * (20_000 - 16_379)} bytes cut`)
    expect(lines[0]?.at).toEqual(new Date(base + 1))
    expect(seqs((await console.client.runs.log({ runId, tail: 2 })).lines)).toEqual([3, 4])
    expect(seqs((await console.client.runs.log({ runId, afterSeq: 1, limit: 2 })).lines)).toEqual([2, 3])
    expect((await console.client.runs.get({ runId })).run.logLines).toBe(4)
  })

  test('of 200 MB with a line of 50 MB is its beginning and its end, in bounded pieces', async () => {
    const runId = await addOwn({ agent_id: null, status: 'failed', completed_at: new Date(base + 1) })
    await console.sql.query(
      `update scheduled_job_runs
       set logs = E'first\\n' || repeat('x', 50000000) || E'\\n' || repeat(E'a line like many others\\n', 6500000) || 'last'
       where id = $1`,
      [runId],
    )
    const page = await console.client.runs.log({ runId, limit: 5_000 })
    expect(page.lines).toHaveLength(5_000)
    expect(page.lines[0]?.message).toBe('first')
    expect(page.lines[1]?.message).toMatch(/^x{16384} … \d+ bytes cut$/)
    expect(page.lines[2]?.message).toMatch(/^… the middle of 206000011 bytes is not shown$/)
    const end = await console.client.runs.log({ runId, tail: 2 })
    expect(end.lines.map(({ message }) => message)).toEqual(['a line like many others', 'last'])
    expect(end.lines[1]?.seq).toBe(end.lastSeq)
  }, 60_000)
})

/** Follows as an open drawer does. */
async function follow(runId: string, signal?: AbortSignal) {
  const stream = await console.client.runs.followLog({ runId }, signal === undefined ? {} : { signal })
  const lines: LogLine[] = []
  let ended = false
  const read = async (): Promise<void> => {
    for await (const piece of stream) {
      lines.push(...piece.lines)
      ended = piece.ended
    }
  }
  return { lines, done: read(), hasEnded: () => ended }
}

describe('a followed log', () => {
  test('gets what was there, what comes at a hint and what comes without one, and ends with the run', async () => {
    const runId = await addOwn()
    await addLines(runId, 1, 2_500)
    const followed = await follow(runId)
    await waitFor(() => followed.lines.length === 2_500, { describe: 'the lines that were there' })
    await addLines(runId, 2_501, 2_501)
    console.tell({ type: 'changed', topics: ['runs'] })
    await waitFor(() => followed.lines.length === 2_501, { timeoutMs: 900, describe: 'the line of the hint' })
    await addLines(runId, 2_502, 2_503)
    await waitFor(() => followed.lines.length === 2_503, { timeoutMs: 5_000, describe: 'lines without a hint' })
    expect(followed.hasEnded()).toBe(false)
    await addLines(runId, 2_504, 2_504)
    await console.sql.query(`update scheduled_job_runs set status = 'completed', completed_at = now() where id = $1`, [
      runId,
    ])
    await followed.done
    expect(followed.hasEnded()).toBe(true)
    expect(seqs(followed.lines)).toEqual(Array.from({ length: 2_504 }, (_, index) => index + 1))
  })

  test('of an ended run ends at once; of another program it is its text, when that is there', async () => {
    const empty = await follow(await addOwn({ status: 'completed', completed_at: new Date() }))
    await empty.done
    expect({ lines: empty.lines, ended: empty.hasEnded() }).toEqual({ lines: [], ended: true })
    const runId = await addOwn({ agent_id: null })
    const foreign = await follow(runId)
    await console.sql.query(
      `update scheduled_job_runs set status = 'completed', completed_at = now(), logs = E'a\\nb' where id = $1`,
      [runId],
    )
    await foreign.done
    expect(foreign.lines.map(({ message }) => message)).toEqual(['a', 'b'])
  })

  test('stops when the caller goes, and when the agent stops, and leaves nothing behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const runId = await addOwn()
    await addLines(runId, 1, 1)
    const before = timers()
    const going = new AbortController()
    const first = await follow(runId, going.signal)
    const second = await follow(runId)
    await waitFor(() => first.lines.length + second.lines.length === 2, { describe: 'the line, twice' })
    going.abort()
    await first.done.catch(() => undefined)
    console.tell({ type: 'end' })
    await second.done
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

describe('a run', () => {
  test('comes with its steps, the attempts at the same work, and what people did', async () => {
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, max_retries: 5 })
    const at = (minute: number): Columns => ({
      started_at: new Date(base + minute * 60_000),
      completed_at: new Date(base + minute * 60_000 + 30_000),
      status: 'failed',
      problem: 'failed',
    })
    await addOwn({ ...at(0), attempt_number: 1 }, jobId)
    const chain = [
      await addOwn({ ...at(1), attempt_number: 1, status: 'cancelled', problem: 'released' }, jobId),
      await addOwn({ ...at(2), attempt_number: 1 }, jobId),
      await addOwn({ ...at(3), attempt_number: 2 }, jobId),
      await addOwn({ ...at(4), attempt_number: 3, status: 'completed', problem: null }, jobId),
    ]
    await addOwn({ ...at(5), attempt_number: 1, status: 'completed', problem: null }, jobId)
    const act = async (action: string, type: string, id: string, minute: number): Promise<unknown> =>
      console.sql.query(
        `insert into operator_actions (operator, door, action, subject_type, subject_id, happened_at) values ('ada', 'cli', $1, $2, $3, $4)`,
        [action, type, id, new Date(base + minute * 60_000)],
      )
    await act('job.pause', 'job', jobId, -1)
    await act('job.retry', 'job', jobId, 2.8)
    await act('run.cancel', 'run', chain[2] ?? '', 3.1)
    await act('job.archive', 'job', jobId, 9)
    await console.sql.query(
      `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key, records_affected, progress_done)
       values ($1, 1, 'load', 'failed', true, 'orders', 12, 3)`,
      [chain[2]],
    )
    for (const runId of chain) {
      const { attempts } = await console.client.runs.get({ runId })
      expect(attempts.map(({ id }) => id)).toEqual(chain)
    }
    const { run, steps, actions } = await console.client.runs.get({ runId: chain[2] ?? '' })
    expect(run).toMatchObject({ attempt: 2, maxRetries: 5, organizationId: brand.organizationId, durationMs: 30_000 })
    expect(steps).toMatchObject([{ key: 'load', dataset: 'orders', records: 12, done: 3, total: null, fatal: true }])
    expect(actions.map(({ action }) => action)).toEqual(['run.cancel', 'job.retry'])
  })

  test('is asked to stop once, and the record says by whom; a reader may not', async () => {
    const runId = await addOwn()
    await expect(console.as({ scope: 'read' }).runs.cancel({ runId })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await console.client.runs.cancel({ runId })).toMatchObject({ changed: true })
    expect(await console.client.runs.cancel({ runId })).toMatchObject({ changed: false })
    const { run, actions } = await console.client.runs.get({ runId })
    expect(run.cancelRequestedBy).toBe('tester')
    expect(actions.map(({ action, operator }) => `${operator} ${action}`)).toEqual(['tester run.cancel'])
  })
})

describe('an export', () => {
  const exported = async (
    format: 'csv' | 'json',
    filter: { text?: string } = {},
  ): Promise<{ text: string; rows: number }> => {
    let text = ''
    let rows = 0
    const stream = await console.client.runs.export({
      organizationId: brand.organizationId,
      jobTypes: ['exported'],
      format,
      ...filter,
    })
    for await (const piece of stream) {
      text += piece.text
      rows += piece.rows
      expect(piece.cut).toBe(false)
    }
    return { text, rows }
  }

  test('has every run once, as CSV with formulas disarmed and as JSON that can be read', async () => {
    const jobId = await addJob(console.sql, {
      brand_id: brand.brandId,
      job_type: 'exported',
      name: '=HYPERLINK("x"), "a"',
    })
    await console.sql.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at, error_message)
       select $1, 'failed', $2::timestamptz + n * interval '1 second', $2::timestamptz + n * interval '2 seconds', '-' || n
       from generate_series(1, 1203) n`,
      [jobId, new Date(base)],
    )
    const csv = await exported('csv')
    // For Excel.
    expect(csv.text.charAt(0)).toBe('\uFEFF')
    const lines = csv.text.slice(1).split('\r\n')
    expect(csv.rows).toBe(1_203)
    expect(lines).toHaveLength(1_205)
    expect(lines[0]).toBe(
      'run_id,job_id,job_name,job_type,brand_id,brand,status,problem,attempt,scheduled_for,started_at,completed_at,duration_ms,records,trigger_source,requested_by,agent,error',
    )
    expect(lines[1]).toContain(`,"'=HYPERLINK(""x""), ""a""",exported,`)
    expect(lines[1]).toContain(`,2026-11-01T00:20:03.000Z,2026-11-01T00:40:06.000Z,1203000,`)
    expect(lines[1]).toMatch(/,'-1203$/)
    const rows: unknown = JSON.parse((await exported('json')).text)
    expect(rows).toHaveLength(1_203)
    expect(rows).toHaveProperty('[0].job_name', '=HYPERLINK("x"), "a"')
    expect(new Set(lines.slice(1, -1).map((line) => line.slice(0, 36))).size).toBe(1_203)
    expect(await exported('json', { text: '-120' })).toMatchObject({ rows: 5 })
    expect(JSON.parse((await exported('json', { text: 'nothing like it' })).text)).toEqual([])
  })

  test.each([
    ['=1+1', `'=1+1`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@x', `'@x`],
    ['\tx', `'\tx`],
    ['\rx', `"'\rx"`],
    ['a,b', '"a,b"'],
    ['a\n"b"', '"a\n""b"""'],
    ['plain', 'plain'],
  ])('a cell of %j is %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell)
  })

  test('a negative number stays a number', () => {
    expect(csvCell(-1)).toBe('-1')
  })
})

test('percentiles are of the class that holds the rank', () => {
  const classes = [
    { runs: 90, durationMs: 100 },
    { runs: 9, durationMs: 200 },
    { runs: 1, durationMs: 9_000 },
    { runs: 50, durationMs: null },
  ]
  expect([0.5, 0.9, 0.95, 0.99, 1].map((fraction) => percentile(classes, fraction))).toEqual([
    100, 100, 200, 200, 9_000,
  ])
  expect(percentile([], 0.5)).toBeNull()
})

test('a page of one job with 100,000 runs walks its index, however deep', async () => {
  const jobId = await addJob(console.sql, { brand_id: brand.brandId, job_type: 'many' })
  await console.sql.query(
    `insert into scheduled_job_runs (scheduled_job_id, status, agent_id, started_at, completed_at)
     select $1, 'completed', $2, $3::timestamptz + n * interval '1 second', $3::timestamptz + n * interval '2 seconds'
     from generate_series(1, 100000) n`,
    [jobId, agentId, new Date(base)],
  )
  await console.sql.query('analyze scheduled_job_runs')
  const filter = {
    organizationId: brand.organizationId,
    withPlatform: true,
    brandId: null,
    jobTypes: [],
    results: [],
    problems: [],
    triggers: [],
    agentIds: [],
    attempts: 'any',
    jobId,
    backfillId: null,
    from: null,
    to: null,
  } as const
  const page = await console.client.runs.list({ organizationId: brand.organizationId, jobId })
  expect(page.runs).toHaveLength(50)
  const deep = { startedAt: new Date(base + 50_000_000).toISOString(), id: page.runs[0]?.id ?? '' }
  for (const after of [null, deep]) {
    const { statement, values } = runPageStatement({
      filter,
      after,
      limit: 50,
      brands: { own: 0, all: 0, areKept: true },
    })
    const { rows } = await console.sql.query<{ 'QUERY PLAN': unknown }>({
      text: `explain (analyze, format json) ${statement.text}`,
      values: [...values],
    })
    const plan = JSON.stringify(rows[0]?.['QUERY PLAN'])
    expect(plan).toContain('scheduled_job_runs_job')
    const scanned = [...plan.matchAll(/"Relation Name": ?"scheduled_job_runs".*?"Actual Rows": ?(\d+)/g)].map(([, n]) =>
      Number(n),
    )
    expect(scanned).toEqual([51])
    expect(plan).not.toMatch(/"Rows Removed by Filter": ?[1-9]/)
  }
}, 120_000)

test('nothing of this was unexpected', () => {
  expect(console.troubles).toEqual([])
})
