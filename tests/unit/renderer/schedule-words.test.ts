import { describe, expect, it } from 'vitest'
import { changesOfPuttingBack, valuesBefore, whyNotPutBack } from '../../../renderer/details/job/earlier-values.ts'
import {
  createInput,
  differences,
  faultsOf,
  newValues,
  updateInput,
  valuesOf,
  withJobType,
} from '../../../renderer/details/job/edit/schedule-values.ts'
import { answerOfJob } from '../../../renderer/details/job/job-answer.ts'
import { answerOfSchedules } from '../../../renderer/tabs/schedules/answer.ts'
import { contract } from '../../../shared/contract/index.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { type JsonObject, legacyTimeZone } from '../../../shared/domain.ts'
import { retriesInWords } from '../../../shared/policy-words.ts'

const now = new Date('2026-11-24T04:00:00Z')
const inMinutes = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const id = '4e75bd34-882d-4f96-918a-bd826e6f1bcb'

const job: JobRow = {
  id,
  name: 'meta_sync',
  jobType: 'meta_sync',
  brand: { id, name: 'Acme' },
  productId: null,
  scheduleType: 'recurring',
  cronExpression: '0 6 * * *',
  timeZone: 'Europe/Berlin',
  status: 'active',
  state: 'active',
  nextRunAt: inMinutes(12),
  priority: 'normal',
  overlapPolicy: 'queue',
  catchUpPolicy: 'latest',
  concurrencyKey: 'k',
  ownConcurrencyKey: null,
  maxRetries: 3,
  alertAfter: 1,
  attempt: 1,
  timeoutMinutes: null,
  maxRuns: null,
  runsCompleted: 4,
  parameters: { days_back: 7 },
  parametersReadable: true,
  lastError: null,
  lastRun: null,
  currentRun: null,
  hasNoAgent: false,
  hold: null,
  triggerSource: 'scheduled',
  requestedBy: null,
  version: 3,
  createdAt: now,
  updatedAt: now,
}
const states = { running: 0, retrying: 0, dead: 0, active: 0, paused: 0, completed: 0, archived: 0 }

describe('what an operator would say', () => {
  it('of all schedules: how many, how many paused, and the next run', () => {
    expect(answerOfSchedules({ ...states, active: 11, paused: 3 }, job, now)).toBe(
      '14 schedules, 3 paused; the next run is meta_sync for Acme in 12 min.',
    )
    expect(answerOfSchedules({ ...states, active: 1, dead: 1 }, { ...job, nextRunAt: inMinutes(-1) }, now)).toBe(
      '2 schedules, 1 dead; meta_sync for Acme is due now.',
    )
    expect(answerOfSchedules({ ...states, paused: 1 }, null, now)).toBe('1 schedule, 1 paused; no run is planned.')
    expect(answerOfSchedules({ ...states, archived: 2 }, null, now)).toBe('No schedules but 2 archived ones.')
    expect(answerOfSchedules({ ...states, completed: 1 }, null, now)).toBe('No schedules but 1 completed one.')
    expect(answerOfSchedules({ ...states, completed: 2, archived: 1 }, null, now)).toBe(
      'No schedules but 2 completed ones and 1 archived one.',
    )
    expect(answerOfSchedules(states, null, now)).toBe('No schedules yet.')
  })

  it.each<[string, Partial<JobRow>, string]>([
    ['waits', {}, 'The next run starts in 12 min. It has not run yet.'],
    [
      'is due',
      { nextRunAt: inMinutes(-1) },
      'The next run is due and starts when an agent is free. It has not run yet.',
    ],
    ['retries', { state: 'retrying', attempt: 2 }, 'Attempt 1 of 4 failed. Attempt 2 starts in 12 min.'],
    ['is paused', { state: 'paused', status: 'paused' }, 'Paused: nothing starts until somebody resumes it.'],
    [
      'has a status of another program',
      { state: 'paused', status: 'on_hold' },
      'Its status is “on_hold”, which only another program knows; it counts as paused, and nothing starts.',
    ],
    [
      'is dead',
      { state: 'dead', scheduleType: 'one_time', nextRunAt: null },
      'Dead: no attempts are left, and nothing runs by itself any more. Correct the cause, then retry it.',
    ],
    [
      'has a schedule that cannot be read',
      { cronExpression: 'daily', nextRunAt: null },
      'No run is planned: its schedule cannot be read. Correct the schedule.',
    ],
    [
      'has no agent',
      { hasNoAgent: true },
      'No agent can run meta_sync. Add an executor for it on one agent; the job waits until then.',
    ],
    [
      'runs',
      {
        state: 'running',
        currentRun: {
          id,
          startedAt: inMinutes(-3),
          agentName: 'vm',
          attempt: 1,
          cancelRequestedAt: null,
          step: { key: 'assets', number: 3, count: 5, done: null, total: null },
        },
      },
      'Running for 3 min on vm, at step 3/5 assets.',
    ],
  ])('of a job that %s', (_what, change, sentence) => {
    expect(answerOfJob({ ...job, ...change }, now)).toBe(sentence)
  })

  it.each([
    [0, 'One attempt: a failure waits for the next run, or for a person.'],
    [1, 'Up to 2 attempts: again after 5 min.'],
    [3, 'Up to 4 attempts: again after 5 min, 10 min and 20 min.'],
    [9, 'Up to 10 attempts: again after 5 min, 10 min, 20 min, 40 min, then every 60 min.'],
  ])('of %i retries (J5)', (maxRetries, sentence) => {
    expect(retriesInWords(maxRetries)).toBe(sentence)
  })
})

