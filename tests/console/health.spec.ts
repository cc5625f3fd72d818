import type { Locator, Page } from '@playwright/test'
import { only } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, addShops, addStatus, inHours, overflow } from './support/seed.ts'

const card = (page: Page, dataset: string, brand: string): Locator =>
  page.getByRole('article', { name: `${dataset} of ${brand}` })

const brandRow = (page: Page, brand: string): Locator => page.getByRole('button', { name: new RegExp(`^${brand}`) })

interface QueuedJob {
  readonly trigger_source: string
  readonly requested_by: string
  readonly parameters: object
}

/** Jobs that somebody has queued for a brand by hand. */
async function queued(agent: Workspace, brandId: string): Promise<QueuedJob[]> {
  const { rows } = await agent.sql.query<QueuedJob>(
    `select trigger_source, requested_by, parameters from scheduled_jobs
     where brand_id = $1::uuid and schedule_type = 'one_time'`,
    [brandId],
  )
  return rows
}

test('J2: what runs is said to run, and what is due and not taken is late; neither is a run to come', async ({
  page,
  agent,
}) => {
  const acme = await agent.brand('Acme')
  await addStatus(agent, acme, 'orders', { ageHours: 9 })
  await addStatus(agent, acme, 'stock', { ageHours: 30 })
  const [running, waiting] = ['Waiting load', 'Late load']
  const held = { concurrency_key: `${acme} orders` }
  await addSchedule(agent, acme, {
    ...held,
    name: running,
    job_type: 'wait_for_go',
    next_run_at: await inHours(agent, 0),
  })
  await page.goto(agent.at('health'))
  await expect(card(page, 'Orders', 'Acme')).toContainText(/Next run\s*running for/)
  await addSchedule(agent, acme, { ...held, name: waiting, next_run_at: await inHours(agent, -3) })
  await expect(card(page, 'Stock', 'Acme')).toContainText(/Next run\s*3 h late/)
  await card(page, 'Orders', 'Acme').getByRole('button', { name: 'Orders', exact: true }).click()
  const refreshers = page.getByRole('complementary', { name: 'Dataset details' }).getByRole('region', {
    name: 'Refreshed by',
  })
  await expect(refreshers.getByRole('listitem').filter({ hasText: running })).toContainText('running for')
  await expect(refreshers.getByRole('listitem').filter({ hasText: waiting })).toContainText('3 h late')
  await expect(refreshers).not.toContainText('no run planned')
})

