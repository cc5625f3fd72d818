import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { z } from 'zod'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addStatus } from './support/seed.ts'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const example = new URL('../../examples/embed/plain.html', import.meta.url)

interface Site extends AsyncDisposable {
  readonly url: string
}

/** The example's page with this banner, as another site serves it. */
async function serve(host: 'localhost' | '127.0.0.1', banner: string): Promise<Site> {
  const html = (await readFile(example, 'utf8')).replace('BANNER_ADDRESS', banner.replaceAll('&', '&amp;'))
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  // Listening on TCP, so that it has a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const printed = z.object({ url: z.string() })

/** As a person gets it. */
async function bannerOf(agent: Workspace, brandId: string, theme: string): Promise<string> {
  const text = await agent.process.pm('embed', 'ad_performance', '--brand', brandId, '--json')
  return `${printed.parse(JSON.parse(text)).url}&theme=${theme}`
}

for (const theme of ['light', 'dark'] as const) {
  test(`in a frame of another origin, ${theme}: it says the verdict, follows changes, and is readable`, async ({
    browser,
    agent,
  }) => {
    const acme = await agent.brand('Acme')
    await addStatus(agent, acme, 'meta_ads_performance', { ageHours: 30 })
    await using site = await serve('localhost', await bannerOf(agent, acme, theme))
    // Nobody is signed in here.
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.url)
    const banner = page.frameLocator('iframe').getByRole('status')
    await expect(banner).toContainText('Not ready')
    await expect(banner).toContainText('Acme: Ad performance: the last success was 30 h ago')
    // The frame grew to what the words need.
    await expect.poll(() => page.locator('iframe').evaluate((frame) => frame.clientHeight)).not.toBe(48)
    await agent.sql.query('update dataset_status set last_success_at = now() where brand_id = $1::uuid', [acme])
    await expect(banner).toContainText('Ready')
    await expect(banner).toHaveAttribute('data-verdict', 'ready')
    const { violations } = await new AxeBuilder({ page }).include('iframe').withTags(wcag).analyze()
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))).toEqual([])
    expect(await context.cookies()).toEqual([])
    await context.close()
  })
}

test('a site that the settings do not name cannot show it', async ({ browser, agent }) => {
  const acme = await agent.brand('Acme')
  await using site = await serve('127.0.0.1', await bannerOf(agent, acme, 'auto'))
  const context = await browser.newContext()
  const page = await context.newPage()
  const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
  await page.goto(site.url)
  await refused
  await expect(page.frameLocator('iframe').getByRole('status')).toHaveCount(0)
  await context.close()
})