describe('what the form sends', () => {
  it('an edit sends only what was changed, with the version that was seen', () => {
    const before = valuesOf(job)
    expect(updateInput(job, before, { ...before, cron: '0 7 * * *', timeoutMinutes: 30 })).toEqual({
      jobId: id,
      version: 3,
      cron: '0 7 * * *',
      timeoutMinutes: 30,
    })
    expect(updateInput(job, before, { ...before, name: ' ' })).toEqual({ jobId: id, version: 3, name: 'meta_sync' })
  })

  it('what differs is named field by field, whatever has no value', () => {
    const before = valuesOf(job)
    expect(differences(before, before)).toEqual([])
    expect(differences(before, { ...before, parameters: {}, maxRetries: null })).toEqual(['parameters', 'maxRetries'])
  })

  it('a new schedule is what the contract takes', () => {
    const values = { ...newValues(id, 'UTC'), jobType: 'meta_sync' }
    const schema = contract.schedules.create['~orpc'].inputSchema
    expect(schema?.safeParse(createInput(id, id, values)).success).toBe(true)
  })

  it('a duplicate keeps the product', () => {
    const values = valuesOf({ ...job, productId: id })
    expect(createInput(id, id, values)).toMatchObject({ productId: id })
  })

  it('a job type brings the cadence its catalog suggests, until somebody sets one', () => {
    const types = [
      { key: 'load', cadence: { cron: '15 * * * *', timeZone: 'Europe/Berlin' } },
      { key: 'weekly', cadence: { cron: '0 3 * * 1', timeZone: null } },
      { key: 'plain', cadence: null },
    ]
    const begun = newValues(id, 'UTC')
    const load = { ...begun, ...withJobType(begun, begun, 'load', types) }
    expect(load).toMatchObject({ jobType: 'load', cron: '15 * * * *', timeZone: 'Europe/Berlin' })
    const weekly = withJobType(begun, load, 'weekly', types)
    expect(weekly).toEqual({ jobType: 'weekly', cron: '0 3 * * 1', timeZone: 'UTC' })
    expect(withJobType(begun, load, 'plain', types)).toMatchObject({ cron: begun.cron, timeZone: 'UTC' })
    expect(withJobType(begun, { ...load, cron: '20 * * * *' }, 'weekly', types)).toEqual({ jobType: 'weekly' })
    const copy = { ...valuesOf(job), cron: begun.cron, timeZone: begun.timeZone }
    expect(withJobType(copy, copy, 'load', types)).toEqual({ jobType: 'load' })
  })

  it('nothing is sent while something is missing or out of range, and each fault stands at its field', () => {
    const schema = { properties: { days_back: { type: 'integer', minimum: 1, maximum: 90 } } }
    const values = {
      ...newValues('', '+02:00'),
      name: 'x'.repeat(501),
      maxRetries: 1.5,
      timeoutMinutes: 0,
      parameters: { days_back: 91 },
    }
    expect(Object.keys(faultsOf(values, schema)).toSorted()).toEqual([
      'brandIds',
      'jobType',
      'maxRetries',
      'name',
      'parameters',
      'timeZone',
      'timeoutMinutes',
    ])
    expect(faultsOf({ ...newValues(id, 'UTC'), jobType: 'meta_sync' }, schema)).toEqual({})
  })
})

