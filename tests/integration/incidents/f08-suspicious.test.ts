import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { matching } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, label: 'Orders' } },
  jobTypes: { load: { datasets: ['orders'] } },
})

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  scene = await openScene(console, catalog)
})
afterEach(() =>
  console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents, dataset_status_history cascade'),
)

/** Successes with so many records, one an hour, the last one now; as an agent writes them. */
async function brought(...records: number[]): Promise<void> {
  for (const [index, count] of records.entries()) {
    const hours = records.length - 1 - index
    await console.sql.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status, records_affected)
       values ($1, 0, $2, 'orders', $3, 'completed', $4)`,
      [randomUUID(), scene.brandId, scene.hoursAgo(hours), count],
    )
  }
  await scene.succeed('orders', 0, { records_affected: records.at(-1) })
}

describe('F8: a suspicious success', () => {
  test('far fewer records than usual; as usual again, it is over', async () => {
    await brought(1_000, 1_100, 900, 1_000, 1_050, 12)
    await scene.round()
    expect(await scene.open()).toMatchObject([
      {
        kind: 'suspicious',
        dataset_key: 'orders',
        summary: 'The last success of Orders of Acme brought 12 records; usual are 1,000.',
        details: { reason: 'few', records: 12, usual: 1_000, datasetLabel: 'Orders' },
      },
    ])
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    scene.at.advance({ hours: 1 })
    await brought(950)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: 'A later success looks as usual, 950 records.' }])
    expect(await scene.told()).toEqual(['opened suspicious', 'resolved suspicious'])
  })

  test('another that is suspicious too is the same incident, about the later one', async () => {
    await brought(...Array<number>(15).fill(1_000), 0)
    await scene.round()
    scene.at.advance({ hours: 1 })
    await brought(7)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([
      {
        resolved_at: null,
        summary: matching(/brought 7 records/),
        details: { successAt: scene.at.current?.toISOString() },
      },
    ])
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    expect(await scene.told()).toEqual(['opened suspicious'])
  })

  test.each([
    [0, 'brought 0 records, which it never should.'],
    [5, 'was reported as suspicious.'],
  ])('what its writer marked, with %d records', async (records, words) => {
    await scene.succeed('orders', 0, { records_affected: records, metadata: { suspicious: true } })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { kind: 'suspicious', summary: `The last success of Orders of Acme ${words}` },
    ])
  })

  test('far shorter than usual, where records are not counted', async () => {
    const jobId = await scene.job('load')
    const took = async (seconds: number): Promise<void> => {
      scene.at.advance({ hours: 1 })
      const now = scene.at.current?.getTime() ?? 0
      const runId = await scene.end(jobId, { status: 'completed', started_at: new Date(now - seconds * 1_000) })
      await scene.succeed('orders', 0, { last_run_id: runId })
    }
    for (const seconds of [240, 250, 230, 260, 245]) await took(seconds)
    await scene.round()
    expect(await scene.open()).toEqual([])
    await took(3)
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { summary: 'The last success of Orders of Acme took 3 s; usual are 4 min 5 s.', details: { reason: 'short' } },
    ])
  })

  test('one that nobody has looked at before is found by a new leader; what is old is left alone', async () => {
    await brought(1_000, 1_100, 900, 1_000, 1_050, 0)
    await console.sql.query('alter table dataset_status disable trigger dataset_status_touch')
    await console.sql.query(`update dataset_status set updated_at = now() - interval '2 hours'`)
    await console.sql.query('alter table dataset_status enable trigger dataset_status_touch')
    await scene.round()
    expect(await scene.open()).toEqual([])
    await scene.succeed('orders', 0, { records_affected: 0 })
    scene.forget()
    await scene.round()
    expect(await scene.open()).toHaveLength(1)
  })

  test('more than one round looks at are looked at by the next one, also where all were written at once', async () => {
    await console.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_status, records_affected, metadata)
       select $1, 'dataset_' || n, now(), 'completed', 0, '{"suspicious": true}' from generate_series(1, 2500) n`,
      [scene.brandId],
    )
    expect(await scene.round()).toMatchObject({ hasMore: true })
    expect(await scene.open()).toHaveLength(2_000)
    expect(await scene.round()).toMatchObject({ hasMore: false })
    expect(await scene.open()).toHaveLength(2_500)
    expect(await scene.round()).toMatchObject({ hasMore: false, hasChanged: false })
  })

  test('ends quietly when the dataset is gone, or nobody watches for it', async () => {
    await brought(1_000, 1_100, 900, 1_000, 1_050, 0)
    await scene.round()
    await console.sql.query('delete from dataset_status')
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: 'The dataset does not exist any more.' }])
    await scene.succeed('orders', 0, { records_affected: 0 })
    await scene.round()
    await console.sql.query(
      `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"suspicious": false}', 'test')`,
      [scene.organizationId],
    )
    await scene.round()
    expect(await scene.open()).toEqual([])
    expect(await scene.told()).toEqual(['opened suspicious', 'opened suspicious'])
  })
})
