import { randomUUID } from 'node:crypto'
import type { Browser, Page } from '@playwright/test'
import { type Proxy, startProxy } from '../support/proxy.ts'
import { expectAccessible } from './support/accessible.ts'
import { type AgentUnderTest, startAgent } from './support/agent-under-test.ts'
import { createWorkspace, expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { addStatus, overflow } from './support/seed.ts'
import { serverVariable } from './support/test-server.ts'

const banner = (page: Page) => page.getByRole('status').filter({ hasText: 'Without the database since' })
const tryNow = (page: Page) => page.getByRole('button', { name: 'Try now' })
const orders = (page: Page) => page.getByRole('article', { name: 'Orders of Acme' })

/** The database lets nobody in until the proxy is restored; the agent has noticed. */
async function lose(proxy: Proxy, page: Page): Promise<void> {
  proxy.refuse()
  await expect(banner(page)).toContainText('The database at')
}

/** Somebody tries again, or the agent has before: either way the console says that all is well. */
async function expectBack(page: Page): Promise<void> {
  await expect(async () => {
    if (await tryNow(page).isVisible()) await tryNow(page).click({ timeout: 1_000 })
    await expect(banner(page)).toBeHidden({ timeout: 2_000 })
  }).toPass({ timeout: 90_000 })
}

function startProxied(): Promise<Proxy> {
  const server = process.env[serverVariable]
  if (server === undefined) throw new Error(`${serverVariable} is not set.`)
  return startProxy(server)
}

async function openConsole(browser: Browser, own: AgentUnderTest): Promise<Page> {
  const context = await browser.newContext()
  await signIn(context.request, own)
  return context.newPage()
}

/** A call as the page makes it; resolves to the body of its answer. */
function callFrom(page: Page, path: string, input: object): Promise<string> {
  return page.evaluate(
    async ([address, body]) => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch(address, { method: 'POST', headers, body })).text()
    },
    [`/rpc/${path}`, JSON.stringify({ json: input })] as const,
  )
}

async function addOrders(agent: Workspace): Promise<string> {
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 1 })
  return brandId
}

test('O1: without the database a page opens from what was kept, says so, is tried again at once, and is true again', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Kept answers')
  const brand = await addOrders(agent)
  const page = await openConsole(browser, own)
  await page.goto(agent.at('health', { brand }))
  await expect(orders(page)).toContainText('Fresh')
  await expect(banner(page)).toBeHidden()

  await lose(proxy, page)
  await page.reload()
  await expect(orders(page)).toContainText('Fresh')
  await expect(banner(page)).toHaveCount(1)
  await expect(page.getByText(/^Shown as of/)).toBeVisible()
  await expect(page.getByText(/^(Next try in|Trying now)/)).toBeVisible()
  expect(await overflow(page)).toBe(0)
  await expectAccessible(page, 'health without the database')
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(tryNow(page)).toBeInViewport()
  expect(await overflow(page)).toBe(0)
  await page.setViewportSize({ width: 1440, height: 900 })

  const before = proxy.connections
  const answered = page.waitForResponse(/\/rpc\/connection\/retry/)
  await tryNow(page).click()
  expect((await answered).ok()).toBe(true)
  expect(proxy.connections).toBeGreaterThan(before)
  await expect(banner(page)).toBeVisible()

  await agent.sql.query(`update dataset_status set last_success_at = now() - interval '400 days'`)
  proxy.restore()
  await expectBack(page)
  await expect(page.getByText(/^Shown as of/)).toBeHidden()
  await expect(orders(page)).toContainText('Stale')
  await page.context().close()
})

test('O2: an operator’s word waits on the device, is shown, and as a conflict until it has been read', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Waiting words')
  const brand = await addOrders(agent)
  const page = await openConsole(browser, own)
  await page.goto(agent.at('health', { brand }))
  await expect(orders(page)).toContainText('Fresh')
  await lose(proxy, page)

  // Nobody knows this incident, which only the database can tell.
  const input = { organizationId: agent.organizationId, incidents: [{ id: randomUUID() }] }
  expect(await callFrom(page, 'incidents/acknowledge', input)).toContain('"outcome":"waiting"')
  const words = page.getByRole('list', { name: 'Asked for while the database was away' })
  await expect(words).toContainText('Acknowledge 1 incident: waits for the database.')
  await expectAccessible(page, 'a word that waits')

  proxy.restore()
  await expectBack(page)
  await expect(words).toContainText('Acknowledge 1 incident: not done.')
  await words.getByRole('button', { name: 'Dismiss: Acknowledge 1 incident' }).click()
  await expect(words).toBeHidden()
  await page.context().close()
})

test('O1: whoever was never shown anything hears why there is nothing, and comes in as soon as there is; Admin waits as well', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Never reached')
  const page = await openConsole(browser, own)
  proxy.refuse()
  await page.goto(agent.at('admin'))
  await expect(page.getByText('Waiting for the database')).toBeVisible()
  await expect(page.getByText(/The database cannot be reached\..* opens by itself/)).toBeVisible()
  await expectAccessible(page, 'the gate without the database')
  proxy.restore()
  const sections = page.getByRole('switch')
  await expect(async () => {
    if (await tryNow(page).isVisible()) await tryNow(page).click({ timeout: 1_000 })
    await expect(sections.first()).toBeEnabled({ timeout: 2_000 })
  }).toPass({ timeout: 90_000 })

  await lose(proxy, page)
  await expect(sections.first()).toBeDisabled()
  await expect(page.getByText(/^The database does not answer:/).first()).toBeVisible()
  await page.context().close()
})

