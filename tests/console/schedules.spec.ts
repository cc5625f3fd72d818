import type { Locator } from '@playwright/test'
import { addRun } from '../support/job-rows.ts'
import { expect, test } from './support/fixtures.ts'
import { addSchedule, choose, row, stored } from './support/schedules.ts'

test('a schedule is made in the form, and is in the database as it was filled in', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('schedules'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No schedules yet.')
  await page.getByRole('status').getByRole('button', { name: 'New schedule' }).click()
  await choose(page, 'Job type', /load_orders/)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Orders <b>twice</b>')
  await page.getByRole('button', { name: 'Weekly on' }).click()
  await page.getByRole('button', { name: 'Thu' }).click()
  await page.getByLabel('At', { exact: true }).fill('07:45')
  await expect(page.getByLabel('Cron expression')).toHaveValue('45 7 * * 1,4')
  await page.getByRole('combobox', { name: 'Time zone' }).fill('new york')
  await page.getByRole('option', { name: 'America/New_York' }).click()
  await expect(page.getByRole('region', { name: 'Next fires' }).getByRole('listitem')).toHaveCount(5)
  await page.getByLabel('Days back').fill('3')
  await page.getByLabel('Retries after a failure').fill('1')
  await expect(page.getByText('Up to 2 attempts: again after 5 min.')).toBeVisible()
  await page.getByLabel('Timeout, minutes').fill('20')
  await page.getByRole('radio', { name: 'Skip' }).first().check()
  await page.getByRole('textbox', { name: 'Never at the same time as others with the key' }).fill('shop')
  await page.getByRole('button', { name: 'Create schedule' }).click()

  await expect(page.getByRole('complementary', { name: 'Job details' })).toContainText('Orders <b>twice</b>')
  await expect(row(page, 'Orders <b>twice</b>')).toContainText('Mondays and Thursdays at 07:45')
  const [job, ...others] = await stored(agent, brandId)
  expect(others).toEqual([])
  expect(job).toMatchObject({
    name: 'Orders <b>twice</b>',
    cron_expression: '45 7 * * 1,4',
    time_zone: 'America/New_York',
    max_retries: 1,
    timeout_minutes: 20,
    overlap_policy: 'skip',
    catch_up_policy: 'latest',
    concurrency_key: 'shop',
    parameters: { days_back: 3, full: false, region: 'eu' },
  })
})

test('cron and presets follow each other, and what is wrong is said at its field while typing', async ({
  page,
  agent,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('schedules', { edit: 'new' }))
  const cron = page.getByLabel('Cron expression')
  const pressed = (name: string): Locator => page.getByRole('button', { name, pressed: true })
  await cron.fill('30 7 * * 1-5')
  await expect(pressed('Weekdays at')).toBeVisible()
  await expect(page.getByLabel('At', { exact: true })).toHaveValue('07:30')
  await cron.fill('*/7 3 * * *')
  await expect(pressed('Custom cron')).toBeVisible()
  await cron.fill('0 6 * *')
  await expect(page.getByText('The schedule has 4 fields; it needs 5.')).toBeVisible()
  await cron.fill('0 0 31 2 *')
  await expect(page.getByText('The schedule never fires: no such day exists.').first()).toBeVisible()
  await cron.fill('0 */4 * * *')
  await expect(pressed('Every 4 hours')).toBeVisible()
  await page.getByRole('button', { name: 'Monthly on' }).click()
  await expect(cron).toHaveValue('0 6 1 * *')
  await page.getByRole('combobox', { name: 'Time zone' }).fill('+02:00')
  await expect(page.getByText('Choose a place such as Europe/Berlin, not an offset.')).toBeVisible()
})

