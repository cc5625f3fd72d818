import type { Browser, Page } from '@playwright/test'
import { jobRow, only } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, addStatus } from './support/seed.ts'

const row = (page: Page) => page.getByRole('row', { name: /Nightly orders/ })

async function secondOperator(browser: Browser, agent: Workspace): Promise<Page> {
  const context = await browser.newContext()
  await signIn(context.request, agent.process)
  return context.newPage()
}

async function press(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  await page.getByRole('menuitem', { name: new RegExp(`^${action}`) }).click()
}

test('both see what either does, within a second or so', async ({ page, browser, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  const other = await secondOperator(browser, agent)
  for (const one of [page, other]) {
    await one.goto(agent.at('active-jobs'))
    await expect(row(one)).toContainText('Active')
  }
  await press(page, 'Pause')
  await expect(row(other)).toContainText('Paused')
  await press(other, 'Resume')
  await expect(row(page)).toContainText('Active')
  expect((await jobRow(agent.sql, jobId)).status).toBe('active')
  await other.context().close()
})

test('who decides on what somebody else has changed meanwhile is told, and overwrites nothing', async ({
  page,
  browser,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  const other = await secondOperator(browser, agent)
  await other.goto(agent.at('active-jobs'))
  await expect(row(other)).toContainText('Active')
  // What the other one sees stays as it was.
  await other.route('**/rpc/jobs/list*', () => undefined)
  await page.goto(agent.at('active-jobs'))
  const before = await jobRow(agent.sql, jobId)
  await agent.process.pm('schedule', 'load_orders', '--brand', brandId, '--cron', '0 4 * * *')
  await expect.poll(async () => (await jobRow(agent.sql, jobId)).version).toBe(before.version + 1)

  await press(other, 'Pause')
  await expect(other.getByText(/Nightly orders was changed by somebody else/)).toBeVisible()
  expect((await jobRow(agent.sql, jobId)).status).toBe('active')
  await other.unroute('**/rpc/jobs/list*')
  await other.reload()
  await press(other, 'Pause')
  await expect(row(page)).toContainText('Paused')
  await other.context().close()
})

test('two who pause the same job at once pause it once', async ({ page, browser, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  const other = await secondOperator(browser, agent)
  for (const one of [page, other]) {
    await one.goto(agent.at('active-jobs'))
    await one.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  }
  await Promise.all([page, other].map((one) => one.getByRole('menuitem', { name: 'Pause', exact: true }).click()))
  for (const one of [page, other]) await expect(row(one)).toContainText('Paused')
  const { rows } = await agent.sql.query<{ count: number }>(
    `select count(*)::int as count from operator_actions where subject_id = $1 and action = 'job.pause'`,
    [jobId],
  )
  expect(only(rows).count).toBe(1)
  await other.context().close()
})

test('what somebody else does is in the record of actions, without reloading', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  await page.goto(agent.at('admin'))
  const record = page.getByRole('region', { name: 'Record of actions', exact: true })
  await expect(record).toContainText('Nobody has done anything yet.')
  await agent.process.pm('pause', jobId)
  await expect(record.getByRole('row', { name: /job\.pause/ })).toBeVisible()
})

const history = (page: Page) => page.getByRole('region', { name: 'What people did' })
const putBack = (page: Page) => page.getByRole('group', { name: 'Put this back' })
const cronOf = async (agent: Workspace, jobId: string): Promise<unknown> =>
  (await jobRow(agent.sql, jobId)).cron_expression

/** Somebody moves Nightly orders from 03:00 to another hour. */
async function move(agent: Workspace, brandId: string, hour: number): Promise<void> {
  await agent.process.pm('schedule', 'load_orders', '--brand', brandId, '--cron', `0 ${hour} * * *`, '--zone', 'UTC')
}

test('what somebody changed is told from what to what, and put back: shown first, on record, with Undo', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await move(agent, brandId, 4)
  await page.goto(agent.at('schedules', { open: `job:${jobId}` }))
  await expect(history(page)).toContainText('changed the schedule from Daily at 03:00 to Daily at 04:00 UTC')
  await page.getByRole('button', { name: 'Put this back' }).click()
  await expect(putBack(page)).toContainText('schedule Daily at 04:00 → Daily at 03:00 UTC')
  await page.getByRole('button', { name: 'Leave it' }).click()
  await expect(page.getByRole('button', { name: 'Put this back' })).toBeFocused()
  expect(await cronOf(agent, jobId)).toBe('0 4 * * *')

  await page.getByRole('button', { name: 'Put this back' }).click()
  await page.getByRole('button', { name: 'Put it back' }).click()
  await expect(history(page)).toContainText('changed the schedule from Daily at 04:00 to Daily at 03:00 UTC')
  await expect(history(page)).toContainText('It is so now.')
  expect(await cronOf(agent, jobId)).toBe('0 3 * * *')
  await page.getByRole('button', { name: 'Undo: change back' }).click()
  await expect.poll(() => cronOf(agent, jobId)).toBe('0 4 * * *')
  await agent.process.pm('archive', jobId)
  await expect(history(page)).toContainText('The job is archived: restore it first.')
  await expect(page.getByRole('button', { name: 'Put this back' })).toHaveCount(0)
})

test('who puts back what somebody else has changed meanwhile is shown both, and overwrites nothing unasked', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await move(agent, brandId, 4)
  await page.goto(agent.at('schedules', { open: `job:${jobId}` }))
  await page.getByRole('button', { name: 'Put this back' }).click()
  await expect(putBack(page)).toContainText('Daily at 04:00')
  await move(agent, brandId, 5)
  await page.getByRole('button', { name: 'Put it back' }).click()
  await expect(page.getByRole('alert', { name: 'Conflict' })).toContainText('Somebody else saved this schedule first')
  expect(await cronOf(agent, jobId)).toBe('0 5 * * *')
  await expectAccessible(page, 'a conflict of putting back')
  expect(complaints.splice(0).join()).toContain('409')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await expect.poll(() => cronOf(agent, jobId)).toBe('0 3 * * *')
})

