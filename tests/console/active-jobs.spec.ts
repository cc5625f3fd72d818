import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { jobRow, runOf } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import {
  addEndedRun,
  addJobsInEveryState,
  addSchedule,
  inHours,
  nobodyRuns,
  overflow,
  queuedByPeople,
} from './support/seed.ts'

const row = (page: Page, name: string): Locator => page.getByRole('row', { name: new RegExp(name) })
const rows = (page: Page): Locator =>
  page.getByRole('table', { name: /^Jobs/ }).locator('tbody tr:not([aria-hidden="true"])')

async function press(page: Page, job: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${job}` }).click()
  await page.getByRole('menuitem', { name: new RegExp(`^${action}`) }).click()
}

const status = async (agent: Workspace, jobId: string): Promise<string> => (await jobRow(agent.sql, jobId)).status

/** What people did, oldest first. */
async function actions(agent: Workspace): Promise<string[]> {
  const { rows: found } = await agent.sql.query<{ action: string }>(
    'select action from operator_actions where organization_id = $1::uuid order by id',
    [agent.organizationId],
  )
  return found.map(({ action }) => action)
}

test('every state in words and shape, the urgent first; archived ones only under their own filter (J12)', async ({
  page,
  agent,
}) => {
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    '1 retrying, 1 dead: Dead job for Acme waits for a person. 1 job waiting, 1 paused.',
  )
  await expect(rows(page)).toHaveCount(5)
  await expect(rows(page).nth(0)).toContainText('Retrying, attempt 2 of 4')
  await expect(rows(page).nth(1)).toContainText(/Dead.*Dead job.*Attempt 4 of 4 failed: HTTP 429 at the shop/)
  await expect(row(page, 'Archived job')).toBeHidden()
  await page.getByRole('button', { name: 'State', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Archived 1' }).check()
  await expect(rows(page)).toHaveCount(1)
  await expect(row(page, 'Archived job')).toContainText('Archived')
})

test('filters by state, type, kind and text stand in the URL, and keep on reload and Back', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addJobsInEveryState(agent, brandId)
  await addSchedule(agent, await agent.brand('Zenith'))
  await page.goto(agent.at('active-jobs'))
  await expect(rows(page)).toHaveCount(6)
  await page.getByRole('button', { name: 'Job type', exact: true }).click()
  await page.getByRole('textbox', { name: 'Search: Job type' }).fill('load')
  await page.getByRole('checkbox', { name: 'Load orders' }).check()
  await page.keyboard.press('Escape')
  await expect(rows(page)).toHaveCount(1)
  await expect(page).toHaveURL(/type=load_orders/)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('button', { name: 'Kind', exact: true }).click()
  await page.getByRole('radio', { name: 'One-time', exact: true }).check()
  await page.keyboard.press('Escape')
  await expect(rows(page)).toHaveCount(1)
  await expect(row(page, 'Dead job')).toBeVisible()
  await page.reload()
  await expect(rows(page)).toHaveCount(1)
  await row(page, 'Dead job').click()
  await expect(page.getByRole('complementary', { name: 'Job details' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('complementary')).toBeHidden()
  await expect(page).toHaveURL(/kind=one_time/)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.keyboard.press('/')
  await page.keyboard.type('zenith')
  await expect(rows(page)).toHaveCount(1)
  await page.keyboard.type(' nothing')
  await expect(page.getByText('No job matches these filters')).toBeVisible()
  await page.getByRole('status').getByRole('button', { name: 'Clear filters' }).click()
  await expect(rows(page)).toHaveCount(6)
})

test('an empty list teaches, and a failed one says what happened and is asked again', async ({
  page,
  agent,
  complaints,
}) => {
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByText('No jobs yet')).toBeVisible()
  await page.route('**/rpc/jobs/list*', (route) => route.abort())
  await page.reload()
  await expect(page.getByRole('alert')).toContainText('The agent does not answer.')
  await expect(page.getByText('No jobs yet')).toBeHidden()
  await page.unroute('**/rpc/jobs/list*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('No jobs yet')).toBeVisible()
  complaints.length = 0
})

test('pause, resume, archive and restore: each is in the database, and Undo takes it back', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  const planned = await jobRow(agent.sql, jobId)
  await page.goto(agent.at('active-jobs'))
  await press(page, 'Nightly orders', 'Pause')
  await expect(row(page, 'Nightly orders')).toContainText('Paused')
  expect(await status(agent, jobId)).toBe('paused')
  await page.getByRole('button', { name: 'Undo: resume' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  const resumed = await jobRow(agent.sql, jobId)
  expect(resumed.status).toBe('active')
  expect(resumed.next_run_at).toEqual(planned.next_run_at)
  await expect(page.getByText('Nightly orders is no longer paused').locator('time')).toHaveText(/UTC$/)

  await press(page, 'Nightly orders', 'Archive')
  await expect(page.getByText('No jobs yet')).toBeVisible()
  expect(await status(agent, jobId)).toBe('archived')
  await page.getByRole('button', { name: 'Undo: restore' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  expect(await status(agent, jobId)).toBe('active')

  await page.goto(agent.at('active-jobs'))
  await press(page, 'Nightly orders', 'Pause')
  await expect(row(page, 'Nightly orders')).toContainText('Paused')
  await press(page, 'Nightly orders', 'Resume')
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  expect(await actions(agent)).toEqual(
    ['pause', 'resume', 'archive', 'restore', 'pause', 'resume'].map((action) => `job.${action}`),
  )
})

test('what does not apply is there, disabled, with its reason', async ({ page, agent }) => {
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Actions for Paused job' }).click()
  await expect(page.getByRole('menuitem', { name: 'Pause · already paused' })).toBeDisabled()
  await expect(page.getByRole('menuitem', { name: 'Retry · paused' })).toBeDisabled()
  await expect(page.getByRole('menuitem', { name: 'Cancel run · not running' })).toBeDisabled()
  await expect(page.getByRole('menuitem', { name: 'Resume', exact: true })).toBeEnabled()
})

test('Retry makes a dead job due again, and Run now queues one more job', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, {
    name: 'Dead load',
    schedule_type: 'one_time',
    cron_expression: null,
    next_run_at: null,
    last_error: 'Attempt 4 of 4 failed: HTTP 429',
  })
  await addEndedRun(agent, jobId, { status: 'failed', problem: 'failed', attempt_number: 4 })
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Dead load')).toContainText('Dead')
  await press(page, 'Dead load', 'Retry')
  await expect(row(page, 'Dead load')).toContainText('Completed')
  expect(await status(agent, jobId)).toBe('completed')

  await press(page, 'Dead load', 'Run now')
  await expect(page.getByText(/Dead load is queued/)).toBeVisible()
  expect(await queuedByPeople(agent, brandId)).toBe(1)
})

test('a run is shown with its step and progress, live, and Cancel stops it (J11)', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByText('No jobs yet')).toBeVisible()
  const jobId = await addSchedule(agent, brandId, {
    name: 'Waiting load',
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  const running = row(page, 'Waiting load')
  await expect(running).toContainText(/Running.*2\/2 wait/)
  await expect(running.getByRole('progressbar', { name: '2/2 wait: 3 of 10' })).toBeVisible()
  await expect(running).toContainText('console-test')
  await press(page, 'Waiting load', 'Cancel run')
  const question = page.getByRole('alertdialog', { name: /Cancel the run of Waiting load/ })
  await expect(question.getByRole('button', { name: 'Keep running' })).toBeFocused()
  await question.getByRole('button', { name: 'Cancel run' }).click()
  await expect.poll(async () => (await runOf(agent.sql, jobId)).status).toBe('cancelled')
  await expect(running).not.toContainText(/Running|Stopping/)
  const { rows: asked } = await agent.sql.query(
    'select cancel_requested_by from scheduled_job_runs where scheduled_job_id = $1::uuid',
    [jobId],
  )
  expect(asked).toEqual([{ cancel_requested_by: 'browser-tests' }])
})

test('a run that may go on ends by itself, and its row says so', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), {
    name: 'Waiting load',
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Waiting load')).toContainText('2/2 wait')
  await writeFile(join(agent.process.temporaryFolder, `go-${(await runOf(agent.sql, jobId)).id}`), '')
  await expect(row(page, 'Waiting load')).toContainText('Active')
  await expect(row(page, 'Waiting load').getByRole('img', { name: 'Completed' })).toBeVisible()
})

test('many at once: exact counts, who is skipped and why before it is done, and Undo for those that changed', async ({
  page,
  agent,
}) => {
  const ids = await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await expect(bar).toContainText('5 jobs selected')
  await bar.getByRole('button', { name: 'Pause 3' }).click()
  const question = page.getByRole('dialog')
  await expect(question).toContainText('Pause: 3 jobs')
  await expect(question).toContainText('Skips 1: already paused.')
  await expect(question).toContainText('Skips 1: already completed.')
  await expect(question.getByRole('button', { name: 'Leave as it is' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  expect(await actions(agent)).toEqual([])
  await bar.getByRole('button', { name: 'Pause 3' }).click()
  await question.getByRole('button', { name: 'Pause 3 jobs' }).click()
  await expect(page.getByText('3 of 3 jobs paused.')).toBeVisible()
  await expect(bar).toBeHidden()
  for (const id of [ids.active, ids.retrying, ids.dead]) expect(await status(agent, id)).toBe('paused')
  expect(await status(agent, ids.completed)).toBe('completed')
  await page.getByRole('button', { name: 'Undo: resume' }).click()
  await expect.poll(() => status(agent, ids.active)).toBe('active')
  await expect.poll(() => status(agent, ids.retrying)).toBe('active')
  expect(await status(agent, ids.paused)).toBe('paused')
})

async function addMany(agent: Workspace, status = 'active'): Promise<string> {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, next_run_at, concurrency_key, status)
     select $1::uuid, 'Job ' || n, $2, 'recurring', '0 3 * * *', now() + n * interval '1 minute', 'key ' || n, $3
     from generate_series(1000, 1114) n`,
    [brandId, nobodyRuns, status],
  )
  return brandId
}

