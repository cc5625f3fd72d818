import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, type Brand, insert } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { type Answer, asRecords, command, documentOf, errorOf } from './command-line.ts'
import { containing } from './matchers.ts'

const days = { type: 'object', properties: { days: { type: 'integer', default: 7 } }, additionalProperties: false }
const catalog = published(
  {
    build: { steps: [{ key: 'build', dataset: 'report' }], parameters: days },
    load: { steps: [{ key: 'load', dataset: 'orders' }] },
  },
  { datasets: { orders: 24, report: 24 } },
)

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole()
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql, 'Acme')
  await addAgent(pm.sql, { jobTypes: ['build', 'load'], catalog })
})
afterEach(() => pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const run = (...args: string[]): Promise<Answer> =>
  command(['triggers', ...args, '--database-url', pm.database.url], { operator: 'ada' })
const create = (...args: string[]): Promise<Answer> => run('create', '--brand', 'Acme', '--dataset', 'orders', ...args)
const listed = async (...args: string[]) => asRecords(documentOf(await run(...args, '--json'))['triggers'])

describe('pm triggers', () => {
  test('a trigger that is made fires with its parameters, typed by the schema', async () => {
    const answer = await create('--job-type', 'build', '--param', 'days=3', '--debounce', '0')
    expect(answer).toMatchObject({ code: 0, stdout: containing('build runs whenever orders is refreshed. (Acme, ') })
    await insert(pm.sql, 'dataset_status', { brand_id: brand.brandId, dataset_key: 'orders', last_success_at: soon() })
    expect(await triggerRound(pm.services.database)).toMatchObject({ queued: 1 })
    const { rows } = await pm.sql.query('select job_type, parameters from scheduled_jobs')
    expect(rows).toEqual([{ job_type: 'build', parameters: { days: 3 } }])
    expect((await run()).stdout).toMatch(/on +orders +Acme +build +at once +at the next refresh +.*(?:ago|now)/)
  })

  test('of a job of the brand; the same twice is one; the list can be narrowed', async () => {
    await addJob(pm.sql, { brand_id: brand.brandId, name: 'Report', job_type: 'build', cron_expression: '0 6 * * *' })
    await create('--job', 'Report')
    expect((await create('--job', 'Report')).stdout).toContain('This trigger is there already.')
    await addOpenBrand(pm.sql, 'Other')
    expect(await listed()).toMatchObject([{ dataset: 'orders', job: { name: 'Report' }, brand: { name: 'Acme' } }])
    expect(await listed('list', '--brand', 'Acme')).toHaveLength(1)
    expect(await listed('--brand', 'Other')).toEqual([])
    expect((await run('--org', 'Other')).stdout).toContain('Nothing runs by refreshes yet.')
  })

  test('is paused, resumed and removed by its dataset or by a part of its id, and who did it is on record', async () => {
    const made = documentOf(await create('--job-type', 'build', '--json'))
    const { id } = asRecords([made['trigger']])[0] ?? {}
    expect((await run('pause', 'orders')).stdout).toContain('The trigger is paused.')
    expect((await run('pause', 'orders')).stdout).toContain('The trigger is like this already.')
    expect((await run()).stdout).toMatch(/paused +orders/)
    expect((await run('resume', String(id).slice(0, 8))).stdout).toContain('It fires when orders is refreshed next.')
    expect((await run('remove', 'orders')).stdout).toBe('build no longer runs when orders of Acme is refreshed.\n')
    expect(await listed()).toEqual([])
    const { rows } = await pm.sql.query<{ action: string }>(
      `select action from operator_actions where operator = 'ada' and door = 'cli' order by id`,
    )
    expect(rows.map(({ action }) => action)).toEqual(['trigger.create', 'trigger.set', 'trigger.set', 'trigger.remove'])
  })
})

describe('bad input', () => {
  test.each([
    [[], { code: 'invalid_input', field: '--job', message: 'Nothing says what to run.' }],
    [['--job', 'a', '--job-type', 'build'], { code: 'invalid_input', message: containing('either') }],
    [['--job', 'a', '--param', 'days=1'], { code: 'invalid_input', message: containing('its own parameters') }],
    [['--job-type', 'biuld'], { code: 'not_found', fix: containing('build') }],
    [['--job-type', 'build', '--param', 'weeks=1'], { code: 'invalid_parameters', value: 'weeks' }],
    [['--job-type', 'build', '--param', 'days=x'], { code: 'invalid_parameters' }],
    [['--job-type', 'build', '--debounce', '86401'], { code: 'invalid_input', field: '--debounce' }],
    [['--job-type', 'build', '--debounce', '1m'], { code: 'invalid_input', field: '--debounce' }],
    [['--job-type', 'load'], { code: 'invalid_input', message: containing('orders → load → orders') }],
  ])('%j', async (flags, error) => {
    expect(errorOf(await create(...flags, '--json'))).toMatchObject(error)
    expect(await listed()).toEqual([])
  })

  test('a trigger that is not there, and a dataset that has two', async () => {
    expect(errorOf(await run('pause', 'orders', '--json'))).toMatchObject({ fix: containing('pm triggers create') })
    await create('--job-type', 'build')
    await addJob(pm.sql, { brand_id: brand.brandId, name: 'Report', job_type: 'build', cron_expression: '0 6 * * *' })
    await create('--job', 'Report')
    expect(errorOf(await run('pause', 'orders', '--json'))).toMatchObject({
      code: 'ambiguous',
      message: containing('orders of Acme → Report'),
    })
  })
})

function soon(): Date {
  return new Date(Date.now() + 1_000)
}