test('one sentence, its causes as links, and brands worst first with both facts of each dataset (F6)', async ({
  page,
  agent,
}) => {
  const { failedRun } = await addShops(agent)
  await page.goto(agent.at('health'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('1 stale, 1 never synced, 1 at risk, of 6 datasets.')
  const brands = page.getByRole('list', { name: 'Brands, worst first' })
  await expect(brands.getByRole('button', { expanded: true })).toHaveText(/^Acme.*1 stale/)
  await expect(brandRow(page, 'Zenith')).toHaveText(/^Zenith.*all 2 fresh/)

  const articles = page.getByRole('article')
  await expect(articles).toHaveCount(4)
  expect(await articles.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual([
    'Orders of Acme',
    'Ad assets of Acme',
    'Stock of Acme',
    'Templates scraped of Acme',
  ])
  const orders = card(page, 'Orders', 'Acme')
  await expect(orders).toContainText('Stale')
  await expect(orders).toContainText('9 h old of 6 h')
  await expect(orders).toContainText(/Last attempt\s*Failed/)
  await expect(orders).toContainText('1,234')
  await expect(orders.getByText('HTTP 429 at the shop')).toHaveCount(1)
  await expect(card(page, 'Stock', 'Acme')).toContainText('At risk')
  await expect(card(page, 'Stock', 'Acme')).toContainText(/Last attempt\s*Failed/)
  await expect(card(page, 'Templates scraped', 'Acme')).toContainText('Suspicious')
  await expect(card(page, 'Ad assets', 'Acme')).toContainText('No job of this brand refreshes it.')

  await page
    .getByRole('list', { name: 'Causes' })
    .getByRole('button', { name: /Nightly orders of Acme fails/ })
    .click()
  await expect(page).toHaveURL(new RegExp(`open=run%3A${failedRun}`))
  await page.goBack()
  await orders.getByRole('button', { name: 'Last run' }).click()
  await expect(page.getByRole('complementary', { name: 'Run details' })).toBeVisible()
})

test('filters stand in the URL, keep on reload and Back, and say when nothing matches', async ({ page, agent }) => {
  await addShops(agent)
  await page.goto(agent.at('health'))
  await page.getByRole('button', { name: 'State', exact: true }).click()
  await page.getByRole('checkbox', { name: /Last attempt failed/ }).check()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/state=last_attempt_failed/)
  await expect(page.getByRole('article')).toHaveCount(2)
  await expect(brandRow(page, 'Zenith')).toBeHidden()
  await page.reload()
  await expect(page.getByRole('article')).toHaveCount(2)
  await page.getByRole('article').first().getByRole('button', { name: 'Orders', exact: true }).click()
  await expect(page.getByRole('complementary', { name: 'Dataset details' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('complementary')).toBeHidden()
  await expect(page).toHaveURL(/state=last_attempt_failed/)

  await page.getByRole('textbox', { name: 'Brand or dataset' }).fill('zenith')
  await expect(page.getByText('No dataset matches these filters')).toBeVisible()
  await page.getByRole('search').getByRole('button', { name: 'Clear filters' }).click()
  await expect(brandRow(page, 'Zenith')).toBeVisible()
  await expect(page).not.toHaveURL(/state=|text=/)
})

test('without brands, without datasets, and when the call fails, it says which', async ({
  page,
  agent,
  complaints,
}) => {
  await page.goto(agent.at('health'))
  await expect(page.getByText('No brands yet')).toBeVisible()
  await agent.brand('Acme')
  await expect(brandRow(page, 'Acme')).toContainText('no datasets yet')
  await expect(page.getByText('No datasets yet', { exact: true })).toBeVisible()

  await page.route('**/rpc/freshness/board*', (route) => route.abort())
  await page.reload()
  await expect(page.getByRole('alert')).toContainText('The agent does not answer.')
  await page.unroute('**/rpc/freshness/board*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(brandRow(page, 'Acme')).toBeVisible()
  await expect(page.getByRole('alert')).toBeHidden()
  complaints.length = 0
})

test('Run now refuses a bad value beside its field, and a good one makes exactly one manual job', async ({
  page,
  agent,
}) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { brand: acme }))
  await card(page, 'Orders', 'Acme').getByRole('button', { name: 'Parameters of load_orders' }).click()
  const form = page.getByRole('dialog')
  const days = form.getByRole('textbox', { name: 'Days back' })
  await expect(days).toHaveValue('7')
  await days.fill('91')
  await expect(days).toHaveAccessibleDescription(/At most 90\./)
  await expect(form.getByRole('button', { name: 'Run now' })).toBeDisabled()
  await days.fill('3')
  await form.getByRole('button', { name: 'Run now' }).dblclick()
  await expect(page.getByText('load_orders is queued.')).toBeVisible()
  await expect(form).toBeHidden()
  expect(await queued(agent, acme)).toEqual([
    {
      trigger_source: 'manual',
      requested_by: 'browser-tests',
      parameters: { days_back: 3, full: false, region: 'eu' },
    },
  ])
})

test('Run now that fails says so, and does it when it is pressed again', async ({ page, agent, complaints }) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { brand: acme }))
  const button = card(page, 'Orders', 'Acme').getByRole('button', { name: 'Run now: load_orders for Acme' })
  await page.route('**/rpc/jobs/queue', (route) => route.abort())
  await button.click()
  await expect(page.getByRole('alert')).toContainText('The agent does not answer.')
  await page.unroute('**/rpc/jobs/queue')
  await button.click()
  await expect(page.getByText(/load_orders.* is queued/)).toBeVisible()
  complaints.length = 0
})

test('a double click on Run now makes one job, whose run freshens the data on screen', async ({ page, agent }) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { brand: acme }))
  const orders = card(page, 'Orders', 'Acme')
  await orders.getByRole('button', { name: 'Run now: load_orders for Acme' }).dblclick()
  // Its schedule is a day away, so it will be too old before then (F7).
  await expect(orders).toContainText('At risk')
  await expect(orders).toContainText(/Last attempt\s*Completed/)
  await expect(orders).toContainText('70')
  expect(only(await queued(agent, acme)).trigger_source).toBe('manual')
  const { rows } = await agent.sql.query<{ operator: string; action: string; door: string }>(
    `select operator, action, door from operator_actions where organization_id = $1::uuid and subject_type = 'job'`,
    [agent.organizationId],
  )
  expect(rows).toEqual([{ operator: 'browser-tests', action: 'job.queue', door: 'console' }])
})

test('what no agent can run cannot be pressed, and says why', async ({ page, agent }) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { brand: acme }))
  const button = card(page, 'Templates scraped', 'Acme').getByRole('button', { name: /^Run now/ })
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await button.focus()
  await expect(page.getByRole('tooltip', { name: /No agent can run template_scrape now/ })).toBeVisible()
  await page.keyboard.press('Enter')
  expect(await queued(agent, acme)).toEqual([])
})

