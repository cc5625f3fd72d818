import type { Browser, Page } from '@playwright/test'
import { expectAccessible } from './support/accessible.ts'
import { expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { overflow } from './support/seed.ts'

const orders = { namespace: 'postgres://db:5432', name: 'shop.public.orders' }
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

/** Reports as a client of OpenLineage does. */
async function report(agent: Workspace, event: object): Promise<void> {
  const answer = await fetch(`${agent.url}/api/v1/lineage?organization=${agent.organizationId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.process.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      eventTime: minutesAgo(5),
      producer: 'https://github.com/apache/airflow/tree/providers-openlineage/2.0.0',
      outputs: [orders],
      ...event,
    }),
  })
  expect(answer.status).toBe(201)
}

/** A DAG of which one step has completed and another has failed. */
async function reportDag(agent: Workspace): Promise<void> {
  const dag = { run: { runId: 'dag 1' }, job: { namespace: 'airflow', name: 'shop' } }
  const step = (name: string, facets: object = {}) => ({
    run: { runId: `dag 1 ${name}`, facets: { parent: dag, ...facets } },
    job: { namespace: 'airflow', name: `shop.${name}` },
  })
  await report(agent, { eventType: 'START', ...dag, outputs: [], eventTime: minutesAgo(7) })
  const outputs = [{ ...orders, outputFacets: { outputStatistics: { rowCount: 1_284 } } }]
  await report(agent, { eventType: 'COMPLETE', ...step('load_orders'), outputs })
  const errorMessage = { message: 'HTTP 429 of the shop', programmingLanguage: 'PYTHON' }
  const stock = { namespace: orders.namespace, name: `shop.public.${'stock_'.repeat(20)}` }
  await report(agent, { eventType: 'FAIL', ...step('load_stock', { errorMessage }), outputs: [stock] })
  await report(agent, { eventType: 'FAIL', ...dag, outputs: [], eventTime: minutesAgo(4) })
}

async function statusOf({ sql }: Workspace, brandId: string) {
  const { rows } = await sql.query<{ last_status: string; records_affected: string | null }>(
    `select last_status, records_affected from dataset_status where brand_id = $1 and dataset_key = 'orders'`,
    [brandId],
  )
  return rows[0]
}

async function chosen(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

const unmapped = (page: Page) => page.getByRole('table', { name: 'Seen but not mapped' })
const mappings = (page: Page) => page.getByRole('table', { name: 'Mappings' })

async function secondOperator(browser: Browser, agent: Workspace): Promise<Page> {
  const context = await browser.newContext()
  await signIn(context.request, agent.process)
  return context.newPage()
}

test('nobody has reported: what it is for, and lines to copy', async ({ page, agent }) => {
  await page.goto(agent.at('sources'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nobody has reported by OpenLineage yet.')
  await expect(page.getByRole('region', { name: 'Lines for Spark' })).toContainText(agent.url)
})

test('a name that is not mapped is mapped, which applies what was told last; Undo takes it back', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await reportDag(agent)
  await page.goto(agent.at('sources'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('2 names they write to are not mapped yet')
  await unmapped(page)
    .getByRole('button', { name: `Map ${orders.name}` })
    .click()
  const form = page.getByRole('form', { name: 'New mapping' })
  await expect(form.getByRole('status')).toHaveText('Decides 1 name seen of late.')
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('shop.*.orders')
  await expect(form.getByRole('status')).toHaveText('Decides 1 name seen of late.')
  await chosen(page, 'Brand', 'Acme')
  await chosen(page, 'Dataset', 'Orders')
  await expectAccessible(page, 'sources with a form')
  await form.getByRole('button', { name: 'Add the mapping' }).click()
  await expect(mappings(page)).toContainText('shop.*.orders')
  await expect(unmapped(page)).not.toContainText(orders.name)
  expect(await statusOf(agent, brandId)).toEqual({ last_status: 'completed', records_affected: '1284' })
  await page.getByRole('button', { name: 'Undo: remove it' }).click()
  await expect(unmapped(page)).toContainText(orders.name)
  await expect(mappings(page)).toHaveCount(0)
})

test('two people, one mapping: both versions are shown, mine is saved when I say so', async ({
  page,
  browser,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into lineage_mappings (organization_id, namespace, name, brand_id, dataset_key, changed_by)
     values ($1, '*', 'shop.*', $2, 'orders', 'ann')`,
    [agent.organizationId, brandId],
  )
  await page.goto(agent.at('sources'))
  await page.getByRole('button', { name: 'Edit the mapping of shop.*' }).click()
  const other = await secondOperator(browser, agent)
  await other.goto(agent.at('sources'))
  await other.getByRole('button', { name: 'Edit the mapping of shop.*' }).click()
  await other.getByRole('textbox', { name: 'Name', exact: true }).fill('shop.theirs.*')
  await other.getByRole('button', { name: 'Save the mapping' }).click()
  await expect(mappings(other)).toContainText('shop.theirs.*')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('shop.mine.*')
  await page.getByRole('button', { name: 'Save the mapping' }).click()
  const conflict = page.getByRole('alert', { name: 'Conflict' })
  await expect(conflict).toContainText('shop.theirs.*')
  await expect(conflict).toContainText('shop.mine.*')
  await conflict.getByRole('button', { name: /mine/i }).click()
  await expect(mappings(page)).toContainText('shop.mine.*')
  await page.getByRole('button', { name: 'Remove the mapping of shop.mine.*' }).click()
  await page.getByRole('button', { name: 'Undo: add it again' }).click()
  await expect(mappings(page)).toContainText('shop.mine.*')
  // The browser tells of the conflict, as it does of every answer that is not 2xx.
  complaints.length = 0
})

