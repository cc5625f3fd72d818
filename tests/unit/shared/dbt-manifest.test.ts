import { describe, expect, test } from 'vitest'
import { readManifest } from '../../../shared/dbt-manifest.ts'
import { manifestFile } from '../../support/dbt-files.ts'

const read = (document: unknown, id: string) => readManifest(JSON.parse(JSON.stringify(document))).get(id)

describe('manifest.json', () => {
  test.each(['v9', 'v10', 'v11', 'v12', 'v20'])('%s: what people call a model, and what its meta says', (version) => {
    const manifest = manifestFile(
      {
        'model.shop.orders': { alias: 'all_orders', meta: { pipeline_manager: { brand: 'Acme' } } },
        'test.shop.unique.x': { meta: { pipeline_manager: 'not looked at' as unknown as object } },
      },
      { version },
    )
    expect([...readManifest(manifest).keys()]).toEqual(['model.shop.orders'])
    expect(read(manifest, 'model.shop.orders')).toEqual({
      datasetKey: 'orders',
      relation: 'shop.all_orders',
      description: null,
      own: { brand: 'Acme', dataset: null },
      field: 'manifest.nodes.model.shop.orders.meta.pipeline_manager',
      maxAgeHours: null,
      warnAgeHours: null,
    })
  })

  test('what stands in config counts before what stands beside it', () => {
    const ages = (count: number) => ({ error_after: { count, period: 'hour' } })
    const own = (dataset: string) => ({ pipeline_manager: { dataset } })
    const manifest = manifestFile({
      'source.shop.raw.orders': {
        meta: own('beside'),
        freshness: ages(1),
        config: { meta: own('in config'), freshness: ages(2) },
      },
      'source.shop.raw.other': { freshness: ages(1), config: { enabled: true, meta: {}, freshness: null } },
    })
    expect(read(manifest, 'source.shop.raw.orders')).toMatchObject({ datasetKey: 'in config', maxAgeHours: 2 })
    expect(read(manifest, 'source.shop.raw.other')).toMatchObject({ datasetKey: 'raw.other', maxAgeHours: 1 })
  })
})

describe('bad input: refused, with file and field', () => {
  const of = (node: object) => manifestFile({ 'model.shop.orders': node })
  test.each<[string, unknown, RegExp]>([
    ['an older form', manifestFile({}, { version: 'v8' }), /^This is manifest v8\.$/],
    [
      'another form',
      { metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/catalog/v1.json' } },
      /^This is catalog v1\.$/,
    ],
    ['a list of nodes', { ...manifestFile({}), nodes: [] }, /^manifest\.nodes: /],
    ['a node that is none', { ...manifestFile({}), nodes: { 'model.a.b': 3 } }, /^manifest\.nodes\.model\.a\.b: /],
    ['a meta that is none', of({ meta: 'text' }), /^manifest\.nodes\.model\.shop\.orders\.meta: /],
    [
      'a period of its own',
      of({ freshness: { error_after: { count: 1, period: 'week' } } }),
      /orders\.freshness\.error_after\.period: /,
    ],
    [
      'a cursed brand',
      of({ config: { meta: { pipeline_manager: { brand: '\u0000' } } } }),
      /orders\.config\.meta\.pipeline_manager\.brand: /,
    ],
  ])('%s', (_what, document, message) => {
    expect(() => readManifest(document)).toThrow(message)
  })
})
