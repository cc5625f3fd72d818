import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addJob, runOf } from '../support/job-rows.ts'
import { createTestScheduler, done } from '../support/scheduler.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())

describe('fault 19: steps that do not end', () => {
  test('a handler that never settles is left behind after its time, and its place is free again', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        stuck: { timeoutMinutes: 0.002, steps: [{ key: 'work', run: () => new Promise<never>(() => undefined) }] },
        plain: () => done,
      },
      concurrency: 1,
    })
    const stuck = await addJob(client, { job_type: 'stuck', max_retries: 0, priority: 3 })
    const plain = await addJob(client, { job_type: 'plain' })
    await agent.scheduler.start()
    await agent.ended(2, 25_000)
    const run = await runOf(client, stuck)
    expect(run).toMatchObject({ status: 'failed', problem: 'timed_out' })
    expect(run.error_message).toContain('Timed out')
    expect(await runOf(client, plain)).toMatchObject({ status: 'completed' })
  })

  test('a handler that ignores its signal and succeeds late does not change how its run ended', async () => {
    const late = Promise.withResolvers<typeof done>()
    const ended = Promise.withResolvers<null>()
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        stuck: {
          timeoutMinutes: 0.001,
          steps: [
            {
              key: 'work',
              run: async (context) => {
                context.signal.addEventListener('abort', () => ended.resolve(null))
                await late.promise
                context.log.write('info', 'too late')
                context.progress(1, 1)
                return { recordsAffected: 99, metadata: {} }
              },
            },
          ],
        },
        plain: () => done,
      },
    })
    const stuck = await addJob(client, { job_type: 'stuck', max_retries: 0 })
    await agent.scheduler.start()
    await ended.promise
    await agent.ended(1, 25_000)
    const before = await runOf(client, stuck)
    late.resolve(done)
    await addJob(client, { job_type: 'plain' })
    await agent.scheduler.poll()
    await agent.ended(2)
    expect(await runOf(client, stuck)).toEqual(before)
    expect(before).toMatchObject({ status: 'failed', problem: 'timed_out', records_affected: null })
  })
})
