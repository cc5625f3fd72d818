import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { addStatus } from './support/seed.ts'

test('a group is made in Admin, chosen beside the brands, and narrows the pages until it is left', async ({
  page,
  agent,
  complaints,
}) => {
  test.slow()
  for (const name of ['Acme', 'Bolt', 'Cord']) {
    await addStatus(agent, await agent.brand(name), 'orders', { ageHours: 1 })
  }
  await page.goto(agent.at('admin'))
  const section = page.getByRole('region', { name: /^Brands and accounts of/ })
  await section.getByRole('checkbox', { name: 'Select Acme' }).check()
  await section.getByRole('checkbox', { name: 'Select Bolt' }).check()
  await section.getByRole('button', { name: 'Add to group: the selected brands' }).click()
  await page.getByRole('combobox', { name: 'Group' }).fill('EMEA')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(section.getByRole('button', { name: 'Take Bolt out of EMEA' })).toBeVisible()
  await expectAccessible(page, 'Admin with groups')

  await page.goto(agent.at('freshness-matrix'))
  const heading = page.getByRole('heading', { level: 1 })
  await expect(heading).toContainText('3 brands')
  await page.getByRole('button', { name: 'Brand: All brands' }).click()
  await page.getByRole('option', { name: /^EMEA/ }).click()
  await expect(page).toHaveURL(/brands=EMEA/)
  await expect(heading).toContainText('2 brands')
  await page.getByRole('link', { name: /^Readiness/ }).click()
  await expect(page).toHaveURL(/readiness\?brands=EMEA/)
  await expect(page.getByRole('button', { name: 'Brand: Group: EMEA' })).toBeVisible()

  await page.goto(agent.at('freshness-matrix', { brands: 'Nobody' }))
  await expect(page.getByText('No brand is in this group')).toBeVisible()
  // What the frame asks of it does not exist, and the browser says so, too.
  await page.getByRole('button', { name: 'Show all brands' }).click()
  await expect(heading).toContainText('3 brands')
  await expect(page).not.toHaveURL(/brands=/)
  complaints.length = 0
})
