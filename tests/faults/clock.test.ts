import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nextFire } from '../../shared/cadence.ts'
import { addJobs, allDone, createEffects, startAgent, tally } from '../support/agents.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addJob, jobRow } from '../support/job-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { waitFor } from '../support/wait.ts'

/** Debian's package libfaketime; without it nobody can lie to a process about the time. */
const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path))

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  await createEffects(client)
})
afterAll(() => database.drop())

/** Jobs that fall due one after the other, every 200 ms from now on by the database's clock. */
async function addSeries(count: number): Promise<void> {
  await client.query(
    `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key)
     select 'Job', 'effect', 'one_time', now() + n * interval '200 milliseconds', gen_random_uuid()
     from generate_series(1, $1) n`,
    [count],
  )
}

async function completed(count: number): Promise<void> {
  await waitFor(async () => (await tally(client)).completed >= count, { describe: `${count} runs`, timeoutMs: 30_000 })
}

describe.skipIf(library === undefined)(
  'fault 14: the clock of the agent is wrong and jumps (needs libfaketime)',
  () => {
    test('fault 14, J1: hours off and jumping: every job runs once, none early, none left behind; plans are by the database clock', async () => {
      await using folder = await temporaryFolder()
      const time = join(folder.path, 'time')
      const offsets = ['+7200s', '-7200s', '+30d', '-1s', '+0s']
      await writeFile(time, offsets[0] ?? '')
      const environment = {
        LD_PRELOAD: library ?? '',
        FAKETIME_TIMESTAMP_FILE: time,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      }
      // No poll within the test: what runs, runs because of alarms.
      await using agent = await startAgent({ url: database.url, name: 'confused', pollSeconds: 600 }, environment)
      await addSeries(40)
      for (const [index, offset] of offsets.entries()) {
        await writeFile(time, offset)
        const enough = Math.min(40, (index + 1) * 8)
        await completed(enough)
      }
      expect(await allDone(client)).toMatchObject({ goodRuns: 40, effects: 40, running: 0, highestAttempt: 1 })
      const { rows } = await client.query<{ early: number; left: number }>(
        `select count(*) filter (where started_at < scheduled_for)::int as early,
         count(*) filter (where started_at > scheduled_for + interval '10 seconds')::int as left
       from scheduled_job_runs where job_type = 'effect'`,
      )
      expect(rows).toEqual([{ early: 0, left: 0 }])

      await writeFile(time, '+30d')
      const cadence = { cron: '0 6 * * *', timeZone: 'UTC' }
      const recurring = await addJob(client, {
        job_type: 'effect',
        cron_expression: cadence.cron,
        time_zone: cadence.timeZone,
      })
      await waitFor(async () => (await jobRow(client, recurring)).runs_completed === 1, {
        describe: 'the recurring job',
      })
      const answer = await client.query<{ now: Date }>('select now()')
      expect((await jobRow(client, recurring)).next_run_at).toEqual(
        nextFire(cadence, answer.rows[0]?.now ?? new Date(0)),
      )
      expect(agent.isRunning).toBe(true)
    })

    test('fault 14: an agent that lives two hours ahead does not take the runs of one that does not', async () => {
      await using folder = await temporaryFolder()
      const time = join(folder.path, 'time')
      await writeFile(time, '+7200s')
      await client.query('truncate effects, scheduled_jobs, agents cascade')
      await using _right = await startAgent({ url: database.url, name: 'right', pollSeconds: 0.3 })
      await using _ahead = await startAgent(
        { url: database.url, name: 'ahead', pollSeconds: 0.3 },
        { LD_PRELOAD: library ?? '', FAKETIME_TIMESTAMP_FILE: time, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' },
      )
      await addJobs(client, 300, { parameters: { ms: 30 } })
      expect(await allDone(client)).toEqual({
        jobs: 300,
        completed: 300,
        goodRuns: 300,
        effects: 300,
        running: 0,
        highestAttempt: 1,
      })
    })
  },
)
