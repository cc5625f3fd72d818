import { beforeEach, expect, test } from 'vitest'
import { durationBounds, RunTally } from '../../../agent/metrics/run-tally.ts'
import type { AgentEvent, RunLabel } from '../../../agent/scheduler/events.ts'
import { only } from '../../support/job-rows.ts'

let now: number
let tally: RunTally
beforeEach(() => {
  now = 0
  tally = new RunTally({ monotonic: () => now })
})

function run(runId: string, jobType = 'load'): RunLabel {
  return { runId, jobId: 'job', jobName: 'Load', jobType, brandName: null, attempt: 1 }
}

function begin(label: RunLabel): void {
  tally.hear({ type: 'run_started', run: label, missed: 0 })
}

function end(label: RunLabel, how: Partial<Extract<AgentEvent, { type: 'run_ended' }>> = {}): void {
  tally.hear({ type: 'run_ended', run: label, status: 'completed', problem: null, errorMessage: null, ...how })
}

test('each result is counted by its job type, and a run is in progress until then', () => {
  const labels = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => run(id))
  for (const label of labels) begin(label)
  expect(tally.running).toBe(6)
  const [a, b, c, d, e, f] = labels as [RunLabel, RunLabel, RunLabel, RunLabel, RunLabel, RunLabel]
  end(a)
  end(b, { problem: 'warnings' })
  end(c, { status: 'failed', problem: 'failed' })
  end(d, { status: 'cancelled' })
  tally.hear({ type: 'run_lost', run: e })
  tally.hear({ type: 'run_kept', run: f })
  expect(tally.running).toBe(0)
  expect(tally.read()).toMatchObject([
    { jobType: 'load', ended: { completed: 1, warnings: 1, failed: 1, cancelled: 1, lost: 1 } },
  ])
})

test('durations are counted cumulatively: a bound holds all that are not longer', () => {
  for (const [id, ms] of [
    ['a', 100],
    ['b', 5_000],
    ['c', 8_000_000],
  ] as const) {
    const label = run(id)
    begin(label)
    now += ms
    end(label)
  }
  const { atMost, seconds } = only(tally.read())
  expect(Object.fromEntries(durationBounds.map((bound, place) => [bound, atMost[place]]))).toEqual({
    0.1: 1,
    1: 1,
    10: 2,
    60: 2,
    300: 2,
    1_800: 2,
    7_200: 2,
  })
  expect(atMost.at(-1)).toBe(3)
  expect(seconds).toBeCloseTo(8_005.1)
})

test('a run whose start was not heard has a result and no duration', () => {
  end(run('a'))
  expect(tally.read()).toMatchObject([{ ended: { completed: 1 }, seconds: 0 }])
  expect(tally.read()[0]?.atMost.every((count) => count === 0)).toBe(true)
})

test('however many job types other programs write, the series stay bounded', () => {
  for (let index = 0; index < 1_000; index += 1) end(run(String(index), `type-${index}`))
  expect(tally.read().length).toBeLessThanOrEqual(201)
  expect(tally.read().find(({ jobType }) => jobType === 'other')?.ended.completed).toBe(800)
})
