import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runnableJobTypes, whyNotRunnable, withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { publicCatalog } from '../../../agent/jobs/catalog/public-catalog.ts'

/** The format by example: what a person may rely on. */
const orders = `
extends: marketing
datasets:
  warehouse_orders: { label: Orders, max_age_hours: 6, due: weekdays 9:00 Europe/Berlin }
job_types:
  load_orders:
    label: Load orders
    timeout_minutes: 20
    parameters:
      type: object
      properties: { days_back: { type: integer, minimum: 1, maximum: 90, default: 7 } }
      additionalProperties: false
    steps:
      - key: extract
        dataset: warehouse_orders
        fatal: true
        run: { command: [python3, extract.py, "--days={{ parameters.days_back }}"], cwd: ./pipelines, env: [ORDERS_TOKEN] }
      - key: check
        fatal: false
        run: { sql: "select count(*) from orders where loaded_at > now() - interval '1 day'", connection: warehouse }
      - key: tell
        fatal: false
        run: { http: { method: POST, url: "https://hooks.example.com/loaded", credential: hooks } }
pages:
  orders_report:
    label: Orders report
    requires:
      - { dataset: warehouse_orders, max_age_hours: 6, fix: { job_type: load_orders, parameters: { days_back: 1 } } }
connections: { warehouse: { url_env: WAREHOUSE_URL, read_only: true, statement_timeout_seconds: 60 } }
credentials: { hooks: { header: Authorization, value_env: HOOKS_TOKEN } }
http: { allow_hosts: [hooks.example.com] }
`

const read = (text: string) => catalogOf(parseCatalog(text, '/etc/pipelines/pipeline-manager.yaml'))

describe('the catalog file by example', () => {
  const catalog = read(orders)

  test('every part arrives', () => {
    expect(catalog.datasets.get('warehouse_orders')).toEqual({
      key: 'warehouse_orders',
      label: 'Orders',
      description: null,
      maxAgeHours: 6,
      due: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], at: '09:00', zone: 'Europe/Berlin' },
      neverZero: false,
      probe: null,
      owner: null,
      runbook: null,
    })
    const jobType = catalog.jobTypes.get('load_orders')
    expect(jobType).toMatchObject({ label: 'Load orders', timeoutMinutes: 20, cadence: null, secrets: [] })
    expect(jobType?.steps).toMatchObject([
      { key: 'extract', label: 'Extract', dataset: 'warehouse_orders', fatal: true, retry: 'allowed', when: null },
      { key: 'check', dataset: null, fatal: false, run: { kind: 'sql', spec: { connection: 'warehouse' } } },
      { key: 'tell', fatal: false, run: { kind: 'http', spec: { http: { method: 'POST', credential: 'hooks' } } } },
    ])
    expect(jobType?.steps[0]?.run).toEqual({
      kind: 'command',
      spec: {
        command: ['python3', 'extract.py', '--days={{ parameters.days_back }}'],
        cwd: './pipelines',
        env: ['ORDERS_TOKEN'],
      },
    })
    expect(catalog.pages.get('orders_report')?.requires).toEqual([
      { dataset: 'warehouse_orders', maxAgeHours: 6, fix: { jobType: 'load_orders', parameters: { days_back: 1 } } },
    ])
    expect(catalog.connections.get('warehouse')).toMatchObject({ url_env: 'WAREHOUSE_URL', read_only: true })
    expect(catalog.credentials.get('hooks')).toEqual({ header: 'Authorization', valueEnv: 'HOOKS_TOKEN' })
    expect(catalog.httpAllowHosts).toEqual(['hooks.example.com'])
  })

  test('relative paths start at the folder of the file', () => {
    expect(catalog.baseDirectory).toBe('/etc/pipelines')
  })

  test('J8: only what the file says how to run is advertised', () => {
    expect(runnableJobTypes(catalog)).toEqual(['load_orders'])
  })

  test('the preset is there too, and extends: none leaves it out', () => {
    expect(catalog.jobTypes.has('meta_sync')).toBe(true)
    expect([...read(orders.replace('marketing', 'none')).jobTypes.keys()]).toEqual(['load_orders'])
  })

  test('an empty file is the preset', () => {
    expect([...read('').jobTypes.keys()]).toEqual([...marketingCatalog().jobTypes.keys()])
    expect([...read('').pages.keys()]).toEqual([...marketingCatalog().pages.keys()])
  })
})

