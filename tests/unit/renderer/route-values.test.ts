import { expect, test } from 'vitest'
import { brandsInWords, hasLostItsBrands } from '../../../renderer/pages/notifications/route-values.ts'

const brands = [{ id: 'living' }]

test.each([
  ['a new route', null, [], false],
  ['of every brand', { brandIds: null }, [], false],
  ['narrowed to a brand that is gone', { brandIds: ['gone'] }, ['gone'], false],
  ['the only brand, which is gone, is unticked', { brandIds: ['gone'] }, [], true],
  ['another is chosen instead', { brandIds: ['gone'] }, ['living'], false],
  ['a living brand is unticked: widened on purpose', { brandIds: ['gone', 'living'] }, [], false],
])('brands of a route, %s', (_what, route, brandIds, isLost) => {
  expect(hasLostItsBrands(route, { brandIds, groups: [] }, brands)).toBe(isLost)
})

test('a route that follows a group is not of every brand, also without a brand of its own', () => {
  expect(hasLostItsBrands({ brandIds: ['gone'] }, { brandIds: [], groups: ['EMEA'] }, brands)).toBe(false)
  const acme = { id: 'living', name: 'Acme', groups: ['Emea'] }
  expect(brandsInWords({ brandIds: [], groups: ['EMEA'] }, [acme])).toBe('every brand in EMEA')
  expect(brandsInWords({ brandIds: [], groups: ['EMEA'] }, [])).toBe('every brand in EMEA (none now)')
  expect(brandsInWords({ brandIds: ['living'], groups: ['EMEA'] }, [acme])).toBe('every brand in EMEA, Acme')
  expect(brandsInWords({ brandIds: [], groups: [] }, [])).toBe('every brand')
})
