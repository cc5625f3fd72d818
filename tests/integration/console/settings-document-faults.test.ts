/** Settings as code, where an apply is refused or half of it must not be left; through the calls, on a real database. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SettingsChange } from '../../../shared/contract/settings.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addEmptyOrganization } from '../../support/settings-workspace.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 }, report: { maxAgeHours: 24 } },
  jobTypes: {
    build: { datasets: ['report'] },
    sync: {
      datasets: ['report', { dataset: 'orders', when: 'all' }],
      parameters: { type: 'object', properties: { all: { type: 'boolean', default: false } } },
    },
  },
})

let pm: TestConsole
let organizationId: string
let acme: string
beforeAll(async () => {
  pm = await createTestConsole()
})
afterAll(() => pm.stop())
beforeEach(async () => {
  const id = await addAgent(pm.sql, catalog, ['build', 'sync'])
  await pm.sql.query(
    `update agents set catalog = jsonb_set(catalog, '{channels}', '{"ops": {"type": "webhook"}}') where id = $1`,
    [id],
  )
  organizationId = await addEmptyOrganization(pm, 'Org')
  acme = await brandNamed('Acme')
})
afterEach(async () => {
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade')
})

type Wish = { prune?: boolean; createBrands?: boolean }
const brandNamed = async (name: string) => (await pm.client.admin.createBrand({ organizationId, name })).brandId
const head = 'format: pipeline-manager/v1\n'
const exported = async (only: SettingsChange['section'][]) => pm.client.settings.export({ organizationId, only })
const planned = (text: string, wish: Wish = {}) =>
  pm.client.settings.plan({ organizationId, text: head + text, fileName: 'settings.yaml', ...wish })
async function applied(text: string, wish: Wish = {}) {
  const { changes } = await planned(text, wish)
  const shown = changes.map(({ id, seen }) => ({ id, seen }))
  return pm.client.settings.apply({ organizationId, text: head + text, ...wish, changes: shown })
}

describe('what takes the place of another one', () => {
  test('a trigger whose new parameters are refused stays as it was', async () => {
    const trigger = (all: boolean) =>
      `triggers: [{ brand: Acme, dataset: orders, job_type: sync, parameters: { all: ${all} } }]`
    expect(await applied(trigger(false))).toMatchObject({ applied: 1 })
    const before = await exported(['triggers'])
    const { results } = await applied(trigger(true))
    expect(results).toMatchObject([{ outcome: 'refused' }])
    expect(results[0]?.message).toContain('start itself again')
    expect(await exported(['triggers'])).toEqual(before)
  })

  test('a trigger that is to be paused is paused from the beginning', async () => {
    const text = 'triggers: [{ brand: Acme, dataset: orders, job_type: build, paused: true }]'
    expect(await applied(text)).toMatchObject({ applied: 1 })
    const { rows } = await pm.sql.query('select created_at = paused_at as "atOnce" from dataset_triggers')
    expect(rows).toEqual([{ atOnce: true }])
  })

  test('a mute whose successor cannot be stored stays as it was', async () => {
    expect(await applied('mutes: [{ brand: Acme, note: first }]')).toMatchObject({ applied: 1 })
    const before = await exported(['mutes'])
    await pm.sql.query(`alter table mute_rules add constraint not_second check (note <> 'second')`)
    try {
      expect(await applied('mutes: [{ brand: Acme, note: second }]')).toMatchObject({ applied: 0, refused: 1 })
    } finally {
      await pm.sql.query('alter table mute_rules drop constraint not_second')
    }
    expect(await exported(['mutes'])).toEqual(before)
  })
})

describe('brands that are put away', () => {
  const route = { channel: 'ops', kinds: null, tellsResolved: true, enabled: true }

  test('are left out of an exported route, which can be applied elsewhere, and stay in the route that is changed', async () => {
    const old = await brandNamed('Old')
    await pm.client.notifications.setRoute({ ...route, organizationId, brandIds: [acme, old] })
    await pm.client.notifications.setRoute({ ...route, organizationId, brandIds: [old], kinds: ['job_dead'] })
    await pm.client.admin.archiveBrand({ brandId: old })
    const { document, notes, yaml } = await exported(['routes'])
    expect(document['routes']).toEqual([{ channel: 'ops', brands: ['Acme'] }])
    expect(notes).toEqual([
      'A route to ops is written without archived brands that it names: Old.',
      expect.stringContaining('A route to ops is left out'),
    ])
    const body = yaml.slice(yaml.indexOf('routes:'))
    expect(await planned(body, { prune: true })).toMatchObject({ changes: [], same: 1 })
    expect(await applied(`${body.trimEnd()}\n    enabled: false\n`)).toMatchObject({ applied: 1 })
    const { rows } = await pm.sql.query('select brand_ids::text[] as ids from notification_routes where not enabled')
    expect(rows).toEqual([{ ids: [acme, old].toSorted() }])
  })

  test('are refused in a route of a file, unless the file takes them back', async () => {
    const old = await brandNamed('Old')
    await pm.client.admin.archiveBrand({ brandId: old })
    const text = 'routes: [{ channel: ops, brands: [Acme, Old] }]'
    await expect(planned(text)).rejects.toThrow(/routes\.0\.brands names "Old", which is archived/)
    await expect(planned(`${text}\nbrands: [{ name: Acme, archived: true }]`)).rejects.toThrow(
      /"Acme", which is archived/,
    )
    expect(await applied(`${text}\nbrands: [{ name: Old }]`)).toMatchObject({ applied: 2, refused: 0 })
  })

  test('are not taken for the brand in use that has their name now', async () => {
    await pm.client.incidents.mute({ organizationId, brandId: acme, note: 'of the old one' })
    await pm.client.notifications.setRoute({ ...route, organizationId, brandIds: [acme] })
    await pm.client.admin.archiveBrand({ brandId: acme })
    await brandNamed('Acme')
    expect((await exported(['routes', 'mutes'])).document).toMatchObject({ routes: [], mutes: [] })
  })
})

describe('groups that a route follows', () => {
  test('are exported and applied, are the same in any case, and may come with the file', async () => {
    const text = 'routes: [{ channel: ops, groups: [North] }]'
    await expect(planned(text)).rejects.toThrow(/routes\.0.*No brand is in a group "North"/)
    expect(await applied(`${text}\nbrands: [{ name: Acme, groups: [North] }]`)).toMatchObject({ refused: 0 })
    const { document, yaml } = await exported(['routes'])
    expect(document['routes']).toEqual([{ channel: 'ops', groups: ['North'] }])
    const body = yaml.slice(yaml.indexOf('routes:'))
    expect(await planned(body, { prune: true })).toMatchObject({ changes: [], same: 1 })
    expect(await planned(body.replace('North', 'NORTH'), { prune: true })).toMatchObject({ changes: [], same: 1 })
    // It stays where it is, when nobody carries the group any more.
    await pm.client.admin.changeGroups({ organizationId, brandIds: [acme], remove: ['North'] })
    expect(await planned(body.replace('North', 'north'), { prune: true })).toMatchObject({ changes: [], same: 1 })
    expect((await exported(['routes'])).notes).toEqual([expect.stringContaining('that no brand carries')])
  })

  test('stay beside an archived brand, which the file does not name', async () => {
    const old = await brandNamed('Old')
    await pm.client.admin.changeGroups({ organizationId, brandIds: [acme], add: ['North'] })
    const route = { channel: 'ops', kinds: null, tellsResolved: true, enabled: true }
    await pm.client.notifications.setRoute({ ...route, organizationId, brandIds: [old], groups: ['North'] })
    await pm.client.admin.archiveBrand({ brandId: old })
    const { yaml } = await exported(['routes'])
    const body = yaml.slice(yaml.indexOf('routes:'))
    expect(body).not.toContain('brands')
    expect(await applied(`${body.trimEnd()}\n    enabled: false\n`)).toMatchObject({ applied: 1 })
    const { rows } = await pm.sql.query(
      'select brand_ids::text[] as ids, brand_groups as groups from notification_routes',
    )
    expect(rows).toEqual([{ ids: [old], groups: ['North'] }])
  })
})

test('a route is given to a name: "me" would be another route with each apply', async () => {
  await expect(planned('routes: [{ channel: ops, person: Me }]')).rejects.toThrow(
    /routes\.0\.person is "Me", which is whoever asks: give the name/,
  )
})

test('of several mutes or routes of one name the oldest is looked at', async () => {
  const route = { organizationId, channel: 'ops', kinds: null, brandIds: null, enabled: true }
  for (const [index, note] of ['first', 'second', 'third'].entries()) {
    await pm.client.incidents.mute({ organizationId, kind: 'suspicious', note })
    await pm.client.notifications.setRoute({ ...route, tellsResolved: index > 0 })
  }
  const { document } = await exported(['routes', 'mutes'])
  expect(document['mutes']).toEqual([{ kind: 'suspicious', note: 'first' }])
  expect(document['routes']).toEqual([{ channel: 'ops', tells_resolved: false }])
})

const nightly = 'brand: Acme, job_type: build, name: Nightly, cron: 0 6 * * *, time_zone: UTC'

describe('schedules', () => {
  test('a trigger is not cut off by prune when the same file renames its job', async () => {
    const trigger = 'triggers: [{ brand: Acme, dataset: orders, job_type: build, job: Nightly }]'
    const text = `schedules: [{ ${nightly} }]\n${trigger}`
    expect(await applied(text)).toMatchObject({ applied: 2, refused: 0 })
    expect(await planned(text, { prune: true })).toMatchObject({ changes: [], same: 2 })
    const renamed = text.replace('name: Nightly', 'name: Daily')
    await expect(planned(renamed, { prune: true })).rejects.toThrow(/triggers\.0\.job .*"Nightly"/)
    await expect(planned(`schedules: []\n${trigger}`, { prune: true })).rejects.toThrow(/triggers\.0\.job/)
    expect(await planned(renamed)).toMatchObject({ changes: [{ action: 'add' }], same: 1 })
    const both = renamed.replace('job: Nightly', 'job: Daily')
    expect(await applied(both, { prune: true })).toMatchObject({ applied: 4, refused: 0 })
  })

  test('a change that is refused does not leave its schedule paused', async () => {
    expect(await applied(`schedules: [{ ${nightly} }]`)).toMatchObject({ applied: 1 })
    await pm.sql.query('alter table scheduled_jobs add constraint not_nine check (max_retries <> 9)')
    try {
      const text = `schedules: [{ ${nightly}, max_retries: 9, paused: true }]`
      expect(await applied(text)).toMatchObject({ applied: 0, refused: 1 })
    } finally {
      await pm.sql.query('alter table scheduled_jobs drop constraint not_nine')
    }
    const { rows } = await pm.sql.query('select status from scheduled_jobs')
    expect(rows).toEqual([{ status: 'active' }])
  })

  test('are changed and paused, and changed and resumed, in one go', async () => {
    expect(await applied(`schedules: [{ ${nightly} }]`)).toMatchObject({ applied: 1 })
    for (const text of [`${nightly}, max_retries: 1, paused: true`, `${nightly}, max_retries: 2`]) {
      expect(await applied(`schedules: [{ ${text} }]`)).toMatchObject({ applied: 1, refused: 0 })
      expect(await planned(`schedules: [{ ${text} }]`)).toMatchObject({ changes: [], same: 1 })
    }
  })

  test('one that no file can say is not planned as a new one', async () => {
    expect(await applied(`schedules: [{ ${nightly} }]`)).toMatchObject({ applied: 1 })
    await pm.sql.query('update scheduled_jobs set max_runs = 3')
    await expect(planned(`schedules: [{ ${nightly} }]`)).rejects.toThrow(
      /schedules\.0\.name is there already and cannot be changed by a file: it ends after a number of runs/,
    )
  })
})

describe('a brand that a file takes back', () => {
  const settings = `schedules: [{ ${nightly}, paused: true }]
policies: [{ brand: Acme, dataset: orders, max_age_hours: 4 }]
triggers: [{ brand: Acme, dataset: orders, job_type: build }]
routes: [{ channel: ops, brands: [Acme] }]
mutes: [{ brand: Acme }]
`

  test('comes back with what it had: a file that says so too is refused before anything is done, with the way', async () => {
    expect(await applied(settings)).toMatchObject({ applied: 5 })
    await pm.client.admin.archiveBrand({ brandId: acme })
    const text = `brands: [{ name: Acme }]\n${settings}`
    const error = await planned(text).catch((thrown: unknown) => thrown)
    const lines = String(error instanceof Error ? error.message : error).split('\n')
    expect(lines).toHaveLength(5)
    for (const [index, section] of ['schedules', 'policies', 'triggers', 'routes', 'mutes'].entries()) {
      expect(lines[index]).toContain(`${section}.0 comes back with`)
      expect(lines[index]).toContain('First apply a file with nothing but the brand')
    }
    const others = 'brands: [{ name: Acme }]\nmutes: []\n'
    await expect(planned(others, { prune: true })).rejects.toThrow(/mutes does not name 1 that come back/)
    expect(await planned(others)).toMatchObject({ changes: [{ section: 'brands', action: 'change' }] })
    expect(await applied('brands: [{ name: Acme }]')).toMatchObject({ applied: 1, refused: 0 })
    expect(await planned(text, { prune: true })).toMatchObject({ changes: [], same: 6 })
  })
})
