import { createHmac } from 'node:crypto'
import { expectAccessible } from './support/accessible.ts'
import { expect, test } from './support/fixtures.ts'
import { overflow } from './support/seed.ts'

test('a hook is made, its secret signs a message, the delivery shows, and it is removed and brought back', async ({
  page,
  agent,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('sources', { show: 'hooks' }))
  const section = page.getByRole('region', { name: 'Hooks' })
  await expect(section).toContainText('There is no hook yet.')
  await expectAccessible(page, 'hooks, empty')
  await section.getByRole('button', { name: 'New hook' }).click()
  await section.getByRole('textbox', { name: 'Name' }).fill('Pushed')
  await section.getByRole('combobox', { name: 'Job type' }).click()
  await page.getByRole('option', { name: 'load_orders', exact: true }).click()
  await section.getByRole('combobox', { name: 'days_back' }).click()
  await page.getByRole('option', { name: 'from the message' }).click()
  await section.getByRole('textbox', { name: 'Where days_back is in the message' }).fill('days')
  await expect(section).toContainText('Begins with "/"')
  await expect(section.getByRole('button', { name: 'Make the hook' })).toBeDisabled()
  await section.getByRole('textbox', { name: 'Where days_back is in the message' }).fill('/days')
  await expectAccessible(page, 'the form of a hook')
  await section.getByRole('button', { name: 'Make the hook' }).click()
  const shown = section.getByRole('region', { name: 'Secret of Pushed' })
  const secret =
    (await shown
      .getByText(/^whsec_/)
      .first()
      .textContent()) ?? ''
  const address = /HOOK_URL=(\S+)/.exec(
    (await shown.getByRole('region', { name: 'Lines for curl' }).textContent()) ?? '',
  )
  await expectAccessible(page, 'the secret of a hook')
  await page.screenshot({ path: test.info().outputPath('hook-secret.png') })
  await shown.getByRole('button', { name: 'I have it' }).click()

  const [body, at] = ['{"days":3}', String(Math.floor(Date.now() / 1_000))]
  const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`msg_1.${at}.${body}`)
    .digest('base64')
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  const answer = await fetch(address?.[1] ?? '', { method: 'POST', headers, body })
  expect(answer.status).toBe(202)
  await answer.body?.cancel()

  await section.getByRole('button', { name: 'Deliveries of Pushed' }).click()
  await expect(section.getByRole('region', { name: 'Deliveries of Pushed' })).toContainText('Queued a job')
  await expectAccessible(page, 'hooks with deliveries')
  await page.screenshot({ path: test.info().outputPath('hooks.png') })
  await page.setViewportSize({ width: 390, height: 800 })
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await page.screenshot({ path: test.info().outputPath('hooks-phone.png') })
  await page.setViewportSize({ width: 1440, height: 900 })

  await section.getByRole('button', { name: 'New secret for Pushed' }).click()
  await page.getByRole('button', { name: 'Keep the old one' }).click()
  await section.getByRole('button', { name: 'Remove the hook Pushed' }).click()
  await expect(section.getByRole('row', { name: /Pushed/ })).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo: bring it back' }).click()
  await expect(section.getByRole('row', { name: /load_orders of Acme/ })).toBeVisible()
})

test('dbt says how its results get here', async ({ page, agent }) => {
  await page.goto(agent.at('sources', { show: 'dbt' }))
  await expect(page.getByRole('region', { name: 'Lines for pm import' })).toContainText('pm import dbt')
  await expectAccessible(page, 'sources, dbt')
})

test('looking at deliveries leaves the form as it is typed; a secret shown this once is not replaced unasked', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('sources', { show: 'hooks', brand: brandId }))
  const section = page.getByRole('region', { name: 'Hooks' })
  await section.getByRole('button', { name: 'New hook' }).click()
  await section.getByRole('textbox', { name: 'Name' }).fill('Pushed')
  await section.getByRole('combobox', { name: 'Job type' }).click()
  await page.getByRole('option', { name: 'load_orders', exact: true }).click()
  await section.getByRole('button', { name: 'Make the hook' }).click()
  const secret = section.getByRole('region', { name: 'Secret of Pushed' })
  await expect(secret).toBeVisible()
  for (const name of ['New hook', 'Edit the hook Pushed', 'New secret for Pushed']) {
    await expect(section.getByRole('button', { name })).toBeDisabled()
  }
  const deliveries = section.getByRole('button', { name: 'Deliveries of Pushed' })
  await deliveries.click()
  await expect(section.getByRole('region', { name: 'Deliveries of Pushed' })).toBeVisible()
  await expect(secret).toBeVisible()
  await secret.getByRole('button', { name: 'I have it' }).click()
  await expect(section.getByRole('heading', { name: 'Hooks', exact: true })).toBeFocused()

  await section.getByRole('button', { name: 'New hook' }).click()
  await section.getByRole('textbox', { name: 'Name' }).fill('Another one')
  await expect(section.getByRole('button', { name: 'Edit the hook Pushed' })).toBeDisabled()
  await deliveries.click()
  await expect(section.getByRole('region', { name: 'Deliveries of Pushed' })).toHaveCount(0)
  await expect(section.getByRole('textbox', { name: 'Name' })).toHaveValue('Another one')
  await section.getByRole('button', { name: 'Close' }).click()
  await expect(section.getByRole('button', { name: 'New hook' })).toBeFocused()
})
