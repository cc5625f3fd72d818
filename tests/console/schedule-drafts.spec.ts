import type { Page } from '@playwright/test'
import { createWorkspace, expect, test } from './support/fixtures.ts'
import { addSchedule, choose, row, stored } from './support/schedules.ts'
import { addStatus } from './support/seed.ts'

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

test('a schedule that somebody else archives while it is edited keeps what is typed, which is saved once it is restored', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await page.goto(agent.at('schedules', { open: `job:${jobId}`, part: 'edit' }))
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  const name = drawer.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Orders of the night')
  await agent.process.pm('archive', jobId)
  await expect(drawer.getByRole('alert')).toContainText(/Archived meanwhile by .+Restore it to save what you typed\./)
  await expect(name).toHaveValue('Orders of the night')
  await drawer.getByRole('button', { name: 'Restore' }).click()
  await expect(drawer.getByRole('alert')).toBeHidden()
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => stored(agent, brandId)).toMatchObject([{ name: 'Orders of the night', status: 'active' }])
})

test('a new schedule being typed for one organization is not in the form of another, and is there again on the way back', async ({
  page,
  agent,
}) => {
  await agent.brand('Acme')
  const elsewhere = await createWorkspace(agent.process, 'Elsewhere with schedules')
  await elsewhere.brand('Zenith')
  await page.goto(agent.at('schedules', { edit: 'new' }))
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  const kept = page.getByText('What you typed before is still here, not saved.')
  await name.fill('Orders of Acme')
  await page.getByRole('button', { name: 'Organization' }).click()
  await page.getByRole('option', { name: 'Elsewhere with schedules' }).click()
  // The empty list offers it, too.
  await page.getByRole('button', { name: 'New schedule' }).first().click()
  await expect(page.getByRole('button', { name: 'Create schedule' })).toBeVisible()
  await expect(name).toHaveValue('')
  await expect(kept).toBeHidden()
  await page.goBack()
  await page.goBack()
  await expect(name).toHaveValue('Orders of Acme')
})

test('ages typed into the drawer of a dataset stay when Escape is pressed, until they are saved or discarded', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  await page.goto(agent.at('health', { open: `dataset:${brandId}:orders` }))
  const drawer = page.getByRole('complementary', { name: 'Dataset details' })
  const maximum = drawer.getByRole('textbox', { name: 'Maximum age for this brand, in hours' })
  await maximum.fill('48')
  await page.keyboard.press('Escape')
  await expect(maximum).not.toBeFocused()
  await page.keyboard.press('Escape')
  await expect(maximum).toHaveValue('48 h')
  await drawer.getByRole('button', { name: 'Discard' }).click()
  await expect(maximum).toHaveValue('')
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
})

test('what is typed or chosen in the form of Run now stays when Escape is pressed and when something else is clicked', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 9 })
  await page.goto(agent.at('health', { brand: brandId }))
  const open = page.getByRole('button', { name: 'Parameters of load_orders' })
  const form = page.getByRole('dialog')
  const elsewhere = page.getByRole('textbox', { name: 'Brand or dataset' })
  await open.click()
  await elsewhere.click()
  await expect(form).toBeHidden()

  await open.click()
  await form.getByRole('combobox', { name: 'Region' }).click()
  await form.getByRole('option', { name: 'us' }).click()
  await elsewhere.click()
  await expect(form.getByRole('combobox', { name: 'Region' })).toHaveValue('us')
  await form.getByRole('textbox', { name: 'Days back' }).fill('3')
  await page.keyboard.press('Escape')
  await expect(form.getByRole('textbox', { name: 'Days back' })).toHaveValue('3')
  await form.getByRole('button', { name: 'Cancel' }).click()
  await expect(form).toBeHidden()
  await open.click()
  await expect(form.getByRole('textbox', { name: 'Days back' })).toHaveValue('7')
  await page.keyboard.press('Escape')
  await expect(form).toBeHidden()
})

test('what is typed into a form of Admin stays when Escape is pressed and when something else is clicked', async ({
  page,
  agent,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('admin'))
  const open = page.getByRole('button', { name: 'Add search to Acme' })
  const words = page.getByRole('textbox', { name: 'Words in the ad' })
  await open.click()
  await page.keyboard.press('Escape')
  await expect(words).toBeHidden()
  await open.click()
  await words.fill('running shoes')
  await page.keyboard.press('Escape')
  // Above the form: what scrolled its button out of view would hide it until it is back.
  await page.getByRole('heading', { name: /^Brands and accounts of/ }).click()
  await expect(words).toHaveValue('running shoes')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(words).toBeHidden()
})
