import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { overflow } from './support/seed.ts'

test('a trigger is made, pauses, waits longer, goes and comes back', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at)
     values ($1, 'Morning <b>report</b>', 'talks', 'recurring', '0 6 * * *', 'UTC', now() + interval '1 day')`,
    [brandId],
  )
  await page.goto(agent.at('schedules', { show: 'triggers' }))
  const section = page.getByRole('region', { name: 'Triggers' })
  await expect(section).toContainText('Nothing runs by refreshes yet.')
  await section.getByRole('button', { name: 'New trigger' }).click()
  await section.getByRole('combobox', { name: 'When this dataset is refreshed' }).click()
  await page.getByRole('option', { name: 'orders', exact: true }).click()
  await section.getByRole('combobox', { name: 'Run' }).click()
  await page.getByRole('option', { name: 'Morning <b>report</b>' }).click()
  await expectAccessible(page, 'the form of a trigger')
  await section.getByRole('button', { name: 'Add the trigger' }).click()
  const row = section.getByRole('row', { name: /Morning <b>report<\/b>/ })
  await expect(row).toContainText('at the next refresh')
  await expectAccessible(page, 'a trigger')
  await page.screenshot({ path: test.info().outputPath('triggers.png') })

  await row.getByRole('switch').press('Space')
  await expect(row).toContainText('Paused.')
  await page.getByRole('button', { name: 'Undo: change it back' }).click()
  await expect(row).toContainText('at the next refresh')

  await row.getByRole('combobox').click()
  await page.getByRole('option', { name: 'after 15 min' }).click()
  await expect
    .poll(async () => (await agent.sql.query('select from dataset_triggers where debounce_seconds = 900')).rowCount)
    .toBe(1)

  await row.getByRole('combobox').click()
  await page.getByRole('option', { name: 'at once' }).click()
  await expect(row.getByRole('combobox')).toHaveValue('at once')
  // By another program; the agent hears it, leads, and fires.
  await agent.sql.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at) values ($1, 'orders', clock_timestamp())`,
    [brandId],
  )
  await expect(row).toContainText('queued a run')
  await page.goto(agent.at('freshness-matrix', { open: `dataset:${brandId}:orders` }))
  await expect(page.getByRole('complementary')).toContainText('Starts')
  await expect(page.getByRole('complementary').getByRole('link', { name: 'Morning <b>report</b>' })).toBeVisible()
  await expectAccessible(page, 'the drawer of a dataset that starts something')
  await page.goto(agent.at('schedules', { show: 'triggers' }))

  await row.getByRole('button', { name: /^Remove/ }).click()
  await expect(row).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo: add it again' }).click()
  await expect(row).toContainText('at the next refresh')
})

test('a loop is refused in the form, which names the chain', async ({ page, agent, complaints }) => {
  await agent.brand('Acme')
  await page.goto(agent.at('schedules', { show: 'triggers' }))
  const section = page.getByRole('region', { name: 'Triggers' })
  await section.getByRole('button', { name: 'New trigger' }).click()
  await section.getByRole('combobox', { name: 'When this dataset is refreshed' }).click()
  await page.getByRole('option', { name: 'orders', exact: true }).click()
  await section.getByRole('combobox', { name: 'Run' }).click()
  await page.getByRole('option', { name: 'load_orders', exact: true }).click()
  await section.getByRole('button', { name: 'Add the trigger' }).click()
  await expect(section.getByRole('alert')).toContainText('orders → load_orders → orders')
  complaints.length = 0
})

test('on a phone the page does not scroll sideways', async ({ page, agent }) => {
  const brandId = await agent.brand('A very long name of a brand that nobody would want to read to its end')
  await agent.sql.query(
    `insert into dataset_triggers (brand_id, dataset_key, job_type, created_by, changed_by) values ($1, 'orders', 'build_report', 'test', 'test')`,
    [brandId],
  )
  await page.setViewportSize({ width: 390, height: 800 })
  await page.goto(agent.at('schedules', { show: 'triggers' }))
  await expect(page.getByRole('region', { name: 'Triggers' }).getByRole('row')).toHaveCount(2)
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await page.screenshot({ path: test.info().outputPath('triggers-phone.png'), fullPage: true })
})
