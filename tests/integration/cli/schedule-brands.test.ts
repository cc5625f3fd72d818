import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { spreadOffset } from '../../../shared/spread.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { commandsOn } from './command-line.ts'
import { containing } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
let acme: { brandId: string; organizationId: string }
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  acme = await addBrand(client, 'Acme')
  await client.query(`insert into brands (organization_id, name) values ($1, 'Beta'), ($1, 'Gamma')`, [
    acme.organizationId,
  ])
  await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
})
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const daily = ['--cron', '0 6 * * *', '--zone', 'Europe/Berlin']
const jobs = async () =>
  (
    await client.query<{ brand: string; brand_id: string; cron_expression: string }>(
      'select brand.name as brand, j.* from scheduled_jobs j join brands brand on brand.id = j.brand_id order by brand.name',
    )
  ).rows

describe('pm schedule for many brands', () => {
  test('--brand more than once makes those that are missing, and leaves alone what is there', async () => {
    await addJob(client, { brand_id: acme.brandId, job_type: 'load', cron_expression: '5 5 * * *', name: 'Old' })
    const { stdout } = await pm('schedule', 'load', '--brand', 'Acme', '--brand', 'beta', ...daily)
    expect(stdout).toContain('1 schedule made, 1 left alone.')
    expect(stdout).toMatch(/Acme +left alone/)
    expect(stdout).toMatch(/Beta +made +Daily at 06:00/)
    expect((await jobs()).map((job) => [job.brand, job.cron_expression])).toEqual([
      ['Acme', '5 5 * * *'],
      ['Beta', '0 6 * * *'],
    ])
  })

  test('--all-brands with --spread: a dry run tells the minutes, the same that are then made, once', async () => {
    const all = ['schedule', 'load', '--all-brands', '--spread', '30m', ...daily]
    const dry = await json(...all, '--dry-run')
    expect(dry).toMatchObject({ dryRun: true, created: 3, existing: 0, refused: 0, spreadMinutes: 30 })
    expect(await jobs()).toEqual([])
    expect(await json(...all)).toMatchObject({ dryRun: false, created: 3, existing: 0 })
    const made = await jobs()
    expect(made.map((job) => job.cron_expression)).toEqual(
      made.map((job) => `${spreadOffset(job.brand_id, 30)} 6 * * *`),
    )
    expect(await json(...all)).toMatchObject({ created: 0, existing: 3 })
    const again = (await pm(...all, '--dry-run')).stdout
    expect(again).toContain('0 schedules would be made, 3 left alone.')
    expect(again).not.toContain('in the same minute')
    expect(await jobs()).toHaveLength(3)
  })

  test('what is wrong is refused before anything is made, by its flag', async () => {
    const schedule = ['schedule', 'load', ...daily]
    expect(await errorFrom(...schedule)).toMatchObject({ field: '--brand', fix: containing('--all-brands') })
    expect(await errorFrom(...schedule, '--brand', 'Acme', '--dry-run')).toMatchObject({ field: '--dry-run' })
    expect(await errorFrom(...schedule, '--all-brands', '--brand', 'Acme')).toMatchObject({ field: '--all-brands' })
    expect(await errorFrom(...schedule, '--all-brands', '--spread', 'soon')).toMatchObject({ field: '--spread' })
    expect(await errorFrom(...schedule, '--brand', 'Acme', '--brand', 'Betta')).toMatchObject({ code: 'not_found' })
    const late = ['schedule', 'load', '--all-brands', '--cron', '50 23 * * 1', '--spread', '30m']
    expect(await errorFrom(...late)).toMatchObject({ code: 'invalid_input', message: containing('midnight') })
    await addBrand(client, 'Stranger')
    expect(await errorFrom(...schedule, '--all-brands')).toMatchObject({ code: 'ambiguous', field: '--org' })
    expect(await jobs()).toEqual([])
  })
})
