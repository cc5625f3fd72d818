import { only } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { addSchedule, overflow } from './support/seed.ts'

test('a brand is made, renamed, given an account and a maximum age, put away and brought back', async ({
  page,
  agent,
  complaints,
}) => {
  await page.goto(agent.at('admin'))
  const section = page.getByRole('region', { name: /^Brands and accounts of/ })
  await section.getByRole('textbox', { name: 'New brand' }).fill('Acme')
  await section.getByRole('button', { name: 'Make brand' }).click()
  await section.getByRole('button', { name: 'Rename Acme' }).click()
  await page.getByRole('textbox', { name: 'New name' }).fill('Acme <b>')
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
  await expect(section.getByRole('rowheader', { name: 'Acme <b>' })).toBeVisible()
  const brand = async () => {
    const { rows } = await agent.sql.query<{ id: string; name: string; archived: boolean }>(
      'select id, name, archived_at is not null as archived from brands where organization_id = $1::uuid',
      [agent.organizationId],
    )
    return rows
  }
  const brandId = only(await brand()).id
  expect(await brand()).toMatchObject([{ name: 'Acme <b>', archived: false }])

  await section.getByRole('button', { name: 'Link account to Acme <b>' }).click()
  await page.getByRole('textbox', { name: 'Ad account' }).fill('123456')
  await page.getByRole('button', { name: 'Link', exact: true }).click()
  const unlink = section.getByRole('button', { name: 'Take act_123456 away from Acme <b>' })
  await expect(unlink).toBeVisible()
  const accounts = async () =>
    (
      await agent.sql.query<{ meta_ad_account_id: string }>(
        'select meta_ad_account_id from brand_ad_accounts where brand_id = $1::uuid',
        [brandId],
      )
    ).rows
  expect(await accounts()).toEqual([{ meta_ad_account_id: 'act_123456' }])
  await unlink.click()
  await expect(unlink).toHaveCount(0)
  expect(await accounts()).toEqual([])
  await page.getByRole('button', { name: 'Link it again' }).click()
  await expect(unlink).toBeVisible()

  await section.getByRole('button', { name: 'Set maximum age for Acme <b>' }).click()
  await page.getByRole('combobox', { name: 'Dataset' }).click()
  await page.getByRole('option', { name: 'Orders' }).click()
  await page.getByRole('textbox', { name: 'Maximum age in hours' }).fill('5')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  const clear = section.getByRole('button', { name: 'Use the usual maximum age of orders for Acme <b>' })
  await expect(clear).toBeVisible()
  await clear.click()
  await expect(clear).toHaveCount(0)
  const { rows: policies } = await agent.sql.query('select from dataset_policies where brand_id = $1::uuid', [brandId])
  expect(policies).toEqual([])

  await section.getByRole('button', { name: 'Add search to Acme <b>' }).click()
  await page.getByRole('textbox', { name: 'Words in the ad' }).fill('running shoes')
  await page.getByRole('textbox', { name: 'Countries' }).fill('Germany')
  await expectAccessible(page, 'the form of a search of the Ad Library')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('dialog').filter({ hasText: 'Words in the ad' })).toContainText(
    '"GERMANY" cannot be searched for. Write two letters each',
  )
  // It is refused, and the browser says so, too.
  complaints.length = 0
  await page.getByRole('textbox', { name: 'Countries' }).fill('de, GB')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const search = section.getByRole('button', { name: 'Search no more for running shoes in DE, GB, of Acme <b>' })
  await expect(search).toBeVisible()
  await search.click()
  await expect(search).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo: search for it again' }).click()
  await expect(search).toBeVisible()
  await expectAccessible(page, 'a brand that searches the Ad Library')

  const jobId = await addSchedule(agent, brandId)
  const status = async () =>
    (await agent.sql.query<{ status: string }>('select status from scheduled_jobs where id = $1::uuid', [jobId]))
      .rows[0]?.status
  await section.getByRole('button', { name: 'Put away Acme <b>' }).click()
  await expect(section.getByRole('button', { name: 'Bring back Acme <b>' })).toBeVisible()
  expect([await status(), (await brand())[0]?.archived]).toEqual(['paused', true])
  await page.getByRole('button', { name: 'Bring it back' }).click()
  await expect(section.getByRole('button', { name: 'Put away Acme <b>' })).toBeVisible()
  await expect.poll(status).toBe('active')
})

