/** What other programs read: `/metrics` and `/cctray.xml`. */
import { DOMParser } from '@xmldom/xmldom'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunTally } from '../../../agent/metrics/run-tally.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addJob, type Brand, insert } from '../../support/job-rows.ts'
import { parseMetrics } from '../../support/metrics-text.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const cursed = 'Q "u" <b>&\\ \n\u202E é'

let server: TestServer
let acme: Brand
let other: Brand
const tally = new RunTally(systemClock)
beforeAll(async () => {
  const catalog = testCatalog({ datasets: { orders: { maxAgeHours: 24 }, stock: { maxAgeHours: 1 }, notes: {} } })
  server = await startTestServer({ tally }, { catalog })
  const { sql } = server.console
  acme = await addOpenBrand(sql, cursed)
  other = await addOpenBrand(sql, 'Other')
  const status = (brand: Brand, key: string, hours: number, columns: object = {}) =>
    insert(sql, 'dataset_status', {
      brand_id: brand.brandId,
      dataset_key: key,
      last_status: 'completed',
      last_success_at: new Date(Date.now() - hours * 3_600_000),
      last_attempt_at: new Date(Date.now() - hours * 3_600_000),
      ...columns,
    })
  await status(acme, 'orders', 2, { last_status: 'failed' })
  await status(acme, 'stock', 2)
  await status(acme, 'notes', 2)
  await status(other, 'orders', 2)
  await addJob(sql, { brand_id: acme.brandId, next_run_at: new Date(Date.now() - 120_000) })
  const run = { runId: 'r', jobId: 'j', jobName: 'n', jobType: 'load', brandName: null, attempt: 1 }
  tally.hear({ type: 'run_started', run, missed: 0 })
  tally.hear({ type: 'run_ended', run, status: 'failed', problem: 'failed', errorMessage: 'x' })
})
afterAll(async () => {
  await server.stop()
})

async function read(path: string, organizationId: string | null = null): Promise<Response> {
  const authorization = `Bearer ${await server.token('read', organizationId)}`
  return fetch(`${server.url}${path}`, { headers: { authorization } })
}

