import { expect, test } from './support/fixtures.ts'

test('the console opens on the health of the organization', async ({ page, agent }) => {
  await agent.brand('Acme')
  await page.goto(agent.at('health'))
  await expect(page.getByRole('main')).toBeVisible()
})