test('a file of another encoding is not imported; saved anew it can be chosen again', async ({ page, agent }) => {
  await page.goto(agent.at('admin'))
  const section = page.getByRole('region', { name: /^Brands and accounts of/ })
  await section.getByText('Import from CSV').click()
  const choose = async (encoding: 'latin1' | 'utf8'): Promise<void> => {
    const chooser = page.waitForEvent('filechooser')
    await section.getByRole('button', { name: 'Choose a file' }).click()
    const buffer = Buffer.from('brand\nMüller', encoding)
    await (await chooser).setFiles({ name: 'brands.csv', mimeType: 'text/csv', buffer })
  }
  await choose('latin1')
  const csv = section.getByRole('textbox', { name: 'CSV' })
  await expect(csv).toHaveAccessibleDescription(/save it as CSV UTF-8/)
  await expect(section.getByRole('button', { name: 'Check' })).toBeDisabled()
  await choose('utf8')
  await expect(csv).toHaveValue('brand\nMüller')
  await section.getByRole('button', { name: 'Check' }).click()
  await expect(section.getByRole('table', { name: 'What each line does' })).toContainText('Makes the brand Müller.')
})

test('an import shows what each line does, does nothing while one is bad, and all of it when none is', async ({
  page,
  agent,
}) => {
  // An account has one brand, whatever the organization; other tests have theirs.
  const account = `act_${BigInt(`0x${agent.organizationId.replaceAll('-', '')}`) % 10n ** 15n}`
  await page.goto(agent.at('admin'))
  const section = page.getByRole('region', { name: /^Brands and accounts of/ })
  await section.getByText('Import from CSV').click()
  const csv = section.getByRole('textbox', { name: 'CSV' })
  await csv.fill(`brand,ad_account,dataset,max_age_hours\nAcme,${account},,\nZenith,,order,6`)
  await section.getByRole('button', { name: 'Check' }).click()
  const outcome = section.getByRole('table', { name: 'What each line does' })
  await expect(outcome.getByRole('row', { name: /^3 Zenith/ })).toContainText('Did you mean "orders"?')
  await expect(section.getByRole('button', { name: /^Import 2/ })).toHaveCount(0)
  await expectAccessible(page, 'the import')
  await csv.fill(`brand,ad_account,dataset,max_age_hours\nAcme,${account},,\nZenith,,orders,6`)
  await section.getByRole('button', { name: 'Check' }).click()
  await section.getByRole('button', { name: 'Import 2 lines' }).click()
  await expect(section.getByRole('rowheader', { name: 'Zenith' })).toBeVisible()
  const { rows } = await agent.sql.query(
    `select brand.name, account.meta_ad_account_id as account, policy.max_age_hours::integer as hours
     from brands brand left join brand_ad_accounts account on account.brand_id = brand.id
     left join dataset_policies policy on policy.brand_id = brand.id
     where brand.organization_id = $1::uuid order by brand.name`,
    [agent.organizationId],
  )
  expect(rows).toEqual([
    { name: 'Acme', account, hours: null },
    { name: 'Zenith', account: null, hours: 6 },
  ])
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    await expect(section).toBeVisible()
    expect(await overflow(page)).toBe(0)
  }
})

test('an organization is made and can be chosen', async ({ page, agent }) => {
  await page.goto(agent.at('admin'))
  await page.getByRole('textbox', { name: 'New organization' }).fill(`New ${agent.organizationId}`)
  await page.getByRole('button', { name: 'Make organization' }).click()
  await expect(page.getByRole('switch', { name: `Pipeline Manager for New ${agent.organizationId}` })).toBeChecked()
})
