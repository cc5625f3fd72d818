import { expect, test } from './support/fixtures.ts'
import { addShops } from './support/seed.ts'

test('F5, F9: a due time is set for a brand, says what it comes to, and is taken back', async ({ page, agent }) => {
  const { acme } = await addShops(agent)
  const stored = async (): Promise<string | null> => {
    const { rows } = await agent.sql.query<{ due: string }>(
      `select concat_ws(' ', max_age_hours::float8, due_days, to_char(due_at, 'HH24:MI'), due_zone) as due
       from dataset_policies where brand_id = $1::uuid`,
      [acme],
    )
    return rows[0]?.due ?? null
  }
  await page.goto(agent.at('health', { brand: acme, open: `dataset:${acme}:orders` }))
  const drawer = page.getByRole('complementary', { name: 'Dataset details' })
  await drawer.getByRole('textbox', { name: 'Maximum age for this brand, in hours' }).fill('12')
  await drawer.getByRole('switch', { name: 'Due at a time of day' }).click()
  const days = drawer.getByRole('group', { name: 'Days on which it is due' })
  await expect(days.getByRole('button', { pressed: true })).toHaveText(['Mon', 'Tue', 'Wed', 'Thu', 'Fri'])
  await days.getByRole('button', { name: 'Every day' }).click()
  await days.getByRole('button', { name: 'Sun', exact: true }).click()
  await drawer.getByLabel('Due at', { exact: true }).fill('08:30')
  const zone = drawer.getByRole('combobox', { name: 'Time zone' })
  await zone.fill('new york')
  await page.getByRole('option', { name: 'America/New_York' }).click()
  await expect(drawer.getByText(/^Stale after .* if nothing succeeds before\.$/)).toBeVisible()
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect.poll(stored).toBe('12 63 08:30 America/New_York')
  const words = '12 h old at 08:30 on Mon, Tue, Wed, Thu, Fri and Sat (America/New_York)'
  await expect(drawer).toContainText(`It may be at most ${words} (set for this brand).`)
  const saved = page.getByRole('alert').filter({ hasText: `May be ${words} now.` })
  await saved.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(stored).toBe(null)
  await expect(drawer.getByRole('switch', { name: 'Due at a time of day' })).not.toBeChecked()
})
