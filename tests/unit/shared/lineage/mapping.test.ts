import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fits, type MappingRule, mappingOf } from '../../../../shared/lineage/mapping.ts'

describe('a pattern', () => {
  test.each([
    ['shop.public.orders', 'shop.public.orders', true],
    ['shop.public.orders', 'shop.public.order', false],
    ['*', '', true],
    ['*', 'anything\u202E', true],
    ['shop.*.orders', 'shop.public.orders', true],
    ['shop.*.orders', 'shop..orders', true],
    ['shop.*.orders', 'shop.orders', false],
    ['*orders', 'reorders of orders', true],
    ['*a*b*', 'xxbxxaxxb', true],
    ['*a*b*', 'xxbxxa', false],
    ['a.c', 'abc', false],
    ['(.*)+$', 'aaaa', false],
  ])('%s fits %s: %s', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected)
  })

  test('bad input: a pattern of stars against a long name is answered at once', () => {
    expect(fits(`${'*a'.repeat(300)}b`, 'a'.repeat(600))).toBe(false)
  })

  test('a text without stars fits itself alone', () => {
    const text = fc.string().filter((value) => !value.includes('*'))
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(fits(one, other)).toBe(one === other)
      }),
    )
  })
})

function rule(
  namespace: string,
  name: string,
  datasetKey: string,
  from: MappingRule['from'] = 'database',
): MappingRule {
  return { namespace, name, brandId: 'b', datasetKey, from }
}

describe('the most specific rule counts', () => {
  const rules = [
    rule('*', '*', 'anything'),
    rule('*', '*orders', 'some_orders'),
    rule('*', 'shop.*.orders', 'shop_orders'),
    rule('postgres://*', 'shop.public.orders', 'named'),
    rule('postgres://db:5432', 'shop.public.orders', 'exact'),
  ]
  test.each([
    ['postgres://db:5432', 'shop.public.orders', 'exact'],
    ['postgres://other:5432', 'shop.public.orders', 'named'],
    ['postgres://db:5432', 'shop.old.orders', 'shop_orders'],
    ['bigquery', 'x.orders', 'some_orders'],
    ['bigquery', 'x', 'anything'],
  ])('%s %s is %s', (namespace, name, expected) => {
    for (const order of [rules, rules.toReversed()]) {
      expect(mappingOf(order, { namespace, name })?.datasetKey).toBe(expected)
    }
  })

  test('of two that say the same, the console counts more than a file', () => {
    const both = [rule('*', 'orders', 'of_file', 'file'), rule('*', 'orders', 'of_console')]
    expect(mappingOf(both, { namespace: 'n', name: 'orders' })?.datasetKey).toBe('of_console')
    expect(mappingOf(both.toReversed(), { namespace: 'n', name: 'orders' })?.datasetKey).toBe('of_console')
  })

  test('nothing fits: it is not mapped', () => {
    expect(mappingOf([rule('a', 'b', 'c')], { namespace: 'a', name: 'x' })).toBeNull()
  })
})
