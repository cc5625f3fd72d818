import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addIncident } from '../../support/incident-rows.ts'
import { addJob, addRun, type Brand, insert } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { label: 'Orders' } },
  jobTypes: { load: { datasets: ['orders'] }, card: { datasets: [] } },
})
const minute = 60_000

let pm: TestConsole
/** In EMEA and Tier 1. */
let acme: Brand
/** In EMEA. */
let bolt: string
/** In no group. */
let cord: string
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  acme = await addOpenBrand(pm.sql)
  bolt = await insert(pm.sql, 'brands', { organization_id: acme.organizationId, name: 'Bolt' })
  cord = await insert(pm.sql, 'brands', { organization_id: acme.organizationId, name: 'Cord' })
  await change({ brandIds: [acme.brandId, bolt], add: ['EMEA'] })
  await change({ brandIds: [acme.brandId], add: ['Tier 1'] })
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, operator_actions, scheduled_jobs, agents, incidents cascade')
})

interface Change {
  readonly brandIds: string[]
  readonly add?: string[]
  readonly remove?: string[]
}
const change = (input: Change) => pm.client.admin.changeGroups({ organizationId: acme.organizationId, ...input })
const groupsOf = async () => {
  const { brands } = await pm.client.session.brands({ organizationId: acme.organizationId })
  return Object.fromEntries(brands.map(({ name, groups }) => [name, groups]))
}
const place = (group: string) => ({ organizationId: acme.organizationId, group })

