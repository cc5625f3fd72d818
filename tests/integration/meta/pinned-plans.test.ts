import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { removeVanishedInsights } from '../../../agent/store/meta-ads-performance.ts'
import { listVanishedAds } from '../../../agent/store/meta-insights-staging.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand } from '../../support/job-rows.ts'
import { agentPool } from '../../support/store-runs.ts'

const ads = 60_000

let database: TestDatabase
let sql: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  // One connection: the plans of its first questions are those of its later ones.
  pool = agentPool(database.url, 1)
  for (const table of ['meta_ads_performance', 'meta_insights_staging']) {
    await sql.query(`alter table ${table} set (autovacuum_enabled = off)`)
  }
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

test('a plan that was made while the tables were empty serves a sync of many ads too (it ran into the limit of a statement)', async () => {
  const { brandId } = await addBrand(sql)
  const window = { runId: randomUUID(), brandId, accountId: 'act_1', since: '2026-03-01', until: '2026-03-01' }
  const ask = async () => [await listVanishedAds(pool, window), await removeVanishedInsights(pool, window)]
  expect(await ask()).toEqual([[], 0])
  await sql.query(
    `insert into meta_ads_performance (meta_ad_id, date, meta_ad_account_id, brand_id)
     select 'ad ' || n, $2::date, 'act_1', $1::uuid from generate_series(1, ${ads}) n`,
    [brandId, window.since],
  )
  await sql.query(
    `insert into meta_insights_staging (run_id, meta_ad_account_id, meta_ad_id, date)
     select $1::uuid, 'act_1', 'ad ' || n, $2::date from generate_series(3, ${ads}) n`,
    [window.runId, window.since],
  )
  await sql.query(
    `insert into meta_insights_fetches (run_id, meta_ad_account_id, since, until, row_count) values ($1, 'act_1', $2, $2, ${ads - 2})`,
    [window.runId, window.since],
  )
  expect(await ask()).toEqual([['ad 1', 'ad 2'], 2])
})
