import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { jobRow, runOf } from '../support/job-rows.ts'
import { expect, test } from './support/fixtures.ts'
import { addEndedRun, addSchedule, addShops, inHours, queuedByPeople } from './support/seed.ts'

const drawer = (page: Page) => page.getByRole('complementary')

/** Opens the palette, looks for something and takes it. */
async function take(page: Page, text: string, option: RegExp): Promise<void> {
  await search(page, text)
  await page.getByRole('option', { name: option }).click()
  await expect(page.getByRole('combobox', { name: /search/i })).toBeHidden()
}

async function search(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: /search/i }).first()).toBeFocused()
  await page.keyboard.type(text)
}

test('the palette does what can be done to the job that is open, and says why the rest cannot be', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  await expect(drawer(page).getByRole('heading', { name: /Nightly orders/ })).toBeVisible()
  await take(page, 'pause this job', /^Pause this job/)
  await expect.poll(async () => (await jobRow(agent.sql, jobId)).status).toBe('paused')
  await expect(drawer(page).getByRole('button', { name: 'Resume' })).toBeVisible()
  await search(page, 'this job')
  await expect(page.getByRole('option', { name: /^Pause this job.*already paused/ })).toBeDisabled()
  await expect(page.getByRole('option', { name: /^Cancel the run of this job.*not running/ })).toBeDisabled()
  await page.keyboard.press('Escape')
  await take(page, 'resume this', /^Resume this job/)
  await expect.poll(async () => (await jobRow(agent.sql, jobId)).status).toBe('active')
  await take(page, 'run this job', /^Run this job now/)
  await expect.poll(() => queuedByPeople(agent, brandId)).toBe(1)
  await take(page, 'edit this', /^Edit this job/)
  await expect(page.getByRole('form', { name: 'Edit Nightly orders' })).toBeVisible()
})

test('the palette cancels the run that is open after asking, saves its log and runs it once more', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, {
    name: 'Waiting load',
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  await expect.poll(async () => (await jobRow(agent.sql, jobId)).current_run_id).not.toBeNull()
  const { id } = await runOf(agent.sql, jobId)
  await page.goto(agent.at('run-history', { open: `run:${id}` }))
  await expect(drawer(page).getByRole('heading', { name: /Waiting load/ })).toBeVisible()
  await take(page, 'cancel this run', /^Cancel this run/)
  const question = page.getByRole('alertdialog', { name: /Cancel the run of Waiting load/ })
  await expect(question.getByRole('button', { name: 'Keep running' })).toBeFocused()
  await question.getByRole('button', { name: 'Cancel run' }).click()
  await expect.poll(async () => (await runOf(agent.sql, jobId)).status).toBe('cancelled')
  await search(page, 'cancel this run')
  await expect(page.getByRole('option', { name: /^Cancel this run.*It has ended\./ })).toBeDisabled()
  await page.keyboard.press('Escape')
  const download = page.waitForEvent('download')
  await take(page, 'download', /^Download the log of this run/)
  expect((await download).suggestedFilename()).toBe(`run-${id}.log`)
  await take(page, 'rerun', /^Rerun this run/)
  await expect.poll(() => queuedByPeople(agent, brandId)).toBe(1)
})

test('the palette fixes the dataset that is open', async ({ page, agent }) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { open: `dataset:${acme}:orders` }))
  await expect(drawer(page).getByRole('heading', { name: /^Orders/ })).toBeVisible()
  await take(page, 'fix this', /^Fix this dataset: run load_orders now/)
  await expect.poll(() => queuedByPeople(agent, acme)).toBe(1)
})

test('the palette exports the runs and the matrix that are shown', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addEndedRun(agent, await addSchedule(agent, brandId))
  await page.goto(agent.at('run-history'))
  await expect(page.getByRole('row', { name: /Nightly orders/ })).toBeVisible()
  const runs = page.waitForEvent('download')
  await take(page, 'export csv', /^Export these runs as CSV/)
  expect(await readFile(await (await runs).path(), 'utf8')).toContain('Nightly orders')
  await page.goto(agent.at('freshness-matrix'))
  await expect(page.getByRole('grid')).toContainText('Acme')
  const matrix = page.waitForEvent('download')
  await take(page, 'export', /^Export this matrix as CSV/)
  expect(await readFile(await (await matrix).path(), 'utf8')).toContain('Acme')
})

