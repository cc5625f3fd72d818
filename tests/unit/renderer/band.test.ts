import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayInWords, daysOf, shareInWords, uptimeInWords } from '../../../renderer/details/dataset/band.ts'

const hours = fc.array(fc.constantFrom('f', 's', 'n', '-'), { maxLength: 800 }).map((codes) => codes.join(''))
const from = new Date('2026-03-01T05:00:00Z')

test('days hold every hour once, in order; all but the first are whole', () => {
  fc.assert(
    fc.property(hours, (text) => {
      const days = daysOf(from, text)
      expect(days.map((day) => day.hours).join('')).toBe(text)
      for (const day of days.slice(1)) expect(day.hours).toHaveLength(24)
    }),
  )
})

test('each day begins where the one before ends', () => {
  const days = daysOf(from, 'n'.repeat(10) + 'f'.repeat(48))
  expect(days.map(({ at }) => at.toISOString())).toEqual([
    '2026-03-01T05:00:00.000Z',
    '2026-03-01T15:00:00.000Z',
    '2026-03-02T15:00:00.000Z',
  ])
})

test('words count hours, and a share is never rounded up to all', () => {
  expect(dayInWords('ffsn')).toBe('2 h fresh, 1 h stale, 1 h nothing yet')
  expect(shareInWords(0.99999)).toBe('99.9 %')
  expect(shareInWords(1)).toBe('100 %')
  expect(shareInWords(0)).toBe('0 %')
})

test('without an hour to judge it says why: no policy, or no success yet', () => {
  expect(uptimeInWords(null, null)).toBe('no policy to measure against')
  expect(uptimeInWords(null, 24)).toBe('it has never succeeded')
  expect(uptimeInWords(0.5, 24)).toBe('fresh for 50 % of the time')
})
