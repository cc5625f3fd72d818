import { expect, test } from 'vitest'
import { hasLostItsBrands } from '../../../renderer/pages/notifications/route-values.ts'

const brands = [{ id: 'living' }]

test.each([
  ['a new route', null, [], false],
  ['of every brand', { brandIds: null }, [], false],
  ['narrowed to a brand that is gone', { brandIds: ['gone'] }, ['gone'], false],
  ['the only brand, which is gone, is unticked', { brandIds: ['gone'] }, [], true],
  ['another is chosen instead', { brandIds: ['gone'] }, ['living'], false],
  ['a living brand is unticked: widened on purpose', { brandIds: ['gone', 'living'] }, [], false],
])('brands of a route, %s', (_what, route, brandIds, isLost) => {
  expect(hasLostItsBrands(route, { brandIds }, brands)).toBe(isLost)
})
