import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshnessBand } from '../../../agent/freshness/band.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { listDatasetSuccesses } from '../../../agent/store/dataset-history.ts'
import { readDatasetPasts } from '../../../agent/store/dataset-report.ts'
import type { Due } from '../../../shared/due.ts'
import { figuresOf, freshShare, type Spell, staleSpells } from '../../../shared/report.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, type Brand } from '../../support/job-rows.ts'

const hourMs = 3_600_000
const hours = 120

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let brand: Brand
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  brand = await addBrand(client, 'Acme')
  const settings = { url: database.url, applicationName: 'report', size: 1, purpose: 'console' as const }
  pool = openPool({ ...settings, onConnectionError: () => undefined })
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

const due: Due = { days: ['mon', 'wed', 'thu'], at: '09:00', zone: 'Europe/Berlin' }
const history = fc.record({
  maxAgeHours: fc.constantFrom(1, 3, 12.5, 24, 72),
  due: fc.constantFrom(null, null, due),
  /** Minutes before the end; some before the window. */
  attempts: fc.array(
    fc.record({
      minutes: fc.integer({ min: 0, max: hours * 60 * 2 }),
      status: fc.constantFrom('completed', 'completed', 'completed', 'failed', 'failed', 'unknown'),
      /** How much older the data of a success is, minutes. */
      older: fc.constantFrom(null, null, 90, hours * 30, hours * 60),
    }),
    { maxLength: 40 },
  ),
})

/** The hours of the band, as the spells of the report have them. */
function hoursOf(spells: readonly Spell[], firstMs: number | null, from: Date, now: Date): string {
  return Array.from({ length: hours }, (_, hour) => {
    const start = from.getTime() + hour * hourMs
    const end = Math.min(start + hourMs, now.getTime())
    if (firstMs === null || firstMs >= end) return 'n'
    const begins = Math.max(start, firstMs)
    const stale = spells.map(({ fromMs, untilMs }) => Math.max(0, Math.min(untilMs, end) - Math.max(fromMs, begins)))
    const staleMs = stale.reduce((sum, ms) => sum + ms, 0)
    return (end - begins - staleMs) * 2 >= end - begins ? 'f' : 's'
  }).join('')
}

test('the report and the band of one dataset say the same of every hour, whatever the history', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(history, { minLength: 8, maxLength: 8 }), async (histories) => {
      await client.query('truncate dataset_status_history')
      const { rows } = await client.query<{ now: Date }>(`select date_trunc('milliseconds', now()) as now`)
      const now = rows[0]?.now ?? new Date(0)
      const from = new Date(now.getTime() - hours * hourMs)
      const attempts = histories.flatMap(({ attempts: own }, place) =>
        own.map((attempt) => ({ key: `d${place}`, ...attempt })),
      )
      await client.query(
        `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, fresh_at, status)
         select gen_random_uuid(), 1, $1::uuid, key, $2::timestamptz - minutes * interval '1 minute',
           case when status = 'completed' then $2::timestamptz - (minutes + older) * interval '1 minute' end, status
         from unnest($3::text[], $4::integer[], $5::text[], $6::integer[]) as attempt (key, minutes, status, older)`,
        [
          brand.brandId,
          now,
          attempts.map(({ key }) => key),
          attempts.map(({ minutes }) => minutes),
          attempts.map(({ status }) => status),
          attempts.map(({ older }) => older),
        ],
      )
      const pasts = await readDatasetPasts(
        pool,
        histories.map(({ maxAgeHours }, place) => ({
          brandId: brand.brandId,
          dataset: `d${place}`,
          gapHours: maxAgeHours,
        })),
        { before: from, from, until: now },
      )
      for (const [place, { maxAgeHours, due: ownDue, attempts: own }] of histories.entries()) {
        const past = pasts[place]
        const successes = await listDatasetSuccesses(pool, brand.brandId, `d${place}`, from)
        const band = freshnessBand(successes, { from, now, maxAgeHours, due: ownDue })
        const gaps = (past?.madeMs ?? []).map((madeMs, at) => ({
          madeMs,
          asOfMs: past?.asOfMs[at] ?? madeMs,
          nextMs: past?.nextsMs[at] ?? null,
        }))
        const firstMs = past?.firstMs ?? null
        const spells = staleSpells(gaps, { maxAgeHours, due: ownDue, nowMs: now.getTime() })
        expect(hoursOf(spells, firstMs, from, now)).toBe(band.hours)
        const tries = { attempts: past?.attempts ?? 0, successes: past?.successes ?? 0 }
        const window = { fromMs: from.getTime(), untilMs: now.getTime() }
        const figures = figuresOf({ firstMs, spells, tries }, window)
        // By when it was tried, whatever it was for. What was stopped has not failed.
        const within = own.filter(({ minutes, status }) => minutes <= hours * 60 && status !== 'unknown')
        expect(figures.attempts).toBe(within.length)
        expect(figures.successes).toBe(within.filter(({ status }) => status === 'completed').length)
        // The band counts hours: at each end of a spell it is wrong by half of one at most, and by one at the first success.
        const judged = figures.judgedMs / hourMs
        const apart = Math.abs((freshShare(figures) ?? 0) - (band.uptime ?? 0)) * judged
        expect(apart).toBeLessThanOrEqual(spells.length + 1 + 1e-6)
      }
    }),
    { numRuns: 12 },
  )
})
