import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../agent/store/migrate.ts'
import { systemClock } from '../../shared/clock.ts'
import { addJobs, allDone, createEffects, runsByAgent, shortLeases, startAgent, tally } from '../support/agents.ts'
import { migrationsDirectory } from '../support/database.ts'
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts'
import { waitFor } from '../support/wait.ts'

let server: PrivateServer
beforeAll(async () => {
  server = await startPrivateServer()
  await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
  const client = await connect()
  await createEffects(client)
  await client.end()
}, 90_000)
afterAll(() => server[Symbol.asyncDispose]())

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

beforeEach(async () => {
  const client = await connect()
  await client.query('truncate effects, scheduled_jobs, agents cascade')
  await client.end()
})

describe('fault 6: the server is restarted under two working agents', () => {
  test.each(['fast', 'immediate'] as const)(
    'fault 6: restart -m %s: nobody crashes, no result is lost, every job is done exactly once on record',
    async (mode) => {
      // With a lease as in production: whoever kept working renews, and nothing is taken from anybody.
      const settings = { url: server.url, pollSeconds: 0.5, restartGraceSeconds: 30 }
      await using one = await startAgent({ ...settings, name: 'one' })
      await using two = await startAgent({ ...settings, name: 'two' })
      const before = await connect()
      await addJobs(before, 600, { parameters: { ms: 40 } })
      await waitFor(async () => (await tally(before)).completed >= 100, {
        describe: 'some to be done',
        timeoutMs: 30_000,
      })
      await before.end()

      await server.restart(mode)

      const after = await connect()
      const done = await allDone(after)
      expect(done).toMatchObject({ completed: 600, goodRuns: 600, running: 0, highestAttempt: 1 })
      expect(one.isRunning && two.isRunning).toBe(true)
      for (const agent of [one, two]) {
        await waitFor(() => agent.events.findLast((event) => event.type === 'listening')?.listening, {
          describe: 'the listener to be back',
          timeoutMs: 30_000,
        })
      }
      await after.end()
    },
  )

  test('fault 6: crashes and leases shorter than an outage: runs may be lost and repeated, none is finished twice', async () => {
    await using one = await startAgent({ url: server.url, name: 'one', ...shortLeases })
    await using two = await startAgent({ url: server.url, name: 'two', ...shortLeases })
    const before = await connect()
    await addJobs(before, 600, { parameters: { ms: 20 } })
    for (const count of [100, 300]) {
      const client = await connect()
      await waitFor(async () => (await tally(client)).completed >= count, { describe: 'some', timeoutMs: 60_000 })
      await client.end()
      await server.restart('immediate')
    }
    await before.end().catch(() => undefined)
    const after = await connect()
    const done = await allDone(after)
    expect(done).toMatchObject({ completed: 600, goodRuns: 600, running: 0 })
    const repeated = (await runsByAgent(after, 'effect')).filter((run) => run.status !== 'completed')
    expect(repeated.map((run) => run.problem)).toEqual(repeated.map(() => 'agent_lost'))
    expect(one.isRunning && two.isRunning).toBe(true)
    await after.end()
  })
})
