import type { Locator, Page } from '@playwright/test'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, addStatus, inHours, queuedByPeople } from './support/seed.ts'

const card = (page: Page, dataset: string, brand: string): Locator =>
  page.getByRole('article', { name: `${dataset} of ${brand}` })
const brandRows = (page: Page): Locator =>
  page.getByRole('list', { name: 'Brands, worst first' }).locator('li > button')
const changed = (page: Page): Locator => page.getByRole('status').filter({ hasText: 'The order has changed.' })
const cell = (page: Page, name: string): Locator => page.getByRole('gridcell', { name: new RegExp(`^${name}`) })
const chosen = (page: Page): Locator => page.getByRole('gridcell', { selected: true })

interface Two {
  readonly acme: string
  readonly globex: string
}

/** Acme with two stale datasets is worse than Globex with one, which has another that never succeeded. */
async function addTwo(agent: Workspace): Promise<Two> {
  const ids = { acme: await agent.brand('Acme'), globex: await agent.brand('Globex') }
  for (const brandId of Object.values(ids)) {
    await addSchedule(agent, brandId, { next_run_at: await inHours(agent, 2) })
    await addStatus(agent, brandId, 'orders', { ageHours: 30 })
  }
  await addStatus(agent, ids.acme, 'stock', { ageHours: 30 })
  await addStatus(agent, ids.globex, 'stock', { ageHours: null, lastStatus: 'unknown' })
  return ids
}

/** As a run does that has just ended. */
async function freshen(agent: Workspace, brandId: string, dataset: string): Promise<void> {
  await agent.sql.query(
    `update dataset_status set last_success_at = now(), last_attempt_at = now(), last_status = 'completed'
     where brand_id = $1::uuid and dataset_key = $2`,
    [brandId, dataset],
  )
}

test('a brand that got better stays under the pointer until it leaves: Run now runs what it was aimed at', async ({
  page,
  agent,
}) => {
  const { acme, globex } = await addTwo(agent)
  await page.goto(agent.at('health'))
  await expect(brandRows(page)).toHaveText([/^Acme/, /^Globex/])
  const button = card(page, 'Orders', 'Acme').getByRole('button', { name: 'Run now: load_orders for Acme' })
  await button.hover()
  const before = await button.boundingBox()
  await freshen(agent, acme, 'orders')
  await expect(card(page, 'Orders', 'Acme').locator('header')).toContainText('Fresh')
  await expect(changed(page)).toBeVisible()
  await expect(brandRows(page)).toHaveText([/^Acme/, /^Globex/])
  expect(await button.boundingBox()).toEqual(before)
  await page.mouse.down()
  await page.mouse.up()
  await expect(page.getByText('load_orders is queued.')).toBeVisible()
  expect([await queuedByPeople(agent, acme), await queuedByPeople(agent, globex)]).toEqual([1, 0])

  await page.getByRole('button', { name: 'Sort now' }).click()
  await expect(brandRows(page)).toHaveText([/^Globex/, /^Acme/])
  await expect(changed(page)).toBeHidden()
})

test('an order that nobody has a hand in follows at once, and so does one that is left', async ({ page, agent }) => {
  const { acme } = await addTwo(agent)
  await page.goto(agent.at('health'))
  await expect(brandRows(page)).toHaveText([/^Acme/, /^Globex/])
  await freshen(agent, acme, 'orders')
  await expect(brandRows(page)).toHaveText([/^Globex/, /^Acme/])
  await brandRows(page).last().hover()
  await freshen(agent, acme, 'stock')
  await expect(card(page, 'Stock', 'Acme').locator('header')).toContainText('Fresh')
  await expect(card(page, 'Orders', 'Acme')).toBeVisible()
  // In the middle of something tall: causes that come above the list move it by some lines.
  await card(page, 'Orders', 'Acme').hover()
  const third = await agent.brand('Initech')
  await addStatus(agent, third, 'orders', { ageHours: 30 })
  await addStatus(agent, third, 'stock', { ageHours: 30 })
  // New ones come last, however bad they are.
  await expect(brandRows(page)).toHaveText([/^Globex/, /^Acme/, /^Initech/])
  await page.getByRole('heading', { level: 1 }).hover()
  await expect(brandRows(page)).toHaveText([/^Initech/, /^Globex/, /^Acme/])
})

