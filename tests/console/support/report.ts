/** Writes what vitest's JSON reporter writes, for scripts/count-tests.ts: only the numbers count. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'
import type { TestReport } from '../../../scripts/count-tests.ts'

export default class CountReporter implements Reporter {
  readonly #outcomes = new Map<string, 'expected' | 'unexpected' | 'flaky' | 'skipped'>()
  #errors = 0

  onTestEnd(test: TestCase, _result: TestResult): void {
    this.#outcomes.set(test.id, test.outcome())
  }

  /** Outside of any test: a fixture of the worker, the configuration. */
  onError(): void {
    this.#errors += 1
  }

  onEnd(): void {
    const folder = process.env['TEST_REPORT_FOLDER']
    if (folder === undefined) return
    const count = (outcome: string): number => [...this.#outcomes.values()].filter((one) => one === outcome).length
    const report: TestReport = {
      // Playwright's list names the flaky ones: they passed when tried again.
      numPassedTests: count('expected') + count('flaky'),
      numFailedTests: count('unexpected') + this.#errors,
      numPendingTests: count('skipped'),
      numTodoTests: 0,
      testResults: [],
    }
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `browser-${process.pid}.json`), JSON.stringify(report))
  }
}
