import type { Page } from '@playwright/test'
import { only } from '../support/job-rows.ts'
import { addCheck } from '../support/ping-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { overflow } from './support/seed.ts'

interface CheckRow {
  readonly name: string
  readonly slug: string
  readonly dataset_key: string
  readonly period_seconds: number | null
  readonly cron_expression: string | null
  readonly grace_seconds: number
  readonly status: string
  readonly code: string
  readonly removed_at: Date | null
}

async function checksOf({ sql, organizationId }: Workspace): Promise<CheckRow[]> {
  const { rows } = await sql.query<CheckRow>('select * from ping_checks where organization_id = $1 order by name', [
    organizationId,
  ])
  return rows
}

async function open(page: Page, agent: Workspace): Promise<void> {
  await page.goto(agent.at('sources', { show: 'pings' }))
  await expect(page.getByRole('heading', { name: 'Pings', exact: true })).toBeVisible()
}

test('a check is made, pinged and looked at; its address is shown when it is asked for', async ({ page, agent }) => {
  await agent.brand('Acme')
  await open(page, agent)
  await expect(page.getByText('No job is expected to ping yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Add a check' }).click()
  const form = page.getByRole('form', { name: 'New check' })
  await form.getByLabel('Name').fill('Nightly export')
  await form.getByRole('combobox', { name: 'Brand' }).click()
  await page.getByRole('option', { name: 'Acme' }).click()
  await form.getByRole('textbox', { name: 'Period' }).fill('12')
  await form.getByRole('combobox', { name: 'Unit of period' }).click()
  await page.getByRole('option', { name: 'hours' }).click()
  await expect(form.getByText('A minute to a year.')).toHaveCount(0)
  await form.getByRole('textbox', { name: 'Period' }).fill('6')
  await expect(form.getByText('older than 7 h')).toBeVisible()
  await form.getByRole('button', { name: 'Add the check' }).click()
  await expect(page.getByRole('row', { name: /New Nightly export/ })).toContainText('Every 6 h')
  const row = only(await checksOf(agent))
  expect(row).toMatchObject({ slug: 'nightly-export', dataset_key: 'nightly-export', period_seconds: 21_600 })

  const address = page.getByRole('region', { name: 'Lines for Address', exact: true })
  await expect(address).toHaveCount(0)
  await page.getByRole('button', { name: 'Show the address' }).click()
  await expect(address).toHaveText(`${agent.url}/ping/${row.code}`)
  await expect(page.getByRole('region', { name: 'Lines for cron' })).toContainText(`${agent.url}/ping/${row.code}/$?`)

  await page.request.post(`${agent.url}/ping/${row.code}/3`, { data: 'disk full' })
  await expect(page.getByRole('row', { name: /Down Nightly export/ })).toBeVisible()
  await expect(page.getByRole('row', { name: 'Run of Nightly export' })).toContainText('exit status 3')
  await page.request.get(`${agent.url}/ping/${row.code}`)
  await expect(page.getByRole('row', { name: /Up Nightly export/ })).toBeVisible()
  await page.request.get(`${agent.url}/ping/${row.code}/start`)
  await page.request.get(`${agent.url}/ping/${row.code}`)
  await agent.sql.query(
    `update external_runs set completed_at = now() - interval '10 minutes', started_at = now() - interval '690 seconds'
    where organization_id = $1 and started_at is not null`,
    [agent.organizationId],
  )
  // What is over counts no further.
  await expect(page.getByRole('row', { name: 'Run of Nightly export' }).first()).toContainText('1 min 30 s')
  await expectAccessible(page, 'pings, with details')
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await overflow(page)).toBe(0)
})

test('what is done to a check can be taken back', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addCheck(agent.sql, { organizationId: agent.organizationId, brandId })
  await open(page, agent)
  await page.getByRole('button', { name: 'Pause Nightly export' }).click()
  await expect(page.getByRole('row', { name: /Paused Nightly export/ })).toBeVisible()
  await page.getByRole('button', { name: 'Undo: resume it' }).click()
  await expect(page.getByRole('row', { name: /New Nightly export/ })).toBeVisible()
  await page.getByRole('button', { name: 'Remove Nightly export' }).click()
  await expect(page.getByText('No job is expected to ping yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo: restore it' }).click()
  await expect(page.getByRole('row', { name: /New Nightly export/ })).toBeVisible()
  expect(only(await checksOf(agent))).toMatchObject({ removed_at: null, status: 'new' })
})