test('O2: a word about an incident that is known waits under its name, in the list and in its drawer', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Named words')
  const brandId = await agent.brand('Acme')
  await addStatus(agent, brandId, 'orders', { ageHours: 900 })
  const page = await openConsole(browser, own)
  await page.goto(agent.at('incidents'))
  const row = page.getByRole('row', { name: /Orders of Acme is stale/ })
  await row.click()
  const drawer = page.getByRole('complementary')
  await expect(drawer.getByRole('heading', { name: /^Stale dataset/ })).toBeVisible()
  await lose(proxy, page)
  await drawer.getByRole('button', { name: 'Acknowledge' }).click()
  const words = page.getByRole('list', { name: 'Asked for while the database was away' })
  await expect(words).toContainText('Acknowledge Stale dataset: Orders of Acme: waits for the database.')
  await expect(drawer).toContainText('Waits for the database: acknowledge')
  await expect(row.getByRole('img', { name: 'Waits for the database: acknowledge' })).toBeVisible()
  await expect(drawer.getByRole('button', { name: 'Mute…' })).toBeDisabled()
  await expectAccessible(page, 'a word that waits, with its name')
  proxy.restore()
  await expectBack(page)
  await expect(words).toBeHidden()
  await expect(drawer).not.toContainText('Waits for the database')
  await expect(row).toContainText('Acknowledged')
  await page.context().close()
})

test('9: an organization whose section is off hears that the database is away, and its switch says why it waits', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Switched off')
  await own.sql.query('update organization_features set enabled = false where organization_id = $1', [
    agent.organizationId,
  ])
  const page = await openConsole(browser, own)
  await page.goto(agent.at('admin'))
  const section = page.getByRole('switch').first()
  await expect(section).toBeEnabled()
  await lose(proxy, page)
  await expect(section).toBeDisabled()
  await page.goto(agent.at('settings'))
  await expect(banner(page)).toBeVisible()
  proxy.restore()
  await expectBack(page)
  await page.goto(agent.at('admin'))
  await expect(section).toBeEnabled()
  await page.context().close()
})

test('fault 12: a database that takes no changes is read on, and says so', async ({ browser }) => {
  await using own = await startAgent()
  const agent = await createWorkspace(own, 'Reading only')
  await addOrders(agent)
  const page = await openConsole(browser, own)
  await page.goto(agent.at('notifications', { show: 'when' }))
  const kind = page.getByRole('switch', { name: 'Dataset at risk' })
  await expect(kind).toBeEnabled()
  const name = new URL(own.databaseUrl).pathname.slice(1)
  await own.sql.query(`alter database ${name} set default_transaction_read_only = on`)
  await own.sql.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  const limited = page.getByRole('status').filter({ hasText: 'Reading only since' })
  await expect(limited).toBeVisible()
  await expect(kind).toBeDisabled()
  await expectAccessible(page, 'reading only')
  await page.goto(agent.at('incidents'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Nothing is wrong')
  await own.sql.query('set default_transaction_read_only = off')
  await own.sql.query(`alter database ${name} reset default_transaction_read_only`)
  await expect(async () => {
    if (await tryNow(page).isVisible()) await tryNow(page).click({ timeout: 1_000 })
    await expect(limited).toBeHidden({ timeout: 2_000 })
  }).toPass({ timeout: 90_000 })
  await page.context().close()
})

test('fault 9: while the database is slow, sliced and flapping the console stays readable and says so; afterwards it is true', async ({
  browser,
}) => {
  await using proxy = await startProxied()
  await using own = await startAgent((url) => proxy.through(url))
  const agent = await createWorkspace(own, 'Flapping')
  const brand = await addOrders(agent)
  const page = await openConsole(browser, own)
  // What was shown once is kept.
  await page.goto(agent.at('schedules', { brand }))
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.goto(agent.at('health', { brand }))
  await expect(orders(page)).toContainText('Fresh')

  proxy.delay(2_000)
  proxy.slice(10)
  proxy.flap(3_000)
  // Nothing gets through whole: sooner or later each of them is told, and what was shown stays.
  await expect(
    banner(page)
      .or(page.getByText(/^(as of|offline since)/))
      .first(),
  ).toBeVisible({ timeout: 90_000 })
  await page.reload()
  await expect(orders(page)).toContainText('Fresh', { timeout: 90_000 })
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.getByRole('link', { name: 'Schedules' }).click()
  await expect(page).toHaveURL(/\/schedules/)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible({ timeout: 90_000 })

  proxy.restore()
  await expectBack(page)
  await agent.sql.query(`update dataset_status set last_success_at = now() - interval '400 days'`)
  await page.goto(agent.at('health', { brand }))
  await expect(orders(page)).toContainText('Stale', { timeout: 90_000 })
  await page.context().close()
})
