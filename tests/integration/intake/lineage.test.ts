/** OpenLineage in, over HTTP, as its clients call it. */
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../shared/domain.ts'
import { addOpenBrand } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addBrand, type Brand, insert } from '../../support/job-rows.ts'
import { goodEvents, storedEvents } from '../../support/lineage-events.ts'
import { raw, startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
let acme: Brand
let token: string
beforeAll(async () => {
  const catalog = testCatalog({ datasets: { orders: { neverZero: true } } })
  const rule = { namespace: '*', name: 'of_file.*', brand: 'ACME', dataset: 'orders' }
  const nobodys = { ...rule, name: 'nobodys', brand: 'No such brand' }
  server = await startTestServer({}, { catalog: { ...catalog, lineage: [rule, nobodys] } })
})
afterAll(() => server.stop())
beforeEach(async () => {
  acme = await addOpenBrand(server.console.sql)
  token = await server.token('ingest', acme.organizationId)
})
afterEach(() =>
  server.console.sql.query('truncate organizations, external_runs, api_tokens, dataset_status_history cascade'),
)

const path = '/api/v1/lineage'

function send(body: unknown, options: { to?: string; as?: string; headers?: Record<string, string> } = {}) {
  const { to = path, as = token, headers = {} } = options
  return fetch(`${server.url}${to}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
  })
}

const warehouse = { namespace: 'postgres://db:5432', name: 'shop.public.orders' }
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

function event(eventType: string | undefined, eventTime: string, changes: JsonObject = {}): JsonObject {
  return {
    ...(eventType === undefined ? {} : { eventType }),
    eventTime,
    producer: 'https://example.com/loader',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: 'd1f6f6f6-0000-4000-8000-000000000001' },
    job: { namespace: 'airflow', name: 'shop.load_orders' },
    outputs: [warehouse],
    ...changes,
  }
}

function withRows(rowCount: number): JsonObject {
  return { outputs: [{ ...warehouse, outputFacets: { outputStatistics: { rowCount } } }] }
}

const map = (changes: Record<string, unknown> = {}) =>
  insert(server.console.sql, 'lineage_mappings', {
    organization_id: acme.organizationId,
    namespace: '*',
    name: 'shop.*',
    brand_id: acme.brandId,
    dataset_key: 'orders',
    changed_by: 'test',
    ...changes,
  })

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return (await server.console.sql.query<Record<string, unknown>>(query)).rows
}

const datasets = () =>
  rows(`select dataset_key, last_status, last_success_at, last_attempt_at, records_affected::int, error_message,
    metadata from dataset_status order by dataset_key`)
const runs = () =>
  rows(`select run_key, parent_key, producer, job_namespace, job_name, status, first_event_at, last_event_at, started_at,
    running_at, completed_at, nominal_start_at, nominal_end_at, records_affected::int, error_message, facts, brand_id,
    dataset_key from external_runs order by run_key`)
const named = () =>
  rows(`select namespace, name, producer, job_namespace, job_name, last_event_at, status, attempt_at, error_message,
    success_at, records_affected::int, facets from lineage_datasets order by namespace, name`)

describe('an event', () => {
  test('is answered with 201 and nothing, as Marquez does', async () => {
    const answer = await send(event('START', minutesAgo(2)))
    expect(answer.status).toBe(201)
    expect(await answer.text()).toBe('')
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test('F2: COMPLETE refreshes the mapped dataset with its row count, as of when it happened', async () => {
    await map()
    const at = minutesAgo(3)
    expect((await send(event('COMPLETE', at, withRows(120)))).status).toBe(201)
    expect(await datasets()).toMatchObject([
      { dataset_key: 'orders', last_status: 'completed', records_affected: 120, last_success_at: new Date(at) },
    ])
    expect(await runs()).toMatchObject([{ status: 'completed', brand_id: acme.brandId, dataset_key: 'orders' }])
    expect(await rows('select status, records_affected::int from dataset_status_history')).toEqual([
      { status: 'completed', records_affected: 120 },
    ])
  })

  test('F1, F3: START sets running, FAIL and ABORT a failure with its message; the success stays', async () => {
    await map()
    const success = minutesAgo(60)
    await send(event('COMPLETE', success, { ...withRows(5), run: { runId: 'yesterday' } }))
    await send(event('START', minutesAgo(5)))
    expect(await datasets()).toMatchObject([{ last_status: 'running', last_success_at: new Date(success) }])
    const facets = { errorMessage: { message: 'disk full', programmingLanguage: 'PYTHON', stackTrace: 'at line 7' } }
    await send(event('FAIL', minutesAgo(4), { run: { runId: 'd1f6f6f6-0000-4000-8000-000000000001', facets } }))
    expect(await datasets()).toMatchObject([
      {
        last_status: 'failed',
        error_message: 'disk full\n\nat line 7',
        last_success_at: new Date(success),
        records_affected: 5,
      },
    ])
    await send(event('ABORT', minutesAgo(1), { run: { runId: 'another' } }))
    expect(await datasets()).toMatchObject([
      { last_status: 'failed', error_message: 'airflow shop.load_orders was aborted and did not say why.' },
    ])
  })

  test('F2: a backfill of an old partition does not make data look fresh', async () => {
    await map()
    const nominalTime = { nominalStartTime: '2024-05-01T00:00:00Z', nominalEndTime: '2024-05-02T00:00:00Z' }
    const at = minutesAgo(1)
    await send(event('COMPLETE', at, { ...withRows(9), run: { runId: 'backfill', facets: { nominalTime } } }))
    expect(await datasets()).toMatchObject([
      { last_success_at: new Date('2024-05-02T00:00:00Z'), last_attempt_at: new Date(at) },
    ])
  })

  test('a rule of the agent’s file counts, a more specific one of the console more; one of an unknown brand is nobody’s', async () => {
    await map({ name: 'of_file.stock', dataset_key: 'stock' })
    const named = ['of_file.orders', 'of_file.stock', 'nobodys']
    const outputs = named.map((name) => ({ namespace: warehouse.namespace, name }))
    await send(event('COMPLETE', minutesAgo(1), { outputs }))
    expect(await datasets()).toMatchObject([{ dataset_key: 'orders' }, { dataset_key: 'stock' }])
  })

  test('F8: no rows where there never are none is suspicious', async () => {
    await map()
    await send(event('COMPLETE', minutesAgo(1), withRows(0)))
    expect(await datasets()).toMatchObject([{ metadata: { suspicious: true, job: 'airflow shop.load_orders' } }])
  })

  test('an end that names no outputs refreshes those that an earlier or later message names', async () => {
    await map()
    await send(event('COMPLETE', minutesAgo(3), { outputs: [] }))
    expect(await datasets()).toEqual([])
    await send(event('START', minutesAgo(5)))
    expect(await datasets()).toMatchObject([{ last_status: 'completed' }])
  })

  test('a message that came late does not undo an end', async () => {
    await map()
    const at = minutesAgo(3)
    await send(event('COMPLETE', at, withRows(7)))
    for (const late of ['START', 'RUNNING', 'OTHER', undefined]) await send(event(late, minutesAgo(5)))
    await send(event('RUNNING', minutesAgo(2)))
    expect(await datasets()).toMatchObject([
      { last_status: 'completed', last_success_at: new Date(at), records_affected: 7 },
    ])
    expect(await runs()).toMatchObject([{ status: 'completed' }])
  })

  test('steps know the run they belong to, also when it says nothing itself', async () => {
    const parent = { run: { runId: 'dag run' }, job: { namespace: 'airflow', name: 'shop' } }
    await send(event('START', minutesAgo(5), { run: { runId: 'step', facets: { parent } } }))
    expect(await runs()).toMatchObject([
      { run_key: 'dag run', parent_key: null, job_name: 'shop', status: null },
      { run_key: 'step', parent_key: 'dag run', status: 'running' },
    ])
    await send(event('START', minutesAgo(6), { ...parent, outputs: [], producer: 'https://airflow.example.com' }))
    await send(event('COMPLETE', minutesAgo(4), { run: { runId: 'step', facets: { parent } } }))
    expect(await runs()).toMatchObject([
      { run_key: 'dag run', status: 'running', producer: 'https://airflow.example.com' },
      { run_key: 'step', status: 'completed' },
    ])
  })

  test('datasets and jobs without a run are kept, and refresh nothing', async () => {
    await map()
    const described = { eventTime: minutesAgo(1), producer: 'https://example.com/p' }
    const facets = { documentation: { description: 'all orders' } }
    expect((await send({ ...described, dataset: { ...warehouse, facets } })).status).toBe(201)
    expect(
      (await send({ ...described, job: { namespace: 'n', name: 'j', facets }, outputs: [warehouse] })).status,
    ).toBe(201)
    expect(await named()).toMatchObject([{ ...warehouse, status: null, facets }])
    expect(await rows('select name, facets from lineage_jobs')).toEqual([{ name: 'j', facets }])
    expect([await datasets(), await runs()]).toEqual([[], []])
  })
})

describe('any order', () => {
  const lists = {
    reversed: goodEvents.toReversed(),
    shuffled: goodEvents.toSorted((a, b) => (a.text.length % 7) - (b.text.length % 7)),
    doubled: [...goodEvents.toReversed(), ...goodEvents],
  }

  async function state() {
    return {
      runs: await runs(),
      datasets: await datasets(),
      named: await named(),
      jobs: await rows('select namespace, name, facets from lineage_jobs'),
    }
  }
  const forget = () =>
    server.console.sql.query(
      'truncate external_runs, lineage_datasets, lineage_jobs, dataset_status, dataset_status_history',
    )

  test('J14: every stored event, in order, reversed, shuffled and twice, ends in the same state', async () => {
    await map({ name: '*', dataset_key: 'everything' })
    await map({ namespace: 'my-datasource-namespace', name: '*output-1', dataset_key: 'orders' })
    for (const { text } of goodEvents) expect((await send(text)).status).toBe(201)
    const inOrder = await state()
    expect(inOrder.runs.length).toBeGreaterThan(5)
    expect(inOrder.datasets.map(({ dataset_key: key }) => key)).toEqual(['everything', 'orders'])
    for (const list of Object.values(lists)) {
      await forget()
      for (const { text } of list) expect((await send(text)).status).toBe(201)
      expect(await state()).toEqual(inOrder)
    }
    await forget()
    await Promise.all(lists.doubled.map(({ text }) => send(text)))
    expect(await state()).toEqual(inOrder)
  })

  test('a thousand duplicates are one run, one result, and one write', async () => {
    await map()
    const text = JSON.stringify(event('COMPLETE', minutesAgo(3), withRows(3)))
    await send(text)
    const before = await rows('select xmin::text from external_runs union all select xmin::text from dataset_status')
    for (let batch = 0; batch < 10; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => send(text)))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 201))
    }
    expect(await rows('select xmin::text from external_runs union all select xmin::text from dataset_status')).toEqual(
      before,
    )
    expect(await rows('select 1 as one from dataset_status_history')).toHaveLength(1)
  })
})

describe('a batch', () => {
  const to = `${path}/batch`

  test('is answered with 204 when all of it was taken', async () => {
    const answer = await send([event('START', minutesAgo(2)), event('COMPLETE', minutesAgo(1))], { to })
    expect(answer.status).toBe(204)
    expect((await send([], { to })).status).toBe(204)
    expect(await runs()).toMatchObject([{ status: 'completed' }])
  })

  test('says which events it could not take; the others are taken', async () => {
    const documents = storedEvents.map(({ text }): unknown => JSON.parse(text))
    const answer = await send(documents, { to })
    expect(answer.status).toBe(200)
    const index = storedEvents.findIndex(({ file }) => file === 'proxy/event_no_run_id.json')
    expect(await answer.json()).toMatchObject({
      status: 'partial_success',
      summary: {
        received: storedEvents.length,
        successful: storedEvents.length - 1,
        failed: 1,
        retriable: 0,
        non_retriable: 1,
      },
      failed_events: [
        {
          index,
          retriable: false,
          reason:
            'The event\'s "run.runId" is missing or not what it should be: Invalid input: expected string, received undefined.',
        },
      ],
    })
    expect((await runs()).length).toBeGreaterThan(5)
  })

  test('bad input: what is no array is refused', async () => {
    expect((await send(event('START', minutesAgo(1)), { to })).status).toBe(400)
  })
})

describe('who may report', () => {
  test.each([
    ['ingest', 201],
    ['operate', 201],
    ['admin', 201],
    ['read', 403],
  ] as const)('a token with the scope %s: %i', async (scope, status) => {
    const as = await server.token(scope, acme.organizationId)
    expect((await send(event('START', minutesAgo(1)), { as })).status).toBe(status)
  })

  test('a token that feeds does nothing else', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const calls = ['/api/session', `/api/organizations/${acme.organizationId}/runs`, '/metrics', '/cctray.xml']
    const answers = await Promise.all(calls.map((call) => fetch(`${server.url}${call}`, { headers })))
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    const session = await raw(`${server.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ token }),
    })
    expect(session.status).toBe(403)
  })

  test('bad input: no token, a wrong one, a session', async () => {
    const bodies = [{}, { authorization: 'Bearer pm_x' }, await server.signIn()]
    for (const headers of bodies) {
      const answer = await raw(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(event('START', minutesAgo(1))),
      })
      expect(answer.status).toBe(401)
    }
    expect(await runs()).toEqual([])
  })

  test('a token of all organizations names one; what it reports is that one’s', async () => {
    const as = await server.token('ingest')
    const text = event('START', minutesAgo(1))
    expect((await send(text, { as })).status).toBe(400)
    expect((await send(text, { as, to: `${path}?organization=nobody` })).status).toBe(404)
    expect((await send(text, { as, to: `${path}?organization=ACME` })).status).toBe(201)
    expect((await send(text, { as, to: `${path}?organization=${acme.organizationId}` })).status).toBe(201)
    expect(await runs()).toHaveLength(1)
  })

  test('an organization that has the section switched off takes nothing', async () => {
    const { organizationId } = await addBrand(server.console.sql, 'Off')
    const as = await server.token('ingest', organizationId)
    expect((await send(event('START', minutesAgo(1)), { as })).status).toBe(403)
    expect(await runs()).toEqual([])
  })

  test('one organization’s rules and events are nothing to another', async () => {
    await map()
    const other = await addOpenBrand(server.console.sql, 'Other')
    await send(event('COMPLETE', minutesAgo(1)), { as: await server.token('ingest', other.organizationId) })
    expect(await datasets()).toEqual([])
    expect(await rows('select organization_id from lineage_datasets')).toEqual([
      { organization_id: other.organizationId },
    ])
  })

  test('a revoked token is locked out', async () => {
    await send(event('START', minutesAgo(1)))
    await server.console.sql.query('update api_tokens set revoked_at = now()')
    await expect
      .poll(async () => (await send(event('START', minutesAgo(1)))).status, { timeout: 30_000, interval: 300 })
      .toBe(401)
  })
})

