import type { Page } from '@playwright/test'
import { addRun } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { addSchedule, addStatus, inHours, overflow } from './support/seed.ts'

const rows = (page: Page) => page.getByRole('table', { name: /^Brands and whether/ }).locator('tbody tr')

test('readiness of all brands says when, and which will not be ready by a time, in the address', async ({
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
  await expect(row('Birch')).toContainText('nothing planned')
  await expect(row('Cedar')).toContainText(/until /)
  await expectAccessible(page, 'readiness with times')
  await page.screenshot({ path: test.info().outputPath('readiness.png') })

  // 12 hours from now Acme is ready, and Birch is not.
  const { rows: clocks } = await agent.sql.query<{ at: string }>(
    `select to_char((now() + interval '5 hours') at time zone 'UTC', 'HH24:MI') as at`,
  )
  const at = clocks[0]?.at ?? ''
  await page.getByRole('button', { name: 'Not ready by' }).click()
  await page.locator('input[type=time]').fill(at)
  const { promise: answered, resolve: answer } = Promise.withResolvers<null>()
  await page.route(/\/rpc\/readiness\/list/, async (route) => {
    await answered
    await route.continue()
  })
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`by=${encodeURIComponent(at)}`))
  // Until the answer is there nobody is said to be in time, or late.
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('')
  await expect(page.getByRole('main')).not.toContainText('No brand matches')
  answer(null)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`of 3 brands will not be ready by ${at}`)
  await expect(row('Birch')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`of 3 brands will not be ready by ${at}`)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await page.screenshot({ path: test.info().outputPath('readiness-390.png') })
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: test.info().outputPath('readiness-dark.png') })
})
