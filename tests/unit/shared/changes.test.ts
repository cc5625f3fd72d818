import { describe, expect, test } from 'vitest'
import { type Change, changesBetween } from '../../../shared/changes.ts'
import type { JsonObject, JsonValue } from '../../../shared/domain.ts'

const daily = {
  name: 'Orders',
  status: 'active',
  cronExpression: '0 6 * * *',
  timeZone: 'Europe/Berlin',
  nextRunAt: '2026-11-23T05:00:00.000Z',
  parameters: { shop: 'a', days: 7 },
  priority: 1,
  overlapPolicy: 'queue',
  maxRetries: 3,
  timeoutMinutes: null,
  concurrencyKey: null,
  version: 1,
}

const edit = (after: JsonObject, before: JsonObject = daily) =>
  changesBetween(before, { ...before, ...after, version: 2 }).map(({ name, from, to }) => [name, from, to])
const plain = (before: JsonValue, after: JsonValue): Partial<Change>[] =>
  changesBetween(before, after).map(({ field, from, to }) => ({ field, from, to }))

describe('an edit of a schedule is told as a person would say it', () => {
  test.each<[JsonObject, (string | null)[][]]>([
    [{}, []],
    [
      { cronExpression: '0 7 * * *', nextRunAt: '2026-11-23T06:00:00.000Z' },
      [['schedule', 'Daily at 06:00', 'Daily at 07:00 Europe/Berlin']],
    ],
    [
      { cronExpression: '0 7 * * *', timeZone: 'UTC' },
      [['schedule', 'Daily at 06:00 Europe/Berlin', 'Daily at 07:00 UTC']],
    ],
    [{ timeZone: 'Asia/Tokyo' }, [['time zone', 'Europe/Berlin', 'Asia/Tokyo']]],
    [{ cronExpression: 'whenever' }, [['schedule', 'Daily at 06:00', 'whenever Europe/Berlin']]],
    [{ maxRetries: 0 }, [['retries', '3', '0']]],
    [{ timeoutMinutes: 30 }, [['timeout', 'as the job type says', '30 min']]],
    [{ concurrencyKey: 'shop' }, [['key', 'the usual one', 'shop']]],
    [
      { overlapPolicy: 'skip', priority: 3 },
      [
        ['priority', 'normal', 'urgent'],
        ['overlap', 'wait', 'skip'],
      ],
    ],
    [{ priority: 17 }, [['priority', 'normal', '17']]],
    [
      { parameters: { shop: 'b', since: null } },
      [
        ['parameter shop', 'a', 'b'],
        ['parameter days', '7', null],
        ['parameter since', null, 'none'],
      ],
    ],
    [{ nextRunAt: null }, [['next run', '2026-11-23 05:00 UTC', 'none']]],
    [{ status: 'paused', nextRunAt: null }, [['status', 'active', 'paused']]],
  ])('%j', (after, told) => {
    expect(edit(after)).toEqual(told)
  })
})

test('a thing that was made, or is gone, is told by what it has', () => {
  expect(plain(null, { enabled: true, note: null })).toEqual([{ field: 'enabled', from: null, to: 'yes' }])
  expect(plain({ a: 1 }, null)).toEqual([{ field: 'a', from: '1', to: null }])
  expect(changesBetween(null, { maxAgeHours: 6 })).toEqual([
    { field: 'maxAgeHours', name: 'max age hours', from: null, to: '6' },
  ])
  expect(plain(null, null)).toEqual([])
})

test('what is long is cut, and what other programs wrote breaks nothing', () => {
  expect(plain(null, { text: 'x'.repeat(10_000) })[0]?.to).toHaveLength(121)
  expect(plain('old', ['new'])).toEqual([{ field: 'value', from: 'old', to: '["new"]' }])
  expect(plain({ overlapPolicy: 'toString', __proto__: 1 }, { overlapPolicy: 7 })).toEqual([
    { field: 'overlapPolicy', from: 'toString', to: '7' },
  ])
})
