import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkAccountWithin } from '../../../agent/brands/ad-accounts.ts'
import { lockBrandsOf } from '../../../agent/store/brand-administration.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addIncident } from '../../support/incident-rows.ts'
import { addJob, type Brand, insert } from '../../support/job-rows.ts'
import { waitFor } from '../../support/wait.ts'

let pm: TestConsole
let acme: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog: testCatalog({ datasets: { orders: {}, stock: {} } }) })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  acme = await addOpenBrand(pm.sql)
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, operator_actions cascade')
})

const brands = async () => (await pm.client.admin.brands({ organizationId: acme.organizationId })).brands
const actions = async () =>
  (await pm.client.admin.actions({ organizationId: acme.organizationId })).actions.map(({ action }) => action)

describe('brands', () => {
  test('are made and renamed, each name once; what happened is on record', async () => {
    const { brandId } = await pm.client.admin.createBrand({ organizationId: acme.organizationId, name: ' Zenith ' })
    const twice = pm.client.admin.createBrand({ organizationId: acme.organizationId, name: 'Zenith' })
    await expect(twice).rejects.toMatchObject({ code: 'CONFLICT', data: { field: 'name' } })
    await expect(pm.client.admin.renameBrand({ brandId, name: 'Acme' })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await pm.client.admin.renameBrand({ brandId, name: 'Zen' })).toEqual({ changed: true })
    expect(await pm.client.admin.renameBrand({ brandId, name: 'Zen' })).toEqual({ changed: false })
    expect((await brands()).map(({ name }) => name)).toEqual(['Acme', 'Zen'])
    expect(await actions()).toEqual(['brand.rename', 'brand.create'])
  })

  test('put away: nothing lists it, its jobs are paused; brought back: those go on, and no others', async () => {
    const columns = { brand_id: acme.brandId, cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const active = await addJob(pm.sql, { ...columns, name: 'Active' })
    const paused = await addJob(pm.sql, { ...columns, name: 'Paused', status: 'paused', concurrency_key: 'other' })
    const statusOf = async (jobId: string) => (await pm.client.jobs.get({ jobId })).job.status
    expect(await pm.client.admin.archiveBrand({ brandId: acme.brandId })).toEqual({ changed: true, jobs: 1 })
    expect([await statusOf(active), await statusOf(paused)]).toEqual(['paused', 'paused'])
    expect(await pm.client.admin.archiveBrand({ brandId: acme.brandId })).toEqual({ changed: false, jobs: 0 })
    const { brands: listed } = await pm.client.session.brands({ organizationId: acme.organizationId })
    expect(listed).toEqual([])
    expect((await brands())[0]).toMatchObject({ archivedBy: 'tester', activeJobs: 0 })
    expect(await pm.client.admin.restoreBrand({ brandId: acme.brandId })).toEqual({ changed: true, jobs: 1 })
    expect([await statusOf(active), await statusOf(paused)]).toEqual(['active', 'paused'])
    expect((await brands())[0]).toMatchObject({ archivedAt: null, activeJobs: 1 })
  })

  test('one whose name was given away meanwhile does not come back under it', async () => {
    await pm.client.admin.archiveBrand({ brandId: acme.brandId })
    await pm.client.admin.createBrand({ organizationId: acme.organizationId, name: 'Acme' })
    await expect(pm.client.admin.restoreBrand({ brandId: acme.brandId })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('accounts are linked by either form of their id, and taken away; another brand’s is told', async () => {
    const { brandId } = acme
    expect(await pm.client.admin.linkAccount({ brandId, accountId: '12', name: 'Main' })).toEqual({
      accountId: 'act_12',
      isTaken: false,
    })
    const other = await pm.client.admin.createBrand({ organizationId: acme.organizationId, name: 'Other' })
    const link = { brandId: other.brandId, accountId: 'act_12' }
    expect(await pm.client.admin.linkAccount(link)).toMatchObject({ isTaken: true })
    await expect(pm.client.admin.linkAccount({ brandId, accountId: 'Main' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect((await brands())[0]?.accounts).toMatchObject([{ accountId: 'act_12', name: 'Main', isPrimary: true }])
    const gone = await pm.client.admin.unlinkAccount({ brandId, accountId: '12' })
    expect(gone).toEqual({ changed: true, before: { accountId: 'act_12', name: 'Main', isPrimary: true } })
    expect(await pm.client.admin.unlinkAccount({ brandId, accountId: '12' })).toEqual({ changed: false, before: null })
  })

  test('an ad account of another organization’s brand is refused, by either form of its id', async () => {
    const theirs = await addOpenBrand(pm.sql, 'Theirs')
    await pm.client.admin.linkAccount({ brandId: theirs.brandId, accountId: '77' })
    await pm.client.admin.archiveBrand({ brandId: theirs.brandId })
    const own = pm.as({ organizationId: acme.organizationId, scope: 'admin' })
    for (const accountId of ['77', 'act_77']) {
      const refused = own.admin.linkAccount({ brandId: acme.brandId, accountId })
      await expect(refused).rejects.toMatchObject({ code: 'CONFLICT', data: { field: 'account' } })
    }
    expect((await brands())[0]?.accounts).toEqual([])
  })

  test('searches of the Ad Library are added once and taken away; what cannot be searched for is named', async () => {
    const { brandId } = acme
    const search = { brandId, terms: ' running shoes ', pageIds: ['106692016032144'], countries: ['de', 'GB'] }
    const { searchId, changed } = await pm.client.admin.addLibrarySearch(search)
    expect(changed).toBe(true)
    expect(await pm.client.admin.addLibrarySearch(search)).toEqual({ searchId: null, changed: false })
    expect((await brands())[0]?.searches).toEqual([
      { id: searchId, terms: 'running shoes', pageIds: ['106692016032144'], countries: ['DE', 'GB'] },
    ])
    for (const [field, wrong] of Object.entries({ countries: ['Germany'], pageIds: ['nike'], terms: '' })) {
      const refused = pm.client.admin.addLibrarySearch({ brandId, terms: 'x', countries: ['DE'], [field]: wrong })
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field } })
    }
    const gone = { brandId, searchId: searchId ?? '' }
    expect(await pm.client.admin.removeLibrarySearch(gone)).toEqual({ changed: true })
    expect(await pm.client.admin.removeLibrarySearch(gone)).toEqual({ changed: false })
    expect(await actions()).toEqual(['brand.remove_search', 'brand.add_search'])
  })

  test('organizations are for administrators of all of them', async () => {
    await expect(
      pm.as({ organizationId: acme.organizationId }).admin.createOrganization({ name: 'New' }),
    ).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const { organizationId } = await pm.client.admin.createOrganization({ name: 'New' })
    const { organizations } = await pm.client.session.get()
    expect(organizations.find(({ id }) => id === organizationId)?.features).toEqual(['PIPELINE_MANAGER'])
  })
})

describe('an import', () => {
  const file = (...lines: readonly string[]): string =>
    ['brand,ad_account,account_name,primary,dataset,max_age_hours', ...lines].join('\r\n')
  const send = (csv: string, apply: boolean) =>
    pm.client.admin.importBrands({ organizationId: acme.organizationId, csv, apply })

  test('says what each line would do, then does it; a second time it is so already', async () => {
    const csv = file('Acme,act_1,Main,yes,orders,"6,5"', '"Zenith, Inc.",2,,,,', '"Zenith, Inc.",,,,stock,24')
    const planned = await send(csv, false)
    expect(planned).toMatchObject({ applied: false, lines: [{ line: 2, outcome: 'changes' }, {}, {}] })
    expect(planned.lines[1]?.words).toEqual(['Makes the brand Zenith, Inc..', 'Links the ad account act_2.'])
    expect(await brands()).toHaveLength(1)
    expect((await send(csv, true)).applied).toBe(true)
    expect(await brands()).toMatchObject([
      {
        name: 'Acme',
        accounts: [{ accountId: 'act_1', isPrimary: true }],
        policies: [{ dataset: 'orders', maxAgeHours: 6.5 }],
      },
      { name: 'Zenith, Inc.', accounts: [{ accountId: 'act_2' }], policies: [{ dataset: 'stock', maxAgeHours: 24 }] },
    ])
    expect((await send(csv, true)).lines.map(({ outcome }) => outcome)).toEqual(['same', 'same', 'same'])
  })

  test('keeps nobody from anything but the brands of its organization while it goes on', async () => {
    const { organizationId, brandId } = acme
    await pm.services.database.transaction(async (importing) => {
      await lockBrandsOf(importing, organizationId)
      await pm.sql.query("set lock_timeout = '5s'")
      await insert(pm.sql, 'dataset_status', {
        brand_id: brandId,
        organization_id: organizationId,
        dataset_key: 'orders',
      })
      await addIncident(pm.sql, { brand_id: brandId, organization_id: organizationId })
      await pm.client.admin.linkAccount({ brandId, accountId: '12', name: 'Main' })
      await pm.sql.query('reset lock_timeout')
      expect(await actions()).toEqual(['brand.link_account'])
    })
  })

  test('does not lock itself out with a brand that is renamed or brought back meanwhile', async () => {
    const { organizationId, brandId } = acme
    const actor = { operator: 'importer', door: 'console' } as const
    for (const change of [
      () => pm.client.admin.renameBrand({ brandId, name: 'Apex' }),
      () => pm.client.admin.restoreBrand({ brandId }),
    ]) {
      await pm.client.admin.archiveBrand({ brandId })
      const { changed } = await pm.services.database.transaction(async (importing) => {
        await lockBrandsOf(importing, organizationId)
        const changing = change()
        changing.catch(() => undefined)
        await waitFor(async () => (await waitingForLocks()) > 0, { describe: 'the change to wait for the import' })
        await linkAccountWithin(
          importing,
          actor,
          { id: brandId, organizationId },
          { account: '7', name: null, isPrimary: false },
        )
        return { changed: changing }
      })
      expect(await changed).toMatchObject({ changed: true })
    }
  })

  test.each([
    ['a brand without a name', ',act_1,,,,', { field: 'brand' }],
    ['an account that is none', 'New,Main account,,,,', { field: 'ad_account', value: 'Main account' }],
    ['an account of another brand', 'New,77,,,,', { field: 'ad_account', value: 'act_77' }],
    ['neither yes nor no', 'New,act_2,,maybe,,', { field: 'primary', value: 'maybe' }],
    [
      'a dataset that nobody knows',
      'New,,,,order,6',
      { field: 'dataset', value: 'order', fix: 'Did you mean "orders"?' },
    ],
    ['hours that are none', 'New,,,,orders,soon', { field: 'max_age_hours', value: 'soon' }],
    ['no time at all', 'New,,,,orders,0', { field: 'max_age_hours' }],
    ['two maximum ages', 'Acme,,,,stock,7', { field: 'max_age_hours', value: '7' }],
    ['a name of no account', 'New,,Main,,,', { field: 'ad_account' }],
  ])('%s: the line is named with field, value and fix, and nothing is done', async (_what, line, problem) => {
    const other = await addOpenBrand(pm.sql, 'Somebody')
    await pm.sql.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1::uuid, $2)', [
      other.brandId,
      '77',
    ])
    const answer = await send(file('Acme,,,,stock,6', line, 'Good,,,,,'), true)
    expect(answer.applied).toBe(false)
    expect(answer.lines.map(({ outcome }) => outcome)).toEqual(['changes', 'bad', 'changes'])
    expect(answer.lines[1]?.problem).toMatchObject(problem)
    expect(answer.lines[1]?.problem?.fix).not.toBeNull()
    expect(await brands()).toMatchObject([{ name: 'Acme', policies: [] }])
  })

  test.each([
    ['nothing', ''],
    ['a header that is none', 'name\nAcme'],
    ['no brand', 'dataset\norders'],
    ['quotes that never end', 'brand\n"Acme'],
    ['a column twice', 'brand,brand\nAcme,Acme'],
    ['letters that are no UTF-8', new TextDecoder().decode(Buffer.from('brand\nMüller', 'latin1'))],
  ])('a file with %s is refused as a whole', async (_what, csv) => {
    await expect(send(csv, false)).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'csv' } })
  })
})

async function waitingForLocks(): Promise<number> {
  const { rows } = await pm.sql.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}
