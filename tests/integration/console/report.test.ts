import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addJob, type Brand, only } from '../../support/job-rows.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'

const fix = { jobType: 'load', parameters: {} }
const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, label: 'Orders' }, ads: {} },
  jobTypes: {},
  pages: {
    loose: [{ dataset: 'orders', maxAgeHours: 48, fix }],
    strict: [{ dataset: 'orders', maxAgeHours: 12, fix }],
  },
})

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query(
    'truncate organizations, scheduled_jobs, agents, dataset_status, dataset_status_history, dataset_policies cascade',
  )
})

/** Attempts of a dataset so many hours ago, those with a minus failed. */
async function addAttempts(brandId: string, dataset: string, hours: readonly number[]): Promise<void> {
  await pm.sql.query(
    `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
     select gen_random_uuid(), 1, $1::uuid, $2, now() - abs(hours) * interval '1 hour', case when hours < 0 then 'failed' else 'completed' end
     from unnest($3::float8[]) as attempt (hours)`,
    [brandId, dataset, hours],
  )
  const ok = hours.filter((hour) => hour >= 0)
  if (ok.length > 0) await addStatus(pm.sql, brandId, dataset, { successAge: Math.min(...ok) })
}

const ask = (more: Partial<Parameters<TestConsole['client']['report']['brands']>[0]> = {}) =>
  pm.client.report.brands({ organizationId: brand.organizationId, days: 7, on: 'daily', ...more })