test('the record of actions is narrowed in the address, and leads to the thing', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await agent.process.pm('pause', jobId)
  await move(agent, brandId, 4)
  await page.goto(agent.at('admin', { did: 'job.schedule' }))
  const record = page.getByRole('region', { name: 'Record of actions', exact: true })
  await expect(record.getByRole('row', { name: /job\.schedule.*Daily at 03:00 Daily at 04:00 UTC/ })).toBeVisible()
  await expect(record.getByRole('row', { name: /job\.pause/ })).toHaveCount(0)
  await record.getByRole('textbox', { name: 'Name of the thing' }).fill('no such thing')
  await expect(record).toContainText('Nothing on record matches these filters.')
  await record.getByRole('textbox', { name: 'Name of the thing' }).fill('nightly')
  await expect(record.getByRole('row', { name: /job\.schedule/ })).toBeVisible()
  expect(new URL(page.url()).searchParams.get('named')).toBe('nightly')
  await page.reload()
  await record.getByRole('link', { name: 'Nightly orders' }).click()
  await expect(page.getByRole('complementary', { name: 'Job details' })).toContainText('Nightly orders')
  expect(new URL(page.url()).searchParams.get('did')).toBe('job.schedule')
})

test('F9: ages typed over what somebody else has set meanwhile overwrite nothing, and both are shown', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  const setByAnother = (...ages: readonly string[]) =>
    agent.process.pm('policy', 'set', '--brand', brandId, '--dataset', 'orders', ...ages)
  const storedAges = async (): Promise<string | undefined> => {
    const { rows } = await agent.sql.query<{ ages: string }>(
      `select concat_ws(' ', max_age_hours::float8, warn_age_hours::float8) as ages from dataset_policies where brand_id = $1::uuid`,
      [brandId],
    )
    return rows[0]?.ages
  }
  await setByAnother('--max-age-hours', '24')
  await page.goto(agent.at('health', { open: `dataset:${brandId}:orders` }))
  const drawer = page.getByRole('complementary', { name: 'Dataset details' })
  const maximum = drawer.getByRole('textbox', { name: 'Maximum age for this brand, in hours' })
  const warning = drawer.getByRole('textbox', { name: 'At risk from this age on, in hours' })
  const title = drawer.getByRole('heading', { name: /^Maximum age/ })
  await expect(maximum).toHaveValue('24 h')
  await maximum.fill('48')
  await setByAnother('--max-age-hours', '6', '--warn-age-hours', '3')
  await expect(title).toContainText('6 h, set for this brand')
  await expect(warning).toHaveValue('')
  await maximum.press('Enter')

  const conflict = drawer.getByRole('alert', { name: 'Conflict' })
  await expect(conflict.getByRole('row', { name: 'Maximum age 6 h 48 h' })).toBeVisible()
  await expect(conflict.getByRole('row', { name: 'At risk from 3 h not changed' })).toBeVisible()
  expect(await storedAges()).toBe('6 3')
  await conflict.getByRole('button', { name: 'Keep mine' }).click()
  await expect(warning).toHaveValue('3 h')
  await expect.poll(storedAges).toBe('48 3')

  await expect(title).toContainText('48 h, set for this brand')
  await maximum.fill('72')
  await setByAnother('--max-age-hours', '12')
  await expect(title).toContainText('12 h, set for this brand')
  await drawer.getByRole('button', { name: 'Save' }).click()
  await conflict.getByRole('button', { name: 'Take theirs' }).click()
  await expect(maximum).toHaveValue('12 h')
  expect(await storedAges()).toBe('12 3')
  // A refusal is told to the console of the browser as well.
  complaints.length = 0
})

test('F9: a maximum age typed in Admin while somebody else sets one overwrites nothing, and says so', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  const maximum = async (): Promise<number | undefined> => {
    const { rows } = await agent.sql.query<{ hours: number }>(
      'select max_age_hours::float8 as hours from dataset_policies where brand_id = $1::uuid',
      [brandId],
    )
    return rows[0]?.hours
  }
  await page.goto(agent.at('admin'))
  await page.getByRole('button', { name: 'Set maximum age for Acme' }).click()
  await page.getByRole('combobox', { name: 'Dataset' }).click()
  await page.getByRole('option', { name: 'Orders' }).click()
  await page.getByRole('textbox', { name: 'Maximum age in hours' }).fill('48')
  await agent.process.pm('policy', 'set', '--brand', brandId, '--dataset', 'orders', '--max-age-hours', '6')
  await expect(page.getByRole('button', { name: /^Use the usual maximum age of orders/ })).toBeAttached()
  const set = page.getByRole('button', { name: 'Set', exact: true })
  await set.click()
  await expect(page.getByText(/What is set for "orders" was changed by .+ meanwhile/)).toBeVisible()
  expect(await maximum()).toBe(6)
  await set.click()
  await expect.poll(maximum).toBe(48)
  // A refusal is told to the console of the browser as well.
  complaints.length = 0
})
