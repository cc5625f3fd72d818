import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyCatalog, type JobType } from '../../../agent/jobs/catalog/catalog.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand, type Columns, jobRow, only, runsOf } from '../../support/job-rows.ts'

let console: TestConsole
let brand: Brand

const jobType: JobType = {
  key: 'work',
  label: 'Work',
  description: null,
  timeoutMinutes: 60,
  parameters: {
    type: 'object',
    properties: { days_back: { type: 'integer', minimum: 1, default: 7 }, ids: { type: 'array' } },
    additionalProperties: false,
  },
  steps: [],
  cadence: null,
  secrets: [],
  backfill: null,
  resume: false,
  expectedMinutes: null,
  owner: null,
  runbook: null,
}

let agentId: string

beforeAll(async () => {
  const catalog = { ...emptyCatalog, jobTypes: new Map([['work', jobType]]) }
  console = await createTestConsole({ catalog })
  brand = await addOpenBrand(console.sql)
  agentId = await addAgent(console.sql, catalog, ['work'])
})

afterAll(async () => {
  await console.stop()
})

async function addOwn(columns: Columns = {}, jobId?: string): Promise<string> {
  const job = jobId ?? (await addJob(console.sql, { brand_id: brand.brandId }))
  return addRun(console.sql, job, { agent_id: agentId, started_at: new Date(), ...columns })
}

describe('a run', () => {
  test('is run again once per request, with its own parameters or with others that the schema allows', async () => {
    const runId = await addOwn({ status: 'failed', problem: 'failed', parameters: '{"days_back": 30}' })
    const requestId = '30000000-0000-4000-8000-000000000001'
    const first = await console.client.runs.rerun({ runId, requestId })
    const again = await console.client.runs.rerun({ runId, requestId })
    expect([first.created, again.created, again.jobId]).toEqual([true, false, first.jobId])
    const stored = async (jobId: string): Promise<unknown> => {
      const { rows } = await console.sql.query<Columns>(
        'select parameters, trigger_source, brand_id from scheduled_jobs where id = $1',
        [jobId],
      )
      return only(rows)
    }
    expect(await stored(first.jobId)).toEqual({
      parameters: { days_back: 30 },
      trigger_source: 'manual',
      brand_id: brand.brandId,
    })
    const edited = await console.as({ door: 'api' }).runs.rerun({ runId, parameters: { days_back: 2 } })
    expect(await stored(edited.jobId)).toMatchObject({ parameters: { days_back: 2 }, trigger_source: 'api' })
    await expect(console.client.runs.rerun({ runId, parameters: { days_back: 0 } })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
    })
    expect((await jobRow(console.sql, first.jobId)).status).toBe('active')
  })

  test('of another program is run again with the parameters and by the rules of its job, under a name that we would take', async () => {
    const jobId = await addJob(console.sql, {
      brand_id: brand.brandId,
      name: '\u202Eevil',
      parameters: '{"days_back": 3}',
      timeout_minutes: 90,
      max_retries: 0,
    })
    const runId = await addOwn({ agent_id: null, status: 'failed', completed_at: new Date() }, jobId)
    const queued = await console.client.runs.rerun({ runId })
    expect(await jobRow(console.sql, queued.jobId)).toMatchObject({
      name: 'work',
      parameters: { days_back: 3 },
      timeout_minutes: 90,
      max_retries: 0,
    })
    expect(await runsOf(console.sql, queued.jobId)).toEqual([])
  })

  test('of a one-time job is run again by the zone of that job, by whose days its parameters are', async () => {
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, time_zone: 'Asia/Tokyo' })
    const runId = await addOwn({ status: 'failed', problem: 'failed', parameters: '{}' }, jobId)
    const { rows } = await console.sql.query('select time_zone from scheduled_jobs where id = $1', [
      (await console.client.runs.rerun({ runId })).jobId,
    ])
    expect(rows).toEqual([{ time_zone: 'Asia/Tokyo' }])
  })

  test('says what a rerun uses: what it was given, or, where that was not recorded, what its job has', async () => {
    const jobId = await addJob(console.sql, { brand_id: brand.brandId, parameters: '{"days_back": 90}' })
    const ended = { status: 'failed', completed_at: new Date() }
    const [without, own] = [
      await addOwn({ ...ended, agent_id: null }, jobId),
      await addOwn({ ...ended, parameters: '{"days_back": 3}' }, jobId),
    ]
    const { get, rerun } = console.client.runs
    expect((await get({ runId: without })).rerun).toEqual({
      parameters: { days_back: 90 },
      parametersReadable: true,
      parametersOf: 'job',
    })
    expect((await get({ runId: own })).rerun).toMatchObject({ parameters: { days_back: 3 }, parametersOf: 'run' })
    const queued = await rerun({ runId: without })
    expect(await jobRow(console.sql, queued.jobId)).toMatchObject({ parameters: { days_back: 90 } })
  })

  test.each([
    ['too large', JSON.stringify({ ids: Array.from({ length: 200_000 }, (_, n) => `id ${n}`) })],
    ['no object', '[1, 2]'],
  ])(
    'whose parameters are %s says that a rerun cannot read them, instead of giving others',
    async (_why, parameters) => {
      const runId = await addOwn({ status: 'failed', completed_at: new Date(), parameters })
      const { get, rerun } = console.client.runs
      expect((await get({ runId })).rerun).toEqual({ parameters: {}, parametersReadable: false, parametersOf: 'run' })
      await expect(rerun({ runId })).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
    },
  )
})

test('nothing of this was unexpected', () => {
  expect(console.troubles).toEqual([])
})
