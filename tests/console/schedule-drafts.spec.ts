import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'
import { addSchedule, choose, row, stored } from './support/schedules.ts'

/** Creates a schedule in the form at this address; the answer is lost. */
async function createUnheard(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await choose(page, 'Job type', /load_orders/)
  await page.getByLabel('Cron expression').fill('0 6 * * *')
  await page.route('**/rpc/schedules/create', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect(page.getByRole('alert')).toContainText('It is not known whether it was done')
  await page.unroute('**/rpc/schedules/create')
}

test('a job that is deleted under its open drawer is not shown as if it were there, and what is typed stays', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await addSchedule(agent, brandId, { name: 'Hourly stock' })
  await page.goto(agent.at('schedules'))
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  await row(page, 'Nightly orders').click()
  await expect(drawer.getByRole('button', { name: 'Run now' })).toBeVisible()
  await agent.sql.query("delete from scheduled_jobs where name = 'Nightly orders' and brand_id = $1", [brandId])
  await expect(drawer.getByRole('alert')).toContainText('There is no job')
  await expect(drawer.getByRole('button', { name: 'Run now' })).toBeHidden()
  await page.keyboard.press('Escape')

  await row(page, 'Hourly stock').click()
  await drawer.getByRole('button', { name: 'Edit' }).click()
  const name = drawer.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Hourly stock and orders')
  await agent.sql.query("delete from scheduled_jobs where name = 'Hourly stock' and brand_id = $1", [brandId])
  await expect(drawer.getByRole('alert')).toContainText('There is no job')
  await expect(name).toHaveValue('Hourly stock and orders')
  complaints.length = 0
})

test('a duplicate being typed stays when its original cannot be read, and when it is deleted', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('schedules'))
  await page.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate' }).click()
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Orders of the week')
  const refused = page.waitForResponse((response) => response.url().includes('/rpc/jobs/get') && !response.ok())
  await agent.sql.query("delete from scheduled_jobs where name = 'Nightly orders' and brand_id = $1", [brandId])
  await refused
  await expect(page.getByText('No schedules yet').first()).toBeVisible()
  await expect(name).toHaveValue('Orders of the week')
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect(row(page, 'Orders of the week')).toBeVisible()
  complaints.length = 0
})

test('a schedule whose answer was lost: what is changed then is created as it is, and the first is told of', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await createUnheard(page, agent.at('schedules', { edit: 'new' }))
  await page.getByLabel('Cron expression').fill('0 7 * * *')
  await expect(page.getByText(/may have been created as it was before/)).toBeVisible()
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect(page.getByRole('complementary', { name: 'Job details' })).toBeVisible()
  await expect
    .poll(() => stored(agent, brandId))
    .toMatchObject([{ cron_expression: '0 6 * * *' }, { cron_expression: '0 7 * * *' }])
  complaints.length = 0
})

test('a schedule whose answer was lost is made once when it is sent again as it was', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await createUnheard(page, agent.at('schedules', { edit: 'new' }))
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect(page.getByText(/was scheduled by this request before/)).toBeVisible()
  expect(await stored(agent, brandId)).toHaveLength(1)
  complaints.length = 0
})

test('choosing a job type fills in the cadence that its catalog suggests, and what was typed stays', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('schedules', { edit: 'new' }))
  const cron = page.getByLabel('Cron expression')
  await expect(cron).toHaveValue('0 6 * * *')
  await choose(page, 'Job type', /talks/)
  await expect(cron).toHaveValue('15 * * * *')
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect
    .poll(() => stored(agent, brandId))
    .toMatchObject([{ cron_expression: '15 * * * *', time_zone: 'Europe/Berlin' }])
  await page.goto(agent.at('schedules', { edit: 'new' }))
  await cron.fill('0 7 * * *')
  await choose(page, 'Job type', /talks/)
  await expect(cron).toHaveValue('0 7 * * *')
})
