/** The first day on the database of an older program, as its people live it: each step with the program itself. */

import { createRouterClient } from '@orpc/server'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consoleRouter } from '../../../agent/console/router.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { datasetRow } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { noonAccount } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { asRecords, command, documentOf } from '../cli/command-line.ts'
import { containing } from '../cli/matchers.ts'
import { type AgentUnderTest, agentUnderTest } from './agent-under-test.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator
let started: AgentUnderTest | undefined

beforeAll(async () => {
  database = await createTestDatabase({ template: 'older' })
  client = await database.connect()
  folder = await temporaryFolder()
  running = await startSimulator({ accounts: [noonAccount({ id: '100007' })], now: () => new Date() })
})
afterAll(async () => {
  await started?.agent.stop()
  await running.stop()
  await database.drop()
  await folder.remove()
})

const pm = (...args: string[]) => command([...args, '--database-url', database.url, '--data-dir', folder.path])

test('an older database, migrated, switched on, synced: the datasets are there, Health shows them, doctor says what to know', async () => {
  expect(await pm('migrate')).toMatchObject({ code: 0 })
  expect((await pm('migrate', '--status')).code).toBe(0)
  // What was due is the older worker's; it goes on with it.
  await client.query(`update scheduled_jobs set next_run_at = now() + interval '1 day' where next_run_at < now()`)

  const hidden = documentOf(await pm('doctor', '--json'))
  expect(asRecords(hidden['findings'])).toContainEqual(expect.objectContaining({ check: 'features' }))
  expect(await pm('features', 'enable', 'PIPELINE_MANAGER', '--organization', 'Agency')).toMatchObject({ code: 0 })

  started = agentUnderTest(
    { databaseUrl: database.url, dataDir: folder.path, metaGraphUrl: running.simulator.url, jobTypes: 'meta_sync' },
    { environment: { META_ACCESS_TOKEN: running.simulator.simulation.token } },
  )
  await started.agent.start()
  const files = ['--param', 'download_max_images=0', '--param', 'download_max_videos=0']
  const ran = await pm('run', 'meta_sync', '--brand', 'Brand 07', '--param', 'days_back=2', ...files, '--wait')
  expect(ran).toMatchObject({ code: 0, stderr: containing('completed  save, 20 records') })

  const { rows } = await client.query<{ id: string; organization: string }>(
    `select id, organization_id as organization from brands where name = 'Brand 07'`,
  )
  const brand = rows[0]
  if (brand === undefined) throw new Error('no brand')
  expect(await datasetRow(client, brand.id, 'meta_ads_performance')).toMatchObject({
    last_status: 'completed',
    records_affected: '20',
  })

  const services = started.agent.consoleServices
  if (services === null) throw new Error('no console')
  const identity = { operator: 'admin', door: 'console', scope: 'admin', organizationId: null } as const
  const health = createRouterClient(consoleRouter, { context: { services, identity } }).freshness
  const { datasets } = await health.brand({ brandId: brand.id })
  expect(datasets).toContainEqual(
    expect.objectContaining({
      dataset: 'meta_ads_performance',
      freshness: 'fresh',
      lastAttempt: 'completed',
      records: 20,
    }),
  )

  const told = asRecords(documentOf(await pm('doctor', '--json'))['findings']).map(({ check, message, fix }) => ({
    check,
    message,
    fix,
  }))
  expect(told).toContainEqual({
    check: 'shared job types',
    message: containing('meta_sync was run by agents and by another program in the last 7 days.'),
    fix: containing('Let only one of them run it'),
  })
  expect(told).toContainEqual({
    check: 'schedules',
    message: containing('Here 0 is Sunday; some programs write 0 for Monday.'),
    fix: containing('Check the day'),
  })
})
