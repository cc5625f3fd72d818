import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { recordExternalRuns } from '../../../agent/store/external-runs.ts'
import { type BatchedOutsideEvent, recordOutsideEvents } from '../../../agent/store/outside-events.ts'
import type { ExternalReport } from '../../../shared/external-runs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, type Brand } from '../../support/job-rows.ts'

let testDatabase: TestDatabase
let sql: pg.Client
let database: DatabasePool
let acme: Brand
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  sql = await testDatabase.connect()
  database = openPool({
    url: testDatabase.url,
    applicationName: 'external runs',
    size: 4,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
})
beforeEach(async () => {
  acme = await addBrand(sql)
})
afterEach(() => sql.query('truncate organizations, external_runs, dataset_status_history cascade'))
afterAll(async () => {
  await database.stop()
  await testDatabase.drop()
})

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 6, minute))

function report(changes: Partial<ExternalReport>): ExternalReport {
  return {
    organizationId: acme.organizationId,
    source: 'lineage',
    runKey: 'r1',
    producer: 'https://airflow.example.com',
    jobNamespace: 'airflow',
    jobName: 'load.orders',
    parentKey: null,
    status: 'running',
    at: at(0),
    nominalStartAt: null,
    nominalEndAt: null,
    records: null,
    error: null,
    log: null,
    facts: {},
    brandId: null,
    datasetKey: null,
    ...changes,
  }
}

const record = (reports: readonly ExternalReport[]) =>
  database.transaction((transaction) => recordExternalRuns(transaction, reports))

const runs = () =>
  rowsOf(`select run_key, status, started_at, completed_at, records_affected::int, error_message, facts,
    xmin::text as version from external_runs order by run_key`)

async function rowsOf(query: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql.query<Record<string, unknown>>(query)
  return rows
}

describe('J14: runs of other programs', () => {
  const start = (): ExternalReport => report({ facts: { 'run:x': { at: at(0).toISOString(), value: { a: 1 } } } })
  const end = (): ExternalReport => report({ status: 'completed', at: at(5), records: 12 })

  test('in any order, in one batch or several, a run is what all messages say together', async () => {
    for (const batches of [
      [[start(), end()]],
      [[end(), start()]],
      [[end()], [start()]],
      [[start()], [end()], [start()]],
    ]) {
      for (const batch of batches) await record(batch)
      expect(await runs()).toMatchObject([
        {
          run_key: 'r1',
          status: 'completed',
          started_at: at(0),
          completed_at: at(5),
          records_affected: 12,
          facts: { 'run:x': { value: { a: 1 } } },
        },
      ])
      await sql.query('truncate external_runs')
    }
  })

  test('what is known is not written again', async () => {
    await record([start(), end()])
    const [before] = await runs()
    const [told] = await record([end(), start(), end()])
    expect(told?.before).toEqual(told?.after)
    expect((await runs())[0]).toEqual(before)
  })

  test('several agents at once write one row, and nothing is lost', async () => {
    const messages = Array.from({ length: 20 }, (_, minute) =>
      report({
        status: null,
        at: at(minute),
        facts: { [`run:${minute}`]: { at: at(minute).toISOString(), value: minute } },
      }),
    )
    const others = Array.from({ length: 10 }, (_, other) => report({ runKey: `other ${other}` }))
    await Promise.all(
      messages.map((message, index) => record(index % 2 === 0 ? [message, ...others] : [...others, message])),
    )
    const rows = await runs()
    expect(rows).toHaveLength(11)
    expect(Object.keys(rows.at(-1)?.['facts'] ?? {})).toHaveLength(20)
  })

  test('runs of the same name in two organizations and through two doors are different ones', async () => {
    const other = await addBrand(sql, 'Other')
    await record([start(), { ...end(), organizationId: other.organizationId }, { ...start(), source: 'ping' }])
    expect(await runs()).toHaveLength(3)
  })

  test('bad input 39: a brand that goes leaves its runs without it; an organization takes its runs along', async () => {
    const other = await addBrand(sql, 'Other')
    const { organizationId, brandId } = other
    await record([
      { ...start(), brandId: acme.brandId },
      { ...end(), organizationId, brandId },
    ])
    await sql.query('delete from brands where id = $1', [acme.brandId])
    const { rows } = await sql.query<{ organization: string; brand: string | null }>(
      'select organization_id as organization, brand_id as brand from external_runs order by brand_id nulls first',
    )
    expect(rows).toEqual([
      { organization: acme.organizationId, brand: null },
      { organization: organizationId, brand: brandId },
    ])
    await sql.query('delete from organizations where id = $1', [organizationId])
    expect(await runs()).toHaveLength(1)
  })
})

