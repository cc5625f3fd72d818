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
  read = parseMetrics(await (await fetch(`${server.url}/metrics`, { headers })).text())
})
afterAll(async () => {
  await server.stop()
})

function namesIn(text: string): string[] {
  const found = text.match(/\b(?:pipeline_manager|nodejs|process)_[a-z0-9_]+/g) ?? []
  return [...new Set(found)].map((name) => name.replace(/_bucket$/, '')).toSorted()
}

function expectKnown(what: string, names: readonly string[]): void {
  expect([what, names.length > 0]).toEqual([what, true])
  expect([what, names.filter((name) => !read.families.includes(name))]).toEqual([what, []])
}

test('every metric of the alert rules is there', async () => {
  const text = await readFile('examples/monitoring/alerts.yml', 'utf8')
  const { groups } = parse(text) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const rules = groups.flatMap((group) => group.rules)
  expect(rules.length).toBeGreaterThan(5)
  for (const { alert, expr } of rules) {
    expectKnown(alert, namesIn(expr))
  }
})

test('every metric of the dashboard is there', async () => {
  const text = await readFile('examples/monitoring/grafana-dashboard.json', 'utf8')
  const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] }
  expect(panels.length).toBeGreaterThan(10)
  for (const { title, targets } of panels) {
    expectKnown(
      title,
      targets.flatMap(({ expr }) => namesIn(expr)),
    )
  }
})

test('the README says every family of ours', async () => {
  const readme = await readFile('README.md', 'utf8')
  const own = read.families.filter((name) => name.startsWith('pipeline_manager_'))
  expect(own.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})
