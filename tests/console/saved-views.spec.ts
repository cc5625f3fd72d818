/** Filters of a page are kept under a name on this device: saved, marked, opened from the page and the palette, renamed, removed. */
import { expect, test } from './support/fixtures.ts'
import { addJobsInEveryState } from './support/seed.ts'

test('filters are saved under a name, marked while they are those of the page, and lead back from the palette', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addJobsInEveryState(agent, brandId)
  await page.goto(agent.at('active-jobs', { brand: brandId }))
  await page.getByRole('button', { name: 'Views', exact: true }).click()
  await expect(page.getByText('Set filters first, then save them here.')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.goto(agent.at('active-jobs', { brand: brandId, state: 'dead' }))
  await page.getByRole('button', { name: 'Views', exact: true }).click()
  const menu = page.getByRole('dialog', { name: /^Views?\b/ })
  await expect(menu.getByRole('checkbox', { name: 'With this brand: Acme' })).not.toBeChecked()
  await menu.getByRole('textbox', { name: 'Name of these filters' }).fill('My dead syncs')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'View: My dead syncs' })).toBeVisible()
  // Other filters are another view; a reload changes nothing.
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.getByRole('button', { name: 'Views', exact: true })).toBeVisible()
  await page.reload()
  await page.goto(agent.at('health'))
  await page.getByRole('button', { name: 'Search or run a command' }).click()
  await page.getByRole('combobox', { name: /search/i }).fill('my dead')
  await page.getByRole('option', { name: /My dead syncs/ }).click()
  await expect(page).toHaveURL(/\/active-jobs\?state=dead$/)
  await expect(page.getByRole('button', { name: 'View: My dead syncs' })).toBeVisible()
})

test('a view is renamed, and removed with a way back', async ({ page, agent }) => {
  await agent.brand('Acme')
  await page.goto(agent.at('incidents', { state: 'snoozed' }))
  await page.getByRole('button', { name: 'Views', exact: true }).click()
  const menu = page.getByRole('dialog', { name: /^Views?\b/ })
  await menu.getByRole('textbox').fill('Asleep')
  await menu.getByRole('button', { name: 'Save view' }).click()
  await page.getByRole('button', { name: 'View: Asleep' }).click()
  await menu.getByRole('button', { name: 'Rename Asleep' }).click()
  await menu.getByRole('textbox', { name: 'New name of Asleep' }).fill('Later')
  await menu.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(menu.getByRole('button', { name: 'Later', exact: true })).toHaveAttribute('aria-current', 'true')
  // What is typed at once is the name, and no keys of the page; afterwards the focus is on what was renamed.
  await menu.getByRole('button', { name: 'Rename Later' }).press('Enter')
  await page.keyboard.type('gh later')
  await expect(menu.getByRole('textbox', { name: 'New name of Later' })).toHaveValue('gh later')
  await page.keyboard.press('Enter')
  await expect(menu.getByRole('button', { name: 'gh later', exact: true })).toBeFocused()
  await expect(page).toHaveURL(/\/incidents\?state=snoozed$/)
  await menu.getByRole('button', { name: 'Rename gh later' }).click()
  await page.keyboard.type('Later')
  await page.keyboard.press('Enter')
  await menu.getByRole('button', { name: 'Remove Later' }).click()
  await expect(menu.getByRole('list')).toBeHidden()
  await page.getByRole('button', { name: 'Undo: put it back' }).click()
  await expect(page.getByRole('button', { name: 'View: Later' })).toBeVisible()
})

test('after a view is removed by keyboard the focus is on the next one, and stays in the menu with none left', async ({
  page,
  agent,
}) => {
  const views = ['First', 'Second'].map((name, index) => ({
    id: name,
    name,
    path: `/o/${agent.organizationId}/incidents?state=${index === 0 ? 'snoozed' : 'open'}`,
  }))
  await page.addInitScript((stored) => {
    const key = 'pipeline-manager.preferences'
    if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify({ views: stored }))
  }, views)
  await page.goto(agent.at('incidents'))
  await page.getByRole('button', { name: 'Views', exact: true }).click()
  const menu = page.getByRole('dialog', { name: /^Views?\b/ })
  await menu.getByRole('button', { name: 'Remove First' }).press('Enter')
  await expect(menu.getByRole('button', { name: 'Second', exact: true })).toBeFocused()
  await menu.getByRole('button', { name: 'Remove Second' }).press('Enter')
  await expect(menu).toContainText('Set filters first, then save them here.')
  expect(await menu.evaluate((element) => element.contains(document.activeElement))).toBe(true)
})
