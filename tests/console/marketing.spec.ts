import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { scorecardOf } from '../../shared/scorecard.ts'
import { addJob, addRun } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addEndedRun, addSchedule, addStatus, inHours, overflow } from './support/seed.ts'

/** A run of a scorecard that ended, with what it made. */
async function addScorecard(agent: Workspace): Promise<string> {
  const jobId = await addJob(agent.sql, {
    brand_id: await agent.brand('Acme'),
    job_type: 'scorecard',
    name: 'Weekly scorecard',
    status: 'completed',
    next_run_at: null,
  })
  const runId = await addRun(agent.sql, jobId, {
    status: 'completed',
    started_at: await inHours(agent, -1),
    completed_at: await inHours(agent, -0.9),
  })
  const usual = { currency: 'EUR', spend: 100, revenue: 300, purchases: 6, clicks: 120, impressions: 10_000 }
  const made = scorecardOf({
    brand: 'Acme',
    window: { since: '2026-03-08', until: '2026-03-14' },
    previousWindow: { since: '2026-03-01', until: '2026-03-07' },
    current: [
      { ...usual, adId: '1', name: 'Summer – UGC <b>1</b>' },
      { ...usual, adId: '2', name: 'Last chance', revenue: 40 },
      {
        ...usual,
        adId: '3',
        name: 'Founder story, a name that is long enough to be cut somewhere',
        revenue: 0,
        purchases: 0,
      },
    ],
    previous: [{ ...usual, adId: '1', name: 'Summer – UGC', revenue: 200 }],
  })
  await agent.sql.query(
    `insert into run_artifacts (run_id, name, media_type, content)
     values ($1, 'scorecard.json', 'application/json', $2), ($1, 'scorecard.md', 'text/markdown', '# Scorecard')`,
    [runId, JSON.stringify(made)],
  )
  return runId
}

const drawer = (page: Page) => page.getByRole('complementary')

test('a scorecard is read where its run is: sums, what does well, what does not and why; its files can be saved', async ({
  page,
  agent,
}) => {
  const runId = await addScorecard(agent)
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  await drawer(page).getByRole('tab', { name: 'Results 2' }).click()
  await expect(drawer(page)).toContainText('3 ads from 2026-03-08 to 2026-03-14')
  const top = drawer(page).getByRole('region', { name: 'Top performers, table' })
  await expect(top.getByRole('row', { name: /Summer – UGC <b>1<\/b>/ })).toContainText('+50 %')
  const attention = drawer(page).getByRole('region', { name: 'Needs attention, table' })
  await expect(attention.getByRole('row', { name: /Last chance/ })).toContainText('earns less than it costs')
  await expect(attention.getByRole('row', { name: /Founder story/ })).toContainText('no purchases')
  const saved = page.waitForEvent('download')
  await drawer(page).getByRole('button', { name: 'Save scorecard.json' }).click()
  expect((await saved).suggestedFilename()).toBe('scorecard.json')
  const { violations } = await new AxeBuilder({ page }).include('[role="complementary"], aside').analyze()
  expect(violations).toEqual([])
})

test('a run that made nothing has no results', async ({ page, agent }) => {
  const runId = await addScorecard(agent)
  await agent.sql.query('delete from run_artifacts where run_id = $1', [runId])
  await page.goto(agent.at('run-history', { open: `run:${runId}`, part: 'results' }))
  await expect(drawer(page).getByRole('tab', { name: 'Summary' })).toHaveAttribute('aria-selected', 'true')
  await expect(drawer(page).getByRole('tab', { name: /Results/ })).toHaveCount(0)
})

