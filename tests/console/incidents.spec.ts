import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { eventRows, type IncidentRow, incidentRows } from '../support/incident-rows.ts'
import { expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { addShops, addStatus, overflow } from './support/seed.ts'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Stale datasets of a brand, without anything behind them; the agent finds them by itself. */
async function addStale(agent: Workspace, datasets: readonly string[] = ['orders']): Promise<void> {
  const brandId = await agent.brand('Acme')
  for (const dataset of datasets) await addStatus(agent, brandId, dataset, { ageHours: 900 })
}

const list = (page: Page) => page.getByRole('table', { name: /^Incidents/ })
const row = (page: Page, name: RegExp) => list(page).getByRole('row', { name })
const drawer = (page: Page) => page.getByRole('complementary')

async function incidentOf(agent: Workspace, datasetKey: string): Promise<IncidentRow> {
  const rows = await incidentRows(agent.sql)
  const found = rows.find((one) => one.organization_id === agent.organizationId && one.dataset_key === datasetKey)
  if (found === undefined) throw new Error(`No incident of ${datasetKey}.`)
  return found
}

const acknowledgerOf = async (agent: Workspace, datasetKey: string): Promise<string | null> =>
  (await incidentOf(agent, datasetKey)).acknowledged_by

async function secondOperator(browser: Browser, agent: Workspace): Promise<Page> {
  const context = await browser.newContext()
  await signIn(context.request, agent.process)
  return context.newPage()
}

test('N2: effects are below their cause, and only the cause is counted', async ({ page, agent }) => {
  await addShops(agent)
  await page.goto(agent.at('incidents'))
  await expect(row(page, /Nightly orders of Acme failed/)).toContainText('1 effect')
  await expect(row(page, /Orders of Acme is stale/)).toHaveCount(0)
  const navigation = page.getByRole('navigation', { name: 'Main' })
  await expect(navigation.getByRole('link', { name: 'Incidents 2 that nobody attends to' })).toBeVisible()
  await page.getByRole('button', { name: /^1 effect of: Nightly orders/ }).click()
  await expect(row(page, /Orders of Acme is stale/)).toBeVisible()
  await row(page, /Nightly orders of Acme failed/).click()
  await drawer(page).getByRole('button', { name: 'Stale dataset: Orders of Acme' }).click()
  await expect(drawer(page).getByRole('button', { name: 'Failed run: Nightly orders of Acme' })).toBeVisible()
})

test('acknowledging is written, reaches the second operator, and can be taken back', async ({
  page,
  browser,
  agent,
}) => {
  await addStale(agent)
  const other = await secondOperator(browser, agent)
  for (const one of [page, other]) {
    await one.goto(agent.at('incidents'))
    await expect(row(one, /Orders of Acme is stale/)).toContainText('nobody')
  }
  await page.getByRole('button', { name: /^Actions for Stale dataset: Orders/ }).click()
  await page.getByRole('menuitem', { name: 'Acknowledge', exact: true }).click()
  await expect(row(other, /Orders of Acme is stale/)).toContainText('Acknowledged')
  expect(await acknowledgerOf(agent, 'orders')).not.toBeNull()
  await page.getByRole('button', { name: 'Undo: take the acknowledgement back' }).click()
  await expect(row(other, /Orders of Acme is stale/)).toContainText('nobody')
  expect(await acknowledgerOf(agent, 'orders')).toBeNull()
  await other.context().close()
})

test('the drawer snoozes until it recovers, takes a note, and says who did what', async ({ page, agent }) => {
  await addStale(agent)
  await page.goto(agent.at('incidents'))
  await row(page, /Orders of Acme is stale/).click()
  await drawer(page).getByRole('button', { name: 'Snooze' }).click()
  await page.getByRole('button', { name: 'Until it recovers', exact: true }).click()
  await expect(drawer(page).getByRole('button', { name: 'Wake' })).toBeVisible()
  await drawer(page).getByLabel('Note').fill('The shop is closed <b>today</b>.')
  await drawer(page).getByRole('button', { name: 'Write the note' }).click()
  const timeline = drawer(page).getByRole('region', { name: 'What happened' })
  await expect(timeline).toContainText('The shop is closed <b>today</b>.')
  await expect(timeline).toContainText('Snoozed until it recovers')
  await expect(drawer(page).getByLabel('Note')).toHaveValue('')
  const { id, snoozed_until: until } = await incidentOf(agent, 'orders')
  expect(until).toBe(Number.POSITIVE_INFINITY)
  expect((await eventRows(agent.sql, id)).map(({ type }) => type)).toEqual(['opened', 'snoozed', 'noted'])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
    const { violations } = await new AxeBuilder({ page }).withTags(wcag).analyze()
    expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
  }
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await overflow(page)).toBe(0)
})