test('a check is expected by cron; somebody else’s change is not overwritten unseen', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await addCheck(agent.sql, { organizationId: agent.organizationId, brandId })
  await open(page, agent)
  await page.getByRole('button', { name: 'Edit Nightly export' }).click()
  const form = page.getByRole('form', { name: 'Check Nightly export' })
  await form.getByRole('radio', { name: 'at set times' }).check()
  await form.getByLabel('Cron expression').fill('30 6 * * 1-5')
  await agent.sql.query(
    `update ping_checks set grace_seconds = 1200, changed_at = now(), changed_by = 'ann' where organization_id = $1`,
    [agent.organizationId],
  )
  await form.getByRole('button', { name: 'Save the check' }).click()
  await expect(form.getByText('ann saved this check first.')).toBeVisible()
  complaints.length = 0
  await expectAccessible(page, 'pings, conflict')
  await form.getByRole('button', { name: /mine/i }).click()
  await expect(page.getByRole('row', { name: /Weekdays at/ })).toBeVisible()
  expect(only(await checksOf(agent))).toMatchObject({ cron_expression: '30 6 * * 1-5', grace_seconds: 1_200 })
})

test('an address and a ping key are replaced only after a question; a first key needs none', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addCheck(agent.sql, { organizationId: agent.organizationId, brandId })
  const before = only(await checksOf(agent)).code
  await open(page, agent)
  await page.getByRole('button', { name: 'Details of Nightly export' }).click()
  await page.getByRole('button', { name: 'Show the address' }).click()
  const address = page.getByRole('region', { name: 'Lines for Address', exact: true })
  await expect(address).toContainText(before)
  await page.getByRole('button', { name: 'Make a ping key for Acme' }).click()
  await expect(page.getByText('Acme has a ping key now: its checks can be named by their slugs.')).toBeVisible()

  const bySlug = page.getByRole('region', { name: 'Lines for Address by slug' })
  const firstKey = await bySlug.textContent()
  await page.getByRole('button', { name: 'Replace the ping key of Acme' }).click()
  const aboutKey = page.getByRole('alertdialog', { name: /^Replace the ping key of Acme\?/ })
  await expect(aboutKey.getByRole('button', { name: 'Keep the ping key' })).toBeFocused()
  await aboutKey.getByRole('button', { name: 'Replace the ping key' }).click()
  await expect(page.getByText('Acme has a new ping key; addresses with the one before lead nowhere now.')).toBeVisible()
  await expect(bySlug).not.toHaveText(firstKey ?? '')

  await page.getByRole('button', { name: 'Replace the address' }).click()
  const question = page.getByRole('alertdialog', { name: /^Replace the address of Nightly export\?/ })
  await expect(question.getByRole('button', { name: 'Keep the address' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  expect(only(await checksOf(agent)).code).toBe(before)
  await page.getByRole('button', { name: 'Replace the address' }).click()
  await question.getByRole('button', { name: 'Replace the address' }).click()
  await expect(page.getByText('Nightly export has a new address; the one before leads nowhere now.')).toBeVisible()
  await expect(address).not.toContainText(before)
})

test('the focus goes back to where a form was opened, and to the heading when its row is removed', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addCheck(agent.sql, { organizationId: agent.organizationId, brandId })
  await open(page, agent)
  const edit = page.getByRole('button', { name: 'Edit Nightly export' })
  const form = page.getByRole('form', { name: 'Check Nightly export' })
  await edit.click()
  await form.getByRole('button', { name: 'Close' }).press('Enter')
  await expect(edit).toBeFocused()
  await edit.click()
  await form.getByRole('button', { name: 'Save the check' }).press('Enter')
  await expect(form).toHaveCount(0)
  await expect(edit).toBeFocused()
  await page.getByRole('button', { name: 'Pause Nightly export' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Resume Nightly export' })).toBeFocused()
  await page.getByRole('button', { name: 'Remove Nightly export' }).press('Enter')
  await expect(page.getByText('No job is expected to ping yet.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Pings', exact: true })).toBeFocused()
})
