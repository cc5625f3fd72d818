import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { ask } from '../../support/ask.ts'
import { migrationsDirectory } from '../../support/database.ts'
import { installedServer, startSecondServer } from '../../support/second-server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe(`PostgreSQL ${installedServer?.version ?? 'of another version (none is installed)'}`, () => {
  test.runIf(installedServer !== undefined)('takes all our migrations', async () => {
    if (installedServer === undefined) return
    await using server = await startSecondServer(installedServer)
    const report = await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
    expect(report.applied).toHaveLength((await readdir(migrationsDirectory)).length)
  })
})

describe('a server that shows its tables to anon and authenticated', () => {
  test('hides all of ours and leaves the older ones as they are', async () => {
    await using folder = await temporaryFolder()
    const options = {
      dataDirectory: folder.path,
      clock: systemClock,
      onLog: () => undefined,
      durability: 'none',
    } as const
    const server = await openEmbedded(options)
    try {
      await ask(server.url, 'create role anon; create role authenticated')
      await ask(server.url, 'alter default privileges grant all on tables to anon, authenticated')
      await ask(server.url, 'create table organizations (id uuid primary key default gen_random_uuid(), name text)')
      await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
      const shown = await ask<{ name: string }>(
        server.url,
        `select relname as name from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm') and (
           has_table_privilege('anon', oid, 'select, insert, update, delete')
           or has_table_privilege('authenticated', oid, 'select, insert, update, delete'))
         order by 1`,
      )
      expect(shown.map(({ name }) => name)).toEqual([
        'brand_ad_accounts',
        'brands',
        'dataset_status',
        'meta_ads_performance',
        'organizations',
        'scheduled_job_runs',
        'scheduled_jobs',
      ])
    } finally {
      await server.close()
    }
  })
})