describe('the groups that a brand carries', () => {
  test('are any number of them; adding twice changes nothing, and what was changed is the way back', async () => {
    expect(await groupsOf()).toEqual({ Acme: ['EMEA', 'Tier 1'], Bolt: ['EMEA'], Cord: [] })
    const { changed } = await change({ brandIds: [acme.brandId, bolt, cord], add: ['EMEA'], remove: ['Tier 1'] })
    expect(changed.map(({ name, added, removed }) => [name, added, removed])).toEqual([
      ['Acme', [], ['Tier 1']],
      ['Cord', ['EMEA'], []],
    ])
    for (const { brandId, added, removed } of changed)
      await change({ brandIds: [brandId], add: removed, remove: added })
    expect(await groupsOf()).toEqual({ Acme: ['EMEA', 'Tier 1'], Bolt: ['EMEA'], Cord: [] })
    expect((await change({ brandIds: [bolt], add: ['EMEA'] })).changed).toEqual([])
  })

  test('case is kept, and tells no groups apart: what others carry is written as they have it', async () => {
    await change({ brandIds: [cord], add: ['  emea ', 'Team Ännä'] })
    await change({ brandIds: [bolt], add: ['TEAM ÄNNÄ'] })
    expect(await groupsOf()).toEqual({
      Acme: ['EMEA', 'Tier 1'],
      Bolt: ['EMEA', 'Team Ännä'],
      Cord: ['EMEA', 'Team Ännä'],
    })
    await change({ brandIds: [cord], remove: ['Emea'] })
    expect((await groupsOf())['Cord']).toEqual(['Team Ännä'])
  })

  test('are on record with both states, in words', async () => {
    const { actions } = await pm.client.admin.actions({ organizationId: acme.organizationId })
    expect(actions[0]).toMatchObject({ action: 'brand.set_groups', subjectName: 'Acme', operator: 'tester' })
    expect(actions[0]?.changes).toEqual([{ field: 'groups', name: 'groups', from: 'EMEA', to: 'EMEA, Tier 1' }])
  })

  test.each<[string, Partial<Change>, string]>([
    ['an empty name', { add: [' '] }, 'INVALID_INPUT'],
    ['41 characters', { add: ['x'.repeat(41)] }, 'INVALID_INPUT'],
    ['a semicolon', { add: ['EMEA;APAC'] }, 'INVALID_INPUT'],
    ['an invisible character', { add: ['EM\u200BEA'] }, 'INVALID_INPUT'],
    ['the same group on both sides', { add: ['New'], remove: ['NEW'] }, 'INVALID_INPUT'],
    ['the 21st group', { add: Array.from({ length: 19 }, (_, index) => `Group ${index}`) }, 'INVALID_INPUT'],
    ['a brand of nobody', { brandIds: ['00000000-0000-4000-8000-000000000000'], add: ['New'] }, 'NOT_FOUND'],
  ])('%s is refused, and nothing is changed', async (_what, input, code) => {
    await expect(change({ brandIds: [acme.brandId], ...input })).rejects.toMatchObject({ code })
    expect(await groupsOf()).toEqual({ Acme: ['EMEA', 'Tier 1'], Bolt: ['EMEA'], Cord: [] })
  })

  test('stay through a new name, being put away and coming back, and go with the brand', async () => {
    await pm.client.admin.renameBrand({ brandId: bolt, name: 'Bolt & Nut' })
    await pm.client.admin.archiveBrand({ brandId: bolt })
    expect(await groupsOf()).toEqual({ Acme: ['EMEA', 'Tier 1'], Cord: [] })
    await pm.client.admin.restoreBrand({ brandId: bolt })
    expect((await groupsOf())['Bolt & Nut']).toEqual(['EMEA'])
    await pm.sql.query('delete from brands where id = $1', [bolt])
    const { brands } = await pm.client.admin.brands({ organizationId: acme.organizationId })
    expect(brands.map(({ groups }) => groups)).toEqual([['EMEA', 'Tier 1'], []])
  })

  test('a new name is for all of its brands, those put away too, and for the routes that follow it', async () => {
    const { organizationId } = acme
    const route = { channel: 'desktop', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
    await pm.client.notifications.setRoute({ organizationId, ...route, groups: ['emea', 'Tier 1'] })
    await pm.client.notifications.setRoute({ organizationId, ...route, groups: ['Tier 1'] })
    await pm.client.admin.archiveBrand({ brandId: bolt })
    const input = { organizationId, group: 'emea', name: ' Europe ' }
    expect(await pm.client.admin.renameGroup(input)).toEqual({ brands: 2, routes: 1 })
    await pm.client.admin.restoreBrand({ brandId: bolt })
    expect(await groupsOf()).toEqual({ Acme: ['Europe', 'Tier 1'], Bolt: ['Europe'], Cord: [] })
    const { routes } = await pm.client.notifications.routes({ organizationId })
    expect(routes.map(({ groups }) => groups)).toEqual(expect.arrayContaining([['Europe', 'Tier 1'], ['Tier 1']]))
    const { actions } = await pm.client.admin.actions({ organizationId })
    expect(actions.map(({ action }) => action)).toEqual(expect.arrayContaining(['route.set', 'brand.set_groups']))
    await expect(pm.client.admin.renameGroup(input)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a new name that differs in case alone is one, and is on record', async () => {
    const input = { organizationId: acme.organizationId, group: 'EMEA', name: 'Emea' }
    expect(await pm.client.admin.renameGroup(input)).toEqual({ brands: 2, routes: 0 })
    expect(await groupsOf()).toEqual({ Acme: ['Emea', 'Tier 1'], Bolt: ['Emea'], Cord: [] })
    expect(await pm.client.admin.renameGroup(input)).toEqual({ brands: 0, routes: 0 })
    const { actions } = await pm.client.admin.actions({ organizationId: acme.organizationId })
    expect(actions[0]?.changes).toEqual([
      expect.objectContaining({ field: 'groups', to: expect.stringContaining('Emea') as unknown }),
    ])
  })

  test('what waits on a route that follows a group does not wait anew for a new name of it', async () => {
    const { organizationId } = acme
    const route = { channel: 'desktop', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
    await pm.client.notifications.setRoute({ organizationId, ...route, afterMinutes: 60, groups: ['EMEA'] })
    const changedAt = async () => (await pm.client.notifications.routes({ organizationId })).routes[0]?.changedAt
    const before = await changedAt()
    expect(await pm.client.admin.renameGroup({ organizationId, group: 'EMEA', name: 'Europe' })).toMatchObject({
      routes: 1,
    })
    expect(await changedAt()).toEqual(before)
  })

  test('a name that a route follows is taken, also when no brand carries it', async () => {
    const { organizationId } = acme
    const route = { channel: 'desktop', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
    await change({ brandIds: [cord], add: ['Europe'] })
    await pm.client.notifications.setRoute({ organizationId, ...route, groups: ['Europe'] })
    await change({ brandIds: [cord], remove: ['Europe'] })
    const input = { organizationId, group: 'EMEA', name: 'europe' }
    await expect(pm.client.admin.renameGroup(input)).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { field: 'name' },
    })
    expect(await pm.client.admin.renameGroup({ ...input, joins: true })).toEqual({ brands: 2, routes: 0 })
    expect(await groupsOf()).toEqual({ Acme: ['Europe', 'Tier 1'], Bolt: ['Europe'], Cord: [] })
  })

  test('two become one only when that is said', async () => {
    const input = { organizationId: acme.organizationId, group: 'EMEA', name: 'tier 1' }
    await expect(pm.client.admin.renameGroup(input)).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { field: 'name' },
    })
    const route = { channel: 'desktop', kinds: null, brandIds: null, tellsResolved: true, enabled: true }
    await pm.client.notifications.setRoute({ organizationId: acme.organizationId, ...route, groups: ['emea'] })
    expect(await pm.client.admin.renameGroup({ ...input, joins: true })).toEqual({ brands: 2, routes: 1 })
    expect(await groupsOf()).toEqual({ Acme: ['Tier 1'], Bolt: ['Tier 1'], Cord: [] })
    const { routes } = await pm.client.notifications.routes({ organizationId: acme.organizationId })
    expect(routes.map(({ groups }) => groups)).toEqual([['Tier 1']])
  })

  test('an administrator of another organization neither sees nor changes them', async () => {
    const other = await addOpenBrand(pm.sql, 'Other')
    const foreign = pm.as({ organizationId: other.organizationId })
    const input = { organizationId: acme.organizationId, brandIds: [acme.brandId], add: ['Mine'] }
    await expect(foreign.admin.changeGroups(input)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const own = { ...input, organizationId: other.organizationId }
    await expect(foreign.admin.changeGroups(own)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const asked = foreign.jobs.list({ organizationId: other.organizationId, group: 'EMEA' })
    await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND', data: { field: 'group' } })
  })

  test('the import adds groups, several in a cell, and takes none away', async () => {
    const csv = 'brand,groups\nCord,"EMEA; Tier 1 ;"\nAcme,emea\nDune,New'
    const input = { organizationId: acme.organizationId, csv }
    const { lines } = await pm.client.admin.importBrands(input)
    expect(lines.map(({ words }) => words)).toEqual([
      ['Adds it to EMEA, Tier 1.'],
      [],
      ['Makes the brand Dune.', 'Adds it to New.'],
    ])
    expect(await pm.client.admin.importBrands({ ...input, apply: true })).toMatchObject({ applied: true })
    expect(await groupsOf()).toEqual({
      Acme: ['EMEA', 'Tier 1'],
      Bolt: ['EMEA'],
      Cord: ['EMEA', 'Tier 1'],
      Dune: ['New'],
    })
    const long = await pm.client.admin.importBrands({ ...input, csv: `brand,groups\nAcme,${'x'.repeat(41)}` })
    expect(long.lines[0]).toMatchObject({ outcome: 'bad', problem: { field: 'groups' } })
  })
})

describe('a view of a group', () => {
  let jobs: Record<'acme' | 'bolt' | 'cord' | 'platform', string>
  beforeEach(async () => {
    await addAgent(pm.sql, catalog, ['load'])
    const soon = new Date(Date.now() + 10 * minute)
    const job = (brandId: string | null, name: string) =>
      addJob(pm.sql, {
        brand_id: brandId,
        name,
        job_type: 'load',
        cron_expression: '0 6 * * *',
        time_zone: 'UTC',
        next_run_at: soon,
      })
    jobs = {
      acme: await job(acme.brandId, 'Of Acme'),
      bolt: await job(bolt, 'Of Bolt'),
      cord: await job(cord, 'Of Cord'),
      platform: await job(null, 'Of nobody'),
    }
    for (const [name, brandId] of [
      ['acme', acme.brandId],
      ['bolt', bolt],
      ['cord', cord],
      ['platform', null],
    ] as const) {
      await addRun(pm.sql, jobs[name], {
        brand_id: brandId,
        job_type: 'load',
        status: 'completed',
        started_at: new Date(Date.now() - 10 * minute),
        completed_at: new Date(Date.now() - 9 * minute),
      })
      if (brandId !== null) {
        await addIncident(pm.sql, {
          organization_id: acme.organizationId,
          brand_id: brandId,
          opened_at: new Date(Date.now() - minute),
        })
      }
    }
  })

  test('board, summary, readiness and report are of its brands alone, whatever the case', async () => {
    const board = await pm.client.freshness.board({ ...place('emea'), withBrands: false })
    expect(board.brands?.map(({ name }) => name)).toEqual(['Acme', 'Bolt'])
    expect(board.cells.split('\n')).toHaveLength(2)
    expect(await pm.client.freshness.summary(place('EMEA'))).toMatchObject({ datasets: 2 })
    expect(await pm.client.freshness.summary({ organizationId: acme.organizationId })).toMatchObject({ datasets: 3 })
    expect((await pm.client.readiness.list(place('Tier 1'))).brands.map(({ name }) => name)).toEqual(['Acme'])
    expect(await pm.client.report.brands(place('EMEA'))).toMatchObject({ total: 2 })
  })

  test('jobs, their counts and the timeline leave out other brands and the platform', async () => {
    const { jobs: listed } = await pm.client.jobs.list({ ...place('EMEA'), order: 'name' })
    expect(listed.map(({ name }) => name)).toEqual(['Of Acme', 'Of Bolt'])
    expect((await pm.client.jobs.counts(place('EMEA'))).byState.active).toBe(2)
    expect((await pm.client.jobs.counts({ organizationId: acme.organizationId })).byState.active).toBe(4)
    const { lanes } = await pm.client.schedules.timeline(place('EMEA'))
    expect(lanes.map(({ brand }) => brand?.name)).toEqual(['Acme', 'Bolt'])
  })

  test.each([
    ['all of them', {}],
    ['of a job type', { jobTypes: ['load'] }],
    ['of a result', { results: ['completed'] as 'completed'[] }],
    ['by a text', { text: 'nothing' }],
  ])('runs, counts and export agree: %s', async (_what, filter) => {
    const expected = 'text' in filter ? [] : [acme.brandId, bolt].toSorted()
    const { runs } = await pm.client.runs.list({ ...place('EMEA'), ...filter })
    expect(runs.map(({ brand }) => brand?.id ?? '').toSorted()).toEqual(expected)
    const summary = await pm.client.runs.summary({ ...place('EMEA'), ...filter })
    expect([summary.total, summary.byResult.completed]).toEqual([expected.length, expected.length])
    let rows = 0
    for await (const piece of await pm.client.runs.export({ ...place('EMEA'), ...filter, format: 'csv' })) {
      rows += piece.rows
    }
    expect(rows).toBe(expected.length)
  })

  test('incidents, their counts, groups and statistics', async () => {
    const { incidents, counts } = await pm.client.incidents.list(place('EMEA'))
    expect([incidents.length, counts.open]).toEqual([2, 2])
    const { groups } = await pm.client.incidents.groups({ ...place('EMEA'), by: 'brand' })
    expect(groups.map(({ brand }) => brand?.name ?? '').toSorted()).toEqual(['Acme', 'Bolt'])
    expect(await pm.client.incidents.statistics(place('Tier 1'))).toMatchObject({ opened: 1 })
  })

  test('what is triggered, and what other programs ran', async () => {
    const { organizationId } = acme
    for (const brandId of [acme.brandId, cord]) {
      await pm.client.triggers.create({ organizationId, brandId, dataset: 'orders', jobType: 'card' })
    }
    const { triggers } = await pm.client.triggers.list(place('EMEA'))
    expect(triggers.map(({ brand }) => brand.name)).toEqual(['Acme'])
    expect(await pm.client.externalRuns.list(place('EMEA'))).toMatchObject({ runs: [] })
  })

  test('a group that nobody carries does not exist; the nearest is named. Beside a brand it is refused', async () => {
    const missing = pm.client.jobs.list(place('EMAE'))
    await expect(missing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { field: 'group', fix: 'Did you mean "EMEA"?' },
    })
    const both = pm.client.jobs.list({ ...place('EMEA'), brandId: acme.brandId })
    await expect(both).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'group' } })
  })

  test('is another answer than that of all brands, and of another group, also while the database is away', () => {
    const identity = { operator: 'tester', door: 'console', scope: 'admin', organizationId: null } as const
    const question = (group: string | null) => ({
      call: 'freshness.summary',
      input: { organizationId: acme.organizationId, brandId: null, group },
      identity,
    })
    const { answers } = pm.services
    answers.keep(question(null), { datasets: 3 })
    answers.keep(question('EMEA'), { datasets: 2 })
    expect(answers.find(question(null))?.answer).toEqual({ datasets: 3 })
    expect(answers.find(question('EMEA'))?.answer).toEqual({ datasets: 2 })
    expect(answers.find(question('Tier 1'))).toBeNull()
  })
})
