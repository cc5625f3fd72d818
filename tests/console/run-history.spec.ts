import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { addJob, addRun } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addEndedRun, addSchedule } from './support/seed.ts'

const minuteMs = 60_000

/** A run that ended so many minutes ago, as another program writes it. */
async function ended(agent: Workspace, jobId: string, minutesAgo: number, columns: object = {}): Promise<string> {
  const { rows } = await agent.sql.query<{ now: Date }>('select now() as now')
  const completed = (rows[0]?.now.getTime() ?? 0) - minutesAgo * minuteMs
  return addRun(agent.sql, jobId, {
    status: 'completed',
    started_at: new Date(completed - 30_000),
    completed_at: new Date(completed),
    ...columns,
  })
}

async function jobOf(agent: Workspace, brand: string, jobType = 'meta_sync'): Promise<string> {
  const brandId = await agent.brand(brand)
  return addJob(agent.sql, { brand_id: brandId, job_type: jobType, name: jobType, status: 'paused', next_run_at: null })
}

function rows(page: Page) {
  return page.getByRole('table', { name: 'Runs, the newest first' }).locator('tbody tr:not([aria-hidden])')
}

const failed = { status: 'failed', problem: 'failed', error_message: 'HTTP 429 at thumbnails\nsecond line' }

test('the answer line has exact totals, and a result narrows list and answer', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  for (const minute of [10, 20, 30]) await ended(agent, jobId, minute)
  await ended(agent, jobId, 40, failed)
  await page.goto(agent.at('run-history'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    '4 runs in the last 24 h, 75.0 % completed; 1 failed.',
  )
  await expect(rows(page)).toHaveCount(4)
  await page.getByRole('button', { name: 'Result', exact: true }).click()
  await page.getByRole('checkbox', { name: /Failed/ }).check()
  await expect(rows(page)).toHaveCount(1)
  await expect(rows(page)).toContainText('HTTP 429 at thumbnails')
  await expect(page).toHaveURL(/result=failed/)
  await page.reload()
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(rows(page)).toHaveCount(4)
})

test('a run written by plain SQL appears without reloading', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  await page.goto(agent.at('run-history'))
  await expect(page.getByText('No runs in the last 24 hours')).toBeVisible()
  await ended(agent, jobId, 1, failed)
  await expect(rows(page)).toHaveCount(1)
})

test('filters that leave nothing say so and can be cleared', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  await ended(agent, jobId, 5)
  await page.goto(agent.at('run-history', { result: 'cancelled' }))
  await expect(page.getByText('No runs match the filters')).toBeVisible()
  await page.getByRole('status').getByRole('button', { name: 'Clear filters' }).click()
  await expect(rows(page)).toHaveCount(1)
})

test('the keyboard opens a run, reads its parts and comes back to its row', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  const runId = await ended(agent, jobId, 5, { ...failed, logs: 'first line\nsecond line of the log' })
  await page.goto(agent.at('run-history'))
  await rows(page).first().focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await expect(drawer.getByText('second line', { exact: false }).first()).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`open=run%3A${runId}`))
  await drawer.getByRole('tab', { name: /Logs/ }).click()
  await expect(page).toHaveURL(/part=logs/)
  await drawer.getByLabel('Search the log').fill('OF THE LOG')
  await expect(drawer.getByText('1 of 1')).toBeVisible()
  await page.reload()
  await expect(drawer.getByText('second line of the log')).toBeVisible()
  await drawer.getByRole('button', { name: 'Close' }).click()
  await expect(drawer).toBeHidden()
})

test('hostile names and errors show as they are', async ({ page, agent }) => {
  const jobId = await jobOf(agent, '<img src=x onerror=alert(1)> Brand')
  await ended(agent, jobId, 5, { error_message: '<script>alert(1)</script>', status: 'failed', problem: 'failed' })
  await page.goto(agent.at('run-history'))
  await expect(rows(page)).toContainText('<img src=x onerror=alert(1)> Brand')
  await expect(rows(page)).toContainText('<script>alert(1)</script>')
})

test('the histogram picks a range by keyboard', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  await ended(agent, jobId, 3)
  await ended(agent, jobId, 600)
  await page.goto(agent.at('run-history'))
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('slider', { name: 'Runs over time' }).focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/range=/)
  await expect(rows(page)).toHaveCount(1)
  await page.goBack()
  await expect(rows(page)).toHaveCount(2)
})

