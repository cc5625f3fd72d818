import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Workspace } from './support/fixtures.ts'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function fail(agent: Workspace, failure: string): Promise<void> {
  await agent.sql.query(
    `insert into notifications (organization_id, channel, state, failure, ended_at, next_try_at)
     values ($1, 'desktop', 'failed', $2, now(), null)`,
    [agent.organizationId, failure],
  )
}

test('a channel that fails is said on every page, within a second and until it works again', async ({
  page,
  agent,
}) => {
  await page.goto(agent.at('health'))
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible()
  const notice = page.getByRole('status').filter({ hasText: 'Not everybody is told.' })
  await expect(notice).toHaveCount(0)
  await fail(agent, 'It answered <b>404</b> Not Found.')
  await expect(notice).toContainText('The channel "desktop" fails: It answered <b>404</b> Not Found.')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
    const { violations } = await new AxeBuilder({ page }).include('#content').withTags(wcag).analyze()
    expect(violations.map(({ id }) => id)).toEqual([])
  }
  await page.goto(agent.at('schedules'))
  await expect(notice).toBeVisible()
  await agent.sql.query(
    `insert into notifications (organization_id, channel, state, ended_at, next_try_at) values ($1, 'desktop', 'delivered', now(), null)`,
    [agent.organizationId],
  )
  await expect(notice).toHaveCount(0)
})

test('a long failure does not push the page aside on a narrow screen', async ({ page, agent }) => {
  await fail(agent, 'x'.repeat(400))
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(agent.at('health'))
  await expect(page.getByRole('status').filter({ hasText: 'Not everybody is told.' })).toBeVisible()
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow).toBe(0)
})
