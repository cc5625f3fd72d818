import { expect, test } from './support/fixtures.ts'
import { addShops, addJobsInEveryState, overflow } from './support/seed.ts'
test('shots', async ({ page, agent, complaints }) => {
  test.setTimeout(120_000)
  const { acme } = await addShops(agent)
  await addJobsInEveryState(agent, acme)
      await page.setViewportSize({ width: 320, height: 640 })
      for (const path of ['health','schedules', 'active-jobs', 'run-history','freshness-matrix', 'readiness','admin','settings','dataset']) {
        await page.goto(path === 'dataset' ? agent.at('freshness-matrix', { open: `dataset:${acme}:orders` }) : agent.at(path))
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await page.waitForTimeout(600)
        console.log(path, await overflow(page), await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'fixed').slice(0, 5).map((e) => e.outerHTML.slice(0, 120))))
      }
})