async function exportedAs(page: Page, format: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: 'Export', exact: true })
      .click()
      .then(() => page.getByRole('menuitem', { name: format }).click()),
  ])
  const stream = await download.createReadStream()
  return stream.toArray().then((parts) => Buffer.concat(parts).toString())
}

test('everything that matches is exported, and nothing else', async ({ page, agent }) => {
  const jobId = await jobOf(agent, 'Acme')
  const runId = await ended(agent, jobId, 5, failed)
  const other = await ended(agent, jobId, 6)
  await page.goto(agent.at('run-history', { result: 'failed' }))
  await expect(rows(page)).toHaveCount(1)
  const text = await exportedAs(page, 'JSON')
  expect(text).toContain(runId)
  expect(text).not.toContain(other)
  expect(JSON.parse(text)).toHaveLength(1)
})

test('a range that says only where it ends is the same one for the answer, the list and the export', async ({
  page,
  agent,
}) => {
  const jobId = await jobOf(agent, 'Acme')
  const [inside, earlier] = [await ended(agent, jobId, 20 * 1_440), await ended(agent, jobId, 60 * 1_440, failed)]
  await page.goto(agent.at('run-history', { range: `..${new Date().toISOString()}` }))
  await expect(rows(page)).toHaveCount(1)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^1 run between .+ and .+, 100 % completed/)
  const text = await exportedAs(page, 'JSON')
  expect(text).toContain(inside)
  expect(text).not.toContain(earlier)
})

async function statusesOf(agent: Workspace, jobId: string): Promise<string[]> {
  const { rows } = await agent.sql.query<{ status: string }>(
    'select status from scheduled_job_runs where scheduled_job_id = $1',
    [jobId],
  )
  return rows.map(({ status }) => status)
}

async function parametersOf(agent: Workspace, brandId: string): Promise<object[]> {
  const { rows } = await agent.sql.query<{ parameters: object }>(
    'select parameters from scheduled_jobs where brand_id = $1',
    [brandId],
  )
  return rows.map(({ parameters }) => parameters)
}

/** Queues work for the agent of the tests as another program would; returns the job's id. */
async function queued(agent: Workspace, brandId: string, jobType: string, parameters: object = {}): Promise<string> {
  return addJob(agent.sql, { brand_id: brandId, job_type: jobType, name: jobType, parameters })
}

test('a running run shows its step, follows its log and is cancelled after a question', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await queued(agent, brandId, 'wait_for_go')
  await page.goto(agent.at('run-history', { result: 'running' }))
  await expect(rows(page)).toHaveCount(1)
  await rows(page).first().click()
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await expect(drawer.getByText('Running step 2 of 2, wait')).toBeVisible()
  await drawer.getByRole('tab', { name: /Steps/ }).click()
  await expect(drawer.getByText('prepare')).toBeVisible()
  await drawer.getByRole('button', { name: 'Cancel run' }).click()
  const question = page.getByRole('dialog', { name: 'Cancel run' })
  await expect(question).toContainText('wait_for_go for Acme')
  await expect(question.getByRole('button', { name: 'Keep running' })).toBeFocused()
  await question.getByRole('button', { name: 'Cancel 1 run' }).click()
  await expect(drawer.getByText('Cancelled', { exact: false }).first()).toBeVisible()
  await expect.poll(() => statusesOf(agent, jobId)).toEqual(['cancelled'])
})

test('r on a row asks, then queues the same work once', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await queued(agent, brandId, 'talks', { lines: 3 })
  await page.goto(agent.at('run-history'))
  await expect(rows(page)).toContainText('Completed')
  await rows(page).first().focus()
  await page.keyboard.press('r')
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('Run talks for Acme once more')
  await question.getByRole('button', { name: 'Rerun' }).click()
  await expect(question).toBeHidden()
  await expect(rows(page)).toHaveCount(2)
  const { rows: jobs } = await agent.sql.query(
    `select parameters, trigger_source from scheduled_jobs where brand_id = $1 order by created_at desc`,
    [brandId],
  )
  expect(jobs).toHaveLength(2)
  expect(jobs[0]).toEqual({ parameters: { lines: 3 }, trigger_source: 'manual' })
})

