/** Adds up what the stages of .ci/run left behind and prints the one line that CI reads. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The parts of vitest's JSON report that count. */
export interface TestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[]
}

export interface Stage {
  name: string
  /** Exit status of its command; null when the command never ended. */
  exitStatus: number | null
  reports: TestReport[]
}

export interface Tally {
  passed: number
  failed: number
  skipped: number
  /** Failures that no test stands for, in words. */
  notes: string[]
}

/** Sums the tests of all stages. A failure that is no test's (a check, a file that does not load, a timeout) counts as one. */
export function tally(stages: readonly Stage[]): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0, notes: [] }
  for (const stage of stages) {
    const notes = stage.reports.flatMap(brokenFiles).map((file) => `${stage.name}: ${file} failed outside its tests`)
    const failed = sum(stage, 'numFailedTests') + notes.length
    if (stage.exitStatus !== 0 && failed === 0) notes.push(`${stage.name}: ${endOf(stage.exitStatus)}`)
    total.passed += sum(stage, 'numPassedTests')
    total.failed += sum(stage, 'numFailedTests') + notes.length
    total.skipped += sum(stage, 'numPendingTests') + sum(stage, 'numTodoTests')
    total.notes.push(...notes)
  }
  return total
}

/** The line for CI, `3 passed, 0 failed`, with `, 1 skipped` where something was. */
export function summaryLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function sum(stage: Stage, count: 'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests'): number {
  return stage.reports.reduce((total, report) => total + report[count], 0)
}

/** Files that failed without a failed test in them: an import that throws, a hook, something left running. */
function brokenFiles(report: TestReport): string[] {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
  )
  return broken.map((file) => basename(file.name))
}

function endOf(exitStatus: number | null): string {
  // 124 is the word of timeout(1), 137 that of its --kill-after.
  if (exitStatus === 124 || exitStatus === 137) return 'took too long and was stopped'
  return exitStatus === null ? 'never ended' : `ended with exit status ${exitStatus} outside any test`
}

/** Reads the folder .ci/run wrote: one folder per stage, in it JSON reports and the file `exit-status`. */
export function readStages(folder: string): Stage[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return names.map(({ name }) => {
    const files = readdirSync(join(folder, name))
    const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8')
    return {
      name,
      exitStatus: files.includes('exit-status') ? Number(read('exit-status')) : null,
      // vitest writes the report; only its JSON reporter writes .json files here.
      reports: files.filter((file) => file.endsWith('.json')).map((file) => JSON.parse(read(file)) as TestReport),
    }
  })
}

if (import.meta.main) {
  const total = tally(readStages(process.argv[2] ?? 'test-results/ci'))
  for (const note of total.notes) console.log(note)
  console.log(summaryLine(total))
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}
