import { describe, expect, test } from 'vitest'
import { counted } from '../../../renderer/components/counts.ts'
import { answerOfJob } from '../../../renderer/details/job/job-answer.ts'
import { decidesNotDone, divided, jobActionWords } from '../../../renderer/jobs/job-actions.ts'
import { brandOfJob, reasonOfJob, stateOfJob, stepInWords } from '../../../renderer/jobs/job-words.ts'
import { answerOf } from '../../../renderer/tabs/active-jobs/answer.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { jobActions, type RunProblem } from '../../../shared/domain.ts'
import type { RunOutcome } from '../../../shared/run-decision.ts'

const instant = new Date('2026-03-01T05:00:00Z')

function job(columns: Partial<JobRow> = {}): JobRow {
  return {
    id: 'b1b2c3d4-0000-4000-8000-000000000000',
    name: 'Nightly orders',
    jobType: 'load_orders',
    brand: { id: 'a1b2c3d4-0000-4000-8000-000000000000', name: 'Acme' },
    productId: null,
    scheduleType: 'recurring',
    cronExpression: '0 3 * * *',
    timeZone: 'UTC',
    status: 'active',
    state: 'active',
    nextRunAt: instant,
    priority: 'normal',
    overlapPolicy: 'queue',
    catchUpPolicy: 'latest',
    concurrencyKey: 'key',
    ownConcurrencyKey: null,
    maxRetries: 3,
    alertAfter: 1,
    attempt: 1,
    timeoutMinutes: null,
    maxRuns: null,
    runsCompleted: 0,
    parameters: {},
    parametersReadable: true,
    lastError: null,
    lastRun: null,
    currentRun: null,
    hasNoAgent: false,
    hold: null,
    triggerSource: 'scheduled',
    requestedBy: null,
    version: 1,
    createdAt: instant,
    updatedAt: instant,
    ...columns,
  }
}

const run = { id: 'c1', startedAt: instant, agentName: 'a', attempt: 1, cancelRequestedAt: null, step: null }
const last = (status: string, problem: RunProblem | null = null, decision: RunOutcome | null = null) => ({
  id: 'd1',
  status,
  problem,
  decision,
  finishedAt: instant,
  durationMs: 1,
})

describe('what applies to which job', () => {
  const offered = (one: JobRow) => jobActions.filter((action) => jobActionWords[action].notFor(one) === null)

  test.each([
    ['an active one', job(), ['pause', 'archive', 'run_now']],
    ['a paused one', job({ status: 'paused', state: 'paused' }), ['resume', 'archive', 'run_now']],
    ['a running one', job({ state: 'running', currentRun: run }), ['pause', 'archive', 'cancel', 'run_now']],
    [
      'one that is stopping',
      job({ state: 'running', currentRun: { ...run, cancelRequestedAt: instant } }),
      ['pause', 'archive', 'run_now'],
    ],
    ['a dead one', job({ state: 'dead', lastRun: last('failed') }), ['pause', 'retry', 'archive', 'run_now']],
    ['an archived one', job({ status: 'archived', state: 'archived' }), ['restore', 'run_now']],
    ['one that nobody can run', job({ hasNoAgent: true }), ['pause', 'archive']],
    ["one with another program's status", job({ status: 'asleep', state: 'paused' }), ['archive', 'run_now']],
  ])('%s', (_what, one, actions) => {
    expect(offered(one)).toEqual(actions)
  })

  test('what takes an action back is taken back by it', () => {
    const pairs = jobActions.flatMap((action) => {
      const { undo } = jobActionWords[action]
      return undo === null ? [] : [[action, jobActionWords[undo].undo]]
    })
    expect(pairs).toEqual([
      ['pause', 'pause'],
      ['resume', 'resume'],
      ['archive', 'archive'],
      ['restore', 'restore'],
    ])
  })

  test('a selection divides without loss, skipped ones by reason', () => {
    const jobs = [job(), job({ status: 'paused' }), job({ status: 'paused' }), job({ status: 'archived' })]
    expect(divided('pause', jobs)).toEqual({
      applies: [jobs[0]],
      skipped: [
        { reason: 'already paused', count: 2 },
        { reason: 'already archived', count: 1 },
      ],
    })
  })
})