test('by keyboard alone: open a brand, open its dataset, go back to where one was', async ({ page, agent }) => {
  const { zenith } = await addShops(agent)
  await page.goto(agent.at('health'))
  await expect(card(page, 'Orders', 'Acme')).toBeVisible()
  await brandRow(page, 'Acme').press('Enter')
  await expect(page.getByRole('article')).toHaveCount(0)
  await page.keyboard.press('Tab')
  await expect(brandRow(page, 'Zenith')).toBeFocused()
  await page.keyboard.press('Space')
  const name = card(page, 'Orders', 'Zenith').getByRole('button', { name: 'Orders', exact: true })
  await expect(name).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(name).toBeFocused()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Dataset details' })
  await expect(drawer).toBeFocused()
  await expect(page).toHaveURL(new RegExp(`open=dataset%3A${zenith}%3Aorders`))
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await expect(name).toBeFocused()
})

test.describe('the drawer of a dataset', () => {
  test('says why as a chain of links, shows the band, its attempts, and who needs and refreshes it', async ({
    page,
    agent,
  }) => {
    const { acme, failedRun, ordersJob } = await addShops(agent)
    await agent.sql.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status, records_affected)
       values (gen_random_uuid(), 0, $1::uuid, 'orders', now() - interval '9 hours', 'completed', 1234)`,
      [acme],
    )
    await page.goto(agent.at('health', { brand: acme, open: `dataset:${acme}:orders` }))
    const drawer = page.getByRole('complementary', { name: 'Dataset details' })
    const chain = drawer.getByRole('region', { name: 'Why' }).getByRole('listitem')
    await expect(chain).toContainText([
      /^Policy.*at most 6 h old/,
      /^Last success.*9 h ago/,
      /^Job.*Nightly orders runs next/,
      /^Run.*failed/,
      /^Error.*HTTP 429 at the shop/,
      /^Agent.*console-test can run load_orders/,
    ])
    await expect(drawer.getByRole('list', { name: /^Freshness by day\. .*[67] h fresh, [34] h stale/ })).toBeVisible()
    const refreshers = drawer.getByRole('region', { name: 'Refreshed by' })
    await refreshers.getByRole('button', { name: 'Nightly orders' }).click()
    await expect(page).toHaveURL(new RegExp(`open=job%3A${ordersJob}`))
    await page.goBack()
    const attempts = drawer.getByRole('table')
    await expect(attempts.getByRole('row')).toHaveCount(2)
    await expect(attempts).toContainText('1,234')
    await chain.filter({ hasText: 'HTTP 429' }).getByRole('button').click()
    await expect(page).toHaveURL(new RegExp(`open=run%3A${failedRun}`))
  })

  test('sets a maximum for the brand, refuses bad ones beside the field, and takes it back with Undo', async ({
    page,
    agent,
  }) => {
    const { acme } = await addShops(agent)
    const stored = async (): Promise<number | null> => {
      const { rows } = await agent.sql.query<{ hours: number }>(
        'select max_age_hours::float8 as hours from dataset_policies where brand_id = $1::uuid',
        [acme],
      )
      return rows[0]?.hours ?? null
    }
    await page.goto(agent.at('health', { brand: acme, open: `dataset:${acme}:orders` }))
    const drawer = page.getByRole('complementary', { name: 'Dataset details' })
    const field = drawer.getByRole('textbox', { name: 'Maximum age for this brand, in hours' })
    const save = drawer.getByRole('button', { name: 'Save' })
    await expect(save).toBeDisabled()
    await field.fill('0')
    await expect(field).toHaveAccessibleDescription('More than 0 hours.')
    await field.fill('87601')
    await expect(field).toHaveAccessibleDescription(/At most 87,600 hours/)
    await expect(save).toBeDisabled()
    await field.fill('12.5')
    await field.press('Enter')
    await expect(page.getByText('May be 12.5 h old now.')).toBeVisible()
    await expect(drawer.locator('[data-state="stale"]')).toHaveCount(0)
    expect(await stored()).toBe(12.5)
    await expect(drawer).toContainText('Set by browser-tests')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(stored).toBe(null)
    await expect(drawer.locator('[data-state="stale"]')).toHaveText('Stale')

    await field.fill('48')
    await save.click()
    await expect.poll(stored).toBe(48)
    await drawer.getByRole('button', { name: 'Use the usual one' }).click()
    await expect.poll(stored).toBe(null)
  })

  test('F7: from which age on it is at risk, and its way back', async ({ page, agent }) => {
    const { acme } = await addShops(agent)
    const stored = async (): Promise<string | null> => {
      const { rows } = await agent.sql.query<{ ages: string }>(
        `select concat_ws(' ', max_age_hours::float8, warn_age_hours::float8) as ages from dataset_policies where brand_id = $1::uuid`,
        [acme],
      )
      return rows[0]?.ages ?? null
    }
    await page.goto(agent.at('health', { brand: acme, open: `dataset:${acme}:orders` }))
    const drawer = page.getByRole('complementary', { name: 'Dataset details' })
    const warning = drawer.getByRole('textbox', { name: 'At risk from this age on, in hours' })
    const maximum = drawer.getByRole('textbox', { name: 'Maximum age for this brand, in hours' })
    await maximum.fill('1000')
    await warning.fill('1000')
    await expect(warning).toHaveAccessibleDescription('Less than the maximum of 1000 h.')
    await expect(drawer.getByRole('button', { name: 'Save' })).toBeDisabled()
    await warning.fill('1')
    await warning.press('Enter')
    await expect.poll(stored).toBe('1000 1')
    await expect(drawer.locator('[data-state="at_risk"]').first()).toBeVisible()
    await drawer.getByRole('button', { name: 'Use the usual one' }).click()
    await expect.poll(stored).toBe(null)
    // Both of them can be taken back, and until the second one is told only the first one stands there.
    const withdrawn = page.getByRole('alert').filter({ hasText: 'The usual maximum counts again.' })
    await withdrawn.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(stored).toBe('1000 1')
    await expect(maximum).toHaveValue('1000 h')
    await maximum.fill('')
    await drawer.getByRole('button', { name: 'Save' }).click()
    await expect.poll(stored).toBe('1')
    await expect(page.getByText('At risk from 1 h on now; the usual maximum counts.')).toBeVisible()
    await expect(drawer.locator('[data-state="stale"]').first()).toBeVisible()
  })
})

test('a thousand brands scroll like one, and the worst is on top', async ({ page, agent }) => {
  await agent.sql.query(
    `with added as (
       insert into brands (organization_id, name) select $1::uuid, 'Brand ' || lpad(n::text, 4, '0') from generate_series(1, 1000) n
       returning id, name
     )
     insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     select id, 'orders', $1::uuid, now() - interval '1 hour' * case name when 'Brand 0777' then 100 else 1 end, now(), 'completed'
     from added`,
    [agent.organizationId],
  )
  await page.goto(agent.at('health'))
  await expect(page.getByRole('button', { expanded: true })).toHaveText(/^Brand 0777.*1 stale/)
  expect(await page.getByRole('listitem').count()).toBeLessThan(80)
  await page.getByRole('textbox', { name: 'Brand or dataset' }).fill('0999')
  await expect(brandRow(page, 'Brand 0999')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Brands, worst first' }).getByRole('listitem')).toHaveCount(1)
})

test('on a phone the names stay and nothing is wider than the window', async ({ page, agent }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health'))
  await expect(brandRow(page, 'Acme').getByText('Acme', { exact: true })).toBeInViewport({ ratio: 1 })
  expect(await overflow(page)).toBe(0)
  await page.goto(agent.at('health', { open: `dataset:${acme}:orders` }))
  await expect(page.getByRole('complementary', { name: 'Dataset details' })).toContainText('9 h old of 6 h')
  expect(await overflow(page)).toBe(0)
})

test('a dataset that a page needs leads to its readiness', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId, { job_type: 'meta_sync', name: 'Nightly sync' })
  await addStatus(agent, brandId, 'meta_ads_performance', { ageHours: 30 })
  await page.goto(agent.at('health', { open: `dataset:${brandId}:meta_ads_performance` }))
  const consumers = page.getByRole('region', { name: 'Needed by' })
  await expect(consumers).toContainText('at most 24 h')
  await consumers.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/readiness\\?brand=${brandId}`))
})

test('what cannot be asked again for a while stays on screen, with what is being typed in it', async ({
  page,
  agent,
  complaints,
}) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { brand: acme }))
  await card(page, 'Orders', 'Acme').getByRole('button', { name: 'Parameters of load_orders' }).click()
  const days = page.getByRole('dialog').getByRole('textbox', { name: 'Days back' })
  await days.fill('3')
  let refused = 0
  await page.route('**/rpc/freshness/brand*', (route) => {
    refused += 1
    return route.abort()
  })
  await addStatus(agent, acme, 'returns', { ageHours: 1 })
  // Twice more, and then it has failed.
  await expect.poll(() => refused).toBeGreaterThanOrEqual(3)
  await page.unroute('**/rpc/freshness/brand*')
  await addStatus(agent, acme, 'invoices', { ageHours: 1 })
  await expect(page.getByRole('article', { name: /invoices of Acme/i })).toBeVisible()
  await expect(days).toHaveValue('3')
  complaints.length = 0
})
