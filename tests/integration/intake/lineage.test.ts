/** OpenLineage in: what events do. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setMapping } from '../../../agent/intake/lineage/mappings.ts'
import { addOpenBrand } from '../../support/console.ts'
import type { Brand } from '../../support/job-rows.ts'
import { goodEvents, storedEvents } from '../../support/lineage-events.ts'
import type { TestServer } from '../../support/server.ts'
import { event, lineageCalls, minutesAgo, path, startLineageServer, warehouse, withRows } from './lineage-calls.ts'

let server: TestServer
let acme: Brand
let token: string
beforeAll(async () => {
  server = await startLineageServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  acme = await addOpenBrand(server.console.sql)
  token = await server.token('ingest', acme.organizationId)
})
afterEach(() =>
  server.console.sql.query('truncate organizations, external_runs, api_tokens, dataset_status_history cascade'),
)

const { send, map, rows, datasets, runs, named } = lineageCalls(() => ({ server, acme, token }))

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
    // The report and the band: it was then, and what it brought is as old as it is.
    expect(await rows('select happened_at, fresh_at from dataset_status_history')).toEqual([
      { happened_at: new Date(at), fresh_at: new Date('2024-05-02T00:00:00Z') },
    ])
  })

  describe('a run that changes the table itself', () => {
    const changing = (change: string, previousIdentifier: typeof warehouse | null = null) => ({
      outputs: [
        { ...warehouse, facets: { lifecycleStateChange: { lifecycleStateChange: change, previousIdentifier } } },
      ],
    })
    const refreshed = minutesAgo(60)
    const success = { last_success_at: new Date(refreshed), records_affected: 5 }

    test.each([
      ['DROP', 'failed', 'The table was dropped by airflow shop.load_orders.'],
      [
        'TRUNCATE',
        'unknown',
        'The table was emptied by airflow shop.load_orders, which did not say that it wrote rows.',
      ],
      ['drop', 'failed', 'The table was dropped by airflow shop.load_orders.'],
      ['CREATE', 'completed', null],
      ['OVERWRITE', 'completed', null],
      ['RENAME', 'completed', null],
      ['SOMETHING', 'completed', null],
    ])('F2: %s: %s, however it is told and how often', async (change, status, error) => {
      await map()
      await send(event('COMPLETE', refreshed, { ...withRows(5), run: { runId: 'before' } }))
      const at = minutesAgo(2)
      const messages = [event('START', minutesAgo(3)), event('COMPLETE', at, changing(change))]
      for (const one of [...messages, ...messages.toReversed()]) await send(one)
      const isFresh = status === 'completed'
      expect(await datasets()).toMatchObject([
        { last_status: status, error_message: error, ...(isFresh ? { last_success_at: new Date(at) } : success) },
      ])
      expect(await named()).toMatchObject([{ status: status === 'unknown' ? null : status, error_message: error }])
    })

    test('F2: an end that leaves out what the start has said of the table', async () => {
      await map()
      await send(event('START', minutesAgo(3), changing('DROP')))
      await send(event('COMPLETE', minutesAgo(2)))
      expect(await datasets()).toMatchObject([{ last_status: 'failed', last_success_at: null }])
    })

    test('F2: a TRUNCATE that says that rows were written is a refresh', async () => {
      await map()
      const [told] = changing('TRUNCATE').outputs
      const output = { ...told, ...warehouse, outputFacets: { outputStatistics: { rowCount: 3 } } }
      await send(event('COMPLETE', minutesAgo(2), { outputs: [output] }))
      expect(await datasets()).toMatchObject([{ last_status: 'completed', records_affected: 3 }])
    })

    test('F2: what a table was called before a RENAME is not refreshed', async () => {
      await map()
      await map({ name: 'shop.public.renamed', dataset_key: 'stock' })
      const before = { ...warehouse }
      const outputs = [before, { ...changing('RENAME', before).outputs[0], name: 'shop.public.renamed' }]
      await send(event('COMPLETE', minutesAgo(2), { outputs }))
      expect(await datasets()).toMatchObject([
        { dataset_key: 'orders', last_status: 'unknown', last_success_at: null },
        { dataset_key: 'stock', last_status: 'completed' },
      ])
    })

    test('F2: a name that is mapped later is as if it had been before', async () => {
      await send(event('COMPLETE', minutesAgo(2), changing('TRUNCATE')))
      const pattern = { namespace: '*', name: 'shop.*', brandId: acme.brandId, datasetKey: 'orders' }
      const place = { organizationId: acme.organizationId, mappingId: null }
      await server.console.services.database.transaction((transaction) =>
        setMapping(transaction, { operator: 'ada', door: 'console' }, place, pattern, () => undefined),
      )
      expect(await datasets()).toMatchObject([{ last_status: 'unknown', last_success_at: null }])
    })
  })

  test('a rule of the agent’s file counts, a more specific one of the console more; one of an unknown brand is nobody’s', async () => {
    await map({ name: 'of_file.stock', dataset_key: 'stock' })
    const named = ['of_file.orders', 'of_file.stock', 'nobodys']
    const outputs = named.map((name) => ({ namespace: warehouse.namespace, name }))
    await send(event('COMPLETE', minutesAgo(1), { outputs }))
    expect(await datasets()).toMatchObject([{ dataset_key: 'orders' }, { dataset_key: 'stock' }])
  })

  test('a mapping with a login in its namespace, as one of before has, still fits; one that is saved has none', async () => {
    const namespace = 'postgres://loader:canary-1@db:5432'
    await map({ namespace })
    const other = { namespace: 'mysql://loader:canary-2@db', name: 'shop.others' }
    const pattern = { ...other, brandId: acme.brandId, datasetKey: 'others' }
    const place = { organizationId: acme.organizationId, mappingId: null }
    const ada = { operator: 'ada', door: 'console' } as const
    await server.console.services.database.transaction((transaction) =>
      setMapping(transaction, ada, place, pattern, () => undefined),
    )
    await send(event('COMPLETE', minutesAgo(3), { outputs: [{ ...warehouse, namespace }, other] }))
    expect(await datasets()).toMatchObject([
      { dataset_key: 'orders', last_status: 'completed' },
      { dataset_key: 'others', last_status: 'completed' },
    ])
    expect(await rows(`select namespace from lineage_mappings where name = 'shop.others'`)).toEqual([
      { namespace: 'mysql://loader:***@db' },
    ])
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
