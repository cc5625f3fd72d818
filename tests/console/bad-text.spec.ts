import type { Page } from '@playwright/test'
import { addJob, addRun, only } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addEndedRun, addSchedule, addStatus, nobodyRuns, overflow } from './support/seed.ts'

const pages = ['health', 'schedules', 'active-jobs', 'run-history', 'freshness-matrix', 'readiness']

const script = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
const turned = '\u202Egnirts-lanidro\u202C'
const emoji = '👩‍👩‍👧‍👦 Familien Ω≈ç'

/** Nothing of the text became markup, and the page is no wider than its window. */
async function expectWhole(page: Page, where: string): Promise<void> {
  expect(await page.evaluate(() => 'hacked' in window), where).toBe(false)
  await expect(page.locator('img[src="x"]'), where).toHaveCount(0)
  expect(await overflow(page), where).toBeLessThanOrEqual(0)
}

/** Every page with a brand, a job, a dataset and a failed run of this name. */
async function addNamed(agent: Workspace, name: string): Promise<{ brandId: string; jobId: string; runId: string }> {
  const brandId = await agent.brand(name)
  const jobId = await addSchedule(agent, brandId, { name, last_error: name })
  const runId = await addEndedRun(agent, jobId, { status: 'failed', problem: 'failed', error_message: name })
  await addStatus(agent, brandId, 'orders', { ageHours: 20, lastStatus: 'failed', error: name, runId })
  return { brandId, jobId, runId }
}

test('names with markup, turned text, emoji and 10 kB are text on every page and in every drawer', async ({
  page,
  agent,
}) => {
  const { brandId, jobId, runId } = await addNamed(agent, script)
  for (const name of [turned, emoji, 'W'.repeat(10_000)]) await addNamed(agent, name)
  for (const path of pages) {
    await page.goto(agent.at(path))
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).not.toBeEmpty()
    await expect(page.getByRole('main').getByText('<img src=x', { exact: false }).first()).toBeAttached()
    await expectWhole(page, path)
  }
  for (const open of [`dataset:${brandId}:orders`, `job:${jobId}`, `run:${runId}`]) {
    await page.goto(agent.at('active-jobs', { open }))
    await expect(page.getByRole('complementary').getByText('<img src=x', { exact: false }).first()).toBeAttached()
    await expectWhole(page, open)
  }
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of pages) {
    await page.goto(agent.at(path))
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).not.toBeEmpty()
    await expectWhole(page, `${path} on a phone`)
  }
})

test('brands that differ only by case are two, and each is filtered by itself', async ({ page, agent }) => {
  const lower = await agent.brand('acme')
  const upper = await agent.brand('ACME')
  await addStatus(agent, lower, 'orders', { ageHours: 1 })
  await addStatus(agent, upper, 'orders', { ageHours: 100 })
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  await expect(page.getByRole('rowheader')).toHaveCount(2)
  await page.goto(agent.at('health', { brand: upper }))
  await expect(page.getByRole('article')).toHaveCount(1)
  await expect(page.getByRole('article', { name: 'Orders of ACME' })).toContainText('Stale')
  await page.goto(agent.at('health', { brand: lower }))
  await expect(page.getByRole('article', { name: 'Orders of acme' })).not.toContainText('Stale')
})

test('a brand that is deleted while it is looked at is said to be gone', async ({ page, agent, complaints }) => {
  const { brandId } = await addNamed(agent, 'Soon gone')
  await page.goto(agent.at('health', { brand: brandId }))
  await expect(page.getByRole('article')).toHaveCount(2)
  await agent.sql.query('delete from brands where id = $1::uuid', [brandId])
  await expect(page.getByRole('article')).toHaveCount(0)
  await expect(page.getByRole('main')).toContainText(/There is no brand|no such brand|is gone|not found/i)
  for (const path of ['active-jobs', 'run-history', 'freshness-matrix']) {
    await page.goto(agent.at(path, { brand: brandId }))
    await expect(page.getByRole('main')).toContainText('The address names a brand that is not here')
  }
  await page.getByRole('button', { name: 'Show all brands' }).click()
  await expect(page.getByRole('main')).not.toContainText('The address names a brand')
  expect(new URL(page.url()).searchParams.get('brand')).toBeNull()
  complaints.length = 0
})

