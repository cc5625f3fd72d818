import { expect, test } from 'vitest'
import { datasetChoices } from '../../../renderer/pages/sources/lineage/mapping-values.ts'

test('a mapping may mean a dataset that only dbt or a ping has told of, each once', () => {
  const ofAgents = [{ key: 'orders', label: 'Orders' }]
  expect(datasetChoices(ofAgents, ['stg_orders', 'orders', 'backup'], 'gone')).toEqual([
    { value: 'orders', label: 'Orders' },
    { value: 'backup', label: 'backup' },
    { value: 'stg_orders', label: 'stg_orders' },
    { value: 'gone', label: 'gone' },
  ])
  expect(datasetChoices([], ['orders'], 'orders')).toEqual([{ value: 'orders', label: 'orders' }])
  expect(datasetChoices([], [], '')).toEqual([])
})
