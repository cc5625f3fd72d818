/** The whole program on a device whose store is not what it should be: it works, and says what is true. */
import { mkdir, open, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { offlineFolder } from '../../../agent/application/offline.ts'
import { checkOfflineStore } from '../../../agent/cli/doctor/offline-checks.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, runOf } from '../../support/job-rows.ts'
import { end, progress } from '../../support/kept-runs.ts'
import { openTestStore } from '../../support/offline.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { type AgentUnderTest, agentUnderTest, catalogFile, commandCatalog } from './agent-under-test.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let file: string
let running: AgentUnderTest[]
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(offlineFolder(settings()), 'offline.sqlite')
  running = []
})
afterEach(async () => {
  for (const { agent } of running) await agent.stop()
  await folder.remove()
  await client.query('truncate scheduled_jobs, organizations, agents cascade')
})

const settings = (): { dataDirectory: string; agentName: string } => ({
  dataDirectory: folder.path,
  agentName: 'device',
})

async function start(): Promise<AgentUnderTest> {
  const config = await catalogFile(folder, commandCatalog(['echo', 'hello']))
  const flags = { dataDir: folder.path, agentName: 'device', databaseUrl: database.url, config }
  const started = agentUnderTest(flags)
  running.push(started)
  await started.agent.start()
  return started
}

/** A store as an agent leaves it. */
async function usedStore(): Promise<void> {
  const { agent } = await start()
  await agent.stop()
  running = []
}

async function overwrite(position: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, position)
  await handle.close()
}

const newerVersion = Buffer.from([0, 0, 3, 0xe7])

/** What is done to the store between two starts, what /readyz then warns of, and what doctor has said before. */
const faults: readonly { what: string; damage: () => Promise<unknown>; warning: RegExp; doctor: RegExp }[] = [
  {
    what: 'its header is overwritten',
    damage: () => overwrite(0, Buffer.alloc(100, 0xff)),
    warning: /was damaged .* begun anew/,
    doctor: /is damaged\.$/,
  },
  {
    what: 'there is garbage in the middle',
    damage: () => overwrite(4_096, Buffer.alloc(4_096, 0xa5)),
    warning: /was damaged .* begun anew/,
    doctor: /is damaged \(/,
  },
  {
    what: 'it is truncated',
    damage: () => truncate(file, 5_000),
    warning: /was damaged .* begun anew/,
    doctor: /is damaged \(/,
  },
  { what: 'it is empty', damage: () => truncate(file, 0), warning: /begun anew/, doctor: /missing or empty/ },
  { what: 'it is gone', damage: () => rm(file), warning: /begun anew/, doctor: /missing or empty/ },
  {
    what: 'a newer version wrote it',
    damage: () => overwrite(60, newerVersion),
    warning: /newer version/,
    doctor: /newer version/,
  },
]

describe('faults 21, 22: the program and the store on its device', () => {
  test.each(faults)('fault 22: $what: doctor says so, the agent works, and /readyz says so', async (fault) => {
    await usedStore()
    await fault.damage()
    const finding = await checkOfflineStore(settings())
    expect(finding).toMatchObject({ level: 'warning' })
    expect(finding.message).toMatch(fault.doctor)

    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    const { agent, log } = await start()
    await waitFor(async () => (await runOf(client, jobId)).status === 'completed', { describe: 'the run to complete' })
    await waitFor(async () => (await agent.health()).ready, { describe: 'the agent to be ready' })
    const { reasons, warnings, waitingResults } = await agent.health()
    expect([reasons, waitingResults]).toEqual([[], 0])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(fault.warning)
    expect(warnings[0]).not.toContain(folder.path)
    const told = log.filter(({ event }) => event === 'offline_store')
    expect(told.map(({ level, message }) => [level, message])).toEqual([['warn', `${warnings[0]} (${file})`]])
  })

  test('fault 21: its folder cannot be made: the agent works, and says so', async () => {
    await mkdir(dirname(offlineFolder(settings())), { recursive: true })
    await writeFile(offlineFolder(settings()), 'in the way')
    const jobId = await addJob(client, { brand_id: (await addBrand(client)).brandId })
    const { agent } = await start()
    await waitFor(async () => (await runOf(client, jobId)).status === 'completed', { describe: 'the run to complete' })
    const { warnings } = await agent.health()
    expect(warnings).toHaveLength(1)
    expect(agent.offlineReport).toMatchObject({ isUsable: false, waitingResults: 0 })
  })
})

describe('pm doctor and the store on this device', () => {
  test('it says where the file is, its size and its state, and changes nothing', async () => {
    expect(await checkOfflineStore(settings())).toMatchObject({ level: 'ok' })
    await usedStore()
    const before = await stat(file)
    const sound = await checkOfflineStore(settings())
    expect(sound.level).toBe('ok')
    expect(sound.message).toMatch(/^\S+offline\.sqlite, \d+ kB; nothing waits in it\.$/)
    expect(sound.message).toContain(file)
    const after = await stat(file)
    expect([after.mtimeMs, after.ctimeMs, after.size]).toEqual([before.mtimeMs, before.ctimeMs, before.size])
  })

  test('it leaves the file of a running agent alone', async () => {
    const { agent } = await start()
    const finding = await checkOfflineStore(settings())
    expect(finding.level).toBe('ok')
    expect(finding.message).toContain('in use by the running agent')
    expect((await agent.health()).warnings).toEqual([])
  })

  test('it counts the results that wait when no agent runs', async () => {
    const { store, outbox } = await openTestStore(offlineFolder(settings()))
    outbox.keep([end('a'), end('b'), progress('c')])
    store.close()
    const finding = await checkOfflineStore(settings())
    expect(finding.level).toBe('warning')
    expect(finding.message).toContain('2 results wait in it for the database.')
  })
})
