/** Settings as code: export, plan, apply; through the calls, on a real database. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SettingsChange } from '../../../shared/contract/settings.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import {
  addEmptyOrganization,
  addSettingsAgent,
  addSettingsWorkspace,
  countActions,
} from '../../support/settings-workspace.ts'

let pm: TestConsole
let full: string
beforeAll(async () => {
  pm = await createTestConsole()
})
afterAll(() => pm.stop())
beforeEach(async () => {
  await addSettingsAgent(pm)
  full = await addSettingsWorkspace(pm)
})
afterEach(async () => {
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade')
  const [trouble] = pm.troubles
  if (trouble !== undefined) throw new Error(trouble)
})

const exported = async (organizationId: string, only: SettingsChange['section'][] = []) =>
  (await pm.client.settings.export({ organizationId, only })).yaml
const planned = (organizationId: string, text: string, wish: { prune?: boolean; createBrands?: boolean } = {}) =>
  pm.client.settings.plan({ organizationId, text, fileName: 'settings.yaml', ...wish })
const shownAs = ({ changes }: { changes: SettingsChange[] }) => changes.map(({ id, seen }) => ({ id, seen }))
async function applied(organizationId: string, text: string, wish: { prune?: boolean; createBrands?: boolean } = {}) {
  const plan = await planned(organizationId, text, wish)
  return pm.client.settings.apply({ organizationId, text, ...wish, changes: shownAs(plan) })
}

describe('round trip', () => {
  test('every kind of setting, exported and applied to an empty organization, is exported byte for byte the same', async () => {
    const text = await exported(full)
    const empty = await addEmptyOrganization(pm, 'Empty')
    const answer = await applied(empty, text, { createBrands: true })
    expect(answer.results.filter(({ outcome }) => outcome !== 'applied')).toEqual([])
    expect(answer).toMatchObject({ refused: 0, notShown: 0 })
    expect(await exported(empty)).toBe(text)
    expect(text).toBe(await readFile(join(import.meta.dirname, '../../fixtures/settings/full.yaml'), 'utf8'))
  })

  test('what was exported changes nothing where it came from, and applying twice changes nothing the second time', async () => {
    const text = await exported(full)
    expect(await planned(full, text, { prune: true })).toMatchObject({ changes: [], unnamed: 0 })
    const before = await countActions(pm)
    expect(await applied(full, text)).toMatchObject({ results: [], applied: 0 })
    expect(await countActions(pm)).toBe(before)
  })

  test('JSON says the same as YAML', async () => {
    const { document } = await pm.client.settings.export({ organizationId: full })
    expect(await planned(full, JSON.stringify(document), { prune: true })).toMatchObject({ changes: [], unnamed: 0 })
  })

  test('of some brands, nothing of others is looked at or removed', async () => {
    const { yaml } = await pm.client.settings.export({ organizationId: full, brands: ['Acme'] })
    expect(yaml).toContain('only_brands: [ Acme ]')
    const empty = yaml.replace(/\npolicies:\n(?: .*\n)+/, '\npolicies: []\n')
    const { changes } = await planned(full, empty, { prune: true })
    expect(changes.map(({ action, title }) => [action, title])).toEqual([['remove', 'Acme · orders']])
  })
})

describe('groups of brands', () => {
  test('are added and taken away one by one, in the spelling that is there; the same group in another case is no change', async () => {
    const text = await exported(full, ['brands'])
    const plan = await planned(full, text.replace('EMEA', 'emea').replace('Tier 1', 'Tier 2'))
    expect(plan.changes).toMatchObject([
      { action: 'change', section: 'brands', title: 'Acme', fields: [{ field: 'groups', to: ['EMEA', 'Tier 2'] }] },
    ])
    const twin = await addSettingsWorkspace(pm, 'Twin')
    expect((await planned(twin, text.replace('EMEA', 'emea'))).changes).toEqual([])
    expect(await applied(twin, text.replace('Tier 1', 'Tier 2'))).toMatchObject({ applied: 1, refused: 0 })
    expect(await exported(twin, ['brands'])).toContain('Tier 2')
    expect(await exported(twin, ['brands'])).not.toContain('Tier 1')
  })
})

describe('a plan', () => {
  test('says what changes from what to what, field by field, and what is not named', async () => {
    const text = (await exported(full, ['schedules', 'mutes']))
      .replace('cron: 0 6 * * *', 'cron: 0 7 * * *')
      .replace('days: 3', 'days: 4')
      .replace(/mutes:\n(?: .*\n?)+/, 'mutes: []\n')
    const plan = await planned(full, text)
    expect(plan).toMatchObject({ same: 1, unnamed: 2, notes: [] })
    expect(plan.changes).toMatchObject([
      {
        action: 'change',
        section: 'schedules',
        title: 'Acme · build · Nightly: build',
        fields: [
          { field: 'cron', from: '0 6 * * *', to: '0 7 * * *' },
          { field: 'parameters.days', from: 3, to: 4 },
        ],
      },
    ])
    const pruned = await planned(full, text, { prune: true })
    expect(pruned.changes.map(({ action }) => action)).toEqual(['change', 'remove', 'remove'])
  })

  test('prune takes away schedules, ages, triggers, routes and mutes, and never a brand', async () => {
    const sections = ['brands', 'schedules', 'policies', 'triggers', 'routes', 'mutes']
    const text = ['format: pipeline-manager/v1', ...sections.map((section) => `${section}: []`)].join('\n')
    expect(await applied(full, text, { prune: true })).toMatchObject({ refused: 0, applied: 11 })
    const after = await pm.client.settings.export({ organizationId: full })
    expect(after.document).toMatchObject({ schedules: [], policies: [], triggers: [], routes: [], mutes: [] })
    expect(after.document['brands']).toHaveLength(3)
  })

  test('names every fault of a file at once, with line, path, value and fix', async () => {
    const text = `format: pipeline-manager/v1
schedules:
  - { brand: Acme, job_type: biuld, name: One, cron: 0 6 * * *, time_zone: UTC }
  - { brand: Acne, job_type: load, name: Two, cron: 0 6 * * *, time_zone: UTC }
  - { brand: Acme, job_type: build, name: Three, cron: 0 6 * * *, time_zone: UTC, parameters: { weeks: 1 } }
policies:
  - { brand: Acme, dataset: oders, max_age_hours: 4 }
  - { brand: Acme, dataset: clicks, due: { days: [mon], at: "09:00", zone: UTC } }
routes:
  - { channel: opps }
`
    const error = await planned(full, text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INVALID_INPUT' })
    const lines = String(error instanceof Error ? error.message : error).split('\n')
    expect(lines).toEqual([
      expect.stringMatching(
        /^settings\.yaml:4:\d+: schedules\.1\.brand names the brand "Acne".*Did you mean "Acme"\?.*--create-brands/,
      ),
      expect.stringMatching(/^settings\.yaml:3:\d+: schedules\.0\.job_type .*"biuld".*Did you mean "build"\?/),
      expect.stringMatching(/^settings\.yaml:5:\d+: schedules\.2.*weeks/),
      expect.stringMatching(/^settings\.yaml:7:\d+: policies\.0\.dataset .*Did you mean "orders"\?/),
      expect.stringMatching(/^settings\.yaml:8:\d+: policies\.1\.due .*max_age_hours/),
      expect.stringMatching(/^settings\.yaml:10:\d+: routes\.0\.channel .*Did you mean "ops"\?/),
    ])
  })
})

describe('applying', () => {
  test('a setting that somebody changed after the plan was shown is refused and said, and the others are done', async () => {
    const text = (await exported(full, ['schedules', 'policies']))
      .replaceAll('time_zone: Europe/Berlin', 'time_zone: UTC')
      .replace('max_age_hours: 12.5', 'max_age_hours: 10')
    const plan = await planned(full, text)
    expect(plan.changes).toHaveLength(3)
    const { rows } = await pm.sql.query<{ id: string; version: number }>(
      `select id, version from scheduled_jobs where job_type = 'build'`,
    )
    const job = rows[0] ?? { id: '', version: 0 }
    await pm.client.schedules.update({ jobId: job.id, version: job.version, maxRetries: 9 })
    const answer = await pm.client.settings.apply({ organizationId: full, text, changes: shownAs(plan) })
    expect(answer).toMatchObject({ applied: 2, refused: 1 })
    expect(answer.results.find(({ outcome }) => outcome === 'refused')).toMatchObject({
      refused: 'conflict',
      message:
        'Acme · build · Nightly: build was changed by somebody after the plan was shown. Look at the plan again.',
    })
    expect(await exported(full, ['schedules'])).toContain('max_retries: 9')
  })

  test('does nothing that was not shown, and says how much that is', async () => {
    const text = (await exported(full, ['schedules'])).replaceAll('Europe/Berlin', 'UTC')
    const [first] = shownAs(await planned(full, text))
    const answer = await pm.client.settings.apply({
      organizationId: full,
      text,
      changes: first === undefined ? [] : [first],
    })
    expect(answer).toMatchObject({ applied: 1, refused: 0, notShown: 1 })
  })

  test('is on record as what people do, with who and from what to what', async () => {
    const text = (await exported(full, ['policies', 'schedules']))
      .replace('max_age_hours: 12.5', 'max_age_hours: 10')
      .replace('priority: high', 'priority: low')
    await pm.sql.query('delete from operator_actions')
    await pm.as({ operator: 'git', door: 'api' }).settings.apply({
      organizationId: full,
      text,
      changes: shownAs(await planned(full, text)),
    })
    const { rows } = await pm.sql.query(
      `select operator, door, action, state_before->'maxAgeHours' as from, state_after->'maxAgeHours' as to from operator_actions order by action`,
    )
    expect(rows).toEqual([
      { operator: 'git', door: 'api', action: 'job.schedule', from: null, to: null },
      { operator: 'git', door: 'api', action: 'policy.set', from: 12.5, to: 10 },
    ])
  })

  test('an archived brand is taken back, and paused schedules are paused before they could run', async () => {
    const text = `format: pipeline-manager/v1
brands: [{ name: Old }]
schedules:
  - { brand: Old, job_type: build, name: New, cron: "* * * * *", time_zone: UTC, paused: true }
`
    expect(await applied(full, text)).toMatchObject({ refused: 0, applied: 2 })
    const { rows } = await pm.sql.query(`select status, parameters from scheduled_jobs where name = 'New'`)
    expect(rows).toEqual([{ status: 'paused', parameters: { days: 7 } }])
    // The defaults of parameters are stored, and are no difference.
    expect(await planned(full, text)).toMatchObject({ changes: [], same: 2 })
  })
})

describe('rights', () => {
  test('who may only read exports, and may neither plan nor apply', async () => {
    const reader = pm.as({ scope: 'read' })
    expect((await reader.settings.export({ organizationId: full })).settings).toBeGreaterThan(10)
    const wish = { organizationId: full, text: 'format: pipeline-manager/v1' }
    await expect(pm.as({ scope: 'operate' }).settings.plan(wish)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(reader.settings.apply({ ...wish, changes: [] })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  test('jobs of the platform are for administrators of all organizations, and only where they are asked for', async () => {
    await pm.client.schedules.create({
      organizationId: full,
      brandId: null,
      jobType: 'load',
      cron: '0 1 * * *',
      timeZone: 'UTC',
    })
    expect(await exported(full)).not.toContain('platform_schedules')
    const text = await exported(full, ['platform_schedules'])
    expect(text).toContain('job_type: load')
    const own = pm.as({ organizationId: full })
    await expect(own.settings.export({ organizationId: full, only: ['platform_schedules'] })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    })
    await expect(own.settings.plan({ organizationId: full, text })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  test('another organization does not exist', async () => {
    const other = pm.as({ organizationId: await addEmptyOrganization(pm, 'Other') })
    await expect(other.settings.export({ organizationId: full })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const wish = { organizationId: full, text: 'format: pipeline-manager/v1' }
    await expect(other.settings.plan(wish)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