test('below 1024 px a question lies over the drawer, and goes with its page', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), {
    name: 'Waiting load',
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  await expect.poll(async () => (await jobRow(agent.sql, jobId)).current_run_id).not.toBeNull()
  const { id } = await runOf(agent.sql, jobId)
  await page.setViewportSize({ width: 640, height: 800 })
  await page.goto(agent.at('run-history', { open: `run:${id}` }))
  await expect(drawer(page).getByRole('heading', { name: /Waiting load/ })).toBeVisible()
  await take(page, 'cancel this run', /^Cancel this run/)
  const question = page.getByRole('alertdialog', { name: /Cancel the run of Waiting load/ })
  const isOnTop = (button: Element): boolean => {
    const { left, top, width, height } = button.getBoundingClientRect()
    const hit = document.elementFromPoint(left + width / 2, top + height / 2)
    return hit !== null && button.contains(hit)
  }
  for (const name of ['Keep running', 'Cancel run']) {
    await expect(question.getByRole('button', { name })).toBeVisible()
    expect(await question.getByRole('button', { name }).evaluate(isOnTop)).toBe(true)
  }
  await take(page, 'readiness', /^Readiness/)
  await expect(page).toHaveURL(/readiness/)
  await expect(question).toHaveCount(0)
  await page.goBack()
  await expect(drawer(page).getByRole('heading', { name: /Waiting load/ })).toBeVisible()
  await expect(question).toHaveCount(0)
})

test('the palette makes new things where they are listed, and reaches the parts of pages', async ({ page, agent }) => {
  await page.goto(agent.at('schedules'))
  const triggers = page.getByRole('region', { name: 'Triggers' })
  await expect(page.getByRole('button', { name: 'New schedule' }).first()).toBeEnabled()
  await take(page, 'new trigger', /^New trigger/)
  await expect(triggers.getByRole('form', { name: 'New trigger' }).getByRole('combobox').first()).toBeFocused()
  await take(page, 'pings', /^Sources: Pings/)
  await expect(page.getByRole('heading', { name: 'Pings' })).toBeVisible()
  await take(page, 'add a check', /^Add a check/)
  await expect(page.getByRole('form', { name: 'New check' })).toBeVisible()
  await take(page, 'hooks', /^Sources: Hooks/)
  await expect(page.getByRole('heading', { name: 'Hooks', exact: true })).toBeVisible()
  await take(page, 'new hook', /^New hook/)
  await expect(page.getByRole('form', { name: 'New hook' })).toBeVisible()
  await take(page, 'admin brands', /^Admin: Brands and accounts/)
  await expect(page.getByRole('heading', { name: /^Brands and accounts of/ })).toBeInViewport()
  await take(page, 'new brand', /^New brand/)
  await expect(page.getByRole('textbox', { name: 'New brand' })).toBeFocused()
})

test('the palette reaches datasets of any brand, and agents', async ({ page, agent }) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('settings'))
  await expect(page.getByRole('switch', { name: 'Single keys' })).toBeVisible()
  await take(page, 'acme stock', /^Stock.*Dataset of Acme/)
  await expect(page).toHaveURL(new RegExp(`brand=${acme}.*open=dataset`))
  await expect(drawer(page).getByRole('heading', { name: /^Stock/ })).toBeVisible()
  const { rows } = await agent.sql.query<{ name: string }>('select name from agents order by heartbeat_at desc limit 1')
  const name = rows[0]?.name ?? ''
  await search(page, name)
  await page.getByRole('group', { name: 'Agents' }).getByRole('option').first().click()
  await expect(page).toHaveURL(/run-history\?agent=/)
})

test('the palette fixes what a page of a brand lacks', async ({ page, agent }) => {
  const acme = await agent.brand('Acme')
  await page.goto(agent.at('readiness', { brand: acme }))
  await expect(page.getByRole('region', { name: 'Ad performance' })).toContainText('Not ready')
  await search(page, 'fix ad performance')
  await expect(page.getByRole('option', { name: /^Fix .* for Ad performance: run meta_sync now/ })).toBeVisible()
})
