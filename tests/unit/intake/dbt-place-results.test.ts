import { expect, test } from 'vitest'
import { placeResults, unreachedSources } from '../../../agent/intake/dbt/place-results.ts'
import { readRunResults, readSources } from '../../../shared/dbt-artifacts.ts'
import { readManifest } from '../../../shared/dbt-manifest.ts'
import { manifestFile, runResults, sourcesFile } from '../../support/dbt-files.ts'

const brand = { id: '0b8f3a52-5f0e-4c1e-9a53-6c5d1a6f2b11', name: 'Acme' }

test('a dataset has the name that the project gives it, whatever else is in the file of the run', () => {
  const manifest = manifestFile({ 'model.shop.orders': {}, 'model.finance.orders': {}, 'model.shop.visits': {} })
  const surroundings = { brand, brands: [brand], nodes: readManifest(manifest) }
  const named = (...ids: string[]) => {
    const invocation = readRunResults(runResults(ids.map((id) => ({ id }))))
    return placeResults(invocation, surroundings).results.map(({ datasetKey }) => datasetKey)
  }
  const both = ['model.shop.orders', 'model.finance.orders']
  expect(named(...both)).toEqual(both)
  expect(named('model.shop.orders', 'model.shop.visits')).toEqual(['model.shop.orders', 'visits'])
})

test('what a source brings and how old it may be are told of one dataset', () => {
  const freshness = { error_after: { count: 1, period: 'day' } }
  const manifest = manifestFile({ 'source.shop.raw.orders': { freshness }, 'source.finance.raw.orders': { freshness } })
  const surroundings = { brand, brands: [brand], nodes: readManifest(manifest) }
  const invocation = readSources(sourcesFile([{ id: 'source.shop.raw.orders' }]))
  const [result] = placeResults(invocation, surroundings).results
  const ages = unreachedSources([], surroundings).map(({ datasetKey }) => datasetKey)
  expect(result?.datasetKey).toBe('source.shop.raw.orders')
  expect(ages).toContain(result?.datasetKey)
})