describe('/metrics', () => {
  test('ages, deadlines and verdicts of datasets, counts, queue, runs, agents and the process, in the format of Prometheus', async () => {
    const answer = await read('/metrics')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const metrics = parseMetrics(await answer.text())
    const orders = { organization: cursed, brand: cursed, brand_id: acme.brandId, dataset: 'orders' }
    expect(metrics.value('pipeline_manager_dataset_age_seconds', orders)).toBeGreaterThanOrEqual(7_200)
    expect(metrics.value('pipeline_manager_dataset_age_seconds', orders)).toBeLessThan(9_000)
    const deadline = metrics.value('pipeline_manager_dataset_deadline_timestamp_seconds', orders) ?? 0
    expect(Math.abs(deadline - (Date.now() / 1_000 + 22 * 3_600))).toBeLessThan(1_800)
    expect(metrics.value('pipeline_manager_dataset_usable', orders)).toBe(1)
    expect(metrics.value('pipeline_manager_dataset_usable', { ...orders, dataset: 'stock' })).toBe(0)
    expect(metrics.value('pipeline_manager_dataset_usable', { ...orders, dataset: 'notes' })).toBeNull()
    expect(metrics.value('pipeline_manager_dataset_last_attempt_failed', orders)).toBe(1)
    const stale = { organization: cursed, organization_id: acme.organizationId, state: 'stale' }
    expect(metrics.value('pipeline_manager_datasets', stale)).toBe(1)
    expect(metrics.value('pipeline_manager_jobs_due', {})).toBe(1)
    expect(metrics.value('pipeline_manager_queue_lag_seconds', {})).toBeGreaterThanOrEqual(119)
    expect(metrics.value('pipeline_manager_runs_total', { job_type: 'load', result: 'failed' })).toBe(1)
    expect(metrics.value('pipeline_manager_run_duration_seconds_bucket', { job_type: 'load', le: '+Inf' })).toBe(1)
    expect(metrics.value('pipeline_manager_database_up', {})).toBe(1)
    expect(metrics.families).toEqual(
      expect.arrayContaining(['nodejs_eventloop_lag_seconds', 'process_cpu_seconds_total']),
    )
  })

  test('what is held is due, and is no queue that is stuck', async () => {
    const { sql } = server.console
    await sql.query(
      `insert into holds (organization_id, reason, created_by, changed_by) values ($1, 'migration', 'Ana', 'Ana')`,
      [acme.organizationId],
    )
    const held = parseMetrics(await (await read('/metrics')).text())
    expect(held.value('pipeline_manager_holds', {})).toBe(1)
    expect(held.value('pipeline_manager_jobs_due', {})).toBe(1)
    expect(held.value('pipeline_manager_queue_lag_seconds', {})).toBe(0)
    await sql.query('truncate holds')
    const free = parseMetrics(await (await read('/metrics')).text())
    expect(free.value('pipeline_manager_queue_lag_seconds', {})).toBeGreaterThanOrEqual(119)
  })

  test('a token of one organization reads nothing of another', async () => {
    const text = await (await read('/metrics', other.organizationId)).text()
    expect(text).toContain(other.brandId)
    expect(text).not.toContain(acme.brandId)
    const tray = await (await read('/cctray.xml', other.organizationId)).text()
    expect(tray).not.toContain(acme.brandId)
  })

  test('an organization without the section is not read', async () => {
    const { sql } = server.console
    const closed = await addOpenBrand(sql, 'Closed')
    await insert(sql, 'dataset_status', { brand_id: closed.brandId, dataset_key: 'orders', last_status: 'completed' })
    expect(await (await read('/metrics')).text()).toContain(closed.brandId)
    await sql.query(`update organization_features set enabled = false where organization_id = $1`, [
      closed.organizationId,
    ])
    expect(await (await read('/metrics')).text()).not.toContain(closed.brandId)
  })

  test('needs a token, as a bearer or as a password; a session of a browser is none, a wrong one is refused', async () => {
    const basic = (text: string): object => ({
      headers: { authorization: `Basic ${Buffer.from(`prometheus:${text}`).toString('base64')}` },
    })
    for (const path of ['/metrics', '/cctray.xml']) {
      const url = `${server.url}${path}`
      expect((await fetch(url)).status).toBe(401)
      expect((await fetch(url, { headers: await server.signIn() })).status).toBe(401)
      expect((await fetch(url, basic('wrong'))).status).toBe(401)
      expect((await fetch(url, basic(await server.token('read')))).status).toBe(200)
    }
  })
})

/** The attributes of each project. @throws ParseError for XML that is not well-formed. */
function projectsIn(text: string): Record<string, string>[] {
  const document = new DOMParser().parseFromString(text, 'text/xml')
  return [...document.getElementsByTagName('Project')].map((project) =>
    Object.fromEntries([...project.attributes].map(({ name, value }) => [name, value])),
  )
}

describe('/cctray.xml', () => {
  test('bad input 31: one project for each dataset, in well-formed XML whatever the names hold', async () => {
    const answer = await read('/cctray.xml')
    expect(answer.headers.get('content-type')).toBe('application/xml; charset=utf-8')
    const text = await answer.text()
    const projects = projectsIn(text)
    const own = projects.filter(({ webUrl }) => webUrl?.includes(acme.brandId))
    expect(own.map(({ name, lastBuildStatus }) => [name?.split(' / ').at(-1), lastBuildStatus])).toEqual([
      ['stock', 'Failure'],
      ['orders', 'Exception'],
      ['notes', 'Success'],
    ])
    expect(own[0]).toMatchObject({
      activity: 'Sleeping',
      webUrl: `${server.url}/brands/${acme.brandId}/datasets/stock`,
    })
  })

  test('of one brand, by name or id; one that is not there has none', async () => {
    const one = await (await read(`/cctray.xml?brand=${other.brandId}`)).text()
    expect(one.match(/<Project /g)).toHaveLength(1)
    expect(await (await read('/cctray.xml?brand=Other')).text()).toBe(one)
    expect(await (await read('/cctray.xml?brand=nobody')).text()).not.toContain('<Project ')
  })
})
