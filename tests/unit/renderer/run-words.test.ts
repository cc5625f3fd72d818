import { describe, expect, test } from 'vitest'
import { sharedStructure } from '../../../renderer/client/structural-sharing.ts'
import { extentOf } from '../../../renderer/components/step-gantt.tsx'
import { searchOfError } from '../../../renderer/details/run/error-search.ts'
import { answerOfRun, type RunAnswer, type WholeRun } from '../../../renderer/details/run/run-answer.ts'
import {
  attemptInWords,
  brandInWords,
  problemInWords,
  stateOfRun,
  stateOfWord,
} from '../../../renderer/details/run/run-words.ts'
import { runProblems, runStatuses, stepStatuses } from '../../../shared/domain.ts'

describe('states', () => {
  test('every status and problem of ours has a mark of its own, and a sentence', () => {
    for (const status of runStatuses) expect(stateOfRun({ status, problem: null }).state).toBe(status)
    for (const status of stepStatuses.filter((one) => one !== 'unknown')) expect(stateOfWord(status).state).toBe(status)
    for (const problem of runProblems) expect(problemInWords(problem)).not.toContain('Problem:')
    expect(stateOfRun({ status: 'failed', problem: 'outcome_unknown' }).state).toBe('outcome_unknown')
    expect(stateOfRun({ status: 'completed', problem: 'warnings' }).state).toBe('warnings')
  })

  test('an unknown status shows as itself, also when it is a word of another list', () => {
    expect(stateOfRun({ status: '<b>odd</b>', problem: null })).toEqual({ state: 'unknown', word: '<b>odd</b>' })
    expect(stateOfRun({ status: 'fresh', problem: null })).toEqual({ state: 'unknown', word: 'fresh' })
    expect(stateOfRun({ status: 'toString', problem: null }).state).toBe('unknown')
    expect(stateOfRun({ status: '  ', problem: null }).word).toBe('Unknown')
  })

  test('a deleted brand and a platform job are named as such', () => {
    expect(brandInWords({ id: 'x', name: '' })).toBe('Deleted brand')
    expect(brandInWords(null)).toBe('Platform')
  })

  test('attempts are counted against what the job allows, unless it allows less by now', () => {
    expect(attemptInWords(2, 3)).toBe('attempt 2 of 4')
    expect(attemptInWords(5, 1)).toBe('attempt 5')
  })
})

describe('the sentence of a run', () => {
  const run = {
    status: 'failed',
    problem: 'failed',
    attempt: 2,
    maxRetries: 3,
    durationMs: 134_000,
    records: null,
    error: 'HTTP 429',
    decision: null,
    // Only what the sentence is made from.
  } as WholeRun
  const step = {
    key: 'thumbnails',
    status: 'failed',
    fatal: true,
    done: null,
    total: null,
  } as RunAnswer['steps'][number]

  test('says how long, where, which attempt and why', () => {
    expect(answerOfRun({ run, steps: [step] }, 5)).toBe(
      'Failed after 2 min 14 s at thumbnails, attempt 2 of 4: HTTP 429',
    )
  })

  test('says where a run in progress is', () => {
    const running = { ...step, status: 'running', done: 120, total: 400 } as const
    expect(answerOfRun({ run: { ...run, status: 'running', attempt: 1 }, steps: [running] }, 5)).toBe(
      'Running step 1 of 5, thumbnails: 120 of 400.',
    )
  })
})

describe('where a step lies within its run', () => {
  const at = (seconds: number) => new Date(seconds * 1_000)

  test('in parts of the run, cut where clocks disagree', () => {
    expect(extentOf({ startedAt: at(25), completedAt: at(50) }, at(0), at(100))).toEqual({ from: 0.25, to: 0.5 })
    expect(extentOf({ startedAt: at(-5), completedAt: null }, at(0), at(100))).toEqual({ from: 0, to: 1 })
    expect(extentOf({ startedAt: null, completedAt: null }, at(0), at(100))).toBeNull()
    expect(extentOf({ startedAt: new Date(Number.NaN), completedAt: null }, at(0), at(100))).toBeNull()
  })
})

describe('answers keep the identity of what did not change', () => {
  const row = (id: string, status: string) => ({ id, status, startedAt: new Date(5), brand: { id: 'b', name: 'Acme' } })

  test('a row is itself when others come above it', () => {
    const before = { runs: [row('1', 'completed'), row('2', 'running')] }
    const after = sharedStructure(before, { runs: [row('3', 'running'), row('1', 'completed'), row('2', 'completed')] })
    const { runs } = after as typeof before
    expect(runs[1]).toBe(before.runs[0])
    expect(runs[2]).not.toBe(before.runs[1])
    expect(runs[2]?.brand).toBe(before.runs[1]?.brand)
  })

  test('an equal answer is the one before; a part that went away counts as a change', () => {
    const before = { asOf: new Date(1), runs: [row('1', 'completed')] }
    expect(sharedStructure(before, { asOf: new Date(1), runs: [row('1', 'completed')] })).toBe(before)
    expect(sharedStructure(before, { runs: [row('1', 'completed')] })).not.toBe(before)
    expect(sharedStructure([1, 2], [1])).toEqual([1])
    expect(sharedStructure({ a: undefined }, { b: undefined })).toEqual({ b: undefined })
  })
})

test.each([
  ['HTTP 429 at thumbnails\nretry after 60 s', 'at thumbnails'],
  ['\n  Account "act_1234" has no permission to read ads', 'has no permission to read ads'],
  ['Timed out after 30.5 s', 'Timed out after'],
  ["The shop doesn't answer; it can't be reached", "The shop doesn't answer; it can't be reached"],
  ['Run 3f2b8c1e-0000-4000-8000-1234567890ab: relation not found (7f3a9c0b2d)', 'relation not found'],
  ['GET https://shop.example.com/orders?page=12 was refused by the proxy', 'was refused by the proxy'],
  ['x'.repeat(300), 'x'.repeat(200)],
  ['429', null],
  ['', null],
])('what failed like %j is searched for by %j: what differs from one to the next is left out', (message, text) => {
  expect(searchOfError(message)).toBe(text)
})
