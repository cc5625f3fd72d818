/** What a dataset's last attempt was follows from what was said, not from the order in which it came. */
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyEvents } from '../../../agent/intake/lineage/apply-events.ts'
import { setMapping } from '../../../agent/intake/lineage/mappings.ts'
import { type LineageEvent, readLineageEvent } from '../../../agent/intake/lineage/read-event.ts'
import { type Database, type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, type Brand } from '../../support/job-rows.ts'

let testDatabase: TestDatabase
let sql: pg.Client
let database: DatabasePool
let acme: Brand
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  sql = await testDatabase.connect()
  const options = { applicationName: 'order of events', size: 1, purpose: 'console' } as const
  database = openPool({ url: testDatabase.url, ...options, onConnectionError: () => undefined })
})
beforeEach(async () => {
  acme = await addBrand(sql)
})
afterEach(() => sql.query('truncate organizations cascade'))
afterAll(async () => {
  await database.stop()
  await testDatabase.drop()
})

interface Said {
  readonly run: string
  readonly eventType: string
  readonly minute: number
  readonly error: string | null
  readonly job: string
  readonly change?: string | undefined
}

/** Few runs, instants and words, so that they meet. */
const said: fc.Arbitrary<Said> = fc.record({
  run: fc.constantFrom('one', 'two'),
  eventType: fc.constantFrom('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT'),
  minute: fc.integer({ min: 1, max: 4 }),
  error: fc.option(fc.constantFrom('boom', 'Alas')),
  job: fc.constantFrom('load', 'copy'),
  change: fc.constantFrom(undefined, 'DROP', 'TRUNCATE', 'CREATE'),
})

function eventOf({ run, eventType, minute, error, job, change }: Said): LineageEvent {
  const document = {
    eventType,
    eventTime: `2026-03-01T06:0${minute}:00.000Z`,
    producer: 'https://example.com/loader',
    run: { runId: run, facets: error === null ? {} : { errorMessage: { message: error } } },
    job: { namespace: 'shop', name: job },
    outputs: [{ namespace: 'db', name: 'orders', facets: { lifecycleStateChange: { lifecycleStateChange: change } } }],
  }
  return readLineageEvent(document, new Date('2026-03-01T07:00:00Z'))
}

const rule = () => ({
  namespace: '*',
  name: '*',
  brandId: acme.brandId,
  datasetKey: 'orders',
  from: 'database' as const,
})

/** The attempts that are known after it; nothing is left behind. */
async function attemptsAfter(told: (transaction: Database) => Promise<void>): Promise<unknown> {
  const answer: { attempts?: unknown } = {}
  const undone = new Error('undone')
  const attempt = database.transaction(async (transaction) => {
    await told(transaction)
    answer.attempts = await attemptsIn(transaction)
    throw undone
  })
  await expect(attempt).rejects.toBe(undone)
  return answer.attempts
}

/** Each as an event of its own. */
async function tell(transaction: Database, messages: readonly Said[], rules = [rule()]): Promise<void> {
  for (const one of messages) {
    const arrived = [{ organizationId: acme.organizationId, event: eventOf(one) }]
    await applyEvents(transaction, arrived, { rulesOf: () => rules, isNeverZero: () => false })
  }
}

function attemptsIn(transaction: Database): Promise<unknown> {
  const text = `
    select 'ours' as whose, last_status as status, last_attempt_at as at, error_message as error from dataset_status
    union all select 'theirs', status, attempt_at, error_message from lineage_datasets order by 1`
  return transaction.query({ name: 'attempts_of_test', text }, [])
}

function permutations<Value>(all: readonly Value[]): Value[][] {
  if (all.length <= 1) return [[...all]]
  return all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map((rest) => [one, ...rest]))
}

const usual = { run: 'one', error: null, job: 'load' }
const failedRanCompleted: readonly Said[] = [
  { ...usual, eventType: 'FAIL', minute: 1, error: 'boom' },
  { ...usual, eventType: 'COMPLETE', minute: 2 },
  { ...usual, eventType: 'RUNNING', minute: 3 },
]

test('F1 to F3: the last attempt follows from the messages, in whatever order they come', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 2, maxLength: 4 }), async (messages) => {
      const orders = permutations(messages)
      const first = await attemptsAfter((transaction) => tell(transaction, messages))
      for (const order of orders) {
        expect(await attemptsAfter((transaction) => tell(transaction, order))).toEqual(first)
      }
    }),
    { numRuns: 25, examples: [[[...failedRanCompleted]]] },
  )
})

const completed = [
  { whose: 'ours', status: 'completed', error: null },
  { whose: 'theirs', status: 'completed', error: null },
]

test('F2: an end that was superseded by a later one is not the last attempt, whenever a late sign of life came', async () => {
  for (const order of permutations(failedRanCompleted)) {
    expect(await attemptsAfter((transaction) => tell(transaction, order))).toMatchObject(completed)
  }
})

test('F2: so is one that was applied when its name was mapped in between', async () => {
  const { brandId, organizationId } = acme
  const pattern = { namespace: '*', name: '*', brandId, datasetKey: 'orders' }
  for (const order of permutations(failedRanCompleted)) {
    const attempts = await attemptsAfter(async (transaction) => {
      await tell(transaction, order.slice(0, 2), [])
      const place = { organizationId, mappingId: null }
      await setMapping(transaction, { operator: 'ada', door: 'console' }, place, pattern, () => undefined)
      await tell(transaction, order.slice(2))
    })
    expect(attempts).toMatchObject(completed)
  }
})
