/** Mappings of names of other programs, and their runs, as people see them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorOf } from '../../contract/doors.ts'
import { addOpenBrand, type ConsoleClient, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addExternalRun } from '../../support/external-rows.ts'
import { type Brand, insert } from '../../support/job-rows.ts'

let testConsole: TestConsole
let client: ConsoleClient
let acme: Brand
beforeAll(async () => {
  testConsole = await createTestConsole()
  ;({ client } = testConsole)
})
afterAll(() => testConsole.stop())
beforeEach(async () => {
  await testConsole.sql.query('truncate organizations, external_runs, operator_actions, dataset_status_history cascade')
  acme = await addOpenBrand(testConsole.sql)
})

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 6, minute))

const seen = (name: string, columns: Record<string, unknown> = {}) =>
  testConsole.sql.query(
    `insert into lineage_datasets (organization_id, namespace, name, producer, job_namespace, job_name, last_event_at,
       status, attempt_at, error_message, success_at, records_affected)
     values ($1, 'postgres://db', $2, 'p', 'airflow', 'load', $3, $4, $5, $6, $7, $8)`,
    [
      acme.organizationId,
      name,
      at(9),
      columns['status'] ?? 'completed',
      columns['attempt_at'] ?? at(5),
      columns['error_message'] ?? null,
      columns['success_at'] ?? at(5),
      columns['records_affected'] ?? 12,
    ],
  )

const mapping = (changes: object = {}) => ({
  organizationId: acme.organizationId,
  namespace: '*',
  name: 'shop.*',
  brandId: acme.brandId,
  dataset: 'orders',
  ...changes,
})
const lineage = () => client.sources.lineage({ organizationId: acme.organizationId })
const statuses = async () =>
  (
    await testConsole.sql.query<Record<string, unknown>>(
      `select dataset_key, last_status, last_attempt_at, last_success_at, records_affected::int, error_message
       from dataset_status order by dataset_key`,
    )
  ).rows

describe('mappings', () => {
  test('what was told last about a name counts once it is mapped: the success and the attempt after it', async () => {
    await seen('shop.orders', { status: 'failed', attempt_at: at(8), error_message: 'boom' })
    await seen('other')
    expect(await lineage()).toMatchObject({ unmappedTotal: 2, mappings: [] })
    const { applied, changed } = await client.sources.setMapping(mapping())
    expect({ applied, changed }).toEqual({ applied: 1, changed: true })
    expect(await statuses()).toEqual([
      {
        dataset_key: 'orders',
        last_status: 'failed',
        last_attempt_at: at(8),
        last_success_at: at(5),
        records_affected: 12,
        error_message: 'boom',
      },
    ])
    expect(await lineage()).toMatchObject({
      unmapped: [{ name: 'other' }],
      mappings: [{ name: 'shop.*', names: 1, brand: { name: 'Acme' }, changedBy: 'tester' }],
    })
  })

  test('a brand that was put away keeps its name beside what means its datasets', async () => {
    await client.sources.setMapping(mapping())
    const output = { ['output:postgres://db\nshop.orders']: { at: '2026', value: {} } }
    const runId = await addExternalRun(testConsole.sql, acme, { facts: output })
    await testConsole.sql.query('update brands set archived_at = now()')
    const brand = { id: acme.brandId, name: 'Acme' }
    expect(await lineage()).toMatchObject({ mappings: [{ name: 'shop.*', brand }] })
    expect(await client.externalRuns.get({ runId })).toMatchObject({ outputs: [{ mapped: { brand } }] })
  })

  test('J14: runs of late that wrote to what is mapped now are the brand’s in the history; those of others stay theirs', async () => {
    for (const name of ['shop.orders', 'other']) await seen(name)
    const { sql } = testConsole
    const other = await insert(sql, 'brands', { organization_id: acme.organizationId, name: 'Other' })
    const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000)
    const run = (key: string, name: string, columns: Record<string, unknown> = {}) =>
      addExternalRun(sql, acme, {
        run_key: key,
        job_name: key,
        first_event_at: daysAgo(2),
        facts: { [`output:postgres://db\n${name}`]: { at: daysAgo(2).toISOString(), value: {} } },
        ...columns,
      })
    await run('mapped', 'shop.orders', { first_event_at: daysAgo(1) })
    await run('unmapped', 'other')
    await run('reads it', 'other', { facts: { ['input:postgres://db\nshop.orders']: { at: '2026', value: {} } } })
    await run('of another brand', 'shop.orders', { brand_id: other, dataset_key: 'stock' })
    await run('long ago', 'shop.orders', { first_event_at: daysAgo(31) })
    await run('pinged', 'shop.orders', { source: 'ping' })
    const ofBrand = async (brandId: string) =>
      (await client.externalRuns.list({ organizationId: acme.organizationId, brandId })).runs.map(
        ({ jobName, dataset }) => [jobName, dataset],
      )
    expect(await ofBrand(acme.brandId)).toEqual([])
    const { id: mappingId } = await client.sources.setMapping(mapping())
    expect(await ofBrand(acme.brandId)).toEqual([['mapped', 'orders']])
    expect(await ofBrand(other)).toEqual([['of another brand', 'stock']])
    const [saved] = (await lineage()).mappings
    const seenAt = saved?.changedAt?.toISOString() ?? null
    await client.sources.setMapping(mapping({ mappingId, seenAt, name: '*', dataset: 'all' }))
    expect(await ofBrand(acme.brandId)).toEqual([
      ['mapped', 'orders'],
      ['unmapped', 'all'],
    ])
  })

  test('what is newer than what was told stays', async () => {
    await seen('shop.orders')
    await insert(testConsole.sql, 'dataset_status', {
      brand_id: acme.brandId,
      dataset_key: 'orders',
      last_status: 'completed',
      last_attempt_at: at(30),
      last_success_at: at(30),
      records_affected: 1,
    })
    await client.sources.setMapping(mapping())
    expect(await statuses()).toMatchObject([{ last_success_at: at(30), records_affected: 1 }])
  })

  test('a preview says what a pattern would decide beside the others', async () => {
    for (const name of ['shop.orders', 'shop.stock', 'other']) await seen(name)
    await client.sources.setMapping(mapping({ name: 'shop.orders', dataset: 'orders' }))
    const preview = (name: string, mappingId: string | null = null) =>
      client.sources.previewMapping({ organizationId: acme.organizationId, namespace: '*', name, mappingId })
    expect(await preview('shop.*')).toMatchObject({ fitting: 2, decided: 1, names: [{ name: 'shop.stock' }] })
    expect(await preview('*')).toMatchObject({ fitting: 3, decided: 2 })
    const [own] = (await lineage()).mappings
    expect(await preview('shop.*', own?.id ?? null)).toMatchObject({ fitting: 2, decided: 2 })
  })

  test('two people: what was changed since it was seen is a conflict, and so is a pattern that is there already', async () => {
    const { id: mappingId } = await client.sources.setMapping(mapping())
    const [first] = (await lineage()).mappings
    const seenAt = first?.changedAt?.toISOString() ?? null
    await client.sources.setMapping(mapping({ mappingId, seenAt, name: 'shop.a' }))
    const late = client.sources.setMapping(mapping({ mappingId, seenAt, name: 'shop.b' }))
    expect(await errorOf(late)).toMatchObject({ code: 'CONFLICT', data: { field: 'seenAt' } })
    const remove = client.sources.removeMapping({ organizationId: acme.organizationId, mappingId, seenAt })
    expect(await errorOf(remove)).toMatchObject({ code: 'CONFLICT' })
    const twin = client.sources.setMapping(mapping({ name: 'shop.a' }))
    expect(await errorOf(twin)).toMatchObject({ code: 'CONFLICT', data: { field: 'name' } })
    expect((await lineage()).mappings).toMatchObject([{ name: 'shop.a' }])
  })

  test('what people decide is on record; saying the same again is not', async () => {
    const { id: mappingId } = await client.sources.setMapping(mapping())
    expect(await client.sources.setMapping(mapping({ mappingId }))).toMatchObject({ changed: false })
    await client.sources.removeMapping({ organizationId: acme.organizationId, mappingId })
    const { rows } = await testConsole.sql.query<{ action: string }>('select action from operator_actions order by id')
    expect(rows.map(({ action }) => action)).toEqual(['lineage_mapping.create', 'lineage_mapping.remove'])
  })
})

describe('runs of other programs', () => {
  const list = (input: object = {}) => client.externalRuns.list({ organizationId: acme.organizationId, ...input })
  const summary = (input: object = {}) => client.externalRuns.summary({ organizationId: acme.organizationId, ...input })
  const run = (run_key: string, columns: Record<string, unknown> = {}) =>
    addExternalRun(testConsole.sql, acme, { run_key, ...columns })

  test('are listed by pages, the newest first, each once, also where instants are the same', async () => {
    for (let number = 0; number < 7; number += 1)
      await run(`run ${number}`, { job_name: `job ${number}`, first_event_at: at(number % 2) })
    const found: string[] = []
    let cursor: string | null = null
    do {
      const page = await list({ limit: 3, cursor })
      found.push(...page.runs.map(({ jobName }: { jobName: string }) => jobName))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(found).size).toBe(7)
    expect(found).toHaveLength(7)
    expect(found.slice(0, 3).toSorted()).toEqual(['job 1', 'job 3', 'job 5'])
    expect(await errorOf(list({ cursor: 'x' }))).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await errorOf(list({ cursor: `2026-99-01 10:00:00+00~${acme.brandId}` }))).toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('a run is found by what steps of its steps say', async () => {
    await run('dag', { status: null, job_name: 'shop' })
    await run('task', { parent_key: 'dag', status: null })
    await run('spark', { parent_key: 'task', status: 'failed', job_name: 'spark orders', brand_id: acme.brandId })
    await run('other', { job_name: 'other' })
    for (const input of [{ brandId: acme.brandId }, { results: ['failed' as const] }, { text: 'spark' }]) {
      expect((await list(input)).runs.map(({ jobName }) => jobName)).toEqual(['shop'])
      expect(await summary(input)).toMatchObject({ total: 1 })
    }
    expect((await list()).runs).toHaveLength(2)
  })

  test('steps are shown with the run they belong to, which is found by what they say', async () => {
    await run('dag', { status: null, job_name: 'shop' })
    await run('a', { parent_key: 'dag', status: 'failed', error_message: 'HTTP 429\nmore', brand_id: acme.brandId })
    await run('b', { parent_key: 'dag', job_name: 'shop.stock' })
    await run('alone')
    expect((await list()).runs).toHaveLength(2)
    for (const input of [
      { text: 'http 429' },
      { results: ['failed'] },
      { brandId: acme.brandId },
      { text: 'SHOP.stock' },
    ]) {
      expect((await list(input)).runs).toMatchObject([
        { jobName: 'shop', status: 'failed', steps: { total: 2, failed: 1 } },
      ])
      expect(await summary(input)).toMatchObject({ total: 1, isMore: false, byResult: { failed: 1 } })
    }
    expect((await list({ sources: ['ping'] })).runs).toEqual([])
    expect((await list({ from: '2026-03-02T00:00:00Z' })).runs).toEqual([])
    expect(await summary()).toMatchObject({ total: 2, byResult: { failed: 1, completed: 1 } })
  })

  test('one of them says what it wrote, and which dataset of ours that is', async () => {
    await testConsole.sql.query(
      `insert into lineage_mappings (organization_id, namespace, name, brand_id, dataset_key, changed_by)
       values ($1, '*', 'orders', $2, 'orders', 'x')`,
      [acme.organizationId, acme.brandId],
    )
    const fact = (value: unknown) => ({ at: '2026-01-01T00:00:00.000Z', value })
    const facts = {
      'output:pg\norders': fact({ schema: {} }),
      'rows:pg\norders': fact(7),
      'input:s3\nraw': fact({}),
      'run:spark_version': fact({ version: '4' }),
    }
    const dag = await run('dag', { job_name: 'shop' })
    const runId = await run('a', { parent_key: 'dag', facts })
    expect(await client.externalRuns.get({ runId })).toMatchObject({
      run: { runKey: 'a', facets: { 'run spark_version': { version: '4' } } },
      parent: { id: dag, jobName: 'shop' },
      outputs: [{ namespace: 'pg', name: 'orders', rows: 7, mapped: { dataset: 'orders', brand: { name: 'Acme' } } }],
      inputs: [{ namespace: 's3', name: 'raw', rows: null, mapped: null }],
    })
    expect(await client.externalRuns.get({ runId: dag })).toMatchObject({ steps: [{ id: runId }] })
  })
})