test('the keyboard alone goes there, selects, acknowledges and opens', async ({ page, agent }) => {
  await addStale(agent, ['orders', 'stock'])
  await page.goto(agent.at('health'))
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('i')
  await expect(page).toHaveURL(/\/incidents$/)
  await expect(list(page).getByRole('row')).toHaveCount(3)
  await list(page).getByRole('row').nth(1).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  const bar = page.getByRole('toolbar', { name: 'Selected incidents' })
  await expect(bar).toContainText('2 incidents selected')
  await bar.getByRole('button', { name: 'Acknowledge 2' }).press('Enter')
  await expect(page.getByText('2 of 2 incidents acknowledged.')).toBeVisible()
  for (const dataset of ['orders', 'stock']) expect(await acknowledgerOf(agent, dataset)).not.toBeNull()
  await expect(row(page, /Orders of Acme is stale/)).toContainText('Acknowledged')
  await row(page, /Orders of Acme is stale/).focus()
  await page.keyboard.press('a')
  await expect.poll(async () => acknowledgerOf(agent, 'orders')).toBeNull()
  await expect(row(page, /Orders of Acme is stale/)).toContainText('Open')
  await page.keyboard.press('z')
  await expect.poll(async () => (await incidentOf(agent, 'orders')).snoozed_until).toBeInstanceOf(Date)
  await page.keyboard.press('Enter')
  await expect(drawer(page).getByRole('heading', { name: /^Stale dataset/ })).toBeVisible()
})

test('an incident is given to somebody, and found by who is on it', async ({ page, agent }) => {
  await addStale(agent, ['orders', 'stock'])
  await page.goto(agent.at('incidents'))
  await row(page, /Orders of Acme is stale/).click()
  await drawer(page).getByRole('button', { name: 'Give to…' }).click()
  await page.getByRole('combobox', { name: 'Who is on it' }).fill('Ana')
  await page.getByRole('button', { name: 'Give to Ana' }).click()
  await expect(drawer(page).getByRole('region', { name: 'What happened' })).toContainText('Acknowledged for Ana by')
  expect(await acknowledgerOf(agent, 'orders')).toBe('Ana')
  await page.goto(agent.at('incidents', { onIt: 'nobody' }))
  await expect(row(page, /Stock of Acme is stale/)).toBeVisible()
  await expect(list(page).getByRole('row')).toHaveCount(2)
  await page.goto(agent.at('incidents', { onIt: 'Ana' }))
  await expect(row(page, /Orders of Acme is stale/)).toContainText('Ana')
  await expect(list(page).getByRole('row')).toHaveCount(2)
})

test('undo of Give and of "Not on it after all" puts back whoever was on each, or nobody', async ({ page, agent }) => {
  await addStale(agent, ['orders', 'stock'])
  await page.goto(agent.at('incidents'))
  await row(page, /Orders of Acme is stale/).click()
  await agent.sql.query(
    `update incidents set acknowledged_at = now(), acknowledged_by = 'Bea' where organization_id = $1 and dataset_key = 'orders'`,
    [agent.organizationId],
  )
  await page.reload()
  await drawer(page).getByRole('button', { name: 'Not on it after all' }).click()
  await page.getByRole('button', { name: 'Undo: give back to Bea' }).click()
  await expect.poll(async () => acknowledgerOf(agent, 'orders')).toBe('Bea')
  await page.goto(agent.at('incidents'))
  await list(page).getByRole('row').nth(1).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  const bar = page.getByRole('toolbar', { name: 'Selected incidents' })
  await bar.getByRole('button', { name: 'Give 2 to…' }).click()
  await page.getByRole('combobox', { name: 'Who is on it' }).fill('Nobody')
  await expect(page.getByRole('button', { name: 'Give to Nobody' })).toBeDisabled()
  await page.getByRole('combobox', { name: 'Who is on it' }).fill('Ana')
  await page.getByRole('button', { name: 'Give to Ana' }).click()
  await expect.poll(async () => acknowledgerOf(agent, 'stock')).toBe('Ana')
  await page.getByRole('button', { name: 'Undo: put back as it was' }).click()
  await expect.poll(async () => acknowledgerOf(agent, 'stock')).toBeNull()
  await expect.poll(async () => acknowledgerOf(agent, 'orders')).toBe('Bea')
  await expect(page.getByText('2 of 2 incidents as before.')).toBeVisible()
})

