import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { matching } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 } },
  jobTypes: { load: { datasets: ['orders'] }, copy: { datasets: ['orders'] } },
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
  await scene.succeed('orders', 23)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents, holds cascade'))

/** In force from ten minutes ago; `hours` null: without an end. */
async function hold(hours: number | null, jobType: string | null = null): Promise<void> {
  await console.sql.query(
    `insert into holds (organization_id, job_type, starts_at, ends_at, reason, created_by, changed_by)
     values ($1, $2, $3, $4, 'Migration', 'Ana', 'Ana')`,
    [scene.organizationId, jobType, scene.hoursAgo(0.2), hours === null ? null : scene.hoursAgo(-hours)],
  )
}

async function pass(minutes: number): Promise<string[]> {
  scene.at.advance({ minutes })
  await scene.round()
  return (await scene.told()).filter((one) => one.endsWith('dataset_stale'))
}

const listed = async () => {
  const { incidents, counts } = await console.client.incidents.list({ organizationId: scene.organizationId })
  return { expected: incidents.map(({ expected }) => expected), unattended: counts.unattended }
}

describe('what is held is expected', () => {
  test('its stale data is there, says why, and is told to nobody; nor is its end', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    await hold(4)
    expect(await pass(90)).toEqual([])
    expect(await listed()).toEqual({ expected: [matching(/^held until .* by Ana: Migration$/)], unattended: 0 })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    await scene.succeed('orders')
    expect(await pass(1)).toEqual([])
    expect(await scene.open()).toEqual([])
  })

  test('what outlives the hold by half an hour is told as opened', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    await hold(4)
    await pass(90)
    expect(await pass(175)).toEqual([])
    expect(await pass(10)).toEqual(['opened dataset_stale'])
    expect((await listed()).expected.every((one) => one === null)).toBe(true)
    expect(await pass(60)).toEqual(['opened dataset_stale'])
  })

  test('a hold that is made longer is waited for, and one that somebody ends is not', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    await hold(2)
    await pass(90)
    await console.sql.query(`update holds set ends_at = ends_at + interval '10 hours'`)
    expect(await pass(300)).toEqual([])
    await console.sql.query(`update holds set ended_at = $1, ended_by = 'Ana'`, [scene.at.current])
    expect(await pass(1)).toEqual([])
    expect(await pass(28)).toEqual([])
    expect(await pass(3)).toEqual(['opened dataset_stale'])
  })

  test('what outlives it is not told a second time as still open before the usual while', async () => {
    await console.sql.query(
      `insert into notification_settings (organization_id, remind_every_minutes, changed_by) values ($1, 60, 'Ana')`,
      [scene.organizationId],
    )
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    await hold(4)
    await pass(90)
    expect(await pass(185)).toEqual(['opened dataset_stale'])
    expect(await pass(1)).toEqual(['opened dataset_stale'])
    expect(await pass(50)).toEqual(['opened dataset_stale'])
    expect(await pass(15)).toEqual(['opened dataset_stale', 'reminded dataset_stale'])
  })

  test('old days that are run again beside it do not make it news', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    const { rows } = await console.sql.query<{ id: string }>(
      `insert into backfills (organization_id, brand_id, job_type, parameters, first_day, last_day, days_per_run, runs, requested_by)
       values ($1, $2, 'load', '{}', '2026-01-01', '2026-01-01', 1, 1, 'Ana') returning id`,
      [scene.organizationId, scene.brandId],
    )
    await scene.job('load', {
      schedule_type: 'one_time',
      cron_expression: null,
      next_run_at: null,
      backfill_id: rows[0]?.id,
      parameters: { from: '2026-01-01', to: '2026-01-01' },
    })
    await hold(4)
    expect(await pass(90)).toEqual([])
  })

  test('without an end it stays quiet', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-0.5) })
    await hold(null)
    await pass(90)
    expect(await pass(6_000)).toEqual([])
    expect(await listed()).toMatchObject({ expected: ['held by Ana until it is ended: Migration'] })
  })

  test.each([
    ['another job is free to bring it', 'load', -0.5],
    ['it runs only after the hold in any case', null, -9],
  ] as const)('but not where %s', async (_what, heldType, nextRunIn) => {
    await scene.job('load', { next_run_at: scene.hoursAgo(nextRunIn) })
    if (heldType !== null) await scene.job('copy', { next_run_at: scene.hoursAgo(-5) })
    await hold(4, heldType)
    expect(await pass(90)).toEqual(['opened dataset_stale'])
    expect(await listed()).toMatchObject({ expected: [null] })
  })

  test('what was open before the hold began stays as it was', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-9) })
    expect(await pass(90)).toEqual(['opened dataset_stale'])
    await hold(20)
    expect(await pass(10)).toEqual(['opened dataset_stale'])
    expect(await listed()).toMatchObject({ expected: [null] })
  })
})
