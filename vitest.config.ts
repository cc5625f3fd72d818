import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Set by .ci/run: every vitest process leaves a JSON report there, for scripts/count-tests.ts. */
const reportFolder = process.env['TEST_REPORT_FOLDER']
const report = ['json', { outputFile: join(reportFolder ?? '', `vitest-${process.pid}.json`) }] as const

/** Programs that are started, ended and killed, servers, and what they say to others: half of the time of all tests, so not in `npm test`. */
const processes = [
  'tests/integration/{application,cli,database,meta,notifications,server}/**/*.test.ts',
  'tests/desktop/*.test.ts',
]

const database = { globalSetup: ['tests/support/global-setup.ts'] }

export default defineConfig({
  test: {
    reporters: reportFolder === undefined ? ['default'] : ['default', [...report]],
    setupFiles: ['tests/support/open-handles.ts'],
    restoreMocks: true,
    // Files share one Postgres and often a small machine: more workers only make the waits longer.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // As in playwright.config.ts: one that needed it is named in the list, with how often it was tried.
    retry: process.env['CI'] === undefined ? 0 : 1,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/{unit,boundaries}/**/*.test.ts', 'tests/desktop/unit/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/{integration,contract}/**/*.test.ts'],
          exclude: processes,
          ...database,
        },
      },
      { extends: true, test: { name: 'processes', include: processes, ...database } },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['tests/{faults,long}/**/*.test.ts'],
          ...database,
          // Outages and floods take the machine for themselves: one file after the other, after everything else.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
