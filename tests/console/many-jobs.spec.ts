/** Something is done to many jobs at once: what is chosen, what is told, what stays chosen. */
import type { Locator, Page } from '@playwright/test'
import { jobRow } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addEndedRun, addSchedule } from './support/seed.ts'

const row = (page: Page, name: string): Locator => page.getByRole('row', { name: new RegExp(name) })
const rows = (page: Page): Locator =>
  page.getByRole('table', { name: /^Jobs/ }).locator('tbody tr:not([aria-hidden="true"])')

async function statuses(agent: Workspace, jobIds: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const jobId of jobIds) found.push((await jobRow(agent.sql, jobId)).status)
  return found
}

test('what could not be done stays selected', async ({ page, agent, complaints }) => {
  await addSchedule(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('checkbox', { name: 'Select Nightly orders for Acme' }).check()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await page.route('**/rpc/jobs/act', (route) => route.abort())
  await bar.getByRole('button', { name: 'Pause 1' }).click()
  await expect(page.getByRole('alert')).toContainText('The agent does not answer.')
  // A command is sent once: nobody may wait for it.
  await expect(page.getByRole('alert')).toContainText('It is not known whether it was done')
  await expect(page.getByRole('alert')).not.toContainText('by itself')
  await expect(bar).toContainText('1 job selected')
  await page.getByRole('alert').getByRole('button').click()
  await page.unroute('**/rpc/jobs/act')
  await bar.getByRole('button', { name: 'Pause 1' }).click()
  await expect(row(page, 'Nightly orders')).toContainText('Paused')
  await expect(bar).toBeHidden()
  complaints.length = 0
})

test('of many, those that were refused stay selected and are named, with their reason, until that is closed', async ({
  page,
  agent,
}) => {
  const ids: string[] = []
  for (const brand of ['Acme', 'Beta', 'Zenith']) ids.push(await addSchedule(agent, await agent.brand(brand)))
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  // What is seen of one is not what there is any more.
  await page.route('**/rpc/jobs/list*', () => undefined)
  await agent.sql.query('update scheduled_jobs set version = version + 1 where id = $1::uuid', [ids[2]])
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await bar.getByRole('button', { name: 'Pause 3' }).click()
  const told = page.getByRole('alert')
  await expect(told).toContainText('2 of 3 jobs paused; 1 not.')
  await expect(told).toContainText(
    /Nightly orders for Zenith: It was changed by somebody else \(version 2, you saw 1\)/,
  )
  await expect(bar).toContainText('1 job selected')
  // What is told does not lie on what can be done to the rest: a trial click reaches it.
  await bar.getByRole('button', { name: 'Archive 1' }).click({ trial: true })
  expect(await statuses(agent, ids)).toEqual(['paused', 'paused', 'active'])
  await told.getByRole('button', { name: 'Undo: resume' }).click()
  await expect.poll(() => statuses(agent, ids)).toEqual(['active', 'active', 'active'])
})

test('J5: what failed for good and is active again is found by its last result, and retried', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  for (const [name, run] of Object.entries({ Failed: { status: 'failed', problem: 'failed' }, Fine: {} })) {
    await addEndedRun(agent, await addSchedule(agent, brandId, { name, concurrency_key: name }), run)
  }
  await page.goto(agent.at('schedules', { last: 'failed' }))
  await expect(page.getByRole('table', { name: 'Schedules' }).getByRole('row', { name: /Failed/ })).toBeVisible()
  await expect(page.getByRole('table', { name: 'Schedules' })).toHaveAttribute('aria-rowcount', '2')
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Last result', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Failed Failed' }).check()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/last=failed/)
  await expect(rows(page)).toHaveCount(1)
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await page.getByRole('toolbar', { name: 'Selected jobs' }).getByRole('button', { name: 'Retry 1' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry 1 job' }).click()
  // It runs now, completes, and is not among them any more.
  await expect(page.getByText('No job matches these filters')).toBeVisible()
})
