import { expect, test } from 'vitest'
import { savedWords, staleAfter } from '../../../renderer/details/dataset/policy-ages.ts'
import { parseDue } from '../../../shared/due-words.ts'

const usual = parseDue('weekdays 09:00 Europe/Berlin')
const own = parseDue('daily 08:30 America/New_York')

test('F9: a maximum that is saved counts by the due time of the dataset, where the brand has none of its own', () => {
  expect(savedWords({ maximum: 12, warning: '', due: null }, usual)).toBe(
    'May be 12 h old at 09:00 on weekdays (Europe/Berlin) now.',
  )
  expect(savedWords({ maximum: 12, warning: '', due: own }, usual)).toContain('08:30')
  expect(savedWords({ maximum: 12, warning: '', due: null }, null)).toBe('May be 12 h old now.')
  expect(savedWords({ maximum: '', warning: '', due: null }, usual)).toBe('The usual maximum counts again.')
})

test('F5, F9: what a maximum comes to is the due moment of the dataset after it', () => {
  const friday = new Date('2027-01-15T06:30:00Z')
  const ages = { maximum: 12, warning: '', due: null } as const
  expect(staleAfter(ages, { hours: null, due: usual }, friday)).toEqual(new Date('2027-01-18T08:00:00Z'))
  expect(staleAfter(ages, { hours: null, due: null }, friday)).toBeNull()
})