test('J13: fires that a change of the clocks moves or repeats are marked', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  // Every year on the days on which Berlin changes its clocks, at a time that is missing or comes twice on some of them.
  const jobId = await addSchedule(agent, brandId, { cron_expression: '30 2 25-31 3,10 *' })
  await page.goto(agent.at('schedules', { open: `job:${jobId}`, part: 'edit' }))
  await page.getByLabel('Cron expression').fill('30 2 28 3 *')
  const fires = page.getByRole('region', { name: 'Next fires' })
  await expect(fires).toContainText('clocks go forward: runs right after the gap')
  await page.getByLabel('Cron expression').fill('30 2 31 10 *')
  await expect(fires).toContainText('clocks go back: this hour comes twice')
})

test('an edit is saved, can be taken back, and is in the record of what people did', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('schedules'))
  await row(page, 'Nightly orders').focus()
  await page.keyboard.press('e')
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Morning orders')
  await page.getByRole('button', { name: 'Hourly' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(row(page, 'Morning orders')).toContainText('Every hour')
  await expect(page.getByRole('region', { name: 'What people did' })).toContainText('browser-tests')
  await page.getByRole('button', { name: 'Undo: change back' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Daily at 06:00')
  expect(await stored(agent, brandId)).toMatchObject([{ name: 'Nightly orders', cron_expression: '0 6 * * *' }])
})

test('somebody else saved first: both versions stand side by side, and either can win', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  const theirs = async (name: string): Promise<void> => {
    await agent.sql.query('update scheduled_jobs set name = $2, max_retries = 5, version = version + 1 where id = $1', [
      jobId,
      name,
    ])
  }
  await page.goto(agent.at('schedules', { open: `job:${jobId}`, part: 'edit' }))
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Mine')
  await theirs('Theirs')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const conflict = page.getByRole('alert', { name: 'Conflict' })
  await expect(conflict.getByRole('row', { name: 'Name Theirs Mine' })).toBeVisible()
  await expect(conflict.getByRole('row', { name: 'Retries 5 not changed' })).toBeVisible()
  await conflict.getByRole('button', { name: 'Keep mine' }).click()
  await expect(
    page.getByRole('complementary', { name: 'Job details' }).getByRole('heading', { name: 'Mine' }),
  ).toBeVisible()
  expect(await stored(agent, brandId)).toMatchObject([{ name: 'Mine', max_retries: 5 }])

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await name.fill('Mine again')
  await theirs('Theirs again')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await conflict.getByRole('button', { name: 'Take theirs' }).click()
  await expect(name).toHaveValue('Theirs again')
  expect(await stored(agent, brandId)).toMatchObject([{ name: 'Theirs again' }])
  // The browser itself tells of both refused saves.
  expect(complaints.splice(0)).toHaveLength(2)
})

test('what is typed survives Escape, closing and opening something else', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('schedules', { edit: 'new' }))
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Half typed')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(name).toHaveValue('Half typed')
  await row(page, 'Nightly orders').click()
  await expect(page.getByRole('complementary', { name: 'Job details' })).toBeVisible()
  await page.getByRole('button', { name: 'New schedule' }).click()
  await expect(name).toHaveValue('Half typed')
  await page.getByRole('button', { name: 'Discard it' }).click()
  await expect(name).toHaveValue('')
  await name.fill('Not wanted')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Discard', exact: true }).click()
  await expect(page.getByRole('complementary', { name: 'New schedule' })).toBeHidden()
  expect(await stored(agent, brandId)).toHaveLength(1)
})

