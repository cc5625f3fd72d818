import type { Page } from '@playwright/test'
import { addRun } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { addSchedule, addStatus, inHours } from './support/seed.ts'

const rows = (page: Page) => page.getByRole('table', { name: /^Brands and whether/ }).locator('tbody tr')

test('readiness of all brands says when each page will be ready, until when it is, or that nobody can say', async ({
  page,
  agent,
}) => {
  test.slow()
  const acme = await agent.brand('Acme')
  const birch = await agent.brand('Birch')
  const cedar = await agent.brand('Cedar')
  for (const brandId of [acme, birch, cedar])
    await addStatus(agent, brandId, 'meta_ads_performance', { ageHours: brandId === cedar ? 0.1 : 400 })
  const jobId = await addSchedule(agent, acme, { job_type: 'meta_sync', next_run_at: await inHours(agent, 2) })
  await addRun(agent.sql, jobId, {
    brand_id: acme,
    status: 'completed',
    started_at: await inHours(agent, -48),
    completed_at: await inHours(agent, -47.9),
  })
  await page.goto(agent.at('readiness'))
  const row = (name: string) => rows(page).filter({ hasText: name })
  await expect(row('Acme')).toContainText(/expected \d/)
  await expect(row('Birch')).toContainText('nobody can say')
  await expect(row('Cedar')).toContainText(/until /)
  await expectAccessible(page, 'readiness with times')
  await page.screenshot({ path: test.info().outputPath('readiness.png') })
})
