/** J3 and the sleep of a laptop: what the desktop tells the scheduler when the machine goes and comes back. */
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClaimHolds } from '../../../agent/scheduler/claim-holds.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob } from '../../support/job-rows.ts'
import { createTestScheduler, done, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())

test('J3: a laptop that slept through its lease loses the run at once, before the database is asked', async () => {
  let aborted: unknown = null
  await using agent = createTestScheduler({
    url: database.url,
    jobs: {
      work: (context) => {
        context.signal.addEventListener('abort', () => {
          aborted = context.signal.reason
        })
        return untilAborted(context)
      },
    },
  })
  await agent.scheduler.start()
  await addJob(client, {})
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  const waking = agent.scheduler.wakeUp(3_600_000)
  // Synchronously: nothing of the run comes after the resume.
  expect(String(aborted)).toContain('lease')
  await waking
  await waitFor(() => agent.of('run_lost').length + agent.of('run_ended').length > 0, {
    describe: 'the end of the run',
  })
})

test('J3: a short sleep renews the lease, and the run goes on', async () => {
  const go = Promise.withResolvers<null>()
  await using agent = createTestScheduler({
    url: database.url,
    jobs: { short: () => go.promise.then(() => done) },
  })
  await agent.scheduler.start()
  const jobId = await addJob(client, { job_type: 'short' })
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  const lease = async (): Promise<Date | undefined> => {
    const { rows } = await client.query<{ at: Date }>(
      'select lease_expires_at as at from scheduled_job_runs where scheduled_job_id = $1',
      [jobId],
    )
    return rows[0]?.at
  }
  const before = await lease()
  await agent.scheduler.wakeUp(10_000)
  expect((await lease())?.getTime()).toBeGreaterThan(before?.getTime() ?? 0)
  go.resolve(null)
  await agent.ended(1)
  expect(agent.of('run_ended')[0]?.status).toBe('completed')
})

test('while it is held nothing is claimed, also not by hand; with the last reason gone it catches up', async () => {
  const holds = new ClaimHolds()
  await using agent = createTestScheduler({ url: database.url, jobs: { held: () => done }, holds })
  holds.hold('asleep')
  holds.hold('paused')
  await agent.scheduler.start()
  await addJob(client, { job_type: 'held' })
  await agent.scheduler.poll()
  holds.release('asleep')
  await agent.scheduler.poll()
  expect(agent.of('run_started')).toEqual([])
  holds.release('paused')
  await agent.ended(1)
})
