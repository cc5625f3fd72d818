/** The statements behind T10 and T11 alone, over a connection of our own: server and wire, as the reference took them. */

import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { listDatasetAges } from '../../../agent/store/dataset-ages.ts'
import { listDatasetChanges, listJobChanges } from '../../../agent/store/dataset-changes.ts'
import { listJobPage } from '../../../agent/store/job-pages.ts'
import { systemClock } from '../../../shared/clock.ts'
import { withClient } from '../server.ts'
import { figure, percentile } from '../statistics.ts'
import { printTable } from '../table.ts'
import type { Place } from './answers.ts'
import { changeOfBrand } from './questions.ts'

interface Alone {
  readonly name: string
  /** p95, ms; null = none. */
  readonly target: number | null
  readonly ask: (index: number) => Promise<unknown>
  /** Done before, and not measured. */
  readonly before?: (index: number) => Promise<void>
}

/** One connection with the settings of the console's. */
export function openOne(url: string): DatabasePool {
  return openPool({
    url,
    applicationName: 'bench',
    size: 1,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
}

export async function measureStatements({ databaseUrl, seeded, calls }: Place): Promise<void> {
  const { organizationId, brandIds } = seeded
  const pool = openOne(databaseUrl)
  const everything = { brandId: null, jobTypes: null, scheduleType: null, text: '', after: null, limit: 51 } as const
  const states = ['running', 'retrying', 'dead', 'active', 'paused', 'completed'] as const
  const page = { ...everything, organizationId, withPlatform: true, states }
  let since: string | null = null
  try {
    await withClient(databaseUrl, async (client) => {
      const change = async (index: number): Promise<void> => {
        since = (await listDatasetChanges(pool, since)).horizon
        await client.query(changeOfBrand(brandIds, index))
      }
      const statements: Alone[] = [
        { name: 'T10 page of 50 jobs', target: 2, ask: () => listJobPage(pool, ['urgent', 'active', 'rest'], page) },
        {
          name: 'T11 datasets that changed',
          target: 10,
          ask: () => listDatasetChanges(pool, since),
          before: change,
        },
        { name: 'jobs that changed', target: null, ask: () => listJobChanges(pool, since), before: change },
        {
          name: 'ages of 40 brands',
          target: null,
          ask: (index) => listDatasetAges(pool, organizationId, brandIds.slice((index * 40) % 960).slice(0, 40)),
        },
      ]
      const rows: string[][] = []
      for (const { name, target, ask, before } of statements) {
        const ms: number[] = []
        for (let index = -Math.ceil(calls / 4); index < calls; index += 1) {
          await before?.(Math.abs(index))
          const started = systemClock.monotonic()
          await ask(Math.abs(index))
          if (index >= 0) ms.push(systemClock.monotonic() - started)
        }
        const wanted = target === null ? '–' : `≤ ${target}`
        rows.push([name, figure(percentile(ms, 50), 2), figure(percentile(ms, 95), 2), wanted])
      }
      console.log(`\nStatements alone; ${calls} each`)
      printTable(['statement', 'p50 ms', 'p95 ms', 'target p95'], rows)
    })
  } finally {
    await pool.stop()
  }
}