describe('examples/catalogs', () => {
  const folder = join(import.meta.dirname, '../../../examples/catalogs')

  test.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s works as it is', (name) => {
    const catalog = catalogOf(parseCatalog(readFileSync(join(folder, name), 'utf8'), join(folder, name)))
    expect(runnableJobTypes(catalog)).not.toEqual([])
  })
})

describe('merging', () => {
  const attached = `
job_types:
  meta_sync:
    steps:
      - { key: assets, run: { command: [assets] } }
      - { key: insights, run: { command: [insights] } }
      - { key: thumbnails, run: { command: [thumbnails] } }
      - { key: report, fatal: false, run: { command: [report] } }
`

  test('a run attaches to a preset step by its key; order, schema, datasets and labels stay', () => {
    const before = marketingCatalog().jobTypes.get('meta_sync')
    const after = read(attached).jobTypes.get('meta_sync')
    expect(after?.steps.map((step) => step.key)).toEqual([
      'insights',
      'save',
      'thumbnails',
      'assets',
      'classify',
      'report',
    ])
    expect(after?.steps[0]).toEqual({ ...before?.steps[0], run: { kind: 'command', spec: { command: ['insights'] } } })
    expect(after?.parameters).toEqual(before?.parameters)
    expect(after?.label).toBe(before?.label)
  })

  test('J8: a job type with one step left without a run is not advertised, and the reason names the step', () => {
    const catalog = read(attached.replace('run: { command: [report] }', "label: 'Report'"))
    expect(runnableJobTypes(catalog)).toEqual([])
    expect(whyNotRunnable(catalog, 'meta_sync')).toBe(
      'Nothing says what step report of meta_sync runs. ' +
        'Add "run" under job_types.meta_sync.steps in pipeline-manager.yaml.',
    )
    expect(runnableJobTypes(read(attached))).toEqual(['meta_sync'])
  })

  test('J8: what needs a token is advertised by agents that have it; the others say which variable is missing', () => {
    const preset = marketingCatalog()
    expect(runnableJobTypes(withEnvironment(preset, { META_ACCESS_TOKEN: '' }))).toEqual([])
    expect(whyNotRunnable(preset, 'asset_download')).toBe(
      'asset_download needs META_ACCESS_TOKEN, which this agent does not have. ' +
        'Set META_ACCESS_TOKEN in the environment of the agent, and start it anew.',
    )
    const able = withEnvironment(preset, { META_ACCESS_TOKEN: 'secret' })
    expect(runnableJobTypes(able)).toEqual([
      'asset_download',
      'landing_page_refresh',
      'meta_sync',
      'scorecard',
      'template_scrape',
    ])
    expect(JSON.stringify(publicCatalog(able))).not.toMatch(/META_ACCESS_TOKEN|secret/)
  })

  test('J8: steps that all have programs of their own need no token', () => {
    expect(whyNotRunnable(read(attached), 'meta_sync')).toBeNull()
  })

  test('J8: an unknown job type is not runnable, and the reason says what was probably meant', () => {
    expect(whyNotRunnable(marketingCatalog(), 'meta_sink')).toContain('Did you mean "meta_sync"?')
  })

  test('a dataset keeps what the file does not mention; null takes its maximum age away', () => {
    const catalog = read('datasets:\n  meta_ads_performance: { max_age_hours: 12 }\n  scorecard: { never_zero: true }')
    expect(catalog.datasets.get('meta_ads_performance')).toMatchObject({
      label: 'Ad performance',
      maxAgeHours: 12,
      neverZero: true,
    })
    expect(catalog.datasets.get('scorecard')).toMatchObject({ label: 'Scorecard', maxAgeHours: null, neverZero: true })
    const without = read('datasets:\n  meta_ads_performance: { max_age_hours: null }')
    expect(without.datasets.get('meta_ads_performance')?.maxAgeHours).toBeNull()
  })

  test('a page is replaced whole', () => {
    const page =
      'pages:\n  congruence_insights: { label: C, requires: [{ dataset: scorecard, max_age_hours: 2, fix: { job_type: scorecard } }] }'
    expect(read(page).pages.get('congruence_insights')?.requires).toHaveLength(1)
  })

  test('merging changes neither the preset nor the base', () => {
    read(attached)
    expect(runnableJobTypes(marketingCatalog())).toEqual([])
  })
})

