import type { Page } from '@playwright/test'
import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, overflow } from './support/seed.ts'

const product = '6f9619ff-8b86-4d11-b42d-00c04fc964ff'
const list = (page: Page) => page.getByRole('table', { name: /^Ad creations/ })

async function addAdJobs(agent: Workspace): Promise<string> {
  const acme = await agent.brand('Acme')
  const columns = { job_type: 'ad_creation', product_id: product }
  await addSchedule(agent, acme, { ...columns, name: 'Weekly ads' })
  await addSchedule(agent, acme, { ...columns, name: 'Old ads', status: 'archived', concurrency_key: 'old' })
  await addSchedule(agent, acme, { job_type: 'ad_creation', name: 'Ads of nothing', concurrency_key: 'nothing' })
  await addSchedule(agent, acme, { name: 'Orders', concurrency_key: 'orders' })
  return acme
}

test('J12: all leaves out what is archived, and whatever is no ad creation; a product narrows', async ({
  page,
  agent,
}) => {
  await addAdJobs(agent)
  await page.goto(agent.at('ad-scheduler'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('2 ad creations: 2 active.')
  await expect(list(page).getByRole('row', { name: /Weekly ads/ })).toBeVisible()
  await expect(list(page)).toHaveAttribute('aria-rowcount', '3')
  await page.getByRole('button', { name: 'Product', exact: true }).click()
  await page.getByRole('radio', { name: product }).check()
  await expect(list(page)).toHaveAttribute('aria-rowcount', '2')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'State', exact: true }).click()
  await page.getByRole('checkbox', { name: /^Archived/ }).check()
  await expect(list(page).getByRole('row', { name: /Old ads/ })).toBeVisible()
  await page.reload()
  await expect(list(page).getByRole('row', { name: /Old ads/ })).toBeVisible()
})

test('J8: without an executor the page says what to configure; a schedule for a product is made and waits', async ({
  page,
  agent,
}) => {
  const acme = await agent.brand('Acme')
  await page.goto(agent.at('ad-scheduler', { brand: acme }))
  await expect(page.getByText('No agent can run ad_creation now.')).toBeVisible()
  await page.getByRole('button', { name: 'New ad creation' }).click()
  const form = page.getByRole('form', { name: 'New ad creation' })
  await form.getByRole('combobox', { name: 'Product' }).fill('shoes')
  await expect(form).toContainText('This is no id of a product.')
  await form.getByRole('combobox', { name: 'Product' }).fill(product)
  await form.getByRole('textbox', { name: 'Template' }).fill('summer')
  await form.getByText('Again and again').click()
  await form.getByRole('button', { name: 'Schedule', exact: true }).click()
  await expect(form).toHaveCount(0)
  await expect(list(page).getByRole('row', { name: /ad_creation/ })).toBeVisible()
  const { rows } = await agent.sql.query(
    `select product_id, schedule_type, cron_expression, parameters from scheduled_jobs where brand_id = $1::uuid`,
    [acme],
  )
  expect(rows).toMatchObject([
    {
      product_id: product,
      schedule_type: 'recurring',
      cron_expression: '0 6 * * *',
      parameters: { product_id: product, template_id: 'summer' },
    },
  ])
})

test('what nobody can run is not queued, and says why', async ({ page, agent, complaints }) => {
  const brand = await agent.brand('Acme')
  await page.goto(agent.at('ad-scheduler', { brand, new: 'on' }))
  const form = page.getByRole('form', { name: 'New ad creation' })
  await form.getByRole('button', { name: 'Queue', exact: true }).click()
  await expect(form.getByRole('alert')).toContainText('ad_creation')
  const { rows } = await agent.sql.query('select from scheduled_jobs where brand_id = $1::uuid', [brand])
  expect(rows).toEqual([])
  expect(complaints.join()).toContain('409')
  complaints.length = 0
})

test('axe: Ad scheduler with its form, and nothing wider than a phone', async ({ page, agent, complaints }) => {
  const brand = await addAdJobs(agent)
  await page.goto(agent.at('ad-scheduler', { brand, new: 'on' }))
  await expect(page.getByRole('form', { name: 'New ad creation' })).toBeVisible()
  await expect(list(page).getByRole('row', { name: /Weekly ads/ })).toBeVisible()
  await page.getByRole('form').getByText('Again and again').click()
  await expectAccessible(page, 'Ad scheduler')
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(await overflow(page)).toBe(0)
  }
  expect(complaints).toEqual([])
})
