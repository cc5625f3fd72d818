import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storedTableNames } from '../../../shared/stored-tables.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import type { Brand } from '../../support/job-rows.ts'
import { addOldRun, addQuietJob, usualKeep } from '../../support/old-rows.ts'
import { waitFor } from '../../support/wait.ts'

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole()
  brand = await addOpenBrand(console.sql)
})
afterAll(() => console.stop())

const storage = () => console.client.admin.storage()

/** A sweep that began so many hours ago, when so many runs had ever been inserted. */
async function addSweep(hoursAgo: number, inserted: number, columns: Record<string, unknown> = {}): Promise<void> {
  const all: Record<string, unknown> = {
    agent_id: randomUUID(),
    started_at: new Date(Date.now() - hoursAgo * 3_600_000),
    ended_at: new Date(),
    state: 'completed',
    keep_days: JSON.stringify(usualKeep),
    tables: JSON.stringify({ scheduled_job_runs: { rows: inserted, inserted, bytes: 1 } }),
    ...columns,
  }
  const names = Object.keys(all)
  await console.sql.query(
    `insert into housekeeping_sweeps (${names.join(', ')}) values (${names.map((_, place) => `$${place + 1}`).join(', ')})`,
    Object.values(all),
  )
}

async function runsTable() {
  const { tables } = await storage()
  const found = tables.find(({ table }) => table === 'scheduled_job_runs')
  if (found === undefined) throw new Error('There is no table of runs.')
  return found
}

describe('admin.storage', () => {
  test('before the first sweep: sizes are known, growth and ages are not, nobody leads', async () => {
    const { tables, keepDays, sweeps, leader, bytes, databaseBytes, bytesIn90Days } = await storage()
    expect(tables.map(({ table }) => table)).toEqual(storedTableNames)
    for (const table of tables) {
      expect(table.bytes).toBe(table.heapBytes + table.indexBytes + table.toastBytes)
      expect(table).toMatchObject({ rowsPerDay: null, keepDays: null, bytesIn30Days: null, levelsOffAtBytes: null })
    }
    expect({ keepDays, sweeps, leader, bytesIn90Days }).toEqual({
      keepDays: null,
      sweeps: [],
      leader: null,
      bytesIn90Days: null,
    })
    expect(bytes).toBe(tables.reduce((sum, table) => sum + table.bytes, 0))
    expect(databaseBytes).toBeGreaterThan(bytes)
  })

  test('growth is what came since the sweeps of the last days noted it; a count that was reset says nothing', async () => {
    const jobId = await addQuietJob(console.sql, { brand_id: brand.brandId })
    for (let count = 0; count < 3; count += 1) await addOldRun(console.sql, jobId, 1)
    const inserted = async () => {
      const { rows } = await console.sql.query<{ count: string }>(
        `select n_tup_ins as count from pg_stat_user_tables where relname = 'scheduled_job_runs'`,
      )
      return Number(rows[0]?.count)
    }
    await waitFor(async () => (await inserted()) >= 3, { describe: 'the statistics of the server' })
    await console.sql.query('analyze')
    const now = await inserted()
    await addSweep(400, 1_000_000)
    await addSweep(49, 5_000)
    await addSweep(48, now - 3)
    const { rowsPerDay, rows, keepDays, bytes, levelsOffAtBytes, bytesIn30Days } = await runsTable()
    // Three in two days: the hour before the reset is left out, and so is what is older than a week.
    expect(rowsPerDay).toBeCloseTo(1.5, 2)
    expect(rows).toBe(3)
    expect(keepDays).toBe(90)
    expect(levelsOffAtBytes).toBeGreaterThan(bytes * 40)
    expect(bytesIn30Days).toBeLessThan(levelsOffAtBytes ?? 0)
    const { bytesIn90Days, bytes: all } = await storage()
    expect(bytesIn90Days).toBeGreaterThan(all)
  })

  test('the last sweeps that did something are told, with how they ended', async () => {
    await console.sql.query('delete from housekeeping_sweeps')
    await addSweep(3, 0, { removed: JSON.stringify({ scheduled_job_runs: 12 }) })
    await addSweep(2, 0)
    await addSweep(1, 0, { state: 'failed', failure: 'It could not.' })
    await addSweep(0, 0, { state: 'running', ended_at: null, keep_days: JSON.stringify({ ...usualKeep, logs: 7 }) })
    const { sweeps, keepDays } = await storage()
    expect(sweeps).toMatchObject([
      { state: 'running', endedAt: null, removed: {} },
      { state: 'failed', failure: 'It could not.' },
      { state: 'completed', removed: { scheduled_job_runs: 12 } },
    ])
    expect(keepDays).toEqual({ ...usualKeep, logs: 7 })
  })

  test('ages that some other version wrote in some other way are not known, and nothing fails', async () => {
    await console.sql.query('delete from housekeeping_sweeps')
    await addSweep(1, 0, {
      keep_days: '{"logs": "thirty"}',
      tables: '{"scheduled_job_runs": {"inserted": null}, "gone": {}}',
    })
    expect((await storage()).keepDays).toBeNull()
    expect((await runsTable()).rowsPerDay).toBeNull()
  })

  test('an administrator of one organization is not told about the tables of all', async () => {
    const bound = console.as({ organizationId: brand.organizationId })
    await expect(bound.admin.storage()).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(console.troubles).toEqual([])
  })
})
