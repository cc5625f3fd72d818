/** What programs outside say is stored without what looks like a secret, whichever door it came through. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import type { Brand } from '../../support/job-rows.ts'
import type { TestServer } from '../../support/server.ts'
import { event, lineageCalls, minutesAgo, startLineageServer, warehouse } from './lineage-calls.ts'

let server: TestServer
let acme: Brand
let token: string
beforeAll(async () => {
  server = await startLineageServer()
  acme = await addOpenBrand(server.console.sql)
  token = await server.token('ingest', acme.organizationId)
})
afterAll(() => server.stop())

const { send, map, rows, datasets } = lineageCalls(() => ({ server, acme, token }))
const canary = 'canary123'

/** Tables and columns of any type in whose text it stands. */
async function placesOf(text: string): Promise<string[]> {
  const tables = await rows(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const table = JSON.stringify(name)
    const held = await rows(`select told::text as row from ${table} told where told::text like '%${text}%'`)
    found.push(...held.map(({ row }) => `${String(name)}: ${String(row)}`))
  }
  return found
}

test('a secret that pings, lineage and reports carry is in no column of any table', async () => {
  await map()
  const plan = { schedule: { kind: 'period' as const, periodSeconds: 3_600 }, graceSeconds: 600, resumesByHand: false }
  const { client } = server.console
  const names = { name: 'nightly', slug: 'nightly', dataset: 'nightly' }
  const { id } = await client.pings.save({ ...acme, ...names, ...plan })
  const { path } = await client.pings.address({ checkId: id })
  const ping = (body: string) =>
    fetch(`${server.url}${path}/1`, { method: 'POST', body, headers: { 'user-agent': `x token=${canary}` } })
  expect((await ping(`x postgresql://u:${canary}@h/d`)).status).toBe(200)
  // Across the cut.
  expect((await ping(`${'x'.repeat(9_980)}\npassword: ${canary}-and-more`)).status).toBe(200)

  const facets = {
    errorMessage: { message: `refused: access_token=${canary}`, stackTrace: `at url?password=${canary}` },
  }
  const run = {
    runId: 'failing',
    facets: { ...facets, settings: { client_secret: canary, list: [`Bearer ${canary}`] } },
  }
  const job = { namespace: `postgres://u:${canary}@h`, name: 'load', facets: { sql: { query: `x token=${canary}` } } }
  const outputs = [warehouse, { namespace: `postgres://u:${canary}@h`, name: 'shop.other' }]
  expect((await send(event('FAIL', minutesAgo(1), { run, job, outputs }))).status).toBe(201)

  const dataset = { brandId: acme.brandId, dataset: 'told' }
  await client.freshness.recordFailure({ ...dataset, error: `no login: api_key=${canary}` })
  await client.freshness.recordSuccess({ ...dataset, metadata: { url: `ftp://u:${canary}@h`, api_key: canary } })

  expect(await placesOf(canary.slice(0, 6))).toEqual([])
  expect(await placesOf('postgresql://u:***@h/d')).not.toEqual([])
  expect(await datasets()).toMatchObject([
    { dataset_key: 'nightly', error_message: 'The program ended with exit status 1: password: ***' },
    { dataset_key: 'orders', error_message: 'refused: access_token=***\n\nat url?password=***' },
    { dataset_key: 'told', metadata: { url: 'ftp://u:***@h', api_key: '***' } },
  ])
})
