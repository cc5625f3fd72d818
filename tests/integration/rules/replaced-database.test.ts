/** An agent keeps when it last told the database that it lives: a database that says otherwise is another one. */
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob } from '../../support/job-rows.ts'
import { openTestStore, type TestStore } from '../../support/offline.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { createTestScheduler, done, type TestScheduler } from '../../support/scheduler.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
let folder: TemporaryFolder
let kept: TestStore | null = null
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  proxy = await startProxy(database.url)
  folder = await temporaryFolder()
})
afterEach(async () => {
  kept?.[Symbol.dispose]()
  kept = null
  await proxy[Symbol.asyncDispose]()
  await folder.remove()
  await client.query('truncate scheduled_jobs, agents cascade')
})

/** What an agent of this device keeps; the next call is the next start of it. */
async function openStore(): Promise<TestStore> {
  kept?.[Symbol.dispose]()
  kept = await openTestStore(join(folder.path, 'store'))
  return kept
}

describe('fault 30: the database is not the one that the agent left', () => {
  async function start(store: TestStore, agentId?: string): Promise<TestScheduler> {
    const { outbox, heartbeatMemory } = store
    const agent = createTestScheduler({
      url: proxy.through(database.url),
      jobs: { work: () => done },
      outbox,
      heartbeatMemory,
      renewSeconds: 0.2,
      ...(agentId === undefined ? {} : { agentId }),
    })
    await agent.scheduler.start()
    return agent
  }

  test('fault 30: an older copy was restored while the agent was off: said once, and then it is known again', async () => {
    const first = await start(await openStore())
    const { agentId } = first
    await first.stop()
    await client.query("update agents set heartbeat_at = heartbeat_at - interval '1 day'")
    const second = await start(await openStore(), agentId)
    expect(second.of('database_replaced')).toHaveLength(1)
    expect(second.of('database_replaced')[0]?.message).toContain('older copy')
    await second.stop()
    const third = await start(await openStore(), agentId)
    expect(third.of('database_replaced')).toEqual([])
    await third.stop()
  })

  test('fault 30: an older copy, in which the agent does not exist, appears while it runs: said, registered, and it works again', async () => {
    await using agent = await start(await openStore())
    await client.query('delete from agents')
    await waitFor(() => agent.of('database_replaced').length === 1, { describe: 'it to be noticed' })
    expect(agent.of('database_replaced')[0]?.message).toContain('does not know this agent')
    await addJob(client)
    await agent.ended(1)
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
    expect(agent.of('database_replaced')).toHaveLength(1)
  })

  test('fault 30: restarts, outages and signs of life whose answer was lost are not mistaken for it', async () => {
    const first = await start(await openStore())
    const { agentId } = first
    const lost = proxy.loseAnswer('agent_heartbeat')
    await lost
    proxy.refuse()
    await waitFor(() => first.of('trouble').length > 0, { describe: 'the outage' })
    proxy.restore()
    const beat = async (): Promise<Date | undefined> => {
      const { rows } = await client.query<{ at: Date }>('select heartbeat_at as at from agents')
      return rows[0]?.at
    }
    const before = await beat()
    await waitFor(async () => (await beat())?.getTime() !== before?.getTime(), { describe: 'a sign of life' })
    await first.stop()
    const second = await start(await openStore(), agentId)
    expect([...first.of('database_replaced'), ...second.of('database_replaced')]).toEqual([])
    await second.stop()
  })
})
