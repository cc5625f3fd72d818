import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freshAsOf } from '../../../../shared/lineage/fresh-as-of.ts'

const ended = new Date('2026-03-10T06:05:00Z')
const at = (text: string): Date => new Date(text)

test.each([
  ['nothing is said: when it was written', null, null, '2026-03-10T06:05:00Z'],
  [
    'a backfill of an old partition: the end of that partition',
    '2020-12-17T03:00:00Z',
    '2020-12-17T04:00:00Z',
    '2020-12-17T04:00:00Z',
  ],
  ['the interval that has just ended: its end', '2026-03-09T06:00:00Z', '2026-03-10T06:00:00Z', '2026-03-10T06:00:00Z'],
  [
    'an interval that goes on: when it was written',
    '2026-03-10T00:00:00Z',
    '2026-03-11T00:00:00Z',
    '2026-03-10T06:05:00Z',
  ],
  ['no end, an old day: the end of that day', '2026-01-01T00:00:00Z', null, '2026-01-02T00:00:00Z'],
  ['no end, of today: when it was written', '2026-03-10T06:00:00Z', null, '2026-03-10T06:05:00Z'],
  ['no begin, an old end: that end', null, '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z'],
  [
    'an end before the begin says nothing, the begin does',
    '2026-01-02T00:00:00Z',
    '2026-01-01T00:00:00Z',
    '2026-01-03T00:00:00Z',
  ],
  ['a begin in the future says nothing', '2030-01-01T00:00:00Z', null, '2026-03-10T06:05:00Z'],
])('F2: %s', (_title, start, end, expected) => {
  const nominal = { start: start === null ? null : at(start), end: end === null ? null : at(end) }
  expect(freshAsOf(ended, nominal)).toEqual(at(expected))
})

test('F2: data is never fresher than when it was written', () => {
  const instant = fc.date({ noInvalidDate: true, min: at('1980-01-01T00:00:00Z'), max: at('2080-01-01T00:00:00Z') })
  const maybe = fc.option(instant, { nil: null })
  fc.assert(
    fc.property(instant, maybe, maybe, (endedAt, start, end) => {
      expect(freshAsOf(endedAt, { start, end }).getTime()).toBeLessThanOrEqual(endedAt.getTime())
    }),
  )
})