test('what was refused of everything that matches and is not loaded is read again, and can be done then', async ({
  page,
  agent,
}) => {
  // What is still paused afterwards stands last.
  await addMany(agent, 'paused')
  await page.goto(agent.at('active-jobs'))
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await bar.getByRole('button', { name: 'Select all 115 that match' }).click()
  await expect(bar).toContainText('115 jobs selected')
  await agent.sql.query(`update scheduled_jobs set version = version + 1 where name = 'Job 1114'`)
  await bar.getByRole('button', { name: 'Resume 115' }).click()
  await expect(page.getByText('114 of 115 jobs resumed; 1 not.')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: 'Select Job 1114 for Acme' })).toBeHidden()
  await page.getByRole('alert').getByRole('button', { name: 'Dismiss' }).click()
  await bar.getByRole('button', { name: 'Resume 1', exact: true }).click()
  await expect(page.getByText('Job 1114 is resumed.')).toBeVisible()
})

test('filters that are changed while everything that matches is read are not chosen by the old ones', async ({
  page,
  agent,
}) => {
  await addMany(agent)
  await page.goto(agent.at('active-jobs'))
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  const held = Promise.withResolvers<undefined>()
  await page.route('**/rpc/jobs/list*', async (route) => {
    if (decodeURIComponent(route.request().url() + (route.request().postData() ?? '')).includes('"limit":500'))
      await held.promise
    await route.fallback()
  })
  await bar.getByRole('button', { name: 'Select all 115 that match' }).click()
  await page.getByRole('textbox', { name: 'Job, type or brand' }).fill('Job 111')
  await expect(page.getByRole('table', { name: /^Jobs/ })).toHaveAttribute('aria-rowcount', '6')
  const answered = page.waitForResponse(/jobs\/list/)
  held.resolve(undefined)
  await answered
  await page.evaluate(() => fetch('/'))
  await expect(bar).toBeHidden()
})