test('J5: of many, those that ask a person whether they did their work are not retried; one alone is, after a question', () => {
  const unknown = job({ state: 'dead', lastRun: last('failed', 'outcome_unknown') })
  const failed = job({ state: 'dead', lastRun: last('failed', 'failed') })
  expect(divided('retry', [unknown, failed])).toEqual({
    applies: [failed],
    skipped: [{ reason: 'its outcome is not known: look at its run first', count: 1 }],
  })
  expect(divided('retry', [unknown]).applies).toEqual([unknown])
  expect(divided('pause', [unknown, failed]).applies).toHaveLength(2)
  const done = job({ state: 'active', lastRun: last('failed', 'outcome_unknown', 'done') })
  const notDone = job({ state: 'dead', lastRun: last('failed', 'outcome_unknown', 'not_done') })
  expect(divided('retry', [done, notDone])).toEqual({
    applies: [notDone],
    skipped: [{ reason: 'its last run was found done', count: 1 }],
  })
  expect(decidesNotDone('retry', [unknown])).toBe(true)
  expect(decidesNotDone('retry', [unknown, unknown])).toBe(false)
  expect(decidesNotDone('retry', [failed])).toBe(false)
  expect(decidesNotDone('run_now', [unknown])).toBe(false)
})

describe('words of a job', () => {
  test('a hold that is over by its time holds nothing any more, however long ago the job was read', () => {
    const hold = { id: 'h', endsAt: new Date(instant.getTime() + 1_000), reason: 'migration', createdBy: 'Ana' }
    const held = job({ hold, nextRunAt: instant })
    expect(stateOfJob(held, instant)).toEqual({ state: 'held' })
    expect(reasonOfJob(held, instant)).toContain('Nothing starts: held until')
    expect(answerOfJob(held, instant)).toContain('is due and waits for the end of the hold')
    expect(stateOfJob(held, hold.endsAt)).toEqual({ state: 'active' })
    expect(reasonOfJob(held, hold.endsAt)).toBeNull()
    expect(answerOfJob(held, hold.endsAt)).toContain('is due and starts when an agent is free')
  })

  test('state, attempt, reason, brand and step', () => {
    expect(stateOfJob(job({ state: 'retrying', attempt: 2 }), instant)).toEqual({
      state: 'retrying',
      word: 'Retrying, attempt 2 of 4',
    })
    expect(stateOfJob(job({ state: 'running', attempt: 3, currentRun: run }), instant).word).toBe(
      'Running, attempt 3 of 4',
    )
    expect(
      stateOfJob(job({ state: 'running', currentRun: { ...run, cancelRequestedAt: instant } }), instant).word,
    ).toBe('Stopping')
    expect(reasonOfJob(job({ hasNoAgent: true, lastError: 'broken' }), instant)).toBe('No agent can run load_orders.')
    expect(reasonOfJob(job({ hasNoAgent: true, state: 'completed' }), instant)).toBeNull()
    expect(brandOfJob(job({ brand: null }))).toBe('Platform')
    expect(stepInWords({ key: 'assets', number: 3, count: 5, done: null, total: null })).toBe('3/5 assets')
    expect([counted(1, 'job'), counted(1_000, 'job')]).toEqual(['1 job', '1,000 jobs'])
  })

  test('the answer names what runs, what is in trouble, and who waits for a person', () => {
    const none = { active: 0, paused: 0, running: 0, retrying: 0, dead: 0, completed: 0, archived: 0 }
    expect(answerOf(none, [], false)).toBe('Nothing to run yet.')
    expect(answerOf({ ...none, active: 1 }, [], false)).toBe('Nothing runs at the moment. 1 job waiting.')
    expect(answerOf({ ...none, running: 2, dead: 1, paused: 3 }, [job(), job({ state: 'dead' })], false)).toBe(
      '2 running, 1 dead: Nightly orders for Acme waits for a person. 0 jobs waiting, 3 paused.',
    )
  })

  test('the answer does not say that nothing is there when filters leave nothing, or archived jobs are', () => {
    const none = { active: 0, paused: 0, running: 0, retrying: 0, dead: 0, completed: 0, archived: 0 }
    expect(answerOf(none, [], true)).toBe('No jobs with these filters.')
    expect(answerOf({ ...none, archived: 2 }, [], true)).toBe('No jobs with these filters but 2 archived ones.')
    expect(answerOf({ ...none, archived: 1 }, [], false)).toBe('No jobs but 1 archived one.')
  })
})