describe('putting back what an edit changed', () => {
  const recorded = {
    cronExpression: '0 5 * * *',
    timeZone: null,
    maxRetries: 3,
    parameters: { shop: 'a', days_back: 3 },
  }
  const edit = (before: JsonObject, after: JsonObject) => ({
    before: { ...recorded, ...before },
    after: { ...recorded, ...after },
    changes: [],
  })
  const shop = edit({}, { parameters: { shop: 'b', days_back: 3, full: true } })

  it('changes what it changed, and leaves what others changed since, in other fields and other parameters', () => {
    const now = { ...job, maxRetries: 9, parameters: { shop: 'c', days_back: 7, full: true } }
    expect(valuesBefore(now, shop)).toEqual({ ...valuesOf(now), parameters: { shop: 'a', days_back: 7 } })
    expect(changesOfPuttingBack(now, shop).map(({ name, from, to }) => [name, from, to])).toEqual([
      ['parameter shop', 'c', 'a'],
      ['parameter full', 'yes', null],
    ])
    expect(whyNotPutBack(now, shop)).toBeNull()
    const later = edit({}, { cronExpression: '0 6 * * *', timeZone: 'Asia/Tokyo', timeoutMinutes: 9, priority: 2 })
    expect(valuesBefore({ ...job, overlapPolicy: 'skip' }, later)).toMatchObject({
      cron: '0 5 * * *',
      timeZone: legacyTimeZone,
      overlapPolicy: 'skip',
      timeoutMinutes: null,
      priority: 'normal',
    })
  })

  it('is not offered, with the reason, for what is so already, is archived, runs once, or cannot be read', () => {
    expect(whyNotPutBack({ ...job, parameters: { shop: 'a' } }, shop)).toBe('It is so now.')
    expect(whyNotPutBack({ ...job, status: 'archived' }, shop)).toBe('The job is archived: restore it first.')
    expect(whyNotPutBack({ ...job, scheduleType: 'one_time' }, shop)).toContain('runs once')
    const unread = { ...job, parameters: {}, parametersReadable: false }
    expect(whyNotPutBack(unread, shop)).toBe('The parameters cannot be read.')
    expect(valuesBefore(unread, shop).parameters).toEqual({})
    const { parameters: _large, ...before } = recorded
    const hidden = { before, after: recorded, changes: [{ field: 'parameters' }] }
    expect(whyNotPutBack({ ...job, maxRetries: 3 }, hidden)).toBe('The parameters of then cannot be shown.')
  })

  it('breaks on nothing that another version has recorded', () => {
    const odd = edit({ overlapPolicy: 'toString', priority: 99, name: 7, parameters: [1] }, { parameters: null })
    expect(valuesBefore(job, odd)).toEqual(valuesOf(job))
    expect(whyNotPutBack(job, { before: null, after: null, changes: [] })).toBe('It is so now.')
  })
})