test('everything that matches is selected at once, also what is not loaded, and nothing that the filters leave out', async ({
  page,
  agent,
}) => {
  const brandId = await addMany(agent)
  await page.goto(agent.at('active-jobs'))
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await page.getByRole('checkbox', { name: 'Select Job 1000 for Acme' }).check()
  await expect(bar.getByRole('button', { name: /that match/ })).toBeHidden()
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await expect(bar).toContainText('100 jobs selected')
  await bar.getByRole('button', { name: 'Select all 115 that match' }).click()
  await expect(bar).toContainText('115 jobs selected')
  const text = page.getByRole('textbox', { name: 'Job, type or brand' })
  await text.fill('Job 111')
  await expect(bar).toContainText('5 jobs selected')
  await text.fill('')
  await bar.getByRole('button', { name: 'Pause 115' }).click()
  await expect(page.getByText('115 of 115 jobs paused.')).toBeVisible()
  const paused = `select from scheduled_jobs where brand_id = $1 and status = 'paused'`
  expect((await agent.sql.query(paused, [brandId])).rowCount).toBe(115)
})

test('what cannot be taken back asks first even when nothing is skipped', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('checkbox', { name: 'Select Nightly orders for Acme' }).check()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await bar.getByRole('button', { name: 'Run now 1' }).click()
  expect(await queuedByPeople(agent, brandId)).toBe(0)
  await page.getByRole('dialog').getByRole('button', { name: 'Run now 1 job' }).click()
  await expect.poll(() => queuedByPeople(agent, brandId)).toBe(1)
})

