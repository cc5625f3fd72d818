import type { Page } from '@playwright/test'
import { addAccount, addAdDays } from '../support/ad-rows.ts'
import { only } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addStatus, overflow } from './support/seed.ts'

const list = (page: Page) => page.getByRole('table', { name: 'Ads with their figures' })
const row = (page: Page, index: number) => list(page).locator(`tr[aria-rowindex="${index + 2}"]`)

async function addAds(agent: Workspace): Promise<string> {
  const acme = await agent.brand('Acme')
  await addAccount(agent.sql, acme)
  // Ids are those of Meta, so that those of two tests must differ.
  const id = (n: number): string => `${acme.slice(0, 8)}${n}`
  await addAdDays(agent.sql, acme, [
    { adId: id(1), daysAgo: 1, name: 'Wool <b>jumper</b>', spend: 1_200, revenue: 2_400 },
    { adId: id(2), daysAgo: 2, name: 'Silk scarf', spend: 300, revenue: 2_100 },
    { adId: id(2), daysAgo: 20, name: 'Silk scarf', spend: 2_000, revenue: 100 },
  ])
  await addStatus(agent, acme, 'meta_ads_performance', { ageHours: 30 })
  return acme
}

test('the banner, the sentence, totals and ads of the brand are there; the URL keeps window and order', async ({
  page,
  agent,
}) => {
  const acme = await addAds(agent)
  await page.goto(agent.at('ad-performance', { brand: acme, days: '7' }))
  await expect(page.getByRole('region', { name: 'Readiness of Ad performance' })).toContainText('Not ready')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Acme spent €1,500 on 2 ads for €4,500')
  await expect(row(page, 0)).toContainText('Wool <b>jumper</b>')
  await expect(row(page, 0)).toContainText('€1,200')
  await list(page).getByRole('button', { name: 'ROAS' }).click()
  await expect(row(page, 0)).toContainText('Silk scarf')
  await list(page).getByRole('button', { name: 'ROAS' }).click()
  await expect(row(page, 0)).toContainText('Wool')
  await page.reload()
  await expect(row(page, 0)).toContainText('Wool')
  expect(new URL(page.url()).searchParams.get('direction')).toBe('ascending')
  await page.getByRole('button', { name: /^Days/ }).click()
  await page.getByRole('radio', { name: 'Last 30 days' }).check()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('€3,500')
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Ad or campaign' }).fill('silk')
  await expect(list(page)).toHaveAttribute('aria-rowcount', '2')
})

test('the export holds what the list holds, and nothing a spreadsheet would run', async ({ page, agent }) => {
  const acme = await addAds(agent)
  await addAdDays(agent.sql, acme, [{ adId: `${acme.slice(0, 8)}3`, daysAgo: 0, name: '=cmd()', spend: 1, revenue: 0 }])
  await page.goto(agent.at('ad-performance', { brand: acme }))
  await expect(row(page, 2)).toBeVisible()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const stream = await (await downloading).createReadStream()
  const text = Buffer.concat(await stream.toArray()).toString()
  const lines = text.trimEnd().split('\r\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toContain('ad_id,ad,campaign')
  expect(lines[1]).toContain('Silk scarf')
  expect(lines[3]).toContain(`'=cmd()`)
})

/** Another program of the team that takes meta_sync: this agent has no token for it. */
async function addOtherAgent(agent: Workspace): Promise<string> {
  const { rows } = await agent.sql.query<{ id: string }>(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, heartbeat_at)
     values (gen_random_uuid(), $1, 'elsewhere', 1, '1', 'running', '{meta_sync}', 1, now() + interval '1 hour')
     returning id`,
    [`other ${agent.organizationId}`],
  )
  return only(rows).id
}

test('Sync now queues meta_sync for the window; with the switch on it is urgent, and the page stays with it', async ({
  page,
  agent,
}) => {
  const acme = await addAds(agent)
  await addOtherAgent(agent)
  await page.goto(agent.at('ad-performance', { brand: acme, days: '14' }))
  const sync = page.getByRole('button', { name: 'Sync now: meta_sync for Acme' })
  await expect(sync).toHaveAttribute('aria-disabled', 'false')
  await sync.click()
  await expect(page.getByText(/is queued/).first()).toBeVisible()
  await page.getByRole('switch', { name: 'Run now and watch' }).check({ force: true })
  await sync.click()
  const watched = page.getByRole('region', { name: 'The sync that was started here' })
  await expect(watched).toContainText('Waits for an agent')
  const { rows } = await agent.sql.query<{ id: string; priority: number; parameters: object }>(
    `select id, priority, parameters from scheduled_jobs where brand_id = $1::uuid order by priority desc`,
    [acme],
  )
  expect(rows.map(({ parameters }) => parameters)).toEqual(
    [{ days_back: 14 }, { days_back: 14 }].map((given) => expect.objectContaining(given)),
  )
  expect(rows[0]?.priority).not.toBe(rows[1]?.priority)
  const jobId = new URL(page.url()).searchParams.get('job') ?? ''
  await agent.sql.query(
    `with run as (
       insert into scheduled_job_runs (scheduled_job_id, status, started_at) values ($1::uuid, 'running', now()) returning id
     )
     update scheduled_jobs set current_run_id = run.id, next_run_at = null from run where scheduled_jobs.id = $1::uuid`,
    [jobId],
  )
  await expect(watched).toContainText('Running')
  await page.getByRole('button', { name: 'Stop watching' }).click()
  await expect(watched).toHaveCount(0)
})

test('without a brand there are brands to choose from; without an account, where to link one', async ({
  page,
  agent,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('ad-performance'))
  await page.getByRole('main').getByRole('link', { name: 'Acme' }).click()
  await expect(page.getByText('The brand has no ad account')).toBeVisible()
})

for (const search of [{}, { days: '90', charts: 'off' }]) {
  test(`axe: Ad performance ${JSON.stringify(search)}, and nothing wider than a phone`, async ({ page, agent }) => {
    const brand = await addAds(agent)
    await page.goto(agent.at('ad-performance', { brand, ...search }))
    await expect(row(page, 1)).toBeVisible()
    await expectAccessible(page, 'Ad performance')
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      expect(await overflow(page)).toBe(0)
    }
  })
}

test('another brand shows no sync of the one before, and says that an account of it narrows', async ({
  page,
  agent,
}) => {
  const acme = await addAds(agent)
  const globex = await agent.brand('Globex')
  const { rows } = await agent.sql.query<{ id: string }>(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at)
     values ($1::uuid, 'Sync', 'meta_sync', 'one_time', now() + interval '1 day') returning id`,
    [acme],
  )
  const search = { job: only(rows).id, account: 'act_of_acme' }
  const watched = page.getByRole('region', { name: 'The sync that was started here' })
  await page.goto(agent.at('ad-performance', { ...search, brand: acme }))
  await expect(watched).toBeVisible()
  const known = page.waitForResponse((response) => response.url().includes('/rpc/jobs/get'))
  await page.goto(agent.at('ad-performance', { ...search, brand: globex }))
  await known
  await expect(page.getByRole('button', { name: /^Account.*act_of_acme/ })).toBeVisible()
  await expect(watched).toHaveCount(0)
})
