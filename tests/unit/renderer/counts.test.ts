import { beforeEach, expect, test, vi } from 'vitest'
import { counted, countText } from '../../../renderer/components/counts.ts'
import { percentText } from '../../../renderer/tabs/run-history/answer.ts'

beforeEach(() => {
  vi.spyOn(Number.prototype, 'toLocaleString').mockImplementation(function german(this: number, locales, options) {
    return new Intl.NumberFormat(locales ?? 'de', options).format(this)
  })
})

test('every count is in the reader’s locale: no "1.284" beside "1,284 records"', () => {
  expect(countText(1_284)).toBe('1.284')
  expect([counted(1, 'record'), counted(1_284, 'record')]).toEqual(['1 record', '1.284 records'])
  expect(counted(2_000, 'country', 'countries')).toBe('2.000 countries')
})

test('a share is in the reader’s locale, too', () => {
  expect([percentText(0), percentText(0.9994), percentText(0.5), percentText(1)]).toEqual([
    '0 %',
    '99,9 %',
    '50,0 %',
    '100 %',
  ])
})