test('by keyboard alone: move, select a range, pause and run the row, open and come back', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  for (const name of ['Load one', 'Load two', 'Load three']) {
    await addSchedule(agent, brandId, { name, concurrency_key: name, next_run_at: await inHours(agent, name.length) })
  }
  await page.goto(agent.at('active-jobs'))
  await expect(rows(page)).toHaveCount(3)
  await rows(page).first().focus()
  await page.keyboard.press('j')
  await expect(rows(page).nth(1)).toBeFocused()
  await page.keyboard.press('k')
  await page.keyboard.press('Space')
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await expect(bar).toContainText('1 job selected')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(bar).toContainText('3 jobs selected')
  await page.keyboard.press('Space')
  await expect(bar).toContainText('2 jobs selected')
  const last = rows(page).nth(2)
  await expect(last).toBeFocused()
  await expect(last).toContainText('Load three')
  await page.keyboard.press('p')
  await expect(last).toContainText('Paused')
  await expect(last).toBeFocused()
  await page.keyboard.press('p')
  await expect(row(page, 'Load three')).toContainText('Active')
  await page.keyboard.press('r')
  await expect.poll(() => queuedByPeople(agent, brandId)).toBe(1)
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  await expect(drawer).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await expect(page.locator('tr:focus')).toHaveCount(1)
})

test('a job that no agent can run says so', async ({ page, agent }) => {
  await addSchedule(agent, await agent.brand('Acme'), { name: 'Forgotten', job_type: 'forgotten_type' })
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Forgotten')).toContainText('No agent can run forgotten_type.')
  await page.getByRole('button', { name: 'Actions for Forgotten' }).click()
  await expect(page.getByRole('menuitem', { name: /^Run now · no agent can run forgotten_type/ })).toBeDisabled()
})

test('who may only read sees why nothing can be pressed', async ({ browser, agent }) => {
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  const { token } = JSON.parse(
    await agent.process.pm('token', 'create', '--name', 'reader', '--scope', 'read', '--json'),
  ) as { token: { text: string } }
  const context = await browser.newContext()
  await context.request.post(`${agent.url}/session`, { data: { token: token.text } })
  const page = await context.newPage()
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Actions for Active job' }).click()
  await expect(page.getByRole('menu')).toContainText('You may only read here; this takes the scope "operate".')
  await expect(page.getByRole('menuitem', { name: /^Pause/ })).toBeDisabled()
  await context.close()
})

test('ten thousand jobs: the true total, and the end is reached by its key', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, next_run_at, concurrency_key)
     select $1::uuid, 'Job ' || lpad(n::text, 5, '0'), $2, 'recurring', '0 3 * * *', now() + n * interval '1 minute', 'key ' || n
     from generate_series(1000, 10999) n`,
    [brandId, nobodyRuns],
  )
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('10,000 jobs waiting')
  await expect(page.getByRole('table', { name: /^Jobs/ })).toHaveAttribute('aria-rowcount', '10001')
  await expect(rows(page).first()).toContainText('Job 01000')
  expect(await rows(page).count()).toBeLessThan(80)
  await rows(page).first().focus()
  await page.keyboard.press('End')
  await expect(row(page, 'Job 01099')).toBeFocused()
  // The next page is there: End means the end of what is loaded.
  await expect(row(page, 'Job 01100')).toBeAttached()
  await page.keyboard.press('End')
  await expect(row(page, 'Job 01199')).toBeFocused()
})

test('on a phone state, job, brand and actions stay', async ({ page, agent }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Active job')).toContainText('Acme')
  await expect(page.getByRole('button', { name: 'Actions for Active job' })).toBeInViewport({ ratio: 1 })
  expect(await overflow(page)).toBe(0)
})
