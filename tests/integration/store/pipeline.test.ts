import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = openPool({
    url: database.url,
    applicationName: 'pipeline under test',
    size: 1,
    purpose: 'intake',
    onConnectionError: () => undefined,
  })
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

const add = { name: 'add_organization', text: 'insert into organizations (name) values ($1::text)' }
const divide = { name: 'divide', text: 'select 1 / $1::integer as quotient' }
const count = { name: 'count_organizations', text: 'select count(*)::integer as there from organizations' }

test('of statements that do not wait for each other, one that fails takes all back, and the connection serves on', async () => {
  const failed = pool.transaction((transaction) =>
    // The last one is prepared behind the one that fails, so that the server never gets to it.
    Promise.all([transaction.query(add, ['North']), transaction.query(divide, [0]), transaction.query(count, [])]),
  )
  await expect(failed).rejects.toThrow('division by zero')
  expect(await pool.query(count, [])).toEqual([{ there: 0 }])
  const [, [divided], [counted]] = await pool.transaction((transaction) =>
    Promise.all([transaction.query(add, ['North']), transaction.query(divide, [1]), transaction.query(count, [])]),
  )
  expect([divided, counted]).toEqual([{ quotient: 1 }, { there: 1 }])
  expect(await pool.query(count, [])).toEqual([{ there: 1 }])
})
