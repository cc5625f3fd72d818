import type { Page } from '@playwright/test'
import pg from 'pg'
import { startAgent } from './support/agent-under-test.ts'
import { createWorkspace, expect, signIn, test } from './support/fixtures.ts'
import { addJobsInEveryState, addSchedule, addShops, addStatus, inHours } from './support/seed.ts'
import { serverVariable } from './support/test-server.ts'

const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(name) })
const indicator = (page: Page) => page.getByRole('status').filter({ hasText: /live|polling|connecting|offline/ })

test('what SQL, the command line and a run change is on screen without reloading', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await page.goto(agent.at('active-jobs'))
  await expect(indicator(page)).toHaveText(/^live/)
  await expect(page.getByText('No jobs yet')).toBeVisible()
  const marked = await page.evaluateHandle(() => document.body)

  const jobId = await addSchedule(agent, brandId)
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  await agent.sql.query(`update scheduled_jobs set name = 'Renamed by SQL' where id = $1::uuid`, [jobId])
  await expect(row(page, 'Renamed by SQL')).toBeVisible()
  await agent.process.pm('pause', jobId)
  await expect(row(page, 'Renamed by SQL')).toContainText('Paused')
  await agent.process.pm('resume', jobId)
  await expect(row(page, 'Renamed by SQL')).toContainText('Active')

  await page.goto(agent.at('health', { brand: brandId }))
  const card = page.getByRole('article', { name: 'Stock of Acme' })
  await expect(card).toContainText('Never synced')
  await agent.sql.query('update scheduled_jobs set next_run_at = now() where id = $1::uuid', [jobId])
  await expect(card).toContainText(/Last attempt\s*Completed/)
  await marked.dispose()
})

test('a run on one dataset reaches matrix, health and the count in the navigation together', async ({
  page,
  agent,
}) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('freshness-matrix'))
  const cell = page.getByRole('gridcell', { name: /^Acme, Orders: / })
  await expect(cell).toHaveAccessibleName(/stale/)
  const health = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Health/ })
  await expect(health).toHaveText(/1/)
  await agent.sql.query(
    `update dataset_status set last_success_at = now(), last_status = 'completed', error_message = null
     where brand_id = $1::uuid and dataset_key = 'orders'`,
    [acme],
  )
  await expect(cell).toHaveAccessibleName(/^Acme, Orders: (fresh|at risk)$/)
  await expect(health).not.toHaveText(/1/)
})

test('a change of state touches only the row it changed', async ({ page, agent }) => {
  const ids = await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Completed job')).toBeVisible()
  await page.evaluate(() => {
    const touched = new Set<string>()
    Object.assign(window, { touched })
    for (const one of document.querySelectorAll('tbody tr')) {
      const name = /[A-Z][a-z]+ job/.exec(one.textContent ?? '')?.[0] ?? ''
      new MutationObserver((changes) => {
        // Ages go on counting; that is not a change of the row's state.
        if (changes.some(({ target }) => target.parentElement?.closest('time') === null)) touched.add(name)
      }).observe(one, { subtree: true, childList: true, characterData: true })
    }
  })
  await agent.sql.query(`update scheduled_jobs set max_retries = 5 where id = $1::uuid`, [ids.retrying])
  await expect(row(page, 'Retrying job')).toContainText('attempt 2 of 6')
  expect(await page.evaluate(() => [...(Reflect.get(window, 'touched') as Set<string>)])).toEqual(['Retrying job'])
})

test('a storm of changes is asked about a few times, not once each', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Nightly orders')).toBeVisible()
  let asked = 0
  page.on('request', (request) => {
    if (request.url().includes('/rpc/jobs/list')) asked += 1
  })
  for (let change = 1; change <= 200; change += 1) {
    await agent.sql.query('update scheduled_jobs set priority = $2::int % 3 where id = $1::uuid', [jobId, change])
  }
  await agent.sql.query(`update scheduled_jobs set name = 'After the storm' where id = $1::uuid`, [jobId])
  await expect(row(page, 'After the storm')).toBeVisible()
  expect(asked).toBeLessThan(12)
})

test('the agent goes and comes back under an open console, which says so and is true again', async ({
  page,
  agent,
  complaints,
}) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  await expect(indicator(page)).toHaveText(/^live/)
  await agent.process.stop()
  await expect(indicator(page)).toHaveText(/^polling since/)
  await expect(row(page, 'Nightly orders')).toContainText('Active')
  await agent.sql.query(`update scheduled_jobs set status = 'paused', next_run_at = null where id = $1::uuid`, [jobId])
  await agent.process.start()
  await expect(indicator(page)).toHaveText(/^live/)
  await expect(row(page, 'Nightly orders')).toContainText('Paused')
  complaints.length = 0
})

test('a database that does not answer is said, commands wait with the reason, and all is well afterwards', async ({
  browser,
}) => {
  await using own = await startAgent()
  const agent = await createWorkspace(own, 'Without a database')
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId, { next_run_at: await inHours(agent, 2) })
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  const context = await browser.newContext()
  await signIn(context.request, own)
  const page = await context.newPage()
  await page.goto(agent.at('health', { brand: brandId }))
  const runNow = page.getByRole('article', { name: 'Orders of Acme' }).getByRole('button', { name: /^Run now/ })
  await expect(runNow).toHaveAttribute('aria-disabled', 'false')

  const server = new pg.Client({ connectionString: process.env[serverVariable] })
  await server.connect()
  const database = new URL(own.databaseUrl).pathname.slice(1)
  try {
    await server.query(`alter database ${database} allow_connections false`)
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database])
    await expect(indicator(page)).toHaveText(/^offline since/)
    await expect(page.getByRole('article', { name: 'Orders of Acme' })).toContainText('Fresh')
    await expect(runNow).toHaveAttribute('aria-disabled', 'true')
    await runNow.hover()
    await expect(page.getByText(/The database does not answer:/).first()).toBeVisible()
  } finally {
    await server.query(`alter database ${database} allow_connections true`)
    await server.end()
  }
  await expect(indicator(page)).toHaveText(/^live/)
  await expect(runNow).toHaveAttribute('aria-disabled', 'false')
  await context.close()
})

test('N1: what the clock alone turns is on screen without reloading, though nobody writes anything', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId, { job_type: 'meta_sync' })
  await addStatus(agent, brandId, 'meta_ads_performance', { ageHours: 1 })
  // Half a minute goes by in a second.
  await page.addInitScript(() => {
    const usual = window.setTimeout.bind(window)
    const quick = (then: () => void, ms?: number): number => usual(then, ms === 30_000 ? 1_000 : ms)
    Object.assign(window, { setTimeout: quick })
  })
  await page.goto(agent.at('readiness', { brand: brandId }))
  const answer = page.getByRole('region', { name: 'Ad performance' })
  await expect(answer).toContainText('Ready')
  await agent.sql.query(
    `update dataset_status set last_success_at = now() - interval '24 hours' + interval '3 seconds'
     where brand_id = $1::uuid`,
    [brandId],
  )
  await expect(answer).toContainText('Not ready')
})
