import { expect, test } from 'vitest'
import { spanInWords } from '../../../renderer/details/job/edit/spread-words.ts'

const now = new Date('2026-11-23T12:00:00Z')
const brands = Array.from({ length: 120 }, (_, n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`)
const words = (cron: string, spreadMinutes: number): string =>
  spanInWords(brands, { cron, timeZone: 'UTC', spreadMinutes }, now)

test('once a day: when the first and the last start, and how many together', () => {
  expect(words('0 6 * * *', 60)).toMatch(
    /^The first starts at .*06:00.*, the last 59 minutes later; at most \d in the same minute\./,
  )
})

test('a cadence that comes again within the window has no last one, and its brands meet', () => {
  const text = words('*/15 * * * *', 60)
  const most = Number(/at most (\d+) in the same minute/.exec(text)?.[1])
  // 120 brands in 15 minutes.
  expect(most).toBeGreaterThanOrEqual(8)
  expect(text).toMatch(/^The cadence comes again before the last has started; at most /)
})