describe('how fresh it was', () => {
  test('share, times, longest, recovery and success rate of a dataset, beside the window before', async () => {
    // 168 h of a window: stale from 120 to 100 h ago, and from 6 h ago until now.
    await addAttempts(
      brand.brandId,
      'orders',
      [400, 390, 380, 370, 350, 330, 310, 290, 270, 250, 230, 210, 190, 170, 160, 144, -110, 100, 80, 60, 50, 30],
    )
    const answer = await ask({ withDatasets: true })
    const mine = only(answer.brands)
    const hours = (seconds: number | undefined): number => Math.round((seconds ?? 0) / 3_600)
    const orders = mine.datasets?.find(({ dataset }) => dataset === 'orders')
    expect(orders).toMatchObject({
      label: 'Orders',
      maxAgeHours: 24,
      timesStale: 2,
      recoveries: 1,
      attempts: 8,
      successes: 7,
      staleNow: 1,
    })
    expect([hours(orders?.staleSeconds), hours(orders?.longestStaleSeconds), hours(orders?.recoverySeconds)]).toEqual([
      26, 20, 20,
    ])
    expect(orders?.freshShare).toBeCloseTo(1 - 26 / 168, 3)
    expect(orders?.before).toMatchObject({ timesStale: 0, freshShare: 1, staleNow: 0 })
    expect(orders?.since).toBeNull()
    expect(mine).toMatchObject({ worst: 'Orders', timesStale: 2, datasets: expect.any(Array) as unknown[] })
    expect(mine.freshShare).toBeCloseTo(orders?.freshShare ?? 0, 6)
    expect((await ask()).brands[0]?.datasets).toBeNull()
    // The band of the one dataset says the same, in hours of 30 days.
    const month = (await ask({ days: 30, withDatasets: true })).brands[0]?.datasets?.find(
      ({ dataset }) => dataset === 'orders',
    )
    const { uptime } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect(Math.abs((uptime ?? 0) - (month?.freshShare ?? 1))).toBeLessThan(0.01)
  })

  test('attempts that were stopped or put off have not failed: the share of successes is of those that ended', async () => {
    await addAttempts(brand.brandId, 'orders', [30, 6])
    await addAttempts(brand.brandId, 'orders', [-5, -200])
    await pm.sql.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
       select gen_random_uuid(), 1, $1::uuid, 'orders', now() - hours * interval '1 hour', 'unknown' from unnest('{2,3,4,201}'::float8[]) hours`,
      [brand.brandId],
    )
    expect(only((await ask()).brands)).toMatchObject({ attempts: 3, successes: 2 })
  })

  test('a run for days that are over makes nothing fresh that was stale: not in the report, not in the band', async () => {
    await addAttempts(brand.brandId, 'orders', [180, 160, 140, 120, 96, 72])
    const load = {
      backfill: { from: 'from', to: 'to', mostDays: 31 },
      parameters: { type: 'object', properties: { from: {}, to: {} } },
      steps: [{ key: 'load', dataset: 'orders', run: () => done }],
    }
    const parameters = { from: '2026-02-01', to: '2026-02-03' }
    await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load', parameters })
    await using agent = createTestScheduler({ url: pm.database.url, jobs: { load } })
    await agent.scheduler.start()
    await agent.ended(1)
    const mine = only((await ask()).brands)
    // It was tried, and has succeeded.
    expect(mine).toMatchObject({ staleNow: 1, recoveries: 0, timesStale: 1, attempts: 6, successes: 6 })
    expect(mine.longestStaleSeconds / 3_600).toBeCloseTo(48, 0)
    const { band, uptime, attempts } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect(band.hours).toMatch(/nf{130,133}s{47,49}$/)
    expect(uptime).toBeCloseTo(132 / 180, 1)
    expect(attempts).toHaveLength(7)
  })

  test('what was not judged before its first run is not stale there because old days were brought', async () => {
    await pm.sql.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, fresh_at, status)
       select gen_random_uuid(), 1, $1::uuid, 'orders', now() - interval '2 hours', now() - days * interval '1 day', 'completed'
       from unnest('{400,100,12,3}'::int[]) days`,
      [brand.brandId],
    )
    await addAttempts(brand.brandId, 'orders', [1])
    const mine = only((await ask()).brands)
    expect([mine.judgedSeconds / 3_600, mine.longestStaleSeconds / 3_600]).toEqual([
      expect.closeTo(2, 1),
      expect.closeTo(1, 1),
    ])
    const { band } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect(band.hours).toMatch(/^n{717,718}[fs]{2,3}$/)
  })

  test('how often a page was ready at a time of day, by its own maximum', async () => {
    await addAttempts(
      brand.brandId,
      'orders',
      Array.from({ length: 15 }, (_, day) => 24 * day + 1),
    )
    const answer = await ask({ at: await clockInHours(-2) })
    // Two hours ago the data was 23 h old, on each day.
    expect(answer.pages.map(({ key }) => key)).toEqual(['loose', 'strict'])
    expect(only(answer.brands).readyAt).toEqual([
      { ready: 7, of: 7 },
      { ready: 0, of: 7 },
    ])
    expect(only((await ask({ at: await clockInHours(-2), on: 'weekdays' })).brands).readyAt[0]?.of).toBe(5)
  })

  test('a young workspace says from when on there is something to judge; what has no policy or no success is not judged', async () => {
    await addAttempts(brand.brandId, 'orders', [60, 40, 20])
    await addAttempts(brand.brandId, 'ads', [50])
    await addStatus(pm.sql, brand.brandId, 'nothing', { status: 'unknown' })
    const { asOf, brands } = await ask({ withDatasets: true })
    const mine = only(brands)
    expect((asOf.getTime() - (mine.since?.getTime() ?? 0)) / 3_600_000).toBeCloseTo(60, 0)
    expect(mine).toMatchObject({ freshShare: 1, before: null, datasets: expect.any(Array) as unknown[] })
    expect(mine.judgedSeconds / 3_600).toBeCloseTo(60, 0)
    const named = new Map(mine.datasets?.map((one) => [one.dataset, one]))
    expect(named.get('ads')).toMatchObject({ freshShare: null, maxAgeHours: null, attempts: 1 })
    expect(named.get('nothing')).toMatchObject({ freshShare: null, attempts: 0, since: null })
  })

  test('brand by brand in the order of ids, all of them once; a cursor that was not given out is refused', async () => {
    await pm.sql.query(
      `insert into brands (organization_id, name) select $1, 'Brand ' || n from generate_series(1, 120) n`,
      [brand.organizationId],
    )
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof ask>> = await ask({ cursor })
      expect(page.total).toBe(121)
      seen.push(...page.brands.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(121)
    expect(seen).toEqual(seen.toSorted())
    await expect(ask({ cursor: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cursor' } })
    await expect(ask({ zone: 'Mars/Base' })).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'at' } })
  })

  test('of a program that writes the status only, the last success counts', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    expect(only((await ask()).brands)).toMatchObject({ attempts: 0, timesStale: 1, staleNow: 1 })
  })
})

/** `HH:MM` so many hours from now, UTC. */
async function clockInHours(hours: number): Promise<string> {
  const { rows } = await pm.sql.query<{ clock: string }>(
    `select to_char((now() + $1 * interval '1 hour') at time zone 'UTC', 'HH24:MI') as clock`,
    [hours],
  )
  return only(rows).clock
}
