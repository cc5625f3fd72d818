import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, only, type RunRow, runOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done, type StepHandler } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate scheduled_jobs, organizations cascade'))

/** The run of a handler that misbehaves, beside one that behaves and whose record must not suffer. */
async function runBeside(odd: StepHandler): Promise<RunRow> {
  const { brandId } = await addBrand(client)
  const both = Promise.withResolvers<null>()
  let begun = 0
  const together = async (): Promise<void> => {
    begun += 1
    if (begun === 2) both.resolve(null)
    await both.promise
  }
  await using agent = createTestScheduler({
    url: database.url,
    jobs: {
      odd: {
        steps: [
          {
            key: 'work',
            dataset: 'odd',
            run: async (context) => {
              await together()
              return odd(context)
            },
          },
        ],
      },
      plain: {
        steps: [
          {
            key: 'work',
            dataset: 'plain',
            run: async ({ log }) => {
              await together()
              log.write('info', 'all is well')
              return { recordsAffected: 1, metadata: {} }
            },
          },
        ],
      },
    },
  })
  const oddJob = await addJob(client, { brand_id: brandId, job_type: 'odd', max_retries: 0 })
  const plainJob = await addJob(client, { brand_id: brandId, job_type: 'plain' })
  await agent.scheduler.start()
  await agent.ended(2)
  expect(await runOf(client, plainJob)).toMatchObject({ status: 'completed', problem: null, logs: 'all is well\n' })
  expect(await datasetRow(client, brandId, 'plain')).toMatchObject({ last_status: 'completed' })
  expect(await jobRow(client, oddJob)).toMatchObject({ current_run_id: null })
  return await runOf(client, oddJob)
}

describe('what a step throws (bad input 38)', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const caused = new Error('outer')
  caused.cause = caused
  test.each<[string, unknown, string]>([
    ['a string', 'just text', 'just text'],
    ['nothing', undefined, 'unknown error'],
    ['null', null, 'unknown error'],
    ['a number', 42, '42'],
    ['an object', { code: 7 }, '{"code":7}'],
    ['a circular object', circular, '[object Object]'],
    ['an error that is its own cause', caused, 'outer'],
    ['an empty error', new Error(''), 'Error'],
    ['several', new AggregateError([new Error('one'), new Error('two')]), 'one; two'],
    ['NUL and a lone surrogate', new Error('a\u0000b\ud800c'), 'a\uFFFDb\uFFFDc'],
  ])('bad input 38: %s', async (_, thrown, message) => {
    const run = await runBeside(vi.fn<StepHandler>().mockRejectedValue(thrown))
    expect(run).toMatchObject({ status: 'failed', problem: 'failed' })
    expect(run.error_message).toContain(message)
  })

  test('bad input 38: a message of 20 MB is cut and says so', async () => {
    const run = await runBeside(() => {
      throw new Error('x'.repeat(20_000_000))
    })
    expect(run.error_message?.length).toBeLessThan(9_000)
    expect(run.error_message).toContain('characters cut')
    expect(run.logs?.length).toBeLessThan(70_000)
  })

  test('a step that throws before it has begun to wait', async () => {
    const run = await runBeside(() => {
      throw new StepFailure('retryable', 'at once')
    })
    expect(run.error_message).toBe('work: at once')
  })
})

describe('what a step reports (bad inputs 13, 14, 16, 19)', () => {
  const deep = (levels: number): Record<string, unknown> => {
    let inner: Record<string, unknown> = {}
    for (let level = 0; level < levels; level += 1) inner = { inner }
    return inner
  }
  const loop: Record<string, unknown> = {}
  loop['loop'] = loop
  test.each<[string, unknown]>([
    ['NUL in a value', { page: 'a\u0000b' }],
    ['NUL in a key', { 'a\u0000b': 1 }],
    ['a lone surrogate', { page: 'a\ud800b' }],
    ['nesting of 20,000 levels', deep(20_000)],
    ['a circle', loop],
    ['a bigint', { id: 9_007_199_254_740_993n }],
    ['NaN and infinity', { rate: Number.NaN, most: Number.POSITIVE_INFINITY }],
    ['an invalid date', { at: new Date(Number.NaN) }],
  ])('bad inputs 13, 14, 16, 19: metadata with %s: the step and its run still count', async (_, metadata) => {
    // A handler written in JavaScript is not held by our types.
    const run = await runBeside(() => ({ recordsAffected: 3, metadata: metadata as never }))
    expect(run).toMatchObject({ status: 'completed', problem: null, records_affected: '3' })
    expect(only(await stepsOf(client, run.id))).toMatchObject({ status: 'completed' })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e30])(
    'bad input 16: a count of %s is no count, and the run still counts',
    async (recordsAffected) => {
      const run = await runBeside((context) => {
        context.progress(recordsAffected, recordsAffected)
        return { recordsAffected, metadata: {} }
      })
      expect(run).toMatchObject({ status: 'completed', problem: null, records_affected: null })
    },
  )

  test('half a record is rounded down', async () => {
    expect(await runBeside(() => ({ recordsAffected: 2.5, metadata: {} }))).toMatchObject({ records_affected: '2' })
  })

  test('bad inputs 13, 14, 35: NUL, lone surrogates, controls and floods in the log', async () => {
    const run = await runBeside(({ log }) => {
      log.write('info', 'nul \u0000, surrogate \ud800, bell \u0007')
      const output = log.stream('stdout')
      output.chunk(Buffer.from([0xff, 0xfe, 0x00, 0x0a]))
      output.chunk(Buffer.from('y'.repeat(1_000_000)))
      output.end()
      for (let line = 0; line < 20_000; line += 1) log.write('info', `line ${line}`)
      return done
    })
    expect(run).toMatchObject({ status: 'completed', problem: null })
    const { rows } = await client.query<{ message: string }>(
      'select message from run_logs where run_id = $1 order by seq',
      [run.id],
    )
    expect(rows[0]?.message).toContain('nul')
    expect(rows.length).toBeLessThan(12_000)
    expect(rows.at(-1)?.message).toBe('line 19999')
    expect(run.logs?.length).toBeLessThan(70_000)
  })

  test('a run with several steps and odd metadata in the first is live for its neighbours too', async () => {
    const { brandId } = await addBrand(client)
    const finish = Promise.withResolvers<typeof done>()
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        odd: {
          steps: [
            // No cleaning reaches this one: the database does not take a step key with NUL.
            { key: 'od\u0000d', run: () => done },
            { key: 'wait', run: () => finish.promise },
          ],
        },
        plain: ({ log }) => {
          log.write('info', 'I am here')
          return finish.promise
        },
      },
    })
    const oddJob = await addJob(client, { brand_id: brandId, job_type: 'odd', max_retries: 0 })
    const plainJob = await addJob(client, { brand_id: brandId, job_type: 'plain' })
    await agent.scheduler.start()
    await waitFor(async () => (await client.query(`select from run_logs where message = 'I am here'`)).rowCount === 1, {
      describe: 'the line of the other run',
    })
    finish.resolve(done)
    await agent.ended(2)
    expect(await runOf(client, plainJob)).toMatchObject({ status: 'completed', problem: null })
    // The whole record is refused, so the run ends without it and says so.
    const odd = await runOf(client, oddJob)
    expect(odd).toMatchObject({ status: 'failed', problem: 'failed' })
    expect(odd.error_message).toContain('The result could not be recorded')
    expect((await jobRow(client, oddJob)).last_error).toContain('The result could not be recorded')
  })
})
