import type { Locator, Page } from '@playwright/test'
import { addJob } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addStatus } from './support/seed.ts'

const brandList = (page: Page): Locator => page.getByRole('list', { name: 'Brands, worst first' })
const brandRow = (page: Page, brand: string): Locator => page.getByRole('button', { name: new RegExp(`^${brand}`) })
const topOf = (list: Locator): Promise<number> => list.evaluate((element) => element.scrollTop)

/** So many brands, each with fifty datasets that are fine. */
async function addBrands(agent: Workspace, count: number): Promise<void> {
  await agent.sql.query(
    `with added as (
       insert into brands (organization_id, name) select $1::uuid, 'Brand ' || lpad(n::text, 3, '0') from generate_series(1, $2::int) n
       returning id
     )
     insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     select id, 'set_' || lpad(k::text, 2, '0'), $1::uuid, now(), now(), 'completed' from added, generate_series(1, 50) k`,
    [agent.organizationId, count],
  )
}

test('opening and closing a run leaves the list where it is, however long it was open', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addJob(agent.sql, { brand_id: brandId, name: 'Load', status: 'paused', next_run_at: null })
  const addRuns = (first: number, last: number) =>
    agent.sql.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, problem, error_message, job_type, brand_id, started_at, completed_at)
       select $1::uuid, 'failed', 'failed', 'failure ' || n, 'load_orders', $2::uuid, now() - n * interval '1 minute',
         now() - n * interval '1 minute'
       from generate_series($3::int, $4::int) n`,
      [jobId, brandId, first, last],
    )
  await addRuns(1, 300)
  const starts = new Set<string>()
  page.on('request', (request) => {
    if (!request.url().includes('/rpc/runs/list')) return
    const told = decodeURIComponent(`${request.url()} ${request.postData() ?? ''}`)
    const from = /"from":"([^"]+)"/.exec(told)?.[1]
    if (from !== undefined) starts.add(from)
  })
  await page.clock.install()
  await page.goto(agent.at('run-history'))
  const rows = page.getByRole('table', { name: 'Runs, the newest first' }).locator('tbody tr:not([aria-hidden])')
  await rows.first().focus()
  const numbered = (number: number) => rows.filter({ hasText: `failure ${number}` })
  await expect(async () => {
    await page.keyboard.press('End')
    await expect(numbered(300)).toBeFocused({ timeout: 1_000 })
  }).toPass()
  await page.keyboard.press('PageUp')
  const row = numbered(280)
  await expect(row).toBeFocused()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await expect(drawer).toBeFocused()
  // Who is asked says what time it really is.
  await page.context().setOffline(true)
  await page.clock.fastForward('01:30')
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await page.context().setOffline(false)
  await expect(row).toBeFocused()
  await expect(row).toBeInViewport()
  // By when this is there, anything else that was asked is answered.
  await addRuns(0, 0)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('301 runs')
  await expect(row).toBeFocused()
  expect(starts.size).toBe(1)
  // What waited for an answer meanwhile was not told of one.
  complaints.length = 0
})

test('Back leads to where Health was scrolled to, with the brands that were open; so does a reload', async ({
  page,
  agent,
}) => {
  await addBrands(agent, 100)
  await page.goto(agent.at('health'))
  await brandRow(page, 'Brand 001').press('Enter')
  const list = page.locator('[data-scroll-place]')
  await brandList(page).waitFor()
  await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
  await brandRow(page, 'Brand 099').click()
  await expect(page.getByRole('article', { name: 'set_50 of Brand 099' })).toBeAttached()
  await brandRow(page, 'Brand 099').scrollIntoViewIfNeeded()
  const top = await topOf(list)
  expect(top).toBeGreaterThan(3_000)
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click()
  await expect(page).toHaveTitle(/^Settings/)
  await page.goBack()
  await expect(brandRow(page, 'Brand 099')).toBeInViewport()
  await expect(brandRow(page, 'Brand 099')).toHaveAttribute('aria-expanded', 'true')
  await page.reload()
  await brandList(page).waitFor()
  await expect(brandRow(page, 'Brand 001')).toHaveAttribute('aria-expanded', 'false')
  await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
  await expect(brandRow(page, 'Brand 099')).toHaveAttribute('aria-expanded', 'true')
})

test('Back leads to where the matrix was scrolled to, both ways', async ({ page, agent }) => {
  await addBrands(agent, 100)
  await page.goto(agent.at('freshness-matrix', { sort: 'name', zoom: 'ages' }))
  const far = page.getByRole('gridcell', { name: /^Brand 100, set_50/ })
  await page.getByRole('grid').focus()
  await page.keyboard.press('Control+End')
  await expect(far).toBeInViewport()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click()
  await expect(page).toHaveTitle(/^Settings/)
  await page.goBack()
  await expect(far).toBeInViewport()
})

test('a link to a brand that was put away, or is no brand at all, says so on every page and leads to all of them', async ({
  page,
  agent,
  complaints,
}) => {
  await addStatus(agent, await agent.brand('Acme'), 'orders', { ageHours: 1 })
  const gone = await agent.brand('Gone')
  await agent.sql.query('update brands set archived_at = now() where id = $1::uuid', [gone])
  const said = page.getByRole('status').filter({ hasText: 'The address names a brand that is not here' })
  for (const [path, brand] of [
    ['health', gone],
    ['freshness-matrix', gone],
    ['run-history', 'no-brand'],
    ['schedules', agent.organizationId],
  ] as const) {
    await page.goto(agent.at(path, { brand }))
    await expect(said).toBeVisible()
    await expect(page.getByRole('button', { name: 'Clear filters' })).toHaveCount(0)
    await said.getByRole('button', { name: 'Show all brands' }).click()
    await expect(said).toBeHidden()
    await expect(page).toHaveURL(new RegExp(`/${path}$`))
    await expect(page.getByRole('button', { name: 'Brand: All brands' })).toBeVisible()
  }
  // What no brand narrows goes on.
  await page.goto(agent.at('settings', { brand: gone }))
  await expect(page.getByRole('switch', { name: 'Single keys' })).toBeVisible()
  await expect(said).toBeHidden()
  // The browser tells of what was refused before the brands were known.
  complaints.length = 0
})

test('the record of actions keeps what was loaded while its range moves on with the clock', async ({ page, agent }) => {
  await agent.sql.query(
    `insert into operator_actions (operator, door, organization_id, action, subject_type, subject_id)
     select 'ann', 'console', $1::uuid, 'job.pause', 'job', gen_random_uuid()::text from generate_series(1, 60)`,
    [agent.organizationId],
  )
  const starts = new Set<string>()
  page.on('request', (request) => {
    if (!request.url().includes('/rpc/admin/actions')) return
    const told = decodeURIComponent(`${request.url()} ${request.postData() ?? ''}`)
    const from = /"from":"([^"]+)"/.exec(told)?.[1]
    if (from !== undefined) starts.add(from)
  })
  await page.clock.install()
  await page.goto(agent.at('admin', { range: '24h' }))
  const rows = page.getByRole('table', { name: 'Actions, the newest first' }).locator('tbody tr')
  await expect(rows).toHaveCount(50)
  await page.getByRole('button', { name: 'Show 50 more' }).click()
  await expect(rows).toHaveCount(60)
  await page.clock.fastForward('01:30')
  await agent.sql.query(
    `insert into operator_actions (operator, door, organization_id, action, subject_type, subject_id)
     values ('ann', 'console', $1::uuid, 'job.resume', 'job', gen_random_uuid()::text)`,
    [agent.organizationId],
  )
  // A change that the record tells of: it is asked again.
  await agent.brand('Acme')
  await expect(rows).toHaveCount(61)
  expect(starts.size).toBe(1)
})
