/** What a lost agent had published still counts, whoever else lives: on the board, for readiness, on /metrics and at the command line. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeCell } from '../../../shared/cell-code.ts'
import { addOpenBrand } from '../../support/console.ts'
import { addAgent, addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'
import { parseMetrics } from '../../support/metrics-text.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { command, documentOf } from '../cli/command-line.ts'

const ofServer = testCatalog({
  datasets: { orders: { maxAgeHours: 6 } },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: { orders_report: [{ dataset: 'orders', maxAgeHours: 6, fix: { jobType: 'load_orders', parameters: {} } }] },
})
const ofLaptop = testCatalog({ datasets: { ads: { maxAgeHours: 24 } }, jobTypes: { load_ads: { datasets: ['ads'] } } })

let server: TestServer
let acme: Brand
beforeAll(async () => {
  server = await startTestServer({}, { catalog: testCatalog({}) })
  acme = await addOpenBrand(server.console.sql, 'Acme')
  await addStatus(server.console.sql, acme.brandId, 'orders', { successAge: 7 })
})
afterAll(() => server.stop())

beforeEach(async () => {
  const { sql } = server.console
  await sql.query('truncate agents cascade')
  await addAgent(sql, ofLaptop, ['load_ads'], 'laptop')
})

/** The agent of the server was heard of so long ago. */
async function addSilent(minutes: number, { catalog = ofServer, state = 'running' } = {}): Promise<void> {
  const { sql } = server.console
  const id = await addAgent(sql, catalog, ['load_orders'], 'server')
  await sql.query(`update agents set heartbeat_at = now() - $2 * interval '1 minute', state = $3 where id = $1`, [
    id,
    minutes,
    state,
  ])
}

async function onBoard(): Promise<string | undefined> {
  const { cells, datasets } = await server.console.client.freshness.board({ organizationId: acme.organizationId })
  return decodeCell(cells.split('\n')[0]?.[datasets.findIndex(({ key }) => key === 'orders')] ?? '')?.freshness
}

const flags = () => ['--json', '--database-url', server.console.database.url]
const week = 7 * 24 * 60

describe('design §6: every console sees the union of what agents published', () => {
  test('an agent that was lost is not forgotten because another lives', async () => {
    await addSilent(10)
    expect(await onBoard()).toBe('stale')
    const answer = await server.console.client.readiness.ask({ page: 'orders_report', brand: 'Acme' })
    expect(answer).toMatchObject({ verdict: 'not_ready', items: [{ fix: { jobType: 'load_orders' } }] })
    expect(answer.items[0]?.fix?.blocked).toContain('No agent')
    const authorization = `Bearer ${await server.token('read')}`
    const metrics = parseMetrics(await (await fetch(`${server.url}/metrics`, { headers: { authorization } })).text())
    const orders = { organization: 'Acme', brand: 'Acme', brand_id: acme.brandId, dataset: 'orders' }
    expect(metrics.value('pipeline_manager_dataset_usable', orders)).toBe(0)
    const ready = await command(['ready', '--brand', 'Acme', '--page', 'orders_report', ...flags()])
    expect(ready.code).toBe(1)
    expect(documentOf(ready)).toMatchObject({ verdict: 'not_ready' })
  })

  test('one that was stopped counts for a week', async () => {
    await addSilent(week - 60, { state: 'stopped' })
    expect(await onBoard()).toBe('stale')
    await server.console.sql.query(
      `update agents set heartbeat_at = heartbeat_at - interval '2 hours' where name = 'server'`,
    )
    expect(await onBoard()).toBe('no_policy')
  })

  test('one that was stopped and came back in another container does not count', async () => {
    await addSilent(10, { state: 'stopped' })
    const { sql } = server.console
    const id = await addAgent(sql, ofLaptop, ['load_ads'], 'server')
    await sql.query(`update agents set host = 'another' where id = $1`, [id])
    expect(await onBoard()).toBe('no_policy')
    await sql.query(`update agents set state = 'running' where name = 'server' and id <> $1`, [id])
    expect(await onBoard()).toBe('stale')
  })

  test('one whose place another took does not count, and contradicts nobody', async () => {
    await addSilent(10)
    await addAgent(server.console.sql, testCatalog({ datasets: { orders: { maxAgeHours: 8 } } }), [], 'server')
    expect(await onBoard()).toBe('fresh')
    const { sql, client } = server.console
    await sql.query(`update agents set name = 'elsewhere' where heartbeat_at < now() - interval '5 minutes'`)
    expect(await onBoard()).toBe('fresh')
    expect((await client.catalog.get()).conflicts).toEqual([])
  })
})
