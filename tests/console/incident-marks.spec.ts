import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { addIncident, type IncidentRow, incidentRows } from '../support/incident-rows.ts'
import { insert } from '../support/job-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { startAgent } from './support/agent-under-test.ts'
import { createWorkspace, expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { addShops, addStatus, inHours } from './support/seed.ts'

const drawer = (page: Page) => page.getByRole('complementary')
const mark = (page: Page) => drawer(page).getByRole('list', { name: 'Open incidents' })

async function incidentOf(agent: Workspace, kind: string): Promise<IncidentRow> {
  const rows = await incidentRows(agent.sql)
  const found = rows.find((one) => one.organization_id === agent.organizationId && one.kind === kind)
  if (found === undefined) throw new Error(`No incident of the kind ${kind}.`)
  return found
}

test('the drawer of a dataset has its open incident, an effect too: acknowledged and snoozed there', async ({
  page,
  agent,
}) => {
  const { acme } = await addShops(agent)
  await page.goto(agent.at('health', { open: `dataset:${acme}:orders` }))
  await expect(mark(page)).toContainText('Orders of Acme is stale')
  await mark(page).getByRole('button', { name: 'Acknowledge' }).click()
  await expect(mark(page)).toContainText('Acknowledged')
  expect((await incidentOf(agent, 'dataset_stale')).acknowledged_by).not.toBeNull()
  await mark(page).getByRole('button', { name: 'Snooze for 1 hour' }).click()
  await expect(mark(page).getByRole('button', { name: 'Wake' })).toBeEnabled()
  expect((await incidentOf(agent, 'dataset_stale')).snoozed_until).toBeInstanceOf(Date)
  await expectAccessible(page, 'the mark of an incident')
  await mark(page)
    .getByRole('link', { name: /Orders of Acme is stale/ })
    .click()
  await expect(drawer(page).getByRole('heading', { name: /^Stale dataset/ })).toBeVisible()
})

test('the drawer of a job has its open incident; one of whom nothing is wrong has none', async ({ page, agent }) => {
  const { acme, ordersJob } = await addShops(agent)
  await page.goto(agent.at('schedules', { open: `job:${ordersJob}` }))
  await expect(mark(page)).toContainText(/Nightly orders of Acme failed/)
  await page.goto(agent.at('health', { open: `dataset:${acme}:stock` }))
  await expect(drawer(page).getByRole('heading', { name: /^Stock/ })).toBeVisible()
  await expect(mark(page)).toHaveCount(0)
})

test('the list of agents has what is wrong with one, and leads to what it ran', async ({ browser }) => {
  // A lost agent concerns every organization of its database.
  await using own = await startAgent()
  const agent = await createWorkspace(own, 'A lost agent')
  const context = await browser.newContext()
  await signIn(context.request, own)
  const page = await context.newPage()
  const agentId = await insert(own.sql, 'agents', {
    name: 'north',
    host: 'host',
    process_id: 1,
    program_version: '0',
    state: 'running',
    concurrency: 1,
    job_types: ['load_orders'],
    heartbeat_at: await inHours(agent, -0.5),
    id: randomUUID(),
  })
  const summary = 'Agent north on host is lost.'
  await addIncident(own.sql, { kind: 'agent_lost', agent_id: agentId, dataset_key: null, summary })
  await page.goto(agent.at('health'))
  await page.getByRole('button', { name: /^\d+ agents?$/ }).click()
  const item = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'north' }).first()
  await expect(item).toContainText(summary)
  await expect(item.getByRole('button', { name: 'Acknowledge' })).toBeEnabled()
  await expectAccessible(page, 'the list of agents')
  await item.getByRole('link', { name: summary }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await drawer(page).getByRole('link', { name: 'north', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/run-history\\?agent=${agentId}`))
  await context.close()
})

test('the palette finds open incidents by what is wrong, and does what can be done to the one that is open', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 900 })
  await page.goto(agent.at('incidents'))
  await expect(page.getByRole('row', { name: /Orders of Acme is stale/ })).toBeVisible()
  const palette = async (text: string): Promise<void> => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox', { name: /search/i }).first()).toBeFocused()
    await page.keyboard.type(text)
  }
  await palette('acme is stale')
  await page.getByRole('option', { name: /Orders of Acme is stale/ }).click()
  await expect(drawer(page).getByRole('heading', { name: /^Stale dataset/ })).toBeVisible()
  await palette('acknowledge this')
  await page.getByRole('option', { name: /^Acknowledge this incident/ }).click()
  await expect.poll(async () => (await incidentOf(agent, 'dataset_stale')).acknowledged_by).not.toBeNull()
  await palette('mute what')
  await page.getByRole('option', { name: /^Mute what is like this incident/ }).click()
  await expect(page.getByRole('dialog', { name: 'Mute' })).toContainText('Keeps 1 open incident quiet now')
  await page.keyboard.press('Escape')
  await palette('mute rules')
  await page.getByRole('option', { name: /Notifications: Mute rules/ }).click()
  await expect(page).toHaveURL(/\/notifications\?show=mutes$/)
})

test('a thousand stale datasets are a few rows when they are grouped, each opens its own list', async ({
  page,
  agent,
}) => {
  await agent.sql.query(
    `with brand as (
       insert into brands (organization_id, name) select $1::uuid, 'Shop ' || n from generate_series(1, 500) n returning id
     )
     insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     select id, key, $1::uuid, now() - interval '900 hours', now(), 'completed' from brand, unnest(array['orders', 'stock']) key`,
    [agent.organizationId],
  )
  await page.goto(agent.at('incidents', { group: 'dataset' }))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('1,000 open incidents')
  await page.getByRole('button', { name: /^Notifications, \d+ new/ }).click()
  const centre = page.getByRole('dialog', { name: 'Notifications' })
  await expect(centre.getByRole('listitem').first()).toContainText(/\d+ stale datasets: (Orders|Stock)/)
  expect(await centre.getByRole('listitem').count()).toBeLessThanOrEqual(4)
  await page.keyboard.press('Escape')
  await expect(centre).toBeHidden()
  const group = page.getByRole('row', { name: /Stale dataset: Orders/ })
  await expect(group).toContainText('500')
  await expect(page.getByTestId('data-list').getByRole('row')).toHaveCount(3)
  await expectAccessible(page, 'incidents, grouped')
  await group.click()
  await expect(page).toHaveURL(/kind=dataset_stale&dataset=orders|dataset=orders/)
  await expect(page.getByRole('row', { name: /Orders of Shop \d+ is stale/ }).first()).toBeVisible()
  await expect(page.getByRole('row', { name: /Stock of Shop/ })).toHaveCount(0)
  await page.goBack()
  await expect(group).toBeVisible()
  await page.getByRole('button', { name: 'Mute Stale dataset: Orders' }).click()
  await expect(page.getByRole('dialog', { name: 'Mute' })).toContainText('Keeps 500 open incidents quiet now')
})
