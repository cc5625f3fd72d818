/** The examples for Prometheus and Grafana ask for nothing that no agent has. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RunTally } from '../../../agent/metrics/run-tally.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { insert } from '../../support/job-rows.ts'
import { parseMetrics, type ReadMetrics } from '../../support/metrics-text.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
let read: ReadMetrics
/** The same agent, whose database does not answer. */
let without: ReadMetrics
beforeAll(async () => {
  const tally = new RunTally(systemClock)
  const run = { runId: 'r', jobId: 'j', jobName: 'n', jobType: 'load', brandName: null, attempt: 1 }
  tally.hear({ type: 'run_started', run, missed: 0 })
  tally.hear({ type: 'run_ended', run, status: 'completed', problem: null, errorMessage: null })
  server = await startTestServer({ tally }, { catalog: testCatalog({ datasets: { orders: { maxAgeHours: 24 } } }) })
  const { brandId } = await addOpenBrand(server.console.sql)
  await insert(server.console.sql, 'dataset_status', {
    brand_id: brandId,
    dataset_key: 'orders',
    last_status: 'completed',
    last_success_at: new Date(),
  })
  const headers = { authorization: `Bearer ${await server.token('read')}` }
  const scrape = async () => parseMetrics(await (await fetch(`${server.url}/metrics`, { headers })).text())
  read = await scrape()
  await server.console.services.database.stop()
  without = await scrape()
})
afterAll(async () => {
  await server.stop()
})

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string }
}

async function alertRules(): Promise<Rule[]> {
  const text = await readFile('examples/monitoring/alerts.yml', 'utf8')
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
}

interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

async function panels(): Promise<readonly Panel[]> {
  const text = await readFile('examples/monitoring/grafana-dashboard.json', 'utf8')
  return (JSON.parse(text) as { panels: Panel[] }).panels
}

const familyShape = /\b((?:pipeline_manager|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g

const familyOf = (name: string): string => name.replace(/_bucket$/, '')

function namesIn(text: string): string[] {
  return [...text.matchAll(familyShape)].map(([, name = '']) => familyOf(name))
}

function expectKnown(what: string, names: readonly string[]): void {
  expect([what, names.length > 0]).toEqual([what, true])
  expect([what, names.filter((name) => !read.families.includes(name))]).toEqual([what, []])
}

/** What Prometheus itself adds to every series that it scrapes. */
const scraped = ['job', 'instance']

/** Selectors and groupings that no series of the families in `expr` would answer. */
function strangeLabels(expr: string): string[] {
  const selected = [...expr.matchAll(familyShape)].flatMap(([, name = '', selectors = '']) =>
    [...selectors.matchAll(/([a-z_]+)(=~?)"([^"]*)"/g)].flatMap(([all, label = '', operator, value = '']) => {
      const values = read.labelValues(familyOf(name), label)
      const wanted = operator === '=' ? [value] : value.split('|')
      const isThere = value.startsWith('$') ? values.length > 0 : wanted.every((one) => values.includes(one))
      return scraped.includes(label) || isThere ? [] : [`${name} ${all}`]
    }),
  )
  const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(
    ([, labels = '']) => labels.match(/\w+/g) ?? [],
  )
  const families = namesIn(expr)
  const unknown = grouped.filter(
    (label) =>
      ![...scraped, 'le'].includes(label) && !families.some((name) => read.labelValues(name, label).length > 0),
  )
  return [...selected, ...unknown]
}

test('every metric of the alert rules is there, with the labels that they ask for', async () => {
  const rules = await alertRules()
  expect(rules.length).toBeGreaterThan(5)
  for (const { alert, expr, annotations } of rules) {
    expectKnown(alert, namesIn(expr))
    expect([alert, strangeLabels(expr)]).toEqual([alert, []])
    const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
    expect([alert, shown.filter((label) => !scraped.includes(label) && !expr.includes(label))]).toEqual([alert, []])
  }
})

test('every metric of the dashboard is there, with the labels that it asks for', async () => {
  const shown = await panels()
  expect(shown.length).toBeGreaterThan(10)
  for (const { title, targets } of shown) {
    const texts = targets.map(({ expr }) => expr)
    expectKnown(title, texts.flatMap(namesIn))
    expect([title, texts.flatMap(strangeLabels)]).toEqual([title, []])
  }
})

test('an outage of the database is no lack of agents, and ends no alert of stale data', async () => {
  const rules = await alertRules()
  const isToldWithout = (name: string): boolean => without.families.includes(name)
  const missed = rules.flatMap(({ expr }) => [...expr.matchAll(/absent\((\w+)/g)].map(([, name = '']) => name))
  expect(missed.length).toBeGreaterThan(0)
  expect(missed.filter((name) => !isToldWithout(name))).toEqual([])
  expect(without.value('pipeline_manager_database_up', {})).toBe(0)
  const stale = rules.filter(({ alert }) => alert.endsWith('Stale'))
  expect(stale.map(({ alert }) => alert)).toEqual(['DatasetStale', 'ManyDatasetsStale'])
  for (const { alert, expr } of stale) {
    // What they ask for is not told meanwhile, so they have to remember it.
    expect([alert, namesIn(expr).every(isToldWithout)]).toEqual([alert, false])
    expect([alert, expr]).toEqual([alert, expect.stringMatching(/last_over_time\(.*\[1h\]\)/)])
    expect([alert, expr]).toEqual([
      alert,
      expect.stringContaining('unless on () (max(pipeline_manager_database_up) == 1)'),
    ])
  }
})

test('the README says every family of ours', async () => {
  const readme = await readFile('README.md', 'utf8')
  const own = read.families.filter((name) => name.startsWith('pipeline_manager_'))
  expect(own.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})
