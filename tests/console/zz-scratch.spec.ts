import { expect, test } from './support/fixtures.ts'
import { addShops, addJobsInEveryState, overflow } from './support/seed.ts'
test('shots', async ({ page, agent, complaints }) => {
  test.setTimeout(120_000)
  const { acme } = await addShops(agent)
  await addJobsInEveryState(agent, acme)
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    for (const [w, h] of [[1440, 900], [1024, 700], [390, 844]] as const) {
      if (scheme === 'dark' && w !== 1440) continue
      await page.setViewportSize({ width: w, height: h })
      for (const path of ['health', 'active-jobs', 'freshness-matrix', 'dataset']) {
        await page.goto(path === 'dataset' ? agent.at('freshness-matrix', { open: `dataset:${acme}:orders` }) : agent.at(path))
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await page.waitForTimeout(400)
        await page.screenshot({ path: `/tmp/shots/${path}-${w}-${scheme}.png` })
        console.log(path, w, scheme, 'overflow', await overflow(page))
      }
    }
  }
  console.log(complaints)
})