test('a rerun with other parameters runs with those', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await queued(agent, brandId, 'talks', { lines: 3 })
  await page.goto(agent.at('run-history'))
  await expect(rows(page)).toContainText('Completed')
  await rows(page).first().click()
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await drawer.getByRole('button', { name: 'Rerun with other parameters' }).click()
  const form = page.getByRole('dialog', { name: 'Rerun with other parameters' })
  await form.getByLabel('lines').fill('5')
  await form.getByRole('button', { name: 'Rerun' }).click()
  await expect(form).toBeHidden()
  await expect.poll(() => parametersOf(agent, brandId)).toContainEqual({ lines: 5 })
})

test('a log of thousands of lines scrolls, and draws only what is in view', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await queued(agent, brandId, 'talks', { lines: 5_000 })
  await page.goto(agent.at('run-history'))
  await expect(rows(page)).toContainText('Completed')
  await rows(page).first().click()
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await drawer.getByRole('tab', { name: /Logs/ }).click()
  const log = drawer.getByRole('region', { name: /^Log, / })
  await expect(log).toBeVisible()
  await expect(drawer.getByText('earlier ones are being loaded')).toBeHidden()
  await log.focus()
  await page.keyboard.press('Home')
  await log.evaluate((element) => element.scrollTo({ top: 0 }))
  await expect(log.locator('[data-index="0"]')).toBeVisible()
  expect(await log.locator('[data-index]').count()).toBeLessThan(120)
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const part of ['summary', 'steps', 'logs', 'attempts', 'parameters']) {
    test(`axe finds nothing: ${part} of a failed run, ${colorScheme}`, async ({ page, agent }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const jobId = await jobOf(agent, 'Acme')
      const runId = await ended(agent, jobId, 5, { ...failed, logs: 'one\ntwo' })
      await page.goto(agent.at('run-history', { charts: 'on', open: `run:${runId}`, part }))
      await expect(page.getByRole('tab', { selected: true })).toBeVisible()
      await expect(rows(page)).toHaveCount(1)
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        .analyze()
      expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 200)) }))).toEqual(
        [],
      )
    })
  }
}

test("the schedule's time holds for what has run as for what will: in the list, the drawer and the last result", async ({
  page,
  agent,
}) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), { time_zone: 'Asia/Tokyo', name: 'Tokyo' })
  await addEndedRun(agent, jobId)
  await page.goto(agent.at('run-history'))
  await expect(rows(page).locator('time')).not.toHaveAttribute('aria-label', /GMT\+9/)
  await page.keyboard.press('t')
  await expect(rows(page).locator('time')).toHaveAttribute('aria-label', /GMT\+9/)
  await rows(page).first().click()
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  for (const fact of ['Started', 'Ended']) {
    const value = drawer.locator('dl > div').filter({ has: page.getByText(fact, { exact: true }) })
    await expect(value.locator('time')).toHaveText(/GMT\+9/)
  }
  await page.goto(agent.at('active-jobs'))
  const result = page.getByRole('row', { name: /Tokyo/ }).getByRole('cell').filter({ hasText: /ago/ })
  await expect(result.locator('time').first()).toHaveAttribute('aria-label', /GMT\+9/)
})

test("J13: the schedule's time of a schedule without a zone is the one that it runs in", async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), { time_zone: null, name: 'Older' })
  await addEndedRun(agent, jobId)
  await page.goto(agent.at('settings'))
  await expect(page.getByText('Schedules that name none have America/Los_Angeles')).toBeVisible()
  await page.goto(agent.at('run-history'))
  await expect(rows(page).locator('time')).not.toHaveAttribute('aria-label', /P[SD]T/)
  await page.keyboard.press('t')
  await expect(rows(page).locator('time')).toHaveAttribute('aria-label', /P[SD]T/)
  await page.goto(agent.at('active-jobs'))
  const times = page.getByRole('row', { name: /Older/ }).locator('time')
  await expect(times).toHaveCount(2)
  for (const time of await times.all()) await expect(time).toHaveAttribute('aria-label', /P[SD]T/)
  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  const drawer = page.getByRole('complementary', { name: 'Job details' })
  const lastRuns = drawer.getByRole('region', { name: 'Last runs' })
  await expect(lastRuns.locator('time').first()).toHaveAttribute('aria-label', /P[SD]T/)
})
