import { expectAccessible } from './support/accessible.ts'
import { createWorkspace, expect, signIn, test } from './support/fixtures.ts'
import { addSchedule, addStatus, nobodyRuns, overflow } from './support/seed.ts'

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

test('a hold that begins and ends by the clock turns the words of jobs, with nothing written', async ({
  page,
  agent,
}) => {
  test.slow()
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, { job_type: nobodyRuns })
  const hold = (from: string, to: string) =>
    agent.sql.query(
      `insert into holds (organization_id, brand_id, reason, created_by, changed_by, starts_at, ends_at)
       values ($1, $2, 'Inventory', 'Ben', 'Ben', now() + $3::interval, now() + $4::interval)`,
      [agent.organizationId, brandId, from, to],
    )
  for (const [place, more] of [
    ['active-jobs', {}],
    ['schedules', {}],
    ['active-jobs', { open: `job:${jobId}` }],
  ] as const) {
    await agent.sql.query('delete from holds where organization_id = $1', [agent.organizationId])
    await page.goto(agent.at(place, more))
    const shown =
      'open' in more ? page.getByRole('complementary', { name: 'Job details' }) : page.getByRole('table').first()
    await expect(shown).toContainText('Nightly orders')
    // Long enough to be read on a busy machine before it begins, and while it lasts.
    await hold('3 seconds', '12 seconds')
    await expect(page.getByText('Held', { exact: true })).toHaveCount(0)
    await expect(shown.getByText('Held', { exact: true })).toBeVisible({ timeout: 12_000 })
    await expect(shown.getByText('Held', { exact: true })).toHaveCount(0, { timeout: 15_000 })
  }
})

test('the reason alone is changed, and the end stays; a reason that somebody else has saved meanwhile is not overwritten', async ({
  page,
  agent,
  complaints,
}) => {
  await agent.brand('Acme')
  const { rows } = await agent.sql.query<{ id: string; ends_at: Date }>(
    `insert into holds (organization_id, reason, created_by, changed_by, starts_at, ends_at)
     values ($1, 'Inventory', 'Ben', 'Ben', now() + interval '1 day', now() + interval '2 days') returning id, ends_at`,
    [agent.organizationId],
  )
  const stored = async () => {
    const found = await agent.sql.query<{ reason: string; ends_at: Date | null }>(
      'select reason, ends_at from holds where id = $1',
      [rows[0]?.id],
    )
    return found.rows[0]
  }
  await page.goto(agent.at('schedules', { show: 'holds' }))
  const list = page.getByRole('table', { name: 'Holds' })
  await list.getByRole('button', { name: /^Change/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Change the hold' })
  await expect(dialog.getByRole('combobox', { name: 'Until when' })).toHaveValue('As it is')
  await page.screenshot({ path: test.info().outputPath('hold-change.png') })
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Stocktaking')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(list).toContainText('Stocktaking')
  expect(await stored()).toEqual({ reason: 'Stocktaking', ends_at: rows[0]?.ends_at })

  await list.getByRole('button', { name: /^Change/ }).click()
  await dialog.getByRole('combobox', { name: 'Until when' }).click()
  await page.getByRole('option', { name: 'Until somebody ends it' }).click()
  await agent.sql.query(
    `update holds set reason = 'Fire in the warehouse', changed_by = 'Ana', changed_at = clock_timestamp() where id = $1`,
    [rows[0]?.id],
  )
  await expect(list).toContainText('Fire in the warehouse')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toContainText(/changed/)
  expect(await stored()).toEqual({ reason: 'Fire in the warehouse', ends_at: rows[0]?.ends_at })
  await expect(dialog.getByRole('textbox', { name: 'Reason' })).toHaveValue('Fire in the warehouse')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(list).toContainText('it is ended')
  expect(await stored()).toEqual({ reason: 'Fire in the warehouse', ends_at: null })
  // The browser tells of the refusal.
  complaints.length = 0
})

test('a card says that the next run is held, and until when', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  await agent.sql.query(
    `insert into holds (organization_id, reason, created_by, changed_by, ends_at)
     values ($1, 'Inventory', 'Ben', 'Ben', now() + interval '2 hours')`,
    [agent.organizationId],
  )
  await addSchedule(agent, brandId, { next_run_at: new Date(Date.now() - 3_600_000) })
  await page.goto(agent.at('health', { brand: brandId }))
  const card = page.getByRole('article', { name: /of Acme/ }).first()
  await expect(card).toContainText(/held, starts in (2 h|1 h 59 min)/)
  await expect(card).not.toContainText('late')
  await page.screenshot({ path: test.info().outputPath('held-card.png') })
  await agent.sql.query('update holds set ends_at = null where organization_id = $1', [agent.organizationId])
  await expect(card).toContainText('held until it is ended')
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
