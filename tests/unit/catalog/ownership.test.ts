import { describe, expect, test } from 'vitest'
import { mergeKnownCatalog } from '../../../agent/freshness/known-catalog.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { publicCatalog } from '../../../agent/jobs/catalog/public-catalog.ts'
import { problemFrom } from './problem-of.ts'

const read = (text: string) => catalogOf(parseCatalog(text, '/etc/pipelines/pipeline-manager.yaml'))
const named = (runbook: string): string => `
datasets:
  orders: { label: Orders, max_age_hours: 6, owner: Data platform, runbook: "${runbook}" }
job_types:
  meta_sync: { owner: Marketing data, runbook: http://wiki.example.com/sync, expected_minutes: 40 }
pages:
  shop:
    label: Shop
    owner: Shop team
    requires: [{ dataset: orders, max_age_hours: 6, fix: { job_type: meta_sync } }]
`
const good = read(named('https://wiki.example.com/orders'))

describe('owner and runbook of the catalog', () => {
  test('travel with what is published, to whoever has no file of their own', () => {
    const published = { source: 'agent a (host)', isGone: false, jobTypes: [], catalog: publicCatalog(good) }
    const known = mergeKnownCatalog(read('extends: none'), [published])
    expect(known.datasets.get('orders')).toMatchObject({
      owner: 'Data platform',
      runbook: 'https://wiki.example.com/orders',
    })
    expect(known.jobTypes.get('meta_sync')).toMatchObject({ owner: 'Marketing data', expected_minutes: 40 })
    expect(known.pages.get('shop')).toMatchObject({ owner: 'Shop team', runbook: null })
  })

  test('that differ between two agents are a conflict, as every other field', () => {
    const other = publicCatalog(read(named('https://wiki.example.com/other')))
    const known = mergeKnownCatalog(good, [{ source: 'agent b (host)', isGone: false, jobTypes: [], catalog: other }])
    expect(known.conflicts).toEqual([
      'The dataset orders is described differently by this program and by agent b (host).',
    ])
  })

  test('a published address of another scheme becomes no link, and hides no dataset', () => {
    const catalog = { datasets: { x: { label: 'X', max_age_hours: 1, owner: '', runbook: 'javascript:alert(1)' } } }
    const known = mergeKnownCatalog(good, [{ source: 'agent b (host)', isGone: false, jobTypes: [], catalog }])
    expect(known.datasets.get('x')).toMatchObject({ label: 'X', owner: null, runbook: null })
  })

  test.each(['javascript:alert(1)', 'wiki/orders', 'https://me:secret@example.com'])(
    'the file is refused with the runbook %s',
    (address) => {
      expect(problemFrom(() => read(named(address)))).toMatchObject({ code: 'invalid_catalog' })
    },
  )

  test('null takes away what the preset names; left out it stays', () => {
    expect(read('job_types: { meta_sync: { owner: A } }').jobTypes.get('meta_sync')).toMatchObject({ runbook: null })
    expect(read('job_types: { meta_sync: { owner: null } }').jobTypes.get('meta_sync')?.owner).toBeNull()
  })
})