test('runs of other programs stand in Run history, their steps and datasets in the drawer', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into lineage_mappings (organization_id, namespace, name, brand_id, dataset_key, changed_by)
     values ($1, '*', '*.orders', $2, 'orders', 'ann')`,
    [agent.organizationId, brandId],
  )
  await reportDag(agent)
  await page.goto(agent.at('run-history'))
  await page.getByRole('navigation', { name: 'Runs of' }).getByRole('link', { name: 'Other programs' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('1 run of other programs; 1 failed.')
  await expectAccessible(page, 'runs of other programs')
  await page.getByRole('row', { name: /shop/ }).click()
  const drawer = page.getByRole('complementary')
  await expect(drawer).toContainText('2 steps, 1 failed')
  await drawer.getByRole('button', { name: 'shop.load_orders' }).click()
  await expect(drawer.getByRole('heading', { level: 2 })).toHaveText('shop.load_orders')
  await expect(drawer).toContainText('1,284 rows')
  await expectAccessible(page, 'the drawer of a run of another program')
  await drawer.getByRole('button', { name: 'orders of Acme' }).click()
  await expect(page).toHaveURL(/open=dataset/)
  await page.goBack()
  await drawer.getByRole('button', { name: 'shop', exact: true }).click()
  await expect(drawer.getByRole('heading', { level: 2 })).toHaveText('shop')
  await drawer.getByRole('link', { name: 'Open as a page' }).click()
  await expect(drawer.getByRole('heading', { level: 2 })).toHaveText('shop')
})

test('an event that arrives is on screen without a reload; nothing is wider than a phone', async ({ page, agent }) => {
  await agent.brand('Acme')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(agent.at('sources'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nobody has reported by OpenLineage yet.')
  await reportDag(agent)
  await expect(unmapped(page)).toContainText(orders.name)
  expect(await overflow(page)).toBe(0)
  await expectAccessible(page, 'sources on a phone')
  await page.goto(agent.at('run-history', { source: 'external' }))
  await expect(page.getByRole('row', { name: /shop/ })).toBeVisible()
  expect(await overflow(page)).toBe(0)
})

test('runs of other programs: a range that ends now moves on with the clock', async ({ page, agent }) => {
  await agent.brand('Acme')
  const asked = new Set<string>()
  page.on('request', (request) => {
    if (request.url().includes('/rpc/externalRuns/summary')) asked.add(`${request.url()} ${request.postData() ?? ''}`)
  })
  await page.clock.install()
  await page.goto(agent.at('run-history', { source: 'external' }))
  await expect(page.getByText('No other program has told of a run in the last 24 hours')).toBeVisible()
  const before = new Set(asked)
  await page.clock.fastForward('03:00')
  // Of another time, not the same once more.
  await expect.poll(() => [...asked].some((one) => !before.has(one))).toBe(true)
})
