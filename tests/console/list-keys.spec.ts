import type { Locator, Page } from '@playwright/test'
import { jobRow, only } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, addStatus, inHours } from './support/seed.ts'

const row = (page: Page, name: string): Locator => page.getByRole('row', { name: new RegExp(name) })
const rows = (page: Page): Locator =>
  page.getByRole('table', { name: /^Jobs/ }).locator('tbody tr:not([aria-hidden="true"])')

const status = async (agent: Workspace, jobId: string): Promise<string> => (await jobRow(agent.sql, jobId)).status

/** Jobs that are due in so many hours, which is how they are ordered. By their cadence they are later than all of these, whatever the time of day. */
async function addLoads(agent: Workspace, brandId: string, hours: Readonly<Record<string, number>>): Promise<string[]> {
  const ids: string[] = []
  const late = await inHours(agent, 20)
  const cron_expression = `${late.getUTCMinutes()} ${late.getUTCHours()} * * *`
  for (const [name, due] of Object.entries(hours)) {
    const next_run_at = await inHours(agent, due)
    ids.push(await addSchedule(agent, brandId, { name, concurrency_key: name, cron_expression, next_run_at }))
  }
  return ids
}

/** What people did to a job, oldest first. */
async function actionsOn(agent: Workspace, jobId: string): Promise<string[]> {
  const { rows: found } = await agent.sql.query<{ action: string }>(
    'select action from operator_actions where organization_id = $1::uuid and subject_id = $2 order by id',
    [agent.organizationId, jobId],
  )
  return found.map(({ action }) => action)
}

test('keys act on the row that has the focus, wherever it has moved meanwhile', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const [first = '', second = ''] = await addLoads(agent, brandId, { 'Load one': 2, 'Load two': 3, 'Load three': 4 })
  await page.goto(agent.at('active-jobs'))
  await expect(rows(page)).toHaveCount(3)
  await rows(page).first().focus()
  const [above = ''] = await addLoads(agent, brandId, { 'Load zero': 1 })
  await expect(rows(page).first()).toContainText('Load zero')
  await expect(row(page, 'Load one')).toBeFocused()
  await page.keyboard.press('p')
  await expect(row(page, 'Load one')).toContainText('Paused')
  expect(await status(agent, first)).toBe('paused')
  expect(await status(agent, above)).toBe('active')

  // What is paused goes to the end of the list, and the focus with it.
  await expect(rows(page).last()).toContainText('Load one')
  await page.keyboard.press('p')
  await expect(row(page, 'Load one')).toContainText('Active')
  expect(await actionsOn(agent, first)).toEqual(['job.pause', 'job.resume'])
  for (const id of [above, second]) expect(await actionsOn(agent, id)).toEqual([])

  await expect(row(page, 'Load one')).toBeFocused()
  await page.keyboard.press('k')
  await expect(row(page, 'Load three')).toBeFocused()
  await page.keyboard.press('Space')
  await expect(row(page, 'Load three').getByRole('checkbox')).toBeChecked()
})

test('a row is taken out of the selection as it is, not as it was when the row was ticked', async ({ page, agent }) => {
  await addLoads(agent, await agent.brand('Acme'), { 'Load one': 2, 'Load two': 3, 'Load three': 4 })
  await page.goto(agent.at('active-jobs'))
  const box = page.getByRole('checkbox', { name: 'Select Load three for Acme' })
  await box.check()
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await box.uncheck()
  await expect(page.getByRole('toolbar', { name: 'Selected jobs' })).toContainText('2 jobs selected')
})

test('single keys that are switched off do nothing to a row either; arrows, Space and Enter do (WCAG 2.1.4)', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const [jobId = ''] = await addLoads(agent, brandId, { 'Load one': 2, 'Load two': 3 })
  await page.goto(agent.at('settings'))
  await page.getByRole('switch', { name: 'Single keys' }).uncheck({ force: true })
  await page.goto(agent.at('active-jobs'))
  await rows(page).first().focus()
  for (const key of ['r', 'p', 'x', 'e', 'j']) await page.keyboard.press(key)
  await expect(rows(page).first()).toBeFocused()
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowDown')
  await expect(rows(page).nth(1)).toBeFocused()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await bar.getByRole('button', { name: 'Pause 1' }).click()
  await expect(row(page, 'Load one')).toContainText('Paused')
  // All that has been done: what the letters might have asked for came before it.
  expect(await actionsOn(agent, jobId)).toEqual(['job.pause'])
  const { rows: jobs } = await agent.sql.query<{ count: number }>(
    'select count(*)::int as count from scheduled_jobs where brand_id = $1::uuid',
    [brandId],
  )
  expect(only(jobs).count).toBe(2)

  await addStatus(agent, brandId, 'orders', { ageHours: 900 })
  await page.goto(agent.at('freshness-matrix'))
  await page.getByRole('grid').focus()
  await page.keyboard.press('Space')
  const chosen = page.getByRole('toolbar', { name: 'Chosen cells' })
  await expect(chosen).toBeVisible()
  // A preview would take Escape for itself.
  await page.keyboard.press('f')
  await page.keyboard.press('Escape')
  await expect(chosen).toBeHidden()
})

test('Escape says no to a question and leaves the drawer open behind it', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), {
    name: 'Waiting load',
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  await expect(drawer.getByRole('heading', { name: /Waiting load/ })).toBeVisible()
  await expect(row(page, 'Waiting load')).toContainText('Running')
  await page.getByRole('button', { name: 'Actions for Waiting load' }).click()
  await page.getByRole('menuitem', { name: /^Cancel run/ }).click()
  const question = page.getByRole('alertdialog', { name: /Cancel the run of Waiting load/ })
  await expect(question.getByRole('button', { name: 'Keep running' })).toBeFocused()
  // It fades, and while it is there Escape is the menu's.
  await expect(page.getByRole('menu')).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(drawer).toBeVisible()
  await expect(page.getByRole('button', { name: 'Actions for Waiting load' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
})

test('where the browser keeps its clipboard to itself the link is said instead', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  await page.addInitScript(() => Object.defineProperty(window.navigator, 'clipboard', { value: undefined }))
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  await page.getByRole('menuitem', { name: 'Copy link' }).click()
  await expect(page.getByText(`The link: ${agent.url}/jobs/${jobId}`)).toBeVisible()
})

test('the focus stays in the list when its row leaves it: the next one has it, then the empty list', async ({
  page,
  agent,
}) => {
  await addLoads(agent, await agent.brand('Acme'), { 'Load one': 2, 'Load two': 3 })
  await page.goto(agent.at('active-jobs', { state: 'active' }))
  await expect(rows(page)).toHaveCount(2)
  await rows(page).first().focus()
  await page.keyboard.press('p')
  await expect(row(page, 'Load one')).toHaveCount(0)
  await expect(row(page, 'Load two')).toBeFocused()
  await page.keyboard.press('p')
  await expect(rows(page)).toHaveCount(0)
  await expect(page.getByTestId('data-list')).toBeFocused()
})

test('the focus goes back into the list when the row that a drawer was opened from has gone', async ({
  page,
  agent,
}) => {
  const [first = ''] = await addLoads(agent, await agent.brand('Acme'), { 'Load one': 2, 'Load two': 3 })
  await page.goto(agent.at('active-jobs', { state: 'active' }))
  await rows(page).first().focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  await expect(drawer.getByRole('heading', { name: /Load one/ })).toBeVisible()
  await agent.sql.query(`update scheduled_jobs set status = 'paused', next_run_at = null where id = $1::uuid`, [first])
  await expect(row(page, 'Load one')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await expect(row(page, 'Load two')).toBeFocused()
})