describe('the marketing preset', () => {
  const catalog = marketingCatalog()

  test('its pages are the registry of requirements', () => {
    const rows = [...catalog.pages.values()].flatMap((page) =>
      page.requires.map(({ dataset, maxAgeHours, fix }) => [
        page.key,
        dataset,
        maxAgeHours,
        fix.jobType,
        fix.parameters,
      ]),
    )
    expect(rows).toEqual([
      ['ad_performance', 'meta_ads_performance', 24, 'meta_sync', { days_back: 30 }],
      ['hook_analysis', 'ad_classifications', 48, 'ad_classification', {}],
      ['template_queue', 'templates_scraped', 168, 'template_scrape', {}],
      ['template_evaluation', 'templates_evaluated', 168, 'template_approval', {}],
      ['congruence_insights', 'ad_classifications', 48, 'ad_classification', {}],
      ['congruence_insights', 'landing_pages', 168, 'landing_page_refresh', {}],
    ])
  })

  test('its job types refresh these datasets', () => {
    const rows = [...catalog.jobTypes.values()].map((jobType) => [
      jobType.key,
      jobType.steps.map(
        (step) => `${step.dataset}${step.fatal ? '' : '?'}${step.when === null ? '' : ` if ${step.when}`}`,
      ),
    ])
    expect(Object.fromEntries(rows)).toEqual({
      meta_sync: [
        'meta_ads_performance',
        'meta_ads_performance',
        'ad_thumbnails?',
        'ad_assets?',
        'ad_classifications? if auto_classify',
      ],
      scorecard: ['scorecard'],
      template_scrape: ['templates_scraped'],
      template_approval: ['templates_evaluated'],
      congruence_reanalysis: ['congruence_analysis'],
      ad_classification: ['ad_classifications'],
      asset_download: ['ad_assets'],
      ad_creation: ['ad_creations'],
      landing_page_refresh: ['landing_pages'],
    })
  })

  test('J8: it advertises nothing by itself', () => {
    expect(runnableJobTypes(catalog)).toEqual([])
  })
})

describe('the published part', () => {
  const published = JSON.stringify(publicCatalog(read(orders)))

  test('has labels, parameters, steps, datasets and pages', () => {
    expect(publicCatalog(read(orders))).toMatchObject({
      datasets: { warehouse_orders: { label: 'Orders', max_age_hours: 6, never_zero: false } },
      job_types: {
        load_orders: {
          label: 'Load orders',
          timeout_minutes: 20,
          steps: [{ key: 'extract', dataset: 'warehouse_orders' }, {}, {}],
        },
      },
      pages: { orders_report: { requires: [{ fix: { job_type: 'load_orders', parameters: { days_back: 1 } } }] } },
    })
  })

  test.each([
    'python3',
    'extract.py',
    'pipelines',
    'ORDERS_TOKEN',
    'select',
    'WAREHOUSE_URL',
    'hooks',
    'HOOKS_TOKEN',
    '"run"',
  ])('never holds %s', (secret) => {
    expect(published).not.toContain(secret)
  })
})