test('pause, resume, archive and restore, each with its undo', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('schedules'))
  await row(page, 'Nightly orders').focus()
  await page.keyboard.press('p')
  await expect(row(page, 'Nightly orders')).toContainText('Paused')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('1 schedule, 1 paused; no run is planned.')
  await page.getByRole('button', { name: 'Undo: resume' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Active')

  await row(page, 'Nightly orders').click()
  await page.getByRole('complementary').getByRole('button', { name: 'Archive' }).click()
  await expect(row(page, 'Nightly orders')).toBeHidden()
  expect(await stored(agent, brandId)).toMatchObject([{ status: 'archived' }])
  await page.getByRole('button', { name: 'Undo: restore' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  expect(await stored(agent, brandId)).toMatchObject([{ status: 'active' }])
})

test('a duplicate is a schedule of its own', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId, { parameters: { days_back: 30 }, concurrency_key: 'shop' })
  await page.goto(agent.at('schedules'))
  await page.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate' }).click()
  await page.getByRole('button', { name: 'Create schedule' }).click()
  await expect(row(page, 'Nightly orders (copy)')).toBeVisible()
  expect(await stored(agent, brandId)).toMatchObject([
    { name: 'Nightly orders', parameters: { days_back: 30 } },
    {
      name: 'Nightly orders (copy)',
      cron_expression: '0 6 * * *',
      parameters: { days_back: 30 },
      concurrency_key: 'shop',
    },
  ])
})

test('the lanes show the coming day; the keyboard goes from run to run and opens the job', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId, { cron_expression: '0 * * * *', time_zone: 'UTC', next_run_at: null })
  await addSchedule(agent, brandId, {
    name: 'Second',
    cron_expression: '0 */2 * * *',
    time_zone: 'UTC',
    next_run_at: null,
  })
  await page.goto(agent.at('schedules'))
  const lane = page.getByRole('slider', { name: /^Acme: 36 planned runs$/ })
  await expect(page.getByRole('region', { name: 'Next 24 hours' })).toContainText('12 collisions')
  await lane.focus()
  await page.keyboard.press('Home')
  await expect(lane).toHaveAttribute('aria-valuenow', '1')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tooltip')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Job details' })).toBeVisible()
  await page.getByRole('button', { name: 'Next 24 hours' }).click()
  await expect(lane).toBeHidden()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Next 24 hours', expanded: false })).toBeVisible()
})

test('where more runs are planned than are drawn, the lanes say until when they are shown, and end there', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  for (let job = 0; job < 100; job += 1)
    await addSchedule(agent, brandId, { name: `Job ${job}`, cron_expression: '*/5 * * * *', next_run_at: null })
  await page.goto(agent.at('schedules'))
  const lanes = page.getByRole('region', { name: 'Next 24 hours' })
  await expect(lanes).toContainText(/Shown until .*\d+:\d+ .+ only: more than 10,000 runs are planned/)
  await expect(lanes).toContainText('Choose a brand to see more of its night.')
  await expect(lanes).toContainText(/9,900 collisions until .*\d+:\d+/)
})

test("the schedule's time holds in the lanes too, for who sees them and for who hears them", async ({
  page,
  agent,
}) => {
  const hourly = { cron_expression: '0 * * * *', next_run_at: null }
  await addSchedule(agent, await agent.brand('Acme'), { ...hourly, time_zone: 'Asia/Tokyo' })
  await page.goto(agent.at('schedules'))
  const lane = page.getByRole('slider', { name: /^Acme: 24 planned runs$/ })
  await expect(lane).toBeVisible()
  await page.keyboard.press('t')
  await lane.focus()
  await page.keyboard.press('Home')
  await expect(page.getByRole('tooltip')).toContainText('GMT+9')
  await expect(lane).toHaveAttribute('aria-valuetext', /GMT\+9/)
})

test('filters narrow by text, state and job type; nothing found is not the same as nothing there', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await addSchedule(agent, brandId, { name: 'Slow talk', job_type: 'talks', status: 'paused' })
  await addSchedule(agent, brandId, { name: 'Put away', status: 'archived' })
  await page.goto(agent.at('schedules'))
  await expect(row(page, 'Nightly orders')).toBeVisible()
  await expect(row(page, 'Put away')).toBeHidden()
  await page.getByRole('search').getByRole('button', { name: 'State' }).click()
  await page.getByRole('checkbox', { name: /^Paused/ }).check()
  await page.keyboard.press('Escape')
  await expect(row(page, 'Nightly orders')).toBeHidden()
  await expect(row(page, 'Slow talk')).toBeVisible()
  await page.getByPlaceholder('Name, type or brand').fill('no such thing')
  await expect(page.getByText('No schedule matches these filters')).toBeVisible()
  await page.getByRole('status').getByRole('button', { name: 'Clear filters' }).click()
  await expect(row(page, 'Nightly orders')).toBeVisible()
  await page.goto(agent.at('schedules', { state: 'archived' }))
  await expect(row(page, 'Put away')).toBeVisible()
})

