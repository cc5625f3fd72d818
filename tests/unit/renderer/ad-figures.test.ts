import { expect, test } from 'vitest'
import { daysText } from '../../../renderer/pages/ad-performance/figures.ts'

test('the first and the last day have their years where those differ', () => {
  expect(daysText('2026-10-28', '2026-11-27')).toEqual(['Oct 28', 'Nov 27'])
  expect(daysText('2025-11-28', '2026-11-27')).toEqual(['Nov 28, 2025', 'Nov 27, 2026'])
})