describe('F1 to F4 for many events', () => {
  function event(changes: Partial<BatchedOutsideEvent>): BatchedOutsideEvent {
    return {
      ...acme,
      datasetKey: 'orders',
      status: 'completed',
      attemptedAt: at(0),
      freshAsOf: null,
      eventKey: 'r1',
      recordsAffected: null,
      suspicious: false,
      errorMessage: null,
      metadata: {},
      ...changes,
    }
  }
  const row = () => rowsOf('select *, records_affected::int from dataset_status')
  const history = () => rowsOf('select * from dataset_status_history order by happened_at')

  test('F2, F3: a failure takes no freshness away, whatever comes first', async () => {
    const success = event({ recordsAffected: 7 })
    const failure = event({ status: 'failed', attemptedAt: at(9), errorMessage: 'boom', eventKey: 'r2' })
    for (const batches of [
      [[success, failure]],
      [[failure, success]],
      [[failure], [success]],
      [[success], [failure], [success]],
    ]) {
      for (const batch of batches) await recordOutsideEvents(database, batch)
      expect(await row()).toMatchObject([
        {
          last_success_at: at(0),
          last_attempt_at: at(9),
          last_status: 'failed',
          records_affected: 7,
          error_message: 'boom',
        },
      ])
      expect(await history()).toHaveLength(2)
      await sql.query('truncate dataset_status, dataset_status_history')
    }
  })

  test('F2: a backfill was attempted now and is as old as its interval', async () => {
    await recordOutsideEvents(database, [event({ attemptedAt: at(30), freshAsOf: at(1) })])
    await recordOutsideEvents(database, [event({ attemptedAt: at(20), freshAsOf: at(20), recordsAffected: 3 })])
    expect(await row()).toMatchObject([{ last_success_at: at(20), last_attempt_at: at(30), records_affected: 3 }])
  })

  test('an end counts more than a start at the same instant; nothing is later than now', async () => {
    const ahead = new Date(Date.now() + 3_600_000)
    await recordOutsideEvents(database, [
      event({ attemptedAt: at(3) }),
      event({ status: 'running', attemptedAt: at(3) }),
    ])
    expect(await row()).toMatchObject([{ last_status: 'completed' }])
    await recordOutsideEvents(database, [event({ attemptedAt: ahead, freshAsOf: ahead, eventKey: 'r3' })])
    const [found] = await row()
    expect(Number(found?.['last_success_at'])).toBeLessThan(ahead.getTime())
    expect(found?.['last_attempt_at']).toEqual(found?.['last_success_at'])
  })

  test('what is not newer is not written, and many datasets are one statement', async () => {
    const many = Array.from({ length: 50 }, (_, number) => event({ datasetKey: `d${number}` }))
    await recordOutsideEvents(database, many)
    const before = await sql.query('select xmin::text from dataset_status order by dataset_key')
    await recordOutsideEvents(database, many.toReversed())
    expect((await sql.query('select xmin::text from dataset_status order by dataset_key')).rows).toEqual(before.rows)
    expect(before.rows).toHaveLength(50)
  })
})
