import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, insert } from '../../support/job-rows.ts'
import { command, errorOf } from './command-line.ts'
import { containing } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
let brandId: string
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  const birch = await addBrand(client, 'Birch')
  brandId = birch.brandId
  await insert(client, 'brands', { organization_id: birch.organizationId, name: 'Cedar' })
  await addBrand(client, 'Maple')
})
afterAll(() => database.drop())

const link = (...args: string[]) => command(['brands', 'link', ...args, '--database-url', database.url])

async function accounts(): Promise<unknown[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select meta_ad_account_id as account, account_name as name, is_primary as primary
     from brand_ad_accounts where brand_id = $1 order by 1`,
    [brandId],
  )
  return rows
}

test('pm brands link: the first account is the primary one, until another is; each is recorded', async () => {
  expect(await link('act_77', '--brand', 'Birch')).toMatchObject({
    code: 0,
    stdout: containing('Next: pm run meta_sync'),
  })
  await link('88', '--brand', 'Birch', '--label', 'Second', '--primary')
  expect(await accounts()).toEqual([
    { account: 'act_77', name: null, primary: false },
    { account: 'act_88', name: 'Second', primary: true },
  ])
  const { rows } = await client.query(
    `select action, subject_id from operator_actions where subject_type = 'brand' order by id`,
  )
  expect(rows).toEqual(Array.from({ length: 2 }, () => ({ action: 'brand.link_account', subject_id: brandId })))
})

test('an account that an older program wrote without its prefix stays one account', async () => {
  await client.query(`insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, '99')`, [brandId])
  await link('act_99', '--brand', 'Birch', '--label', 'Old')
  expect(await accounts()).toContainEqual({ account: '99', name: 'Old', primary: false })
  expect(await accounts()).toHaveLength(3)
})

test('an account that another brand has is linked with a warning; one of another organization is not', async () => {
  expect((await link('act_77', '--brand', 'Cedar')).stdout).toContain('Another brand had it first')
  const answer = await link('act_77', '--brand', 'Maple', '--json')
  expect(answer.code).toBe(2)
  expect(errorOf(answer)).toMatchObject({ code: 'conflict', field: 'account' })
})

test.each(['act_x', '../me', ''])('"%s" is no account', async (account) => {
  const answer = await link(account, '--brand', 'Birch', '--json')
  expect(answer.code).toBe(2)
  expect(errorOf(answer)).toMatchObject({ code: 'invalid_input', field: 'account', fix: containing('act_') })
})