test('Readiness of a brand: all five pages; what runs for one, how far it is, and what nobody can run yet', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'templates_scraped', { ageHours: 200, lastStatus: 'failed', error: 'Meta is tired' })
  await page.goto(agent.at('readiness', { brand: brandId }))
  for (const name of [
    'Ad performance',
    'Hook analysis',
    'Template queue',
    'Template evaluation',
    'Congruence insights',
  ]) {
    await expect(page.getByRole('region', { name })).toContainText('Not ready')
  }
  const queue = page.getByRole('region', { name: 'Template queue' })
  await expect(queue).toContainText('Meta is tired')
  await expect(queue).toContainText('needs META_ACCESS_TOKEN, which this agent does not have')
  await expect(page.getByRole('region', { name: 'Template evaluation' })).toContainText(
    'Nothing says what step evaluate of template_approval runs.',
  )
  const jobId = await addJob(agent.sql, {
    brand_id: brandId,
    job_type: 'template_scrape',
    name: 'Template scrape (fix)',
    next_run_at: null,
  })
  const runId = await addRun(agent.sql, jobId, { started_at: await inHours(agent, -0.01) })
  await agent.sql.query(
    `insert into run_steps (run_id, position, step_key, status, fatal, progress_done, progress_total)
     values ($1, 1, 'scrape', 'running', true, 30, 50)`,
    [runId],
  )
  await agent.sql.query('update scheduled_jobs set current_run_id = $1 where id = $2', [runId, jobId])
  await expect(queue.getByText('Running')).toBeVisible()
  await expect(queue.getByRole('progressbar', { name: 'Progress of template_scrape: 30 of 50' })).toBeVisible()
  await queue.getByRole('button', { name: 'template_scrape', exact: true }).click()
  await expect(drawer(page)).toContainText('Template scrape (fix)')
  expect(await overflow(page)).toBe(0)
})

test('Readiness says when a page will be ready by itself, until when it is, and never a time that has passed', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, { job_type: 'template_scrape', next_run_at: null })
  await addEndedRun(agent, jobId, { started_at: await inHours(agent, -3), completed_at: await inHours(agent, -2.5) })
  const runId = await addRun(agent.sql, jobId, { started_at: await inHours(agent, -0.2) })
  await agent.sql.query('update scheduled_jobs set current_run_id = $1 where id = $2', [runId, jobId])
  await page.goto(agent.at('readiness', { brand: brandId }))
  const queue = page.getByRole('region', { name: 'Template queue' })
  await expect(queue).toContainText(/Ready about .*, when template_scrape ends\./)
  await expect(queue.getByRole('row', { name: /Not synced|Never synced/ })).toContainText(/expected in \d+ min/)
  await expect(page.getByRole('region', { name: 'Hook analysis' })).toContainText(
    'Nothing that is planned makes it ready.',
  )
  expect(await overflow(page)).toBe(0)
  await queue
    .getByRole('button', { name: /templates/i })
    .first()
    .click()
  await expect(drawer(page)).toContainText(/Fresh about .*, when template_scrape ends\./)
  await page.keyboard.press('Escape')

  await agent.sql.query('update scheduled_job_runs set started_at = $1 where id = $2', [
    await inHours(agent, -2),
    runId,
  ])
  await expect(queue).toContainText(/Ready when template_scrape ends: expected .*, it runs longer than usual\./)
  await expect(queue).not.toContainText('expected in')

  await addStatus(agent, brandId, 'templates_scraped', { ageHours: 0.1 })
  await agent.sql.query(`update scheduled_job_runs set status = 'completed', completed_at = now() where id = $1`, [
    runId,
  ])
  await agent.sql.query(
    `update scheduled_jobs set current_run_id = null, next_run_at = now() + interval '60 days' where id = $1`,
    [jobId],
  )
  await expect(queue.getByRole('img', { name: 'At risk' })).toBeVisible()
  await expect(queue).toContainText(/Ready until .*; next run .*, after that\./)
  await expect(queue).toContainText(/stale in \d+/)
  expect(await overflow(page)).toBe(0)
})

test('what was measured of a dataset stands beside what jobs say of it', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 1, records: 5 })
  await agent.sql.query(
    `insert into dataset_probes (brand_id, dataset_key, probed_at, latest_at, row_count, moved_at, moved)
     values ($1, 'orders', now(), now() - interval '3 days', 1234, now() - interval '3 days', false)`,
    [brandId],
  )
  await page.goto(agent.at('health', { open: `dataset:${brandId}:orders` }))
  const measured = drawer(page).getByRole('region', { name: 'Measured' })
  await expect(measured).toContainText('1,234')
  await expect(measured).toContainText('Not moved by the last success')
})