test('a job says why it does not run, and what other programs wrote stays readable', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const unreadable = await addSchedule(agent, brandId, {
    name: '<i>odd</i> \u202Ename',
    cron_expression: 'every day at six',
    time_zone: null,
    next_run_at: null,
  })
  await page.goto(agent.at('schedules', { open: `job:${unreadable}` }))
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  await expect(drawer).toContainText('its schedule cannot be read')
  await expect(drawer.getByRole('region', { name: 'Plan' })).toContainText('every day at six')
  await expect(row(page, '<i>odd</i>')).toContainText('Not readable: every day at six')

  const nobody = await addSchedule(agent, brandId, { name: 'Lonely', job_type: 'ad_creation' })
  await page.goto(agent.at('schedules', { open: `job:${nobody}` }))
  await expect(drawer).toContainText('No agent can run ad_creation. Add an executor for it on one agent')
})

test('the last runs of a job lead to them', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  const runId = await addRun(agent.sql, jobId, {
    status: 'failed',
    started_at: new Date(Date.now() - 7_200_000),
    completed_at: new Date(Date.now() - 7_080_000),
    error_message: 'HTTP 429',
  })
  await page.goto(agent.at('schedules', { open: `job:${jobId}` }))
  const runs = page.getByRole('region', { name: 'Last runs' })
  await expect(runs.getByRole('button', { name: /^Failed, 2 h ago, 2 min$/ })).toBeVisible()
  await runs.getByRole('button', { name: 'Failed', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`open=run%3A${runId}`))
})

test('keyboard alone makes a schedule, and pressing twice makes one', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('schedules', { edit: 'new' }))
  const panel = page.getByRole('complementary', { name: 'New schedule' })
  await expect(panel).toBeFocused()
  await expect(panel.getByRole('combobox', { name: 'Job type' })).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('combobox', { name: 'Job type' })).toBeFocused()
  const choice = page.getByRole('option', { name: /load_orders/ })
  await expect(choice).toBeVisible()
  await page.keyboard.type('load')
  // The first that fits is ready to be taken.
  await expect(choice).toHaveAttribute('data-combobox-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('combobox', { name: 'Job type' })).toHaveValue(/load_orders/)
  await page.getByRole('textbox', { name: 'Name', exact: true }).focus()
  await page.keyboard.type('By hand')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(row(page, 'By hand')).toBeVisible()
  expect(await stored(agent, brandId)).toMatchObject([{ name: 'By hand', cron_expression: '0 6 * * *' }])
})

test('who may only read sees why nothing can be changed', async ({ browser, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  const token = await agent.process.pm('token', 'create', '--name', `reader-${brandId}`, '--scope', 'read', '--json')
  const text = /"text": ?"([^"]+)"/.exec(token)?.[1] ?? ''
  const context = await browser.newContext()
  const answer = await context.request.post(`${agent.url}/session`, { data: { token: text } })
  expect(answer.ok()).toBe(true)
  const page = await context.newPage()
  await page.goto(agent.at('schedules'))
  const create = page.getByRole('button', { name: 'New schedule' })
  await expect(create).toHaveAttribute('aria-disabled', 'true')
  await create.hover()
  await expect(page.getByRole('tooltip')).toContainText('You may only read here')
  await row(page, 'Nightly orders').focus()
  await page.keyboard.press('p')
  await page.keyboard.press('e')
  await expect(page.getByRole('complementary')).toBeHidden()
  expect(await stored(agent, brandId)).toMatchObject([{ status: 'active', version: 1 }])
  await context.close()
})
