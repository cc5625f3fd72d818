import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addStatus, overflow } from './support/seed.ts'

/** Successes of a dataset so many hours ago. */
async function addSuccesses(
  agent: Workspace,
  brandId: string,
  dataset: string,
  hours: readonly number[],
): Promise<void> {
  await agent.sql.query(
    `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
     select gen_random_uuid(), 1, $1::uuid, $2, now() - hours * interval '1 hour', 'completed' from unnest($3::float8[]) as success (hours)`,
    [brandId, dataset, hours],
  )
  await addStatus(agent, brandId, dataset, { ageHours: Math.min(...hours) })
}

const everyHours = (step: number, days: number): number[] =>
  Array.from({ length: Math.floor((days * 24) / step) }, (_, place) => place * step + 1)

test('the report names the least fresh brand first, opens its datasets, and compares with the window before', async ({
  page,
  agent,
}) => {
  test.slow()
  const acme = await agent.brand('Acme')
  const zenith = await agent.brand('Zenith')
  await addSuccesses(agent, zenith, 'orders', everyHours(6, 70))
  // Six days without, and one of them in the window before.
  await addSuccesses(agent, acme, 'orders', [
    ...everyHours(6, 5),
    ...everyHours(6, 70).filter((hour) => hour > 11 * 24),
  ])
  await page.goto(agent.at('report'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText(
    /^Over the last 30 days the data of 2 brands was fresh for \d\d(\.\d)? % of the time/,
  )
  const rows = page.getByRole('table', { name: 'Brands, the least fresh first' }).locator('tbody tr')
  await expect(rows).toHaveText([/^Acme.*worse/, /^Zenith100 %the same/])
  await expectAccessible(page, 'the report')
  await page.screenshot({ path: test.info().outputPath('report.png') })

  await page.getByRole('button', { name: 'Time', exact: true }).click()
  await page.getByRole('radio', { name: 'Last 90 days' }).click()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/days=90/)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Over the last 90 days')
  await expect(page.getByText(/There is a history since/)).toBeVisible()

  await page.getByRole('button', { name: 'Acme' }).click()
  await expect(page).toHaveURL(new RegExp(`brand=${acme}`))
  const datasets = page.getByRole('table', { name: 'Datasets, the least fresh first' }).locator('tbody tr')
  await expect(datasets.first()).toContainText('Orders')
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  expect((await saved).suggestedFilename()).toMatch(/^freshness-\d{4}-\d\d-\d\d\.csv$/)

  await page.setViewportSize({ width: 390, height: 844 })
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await page.screenshot({ path: test.info().outputPath('report-390.png') })
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: test.info().outputPath('report-dark.png') })
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden()
  await expect(datasets.first()).toBeVisible()
})

test('a young workspace is told from when on there is something to report', async ({ page, agent }) => {
  await agent.brand('Acme')
  await page.goto(agent.at('report'))
  await expect(page.getByRole('status').filter({ hasText: 'There is no history to report yet' })).toBeVisible()
  await expectAccessible(page, 'the empty report')
})
