import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/browser.ts'

const path = findChromium()?.path

/** What operators do all day; `npm test` has these, `npm run test:pages` the others. */
const tabs = /console\/(smoke|health|schedules|active-jobs|run-history|matrix)\.spec\.ts$/

export default defineConfig({
  testDir: 'tests',
  testMatch: ['console/*.spec.ts', 'desktop/*.spec.ts'],
  projects: [
    { name: 'tabs', testMatch: tabs },
    { name: 'others', testIgnore: tabs },
  ],
  outputDir: 'test-results/browser',
  globalSetup: './tests/console/support/test-server.ts',
  reporter: [['list'], ['./tests/console/support/report.ts']],
  fullyParallel: true,
  workers: 2,
  // Nothing here takes a tenth of this on a quiet machine. A busy one is no reason to fail, and what passes does not wait.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  // In CI a test that fails is tried once more, alone in a new browser; one that needed it is named as flaky, never hidden.
  retries: process.env['CI'] === undefined ? 0 : 1,
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    viewport: { width: 1440, height: 900 },
    // Recording a trace of every test takes as long as half of them: `-- --trace on` makes one of those that need it.
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(path === undefined ? {} : { executablePath: path }),
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
        // Nothing but this machine is ever asked.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    },
  },
})
