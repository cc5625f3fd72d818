import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Stage, summaryLine, type TestReport, tally } from '../../../scripts/count-tests.ts'

const report = (changes: Partial<TestReport>): TestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...changes,
})
const stage = (changes: Partial<Stage>): Stage => ({ name: 'test', exitStatus: 0, reports: [], ...changes })

test('counts: tests of all stages and reports are added up', () => {
  const total = tally([
    stage({ reports: [report({ numPassedTests: 3 }), report({ numPassedTests: 4, numTodoTests: 1 })] }),
    stage({
      name: 'long',
      exitStatus: 1,
      reports: [report({ numPassedTests: 1, numFailedTests: 2, numPendingTests: 1 })],
    }),
  ])
  expect(summaryLine(total)).toBe('8 passed, 2 failed, 2 skipped')
  expect(total.notes).toEqual([])
})

test('counts: a file that fails outside its tests is a failure although no test of it failed', () => {
  const broken = { name: '/clone/tests/unit/x.test.ts', status: 'failed', assertionResults: [] }
  const total = tally([stage({ exitStatus: 1, reports: [report({ numPassedTests: 5, testResults: [broken] })] })])
  expect(summaryLine(total)).toBe('5 passed, 1 failed')
  expect(total.notes).toEqual(['test: x.test.ts failed outside its tests'])
})

test.each([
  [2, 'ended with exit status 2 outside any test'],
  [124, 'took too long and was stopped'],
  [137, 'took too long and was stopped'],
  [null, 'never ended'],
])('counts: a stage that ended with %s and no failed test is one failure', (exitStatus, words) => {
  const total = tally([stage({ exitStatus, reports: [report({ numPassedTests: 5 })] })])
  expect(summaryLine(total)).toBe('5 passed, 1 failed')
  expect(total.notes).toEqual([`test: ${words}`])
})

test.each([
  { passed: 2, failed: 0, exitStatus: 0, line: '2 passed, 0 failed', code: 0 },
  { passed: 2, failed: 1, exitStatus: 1, line: '2 passed, 1 failed', code: 1 },
  { passed: 0, failed: 0, exitStatus: 0, line: '0 passed, 0 failed', code: 1 },
])('counts: the script ends with "$line" and exit status $code', async (row) => {
  const folder = await mkdtemp(join(tmpdir(), 'count-tests-'))
  onTestFinished(async () => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'test'))
  await writeFile(join(folder, 'test', 'exit-status'), `${row.exitStatus}\n`)
  const written = report({ numPassedTests: row.passed, numFailedTests: row.failed })
  await writeFile(join(folder, 'test', 'vitest-1.json'), JSON.stringify(written))

  expect(await countTests(folder)).toEqual({ output: `${row.line}\n`, code: row.code })
})

async function countTests(folder: string): Promise<{ output: string; code: number }> {
  const script = resolve(import.meta.dirname, '../../../scripts/count-tests.ts')
  return new Promise((done) => {
    const child = execFile(process.execPath, [script, folder], (_error, output) =>
      done({ output, code: child.exitCode ?? -1 }),
    )
  })
}
