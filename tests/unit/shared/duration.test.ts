import { expect, test } from 'vitest'
import { formatAge, formatDuration, formatHours, formatInstant, formatPlanned } from '../../../shared/duration.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

test.for([
  [0, '0 s'],
  [-5, '0 s'],
  [400, 'under 1 s'],
  [45 * second, '45 s'],
  [2 * minute + 14 * second, '2 min 14 s'],
  [12 * minute, '12 min'],
  [59 * minute + 59.9 * second, '59 min 59 s'],
  [3 * hour + 12 * minute, '3 h 12 min'],
  [30 * hour, '30 h'],
  [2 * day + 3 * hour, '2 d 3 h'],
  [12 * day + 5 * hour, '12 d'],
  [Number.NaN, 'unknown'],
  [Number.POSITIVE_INFINITY, 'for ever'],
] as const)('a length of %d ms is "%s"', ([ms, words]) => {
  expect(formatDuration(ms)).toBe(words)
})

const now = new Date('2026-11-23T10:10:00Z')
test.for([
  [null, 'never'],
  [now, 'just now'],
  [new Date(now.getTime() - 3 * hour - 12 * minute), '3 h 12 min ago'],
  [new Date(now.getTime() + 5 * minute), 'in 5 min'],
] as const)('the age of %s is "%s"', ([at, words]) => {
  expect(formatAge(at, now)).toBe(words)
})

test.for([
  [5 * minute, 'in 5 min'],
  [0, 'due now'],
  [-59 * second, 'due now'],
  [-minute, '1 min late'],
  [-3 * hour, '3 h late'],
] as const)('what is planned %d ms from now is "%s"', ([ms, words]) => {
  expect(formatPlanned(new Date(now.getTime() + ms), now)).toBe(words)
})

test('an instant is shown to the minute in UTC', () => {
  expect(formatInstant(new Date('2026-11-23T10:10:59.999Z'))).toBe('2026-11-23 10:10 UTC')
  expect(formatInstant(new Date(Number.NaN))).toBe('unknown')
})

test('hours are shown as a person writes them', () => {
  expect([24, 1.5, 0.75, 0.01].map(formatHours)).toEqual(['24 h', '1.5 h', '45 min', '36 s'])
})