test('words and instants of another program are shown as they are, and nothing breaks', async ({ page, agent }) => {
  await agent.sql.query(`
    alter table scheduled_jobs drop constraint if exists scheduled_jobs_status_check;
    alter table scheduled_job_runs drop constraint if exists scheduled_job_runs_status_check;
    alter table dataset_status drop constraint if exists dataset_status_last_status_check;
  `)
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, { name: 'Strange job', job_type: nobodyRuns, status: 'hibernating' })
  await addSchedule(agent, brandId, { name: 'Endless job', job_type: nobodyRuns, next_run_at: 'infinity' })
  await addSchedule(agent, brandId, {
    name: 'Ancient job',
    job_type: nobodyRuns,
    next_run_at: '-infinity',
    status: 'paused',
  })
  await addEndedRun(agent, jobId, { status: 'exploded' })
  await addRun(agent.sql, jobId, { status: 'exploded', started_at: '-infinity', completed_at: 'infinity' })
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  await agent.sql.query(
    `update dataset_status set last_status = 'hibernating', last_success_at = 'infinity' where brand_id = $1::uuid`,
    [brandId],
  )
  for (const path of pages) {
    await page.goto(agent.at(path))
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).not.toBeEmpty()
    await expect(page.getByRole('alert')).toHaveCount(0)
    await expect(page.getByText(/Invalid Date|NaN|undefined|\[object/)).toHaveCount(0)
    await expectWhole(page, path)
  }
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('row', { name: /Strange job/ })).toContainText('Paused')
  await expect(page.getByRole('row', { name: /Endless job/ })).toBeVisible()
})

test('an error of 20 MB and logs with a line of 50 MB leave every page quick and whole', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addJob(agent.sql, {
    brand_id: brandId,
    name: 'Talkative',
    job_type: nobodyRuns,
    status: 'paused',
  })
  const { rows } = await agent.sql.query<{ id: string }>(
    `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at, error_message, logs)
     values ($1::uuid, 'failed', now() - interval '1 hour', now(), repeat('wrong ', 3500000), 'first line' || chr(10) || repeat('x', 50000000))
     returning id`,
    [jobId],
  )
  const runId = only(rows).id
  await agent.sql.query(`update scheduled_jobs set last_error = repeat('wrong ', 3500000) where id = $1::uuid`, [jobId])
  await addStatus(agent, brandId, 'orders', { ageHours: 20, lastStatus: 'failed', runId })
  await agent.sql.query(
    `update dataset_status set error_message = repeat('wrong ', 3500000) where brand_id = $1::uuid`,
    [brandId],
  )
  const sizes: number[] = []
  page.on('response', (response) => {
    if (response.url().includes('/rpc/')) {
      void response
        .body()
        .then((body) => sizes.push(body.length))
        .catch(() => undefined)
    }
  })
  for (const path of ['health', 'active-jobs', 'run-history', 'freshness-matrix']) {
    await page.goto(agent.at(path))
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).not.toBeEmpty()
    await expectWhole(page, path)
  }
  for (const part of [`run:${runId}`, `dataset:${brandId}:orders`, `job:${jobId}`]) {
    await page.goto(agent.at('run-history', { open: part }))
    await expect(page.getByRole('complementary')).toContainText('wrong wrong')
    await expectWhole(page, part)
  }
  await page.goto(agent.at('run-history', { open: `run:${runId}`, part: 'logs' }))
  await expect(page.getByRole('complementary')).toContainText('first line')
  await expectWhole(page, 'logs')
  expect(Math.max(...sizes)).toBeLessThan(5_000_000)
})

test('a job with 100,000 runs opens like any other', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, { name: 'Busy job', job_type: nobodyRuns })
  await agent.sql.query(
    `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at)
     select $1::uuid, 'completed', now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '10 seconds'
     from generate_series(1, 100000) n`,
    [jobId],
  )
  await page.goto(agent.at('run-history', { range: 'all' }))
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).not.toBeEmpty()
  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  await expect(page.getByRole('complementary')).toContainText('Busy job')
  await expect(page.getByRole('row', { name: /Busy job/ })).toBeVisible()
  await expectWhole(page, '100,000 runs')
})