test('a card stays where it is though it is no longer what is filtered for, while the pointer is there', async ({
  page,
  agent,
}) => {
  const { acme } = await addTwo(agent)
  await page.goto(agent.at('health', { brand: acme, state: 'stale' }))
  const cards = page.getByRole('article')
  await expect(cards).toHaveCount(2)
  const first = (await cards.first().getAttribute('aria-label')) ?? ''
  await cards.first().hover()
  await freshen(agent, acme, first.startsWith('Orders') ? 'orders' : 'stock')
  await expect(cards.first().locator('header')).toContainText('Fresh')
  await expect(cards.first()).toHaveAttribute('aria-label', first)
  await page.getByRole('heading', { level: 1 }).hover()
  await expect(cards).toHaveCount(1)
})

test('the matrix keeps its cursor on the brand, and Shift extends from it, wherever they have moved', async ({
  page,
  agent,
}) => {
  const { acme } = await addTwo(agent)
  await page.goto(agent.at('freshness-matrix'))
  const brands = page.getByRole('rowheader')
  await expect(brands).toContainText(['Acme', 'Globex'])
  const grid = page.getByRole('grid')
  await grid.focus()
  await freshen(agent, acme, 'orders')
  await expect(cell(page, 'Acme, Orders: fresh|Acme, Orders: at risk')).toBeVisible()
  await expect(changed(page)).toBeVisible()
  await expect(brands).toContainText(['Acme', 'Globex'])
  await page.getByRole('button', { name: 'Sort now' }).click()
  await expect(brands).toContainText(['Globex', 'Acme'])
  await grid.focus()
  await page.keyboard.press('Space')
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Acme, Orders/)
  await page.keyboard.press('Shift+ArrowUp')
  await expect(chosen(page)).toHaveCount(2)
  await expect(cell(page, 'Globex, Orders')).toHaveAttribute('aria-selected', 'true')
})

test('a cell under the pointer is the one that is clicked, though another brand is worse by now', async ({
  page,
  agent,
}) => {
  const { acme } = await addTwo(agent)
  await page.goto(agent.at('freshness-matrix'))
  await cell(page, 'Acme, Stock: stale').hover()
  await freshen(agent, acme, 'orders')
  await expect(changed(page)).toBeVisible()
  await page.keyboard.down('Control')
  await page.mouse.down()
  await page.mouse.up()
  await page.keyboard.up('Control')
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Acme, Stock/)
  await page.keyboard.press('Shift+ArrowDown')
  await expect(chosen(page)).toHaveCount(2)
  await expect(cell(page, 'Globex, Stock')).toHaveAttribute('aria-selected', 'true')
})

test('Readiness keeps its brands, and the pages of one, where they are under the pointer', async ({ page, agent }) => {
  const acme = await agent.brand('Acme')
  const globex = await agent.brand('Globex')
  const needed = { meta_ads_performance: 'Ad performance', templates_scraped: 'Template queue' }
  for (const dataset of Object.keys(needed)) {
    await addStatus(agent, acme, dataset, { ageHours: 900 })
    await addStatus(agent, globex, dataset, { ageHours: 1 })
  }
  for (const dataset of ['ad_classifications', 'templates_evaluated', 'landing_pages']) {
    for (const brandId of [acme, globex]) await addStatus(agent, brandId, dataset, { ageHours: 1 })
  }
  await page.goto(agent.at('readiness'))
  const brands = page.getByRole('table', { name: /^Brands and whether/ }).locator('tbody tr:not([aria-hidden="true"])')
  await expect(brands).toHaveText([/^Acme/, /^Globex/])
  await brands.last().hover()
  for (const dataset of Object.keys(needed)) await freshen(agent, acme, dataset)
  const outdate = `update dataset_status set last_success_at = now() - interval '900 hours' where brand_id = $1::uuid`
  await agent.sql.query(outdate, [globex])
  await expect(changed(page)).toBeVisible()
  await expect(brands).toHaveText([/^Acme/, /^Globex/])
  await page.getByRole('button', { name: 'Sort now' }).click()
  await expect(brands).toHaveText([/^Globex/, /^Acme/])

  await agent.sql.query(`${outdate} and dataset_key = 'templates_scraped'`, [acme])
  await page.goto(agent.at('readiness', { brand: acme }))
  const parts = page.getByRole('main').getByRole('heading', { level: 2 })
  await expect(parts.first()).toContainText(needed.templates_scraped)
  const before = await parts.allTextContents()
  await parts.nth(1).hover()
  await agent.sql.query(`${outdate} and dataset_key = 'meta_ads_performance'`, [acme])
  await freshen(agent, acme, 'templates_scraped')
  await expect(changed(page)).toBeVisible()
  const names = (texts: readonly string[]): string[] =>
    texts.map((text) => text.replace(/(Not ready|Ready|Degraded)$/, ''))
  expect(names(await parts.allTextContents())).toEqual(names(before))
})
