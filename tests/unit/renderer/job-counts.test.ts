import { describe, expect, test } from 'vitest'
import { jobNarrowing, totalOf } from '../../../renderer/jobs/use-job-counts.ts'

const counts = { running: 1, retrying: 2, dead: 4, active: 8, paused: 16, completed: 32, archived: 64 }

describe('J12: the total of a list of jobs', () => {
  test('without a state is all but the archived ones, which only their own filter shows', () => {
    expect(totalOf(counts, [])).toBe(63)
    expect(totalOf(counts, ['archived'])).toBe(64)
    expect(totalOf(counts, ['dead', 'archived'])).toBe(68)
  })

  test('is not known before the counts are', () => {
    expect(totalOf(null, [])).toBeNull()
  })
})

test('a link from elsewhere does not make a question that is refused', () => {
  const type = ['', 'x'.repeat(201), ...Array.from({ length: 120 }, (_, index) => `t${index}`)]
  const scope = { organizationId: 'o', brandId: null, group: null }
  const narrowing = jobNarrowing(scope, { type, scheduleType: null, text: 'y'.repeat(300) })
  expect([narrowing.jobTypes.length, narrowing.jobTypes[0], narrowing.text.length]).toEqual([100, 't0', 200])
})