describe('bad input', () => {
  const mb = 1024 * 1024
  const filler = (bytes: number) => event('START', minutesAgo(1), { filler: 'x'.repeat(bytes) })
  const gzip = { 'content-encoding': 'gzip' }
  const bomb = gzipSync(Buffer.alloc(50 * mb, ' '))

  test('gzip is taken, as the clients send it', async () => {
    const body = gzipSync(JSON.stringify(event('COMPLETE', minutesAgo(1))))
    expect((await send(body, { headers: gzip })).status).toBe(201)
    expect(await runs()).toHaveLength(1)
  })

  test.each([
    ['10 MB', () => JSON.stringify(filler(10 * mb)), {}, 413],
    ['a gzip bomb of 50 MB', () => bomb, gzip, 413],
    ['what is no gzip', () => 'plain', gzip, 400],
    ['another encoding', () => '{}', { 'content-encoding': 'br' }, 415],
    ['no JSON', () => '{"eventType":', {}, 400],
    ['another type', () => 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['nothing', () => '', {}, 400],
    ['depth', () => `{"run":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, {}, 400],
    ['an event in the future', () => JSON.stringify(event('START', '2999-01-01T00:00:00Z')), {}, 400],
    ['an event before 1970', () => JSON.stringify(event('START', '1815-12-10T00:00:00Z')), {}, 400],
  ])('%s: the right status, a clear message, no effect', async (_title, body, headers, status) => {
    const answer = await send(body(), { headers })
    expect(answer.status).toBe(status)
    const told = (await answer.json()) as { message: string }
    expect(told.message).toMatch(/[a-z]{2,}.*\./)
    expect(await runs()).toEqual([])
    expect((await send(event('START', minutesAgo(1)))).status).toBe(201)
  })

  test('other methods and paths are refused', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const asked = await Promise.all(
      ['', '/batch', '/other'].map((end) => fetch(`${server.url}${path}${end}`, { headers })),
    )
    expect(asked.map(({ status }) => status)).toEqual([405, 404, 404])
    expect((await send(event('START', minutesAgo(1)), { to: `${path}/other` })).status).toBe(404)
  })

  test('cursed names are stored as they can be, and mapped', async () => {
    await map({ namespace: 'n\u202E"\'; drop table x; --', name: '*', dataset_key: 'orders' })
    const cursed = {
      job: { namespace: '\u0000\uD800', name: `🕷 ${'long '.repeat(5_000)}` },
      outputs: [
        { namespace: 'n\u202E"\'; drop table x; --', name: `a\u0000b${'é'.repeat(3_000)}` },
        { namespace: '__proto__', name: 'constructor', facets: { __proto__: { a: 1 }, toString: 1 } },
      ],
    }
    expect((await send(event('COMPLETE', minutesAgo(1), cursed))).status).toBe(201)
    expect(await datasets()).toMatchObject([{ dataset_key: 'orders', last_status: 'completed' }])
    expect(await named()).toHaveLength(2)
  })

  test('an event that was yesterday’s news changes nothing that is newer', async () => {
    await map()
    const newer = minutesAgo(1)
    await send(event('COMPLETE', newer, withRows(2)))
    await send(event('COMPLETE', '1999-12-31T23:59:59Z', { ...withRows(1), run: { runId: 'old' } }))
    expect(await datasets()).toMatchObject([{ last_success_at: new Date(newer), records_affected: 2 }])
  })
})
