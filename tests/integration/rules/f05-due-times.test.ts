/** When data is due, the database says as the program does: for real zones, over decades, at the changes of their clocks. */
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dueFrom, nextDueMs } from '../../../shared/due.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'Europe/Lisbon',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
] as const

let database: TestDatabase
let sql: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
})
afterAll(() => database.drop())

interface Asked {
  readonly after: string
  readonly days: number
  readonly at: string
  readonly zone: string
}

async function fromDatabase(asked: readonly Asked[]): Promise<string[]> {
  const { rows } = await sql.query<{ due: Date }>(
    `select next_due(asked.after, asked.days, asked.at, asked.zone) as due
     from rows from (jsonb_to_recordset($1) as (after timestamptz, days integer, at time, zone text))
       with ordinality as asked (after, days, at, zone, place)
     order by place`,
    [JSON.stringify(asked)],
  )
  return rows.map(({ due }) => due.toISOString())
}

function fromProgram({ after, days, at, zone }: Asked): string {
  const due = dueFrom({ dueDays: days, dueAt: at, dueZone: zone })
  return due === null ? 'none' : new Date(nextDueMs(due, Date.parse(after))).toISOString()
}

const from = Date.parse('2000-01-01T00:00:00Z')
/** What a country decides about its clocks reaches one of the two first. */
const until = Date.parse('2025-01-01T00:00:00Z')
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 29, 30, 45, 59))
  .map(([hours, minutes]) => `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`)
const asked = fc.record({
  after: fc.integer({ min: from, max: until }).map((ms) => new Date(ms).toISOString()),
  days: fc.integer({ min: 1, max: 127 }),
  at: time,
  zone: fc.constantFrom(...zones),
})

test('F5: next_due says what nextDueMs says, whatever zone the session has', { timeout: 120_000 }, async () => {
  for (const zone of ['UTC', 'America/New_York']) {
    await sql.query(`set timezone to '${zone}'`)
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.array(asked, { minLength: 500, maxLength: 500 })), async (all) => {
        expect(await fromDatabase(all)).toEqual(all.map(fromProgram))
      }),
      { numRuns: 6 },
    )
  }
})

test('F5: they agree on each night of three years in which the clocks may change', { timeout: 120_000 }, async () => {
  for (const zone of zones) {
    const all: Asked[] = []
    for (
      let day = Date.parse('2010-01-01T09:00:00Z');
      day < Date.parse('2013-01-01T00:00:00Z');
      day += 24 * 3_600_000
    ) {
      for (const at of ['00:00', '00:15', '01:30', '02:00', '02:15', '02:45', '03:00', '23:30']) {
        all.push({ after: new Date(day).toISOString(), days: 127, at, zone })
      }
    }
    expect([zone, ...(await fromDatabase(all))]).toEqual([zone, ...all.map(fromProgram)])
  }
})

test('F5: in a zone that the server does not know, and where no calendar has a next one, the age alone counts', async () => {
  const { rows } = await sql.query<{ unknown: boolean; last: boolean; none: Date | null }>(
    `select next_due('2026-11-27 10:00Z', 31, '09:00', 'Mars/Olympus') = '2026-11-27 10:00Z' as unknown,
       next_due('infinity', 31, '09:00', 'UTC') = 'infinity' as last, next_due(null, 31, '09:00', 'UTC') as none`,
  )
  expect(rows).toEqual([{ unknown: true, last: true, none: null }])
})
