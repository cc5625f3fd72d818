import { expectAccessible } from './support/accessible.ts'
import { createWorkspace, expect, signIn, test } from './support/fixtures.ts'
import { addSchedule, addStatus, overflow } from './support/seed.ts'

test('a brand is held, everything says so, another console within a second, and it ends', async ({
  page,
  agent,
  browser,
}) => {
  test.slow()
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 400 })
  await addSchedule(agent, brandId, { next_run_at: new Date(Date.now() + 3_600_000) })
  const other = await browser.newContext()
  await signIn(other.request, agent.process)
  const second = await other.newPage()
  await second.goto(agent.at('schedules'))
  await expect(second.getByRole('table', { name: 'Schedules' })).toContainText('Nightly orders')

  await page.goto(agent.at('health', { brand: brandId }))
  await page.getByRole('button', { name: 'Hold…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Hold' })
  await expect(dialog.getByRole('combobox', { name: 'Brand' })).toHaveValue('Acme')
  await expect(dialog.getByRole('button', { name: 'Hold', exact: true })).toBeDisabled()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Warehouse <b>migration</b>')
  await dialog.getByRole('combobox', { name: 'Until when' }).click()
  await page.getByRole('option', { name: 'For 4 hours' }).click()
  await expectAccessible(page, 'the form of a hold')
  await page.screenshot({ path: test.info().outputPath('hold-form.png') })
  await dialog.getByRole('button', { name: 'Hold', exact: true }).click()

  const banner = page.getByRole('region', { name: 'Held now' })
  await expect(banner).toContainText('Nothing starts for Acme until')
  await expect(banner).toContainText('Warehouse <b>migration</b>')
  await expect(page.getByText(/load_orders is held until/).first()).toBeVisible()
  await page.screenshot({ path: test.info().outputPath('hold-health.png') })

  await expect(second.getByRole('region', { name: 'Held now' })).toContainText('Nothing starts for Acme', {
    timeout: 2_000,
  })
  await expect(second.getByRole('table', { name: 'Schedules' })).toContainText('Held')
  await second.getByRole('navigation', { name: 'Parts of Schedules' }).getByRole('link', { name: 'Holds 1' }).click()
  const list = second.getByRole('table', { name: 'Holds' })
  await expect(list.getByRole('row', { name: /Acme/ })).toContainText('In force')
  await expectAccessible(second, 'the list of holds')
  await second.screenshot({ path: test.info().outputPath('hold-schedules.png'), fullPage: true })

  await banner.getByRole('button', { name: 'End it: the hold of Acme' }).click()
  await expect(banner).toHaveCount(0)
  await expect(list.getByRole('row', { name: /Acme/ })).toContainText('Over')
  await page.getByRole('button', { name: 'Undo: hold it again' }).click()
  await expect(banner).toContainText('Nothing starts for Acme')
  await other.close()
})

test('the end is moved; what somebody else has moved meanwhile is said, and not lost', async ({ page, agent }) => {
  await agent.brand('Acme')
  const { rows } = await agent.sql.query<{ id: string }>(
    `insert into holds (organization_id, job_type, reason, created_by, changed_by, ends_at)
     values ($1, 'load_orders', 'Inventory', 'Ben', 'Ben', now() + interval '1 hour') returning id`,
    [agent.organizationId],
  )
  await page.goto(agent.at('schedules', { show: 'holds' }))
  const list = page.getByRole('table', { name: 'Holds' })
  await list.getByRole('button', { name: /^Change/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Change the hold' })
  await dialog.getByRole('combobox', { name: 'Until when' }).click()
  await page.getByRole('option', { name: 'Until somebody ends it' }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(list).toContainText('it is ended')
  await page.getByRole('button', { name: 'Undo: as it was' }).click()
  await expect(list).not.toContainText('it is ended')
  const moved = await agent.sql.query('select from holds where id = $1 and ends_at is not null', [rows[0]?.id])
  expect(moved.rowCount).toBe(1)
})

test('on a phone, dark, the page does not scroll sideways', async ({ page, agent }) => {
  await agent.brand('A very long name of a brand that nobody would want to read to its end')
  await agent.sql.query(
    `insert into holds (organization_id, brand_id, job_type, reason, created_by, changed_by)
     select organization_id, id, 'load_orders', repeat('because ', 40), 'Ben', 'Ben' from brands where organization_id = $1`,
    [agent.organizationId],
  )
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  for (const [place, search] of [
    ['health', {}],
    ['schedules', {}],
    ['schedules', { show: 'holds' }],
  ] as const) {
    await page.goto(agent.at(place, search))
    await expect(page.getByRole('region', { name: 'Held now' })).toContainText('until somebody ends it')
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.screenshot({
      path: test.info().outputPath(`hold-phone-${place}-${Object.values(search).join()}.png`),
      fullPage: true,
    })
  }
})

test('what another organization holds is not shown', async ({ page, agent }) => {
  const other = await createWorkspace(agent.process, 'somebody else')
  await agent.brand('Acme')
  await agent.sql.query(
    `insert into holds (organization_id, reason, created_by, changed_by) values ($1, 'Theirs', 'Ben', 'Ben')`,
    [other.organizationId],
  )
  await page.goto(agent.at('schedules', { show: 'holds' }))
  await expect(page.getByRole('region', { name: 'Holds' })).toContainText('Nothing is held.')
})
