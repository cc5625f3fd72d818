import { expect, test } from 'vitest'
import {
  mappingOfValues,
  shownParameters,
  valuesOfMapping,
} from '../../../renderer/pages/sources/hooks/mapping-values.ts'

test('a hook keeps parameters that its job type does not name, or that no agent tells of now, when it is edited', () => {
  const mapping = { days: { pointer: '/run/days' }, label: { value: 'nightly' } }
  const values = valuesOfMapping(mapping)
  for (const ofJobType of [['days'], []]) {
    expect(mappingOfValues(values, shownParameters(ofJobType, values))).toEqual(mapping)
  }
  expect(shownParameters(['region', 'days'], values)).toEqual(['region', 'days', 'label'])
})

test('a parameter that is set to its default is not in the mapping', () => {
  const values = { ...valuesOfMapping({ days: { value: 2 } }), days: { origin: 'default', text: '2' } } as const
  expect(mappingOfValues(values, shownParameters([], values))).toEqual({})
})
