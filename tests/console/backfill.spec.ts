import { join } from 'node:path'
import { expectAccessible } from './support/accessible.ts'
import { startAgent } from './support/agent-under-test.ts'
import { createWorkspace, expect, signIn, test } from './support/fixtures.ts'
import { addSchedule, addStatus, overflow } from './support/seed.ts'

const file = join(import.meta.dirname, 'support/pipelines/days.yaml')

test('a week is run again from the drawer of a job: previewed, queued, followed, its runs shown, and the data is no fresher for it', async ({
  browser,
}) => {
  test.slow()
  await using own = await startAgent(undefined, { file })
  const agent = await createWorkspace(own, 'Backfills')
  const context = await browser.newContext()
  await signIn(context.request, own)
  const page = await context.newPage()
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 20 })
  const parameters = { from: '2026-01-01', to: '2026-01-01', days_back: 3 }
  const jobId = await addSchedule(agent, brandId, { job_type: 'load_days', parameters })
  const lastSuccess = 'select last_success_at from dataset_status where brand_id = $1'
  const before = await agent.sql.query(lastSuccess, [brandId])

  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  await page.getByRole('button', { name: 'Backfill…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Backfill' })
  await expect(dialog.getByRole('button', { name: 'Queue' })).toBeDisabled()
  await dialog.getByLabel('First day').fill('2026-01-07')
  await dialog.getByLabel('Last day').fill('2026-01-01')
  await expect(dialog).toContainText('Is before the first day.')
  await dialog.getByLabel('First day').fill('2026-01-01')
  await dialog.getByLabel('Last day').fill('2099-01-01')
  await expect(dialog.getByRole('alert')).toContainText('has not come yet')
  await dialog.getByLabel('Last day').fill('2026-01-07')
  await expect(dialog).toContainText('7 runs, how long such runs take is not known yet')
  await dialog.getByLabel('Days for each run').fill('3')
  await expect(dialog).toContainText('3 runs')
  await expect(dialog).toContainText('{"days_back":3,"from":"2026-01-01","to":"2026-01-03"}')
  // While the answer for another choice is awaited, what is shown is not what would be queued.
  const answered = Promise.withResolvers<null>()
  await page.route('**/rpc/backfills/preview*', async (route) => {
    await answered.promise
    await route.continue()
  })
  await dialog.getByLabel('Days for each run').fill('2')
  await expect(dialog.getByRole('button', { name: 'Queue', exact: true })).toBeDisabled()
  await expect(dialog).toContainText('3 runs')
  answered.resolve(null)
  await expect(dialog.getByRole('button', { name: 'Queue 4 runs' })).toBeEnabled()
  await page.unroute('**/rpc/backfills/preview*')
  await dialog.getByLabel('Days for each run').fill('3')
  await expect(dialog.getByRole('button', { name: 'Queue 3 runs' })).toBeEnabled()
  await expectAccessible(page, 'the form of a backfill')
  await page.screenshot({ path: test.info().outputPath('backfill-form.png') })
  await dialog.getByRole('button', { name: 'Queue 3 runs' }).click()
  await expect(dialog).toHaveCount(0)

  await page.goto(agent.at('active-jobs'))
  const section = page.getByRole('region', { name: 'Backfills' })
  await expect(section.getByRole('listitem')).toContainText('3 of 3 done', {
    timeout: 30_000,
  })
  await expect(section).toContainText('Completed')
  await expectAccessible(page, 'the list of backfills')
  await page.screenshot({ path: test.info().outputPath('backfill-list.png'), fullPage: true })
  expect((await agent.sql.query(lastSuccess, [brandId])).rows).toEqual(before.rows)
  await section.getByRole('link', { name: /^Runs/ }).click()
  await expect(page.getByRole('button', { name: 'Only one backfill; show all runs' })).toBeVisible()
  await expect(page.getByRole('row', { name: /load_days|Load days/ })).toHaveCount(3)

  await page.goto(agent.at('health', { open: `dataset:${brandId}:orders` }))
  await page.getByRole('button', { name: 'Backfill…' }).click()
  await expect(page.getByRole('dialog', { name: 'Backfill' })).toContainText('Runs load_days for Acme once more')
  await context.close()
})

test('what failed is retried, and what has not started is called off after a question; on a phone, dark, nothing scrolls sideways', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('A very long name of a brand that nobody would want to read to its end')
  await agent.sql.query(
    `with made as (
       insert into backfills (organization_id, brand_id, job_type, first_day, last_day, days_per_run, runs, requested_by)
       values ($1, $2, 'nobody_runs_this', '2026-01-01', '2026-01-04', 1, 4, 'Ben') returning id
     )
     insert into scheduled_jobs (brand_id, name, job_type, schedule_type, status, next_run_at, last_run_status, backfill_id)
     select $2, 'Day ' || part.day, 'nobody_runs_this', 'one_time', part.status, part.next_run_at, part.last, made.id
     from made, (values (1, 'archived', null::timestamptz, 'completed'), (2, 'active', null, 'failed'),
       (3, 'active', now() + interval '1 day', null), (4, 'active', now() + interval '1 day', null)) part (day, status, next_run_at, last)`,
    [agent.organizationId, brandId],
  )
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(agent.at('active-jobs'))
  const section = page.getByRole('region', { name: 'Backfills' })
  await expect(section).toContainText('1 of 4 done, 1 failed, 2 waiting')
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await section.scrollIntoViewIfNeeded()
  await page.screenshot({ path: test.info().outputPath('backfill-phone.png'), fullPage: true })
  await section.getByRole('button', { name: /^Cancel what has not started/ }).click()
  await page.getByRole('button', { name: 'Call off 2 runs' }).click()
  await expect(section).toContainText('1 of 4 done, 1 failed, 2 called off')
  await expect(section.getByRole('button', { name: /^Cancel what/ })).toHaveCount(0)
})