test('an incident is given to somebody from its row and from the palette', async ({ page, agent }) => {
  await addStale(agent, ['orders'])
  await page.goto(agent.at('incidents'))
  await page.getByRole('button', { name: /^Actions for Stale dataset: Orders/ }).click()
  await page.getByRole('menuitem', { name: 'Give to…' }).click()
  await page.getByRole('combobox', { name: 'Who is on it' }).fill('Ana')
  await page.keyboard.press('Enter')
  await expect.poll(async () => acknowledgerOf(agent, 'orders')).toBe('Ana')
  await row(page, /Orders of Acme is stale/).click()
  await page.getByRole('button', { name: 'Search or run a command' }).click()
  await page.getByRole('combobox', { name: /search/i }).fill('give this')
  await page.getByRole('option', { name: /Give this incident to…/ }).click()
  await page.getByRole('combobox', { name: 'Who is on it' }).fill('me')
  await page.keyboard.press('Enter')
  await expect.poll(async () => acknowledgerOf(agent, 'orders')).not.toBe('Ana')
  expect(await acknowledgerOf(agent, 'orders')).not.toBe('me')
})

test('groups keep the dataset that is filtered, and opening one sets it', async ({ page, agent }) => {
  await addStale(agent, ['orders', 'stock'])
  await page.goto(agent.at('incidents', { group: 'brand', dataset: 'orders' }))
  await expect(row(page, /Acme/)).toContainText('1')
  await expect(page.getByRole('button', { name: 'Clear filters' }).first()).toBeVisible()
  await page.goto(agent.at('incidents', { group: 'dataset', dataset: 'orders' }))
  await expect(list(page).getByRole('row')).toHaveCount(2)
  await row(page, /Orders/).click()
  await expect(page).toHaveURL(/dataset=orders/)
  await expect(row(page, /Orders of Acme is stale/)).toBeVisible()
})

test('filters are in the address, and an incident has one of its own', async ({ page, agent }) => {
  await addStale(agent, ['orders', 'stock'])
  await page.goto(agent.at('incidents', { text: 'stock of' }))
  await expect(row(page, /Stock of Acme is stale/)).toBeVisible()
  await expect(list(page).getByRole('row')).toHaveCount(2)
  await page.goto(agent.at('incidents', { state: 'resolved' }))
  await expect(page.getByText('No incident matches these filters')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).first().click()
  await expect(list(page).getByRole('row')).toHaveCount(3)
  await expect(page).toHaveURL(/\/incidents$/)
  const { id } = await incidentOf(agent, 'stock')
  await page.goto(`${agent.url}/incidents/${id}`)
  await expect(drawer(page)).toContainText('Stock of Acme is stale')
  await expect(page).toHaveURL(new RegExp(`/o/${agent.organizationId}/incidents\\?open=incident`))
})

test('the notification centre counts what is new, leads to it, and takes no focus', async ({ page, agent }) => {
  await page.goto(agent.at('schedules'))
  await expect(page.getByRole('button', { name: 'Notifications, nothing new' })).toBeVisible()
  const search = page.getByRole('main').getByRole('textbox').first()
  await search.focus()
  await addStale(agent)
  const bell = page.getByRole('button', { name: 'Notifications, 1 new' })
  await expect(bell).toBeVisible()
  await expect(search).toBeFocused()
  await expect(page.getByText('New incident: Stale dataset: Orders of Acme')).toBeAttached()
  await bell.click()
  await page
    .getByRole('dialog')
    .getByRole('link', { name: /Stale dataset: Orders of Acme/ })
    .click()
  await expect(drawer(page)).toContainText('Orders of Acme is stale')
  await page.reload()
  await expect(page.getByRole('button', { name: 'Notifications, nothing new' })).toBeVisible()
})

test('a thousand stale datasets are one list that can be worked with', async ({ page, agent }) => {
  await agent.sql.query(
    `with brand as (
       insert into brands (organization_id, name) select $1::uuid, 'Shop ' || n from generate_series(1, 1000) n returning id
     )
     insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     select id, 'orders', $1::uuid, now() - interval '900 hours', now(), 'completed' from brand`,
    [agent.organizationId],
  )
  await page.goto(agent.at('incidents'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('1,000 open incidents')
  await page.getByRole('textbox', { name: 'What is wrong, or of what' }).fill('Shop 777 ')
  await expect(list(page).getByRole('row')).toHaveCount(2)
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await page.getByRole('button', { name: 'Acknowledge 1', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('999 open incidents')
})
