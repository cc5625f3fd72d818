import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { startServer, type TestServer } from '../support/http-server.ts'
import { only } from '../support/job-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { expectAccessible } from './support/accessible.ts'
import { type AgentUnderTest, startAgent } from './support/agent-under-test.ts'
import { createWorkspace, expect, signIn, test, type Workspace } from './support/fixtures.ts'
import { addShops, addStatus, overflow } from './support/seed.ts'

interface RouteRow {
  readonly id: string
  readonly channel: string
  readonly kinds: string[] | null
  readonly brand_ids: string[] | null
  readonly tells_resolved: boolean
  readonly enabled: boolean
  readonly after_minutes: number | null
}

interface SettingsRow {
  readonly kinds: Record<string, boolean>
  readonly remind_every_minutes: number | null
  readonly quiet_hours: { from: string; to: string; timeZone: string; days: number[] } | null
}

async function routesOf({ sql, organizationId }: Workspace): Promise<RouteRow[]> {
  const { rows } = await sql.query<RouteRow>(
    'select * from notification_routes where organization_id = $1 order by changed_at',
    [organizationId],
  )
  return rows
}

async function settingsOf({ sql, organizationId }: Workspace): Promise<SettingsRow | undefined> {
  const { rows } = await sql.query<SettingsRow>('select * from notification_settings where organization_id = $1', [
    organizationId,
  ])
  return rows[0]
}

async function mutesOf({ sql, organizationId }: Workspace) {
  const { rows } = await sql.query<{
    kind: string | null
    dataset_key: string | null
    note: string | null
    until: Date | null
  }>('select * from mute_rules where organization_id = $1', [organizationId])
  return rows
}

/** A route as somebody else leaves it. */
async function addRoute({ sql, organizationId }: Workspace): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into notification_routes (organization_id, channel, tells_resolved, enabled, changed_by)
     values ($1, 'desktop', true, true, 'ann') returning id`,
    [organizationId],
  )
  return only(rows).id
}

const routes = (page: Page) => page.getByRole('table', { name: 'Routes' })

async function secondOperator(browser: Browser, agent: AgentUnderTest): Promise<Page> {
  const context = await browser.newContext()
  await signIn(context.request, agent)
  return context.newPage()
}

/** An agent whose file has a webhook to `server`. */
async function agentWithWebhook(folder: string, server: TestServer): Promise<AgentUnderTest> {
  const file = join(folder, 'pipeline-manager.yaml')
  await writeFile(
    file,
    `notifications:
  channels:
    ops: { webhook: { url_env: OPS_URL, secret_env: OPS_SECRET } }
http: { allow_hosts: ["${server.host}"] }
`,
  )
  const variables = { OPS_URL: `http://${server.host}/hook`, OPS_SECRET: 'a-secret-of-enough-length' }
  return startAgent(undefined, { file, variables })
}

test('34: a test notification shows the real answer of the other side, bad and good, without a reload', async ({
  browser,
}) => {
  let status = 500
  await using server = await startServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end(status === 500 ? 'The hook is <b>closed</b>.' : 'Thank you.')
  })
  const folder = await temporaryFolder('pipeline-manager-webhook-')
  try {
    await using own = await agentWithWebhook(folder.path, server)
    const agent = await createWorkspace(own, 'A webhook')
    const page = await secondOperator(browser, own)
    await page.goto(agent.at('notifications'))
    const row = page.getByRole('row', { name: /ops/ }).first()
    await expect(row).toContainText('Webhook')
    await expect(row).toContainText('console-test')
    const send = page.getByRole('button', { name: 'Send test notification on ops' })
    const result = page.getByRole('status', { name: 'Test on ops' })
    await send.click()
    await expect(result).toContainText('Failed')
    await expect(result).toContainText('500')
    await expect(result).toContainText('The hook is <b>closed</b>.')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('The channel ops does not work.')
    await expectAccessible(page, 'a test that failed')

    status = 200
    await send.click()
    await expect(result).toContainText('Told')
    await expect(result).toContainText('Thank you.')
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('The channel ops does not work.')
    expect(server.seen).toHaveLength(2)

    await page.getByRole('link', { name: 'Deliveries' }).click()
    await expect(page.getByRole('row', { name: /Test notification ops/ })).toHaveCount(2)
    await page.goto(agent.at('notifications', { show: 'deliveries', state: 'failed' }))
    await expect(page.getByRole('row', { name: /Test notification ops/ })).toHaveCount(1)
    await page.context().close()
  } finally {
    await folder.remove()
  }
})

test('without a channel the page says which lines to add', async ({ page, agent }) => {
  await page.goto(agent.at('notifications'))
  await expect(page.getByRole('region', { name: 'Lines for pipeline-manager.yaml' })).toContainText(
    'url_env: SLACK_URL',
  )
  await expect(page.getByRole('button', { name: 'Send test notification on desktop' })).toBeDisabled()
})

test('a route is added, edited, switched off and removed by keyboard alone, and each can be taken back', async ({
  page,
  agent,
  complaints,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('health'))
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await expect(page).toHaveURL(/\/notifications$/)
  await page.getByRole('button', { name: 'Add a route' }).press('Enter')
  const form = page.getByRole('form', { name: 'New route' })
  const channel = form.getByRole('combobox', { name: 'Channel' })
  await expect(channel).toBeFocused()
  await page.keyboard.type('desk')
  // Enter takes what is marked, which is a moment after it is there.
  await expect(page.getByRole('option', { name: 'desktop' })).toHaveAttribute('data-combobox-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(channel).toHaveValue('desktop')
  await form.getByRole('button', { name: 'Brands' }).press('Enter')
  await expect(page.getByRole('checkbox', { name: 'Acme' })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Acme' }).press('Space')
  await page.keyboard.press('Escape')
  await expect(form).toContainText('Tells every kind of Acme.')
  await form.getByRole('button', { name: 'Add the route' }).press('Enter')
  await expect(routes(page)).toContainText('every kind of Acme')
  await expect
    .poll(() => routesOf(agent))
    .toMatchObject([{ channel: 'desktop', kinds: null, enabled: true, tells_resolved: true }])

  await page.getByRole('button', { name: 'Edit the route to desktop' }).press('Enter')
  const edit = page.getByRole('form', { name: 'Route to desktop' })
  await edit.getByRole('checkbox', { name: 'Also when it is over' }).press('Space')
  await edit.getByRole('button', { name: 'Save the route' }).press('Enter')
  await expect.poll(() => routesOf(agent)).toMatchObject([{ tells_resolved: false }])
  await page.getByRole('button', { name: 'Undo: change it back' }).press('Enter')
  await expect.poll(() => routesOf(agent)).toMatchObject([{ tells_resolved: true }])

  await page.getByRole('switch', { name: 'Route to desktop is on' }).press('Space')
  await expect.poll(() => routesOf(agent)).toMatchObject([{ enabled: false }])
  await expect(page.getByRole('button', { name: 'Remove the route to desktop' })).toBeEnabled()
  await expect(page.getByRole('switch', { name: 'Route to desktop is on' })).not.toBeChecked()
  await page.getByRole('button', { name: 'Remove the route to desktop' }).press('Enter')
  await expect.poll(() => routesOf(agent)).toEqual([])
  await page.getByRole('button', { name: 'Undo: add it again' }).press('Enter')
  await expect.poll(() => routesOf(agent)).toMatchObject([{ channel: 'desktop', enabled: false }])
  // The second of two quick changes may meet the first: it is laid over it.
  complaints.length = 0
})

test('a route that waits says so in plain words; a channel that nobody has now was not never tried', async ({
  page,
  agent,
}) => {
  await agent.sql.query(
    `insert into notifications (organization_id, channel, channel_type, state, ended_at) values ($1, 'desktop', 'desktop', 'delivered', now())`,
    [agent.organizationId],
  )
  await addRoute(agent)
  await page.goto(agent.at('notifications'))
  await expect(
    page.getByRole('table', { name: 'Channels' }).getByRole('img', { name: 'Nobody has it now' }),
  ).toBeVisible()
  await expect(routes(page)).toContainText('At once')
  await page.getByRole('button', { name: 'Edit the route to desktop' }).click()
  const form = page.getByRole('form', { name: 'Route to desktop' })
  await form.getByRole('combobox', { name: 'When' }).click()
  await page.getByRole('option', { name: 'After 20 min, if nobody is on it' }).click()
  await expect(form).toContainText('Tells every kind of every brand after 20 min, if nobody is on it.')
  await form.getByRole('button', { name: 'Save the route' }).click()
  await expect(routes(page)).toContainText('After 20 min, if nobody is on it')
  await expect.poll(() => routesOf(agent)).toMatchObject([{ after_minutes: 20 }])
  await expectAccessible(page, 'a route that waits')
})

test('28: what somebody else made of a route meanwhile is shown beside mine, and never lost silently', async ({
  page,
  agent,
  complaints,
}) => {
  const id = await addRoute(agent)
  await page.goto(agent.at('notifications'))
  await page.getByRole('button', { name: 'Edit the route to desktop' }).click()
  const form = page.getByRole('form', { name: 'Route to desktop' })
  await form.getByRole('checkbox', { name: 'Also when it is over' }).uncheck()
  await agent.sql.query(
    `update notification_routes set kinds = '{job_dead}', changed_by = 'bob', changed_at = now() + interval '1 s' where id = $1`,
    [id],
  )
  await expect(routes(page)).toContainText('Dead job of every brand')
  await expect(form.getByRole('checkbox', { name: 'Also when it is over' })).not.toBeChecked()
  await form.getByRole('button', { name: 'Save the route' }).click()
  const conflict = page.getByRole('alert', { name: 'Conflict' })
  await expect(conflict).toContainText('bob saved this route first.')
  await expect(conflict.getByRole('row', { name: /^Kinds/ })).toContainText('Dead job')
  await expectAccessible(page, 'a conflict')
  expect(await routesOf(agent)).toMatchObject([{ kinds: ['job_dead'], tells_resolved: true }])
  await conflict.getByRole('button', { name: 'Keep mine' }).click()
  await expect.poll(() => routesOf(agent)).toMatchObject([{ kinds: ['job_dead'], tells_resolved: false }])
  complaints.length = 0
})

test('28: what somebody else changed beside mine stays, also when mine is taken back', async ({
  page,
  agent,
  complaints,
}) => {
  const id = await addRoute(agent)
  await page.goto(agent.at('notifications'))
  let isFirst = true
  await page.route('**/rpc/notifications/setRoute', async (route) => {
    const changes = `update notification_routes set kinds = '{job_dead}', changed_by = 'bob', changed_at = now() + interval '1 s' where id = $1`
    if (isFirst) await agent.sql.query(changes, [id])
    isFirst = false
    await route.continue()
  })
  // By mouse, on what is drawn: the input lies under it, as wide as the cell.
  const drawn = page.locator('label').filter({ has: page.getByRole('switch', { name: 'Route to desktop is on' }) })
  await drawn.click({ position: { x: 19, y: 10 } })
  await expect.poll(() => routesOf(agent)).toMatchObject([{ kinds: ['job_dead'], enabled: false }])
  await page.getByRole('button', { name: 'Undo: change it back' }).click()
  await expect.poll(() => routesOf(agent)).toMatchObject([{ kinds: ['job_dead'], enabled: true }])
  complaints.length = 0
})

test('30: kinds and reminders are decided at once, seen by the second operator, and taken back', async ({
  page,
  browser,
  agent,
}) => {
  const other = await secondOperator(browser, agent.process)
  for (const one of [page, other]) {
    await one.goto(agent.at('notifications', { show: 'when' }))
    await expect(one.getByRole('switch', { name: 'Dataset at risk' })).toBeEnabled()
  }
  await page.getByRole('switch', { name: 'Dataset at risk' }).click()
  await expect.poll(async () => (await settingsOf(agent))?.kinds['at_risk']).toBe(true)
  await expect(other.getByRole('switch', { name: 'Dataset at risk' })).toBeChecked()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await settingsOf(agent))?.kinds['at_risk']).toBe(false)
  await expect(other.getByRole('switch', { name: 'Dataset at risk' })).not.toBeChecked()
  await page.getByRole('combobox', { name: 'Remind of what stays open' }).click()
  await page.getByRole('option', { name: 'Every 4 h' }).click()
  await expect.poll(async () => (await settingsOf(agent))?.remind_every_minutes).toBe(240)
  await other.context().close()
})

test('32: quiet hours are edited as a whole; what another operator decides beside them stays, the same is a conflict', async ({
  page,
  agent,
  complaints,
}) => {
  await page.goto(agent.at('notifications', { show: 'when' }))
  const form = page.getByRole('form', { name: 'Quiet hours' })
  await form.getByRole('switch', { name: 'Quiet hours' }).check()
  await form.getByLabel('From').fill('21:30')
  await form.getByRole('checkbox', { name: 'Sunday' }).uncheck()
  // Beside them: a kind.
  await agent.sql.query(
    `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"at_risk": true}', 'ann')`,
    [agent.organizationId],
  )
  await expect(page.getByRole('switch', { name: 'Dataset at risk' })).toBeChecked()
  await form.getByRole('button', { name: 'Save quiet hours' }).click()
  await expect
    .poll(() => settingsOf(agent))
    .toMatchObject({ kinds: { at_risk: true }, quiet_hours: { from: '21:30', to: '07:00', days: [1, 2, 3, 4, 5, 6] } })

  await expect(form.getByRole('button', { name: 'Save quiet hours' })).toBeHidden()
  await form.getByLabel('To').fill('06:00')
  await agent.sql.query(
    `update notification_settings set quiet_hours = jsonb_set(quiet_hours, '{to}', '"08:15"'), changed_by = 'bob',
       changed_at = now() + interval '1 s' where organization_id = $1`,
    [agent.organizationId],
  )
  await form.getByRole('button', { name: 'Save quiet hours' }).click()
  const conflict = page.getByRole('alert', { name: 'Conflict' })
  await expect(conflict).toContainText('to 08:15')
  await expect(conflict).toContainText('to 06:00')
  await conflict.getByRole('button', { name: 'Take theirs' }).click()
  await expect(form.getByLabel('To')).toHaveValue('08:15')
  expect(await settingsOf(agent)).toMatchObject({ quiet_hours: { to: '08:15' } })
  complaints.length = 0
})

test('32: “Mute…” of an incident fills in a rule, counts what it covers, and the rule can be taken back and removed', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  for (const dataset of ['orders', 'stock']) await addStatus(agent, brandId, dataset, { ageHours: 900 })
  await page.goto(agent.at('incidents'))
  await page.getByRole('button', { name: /^Actions for Stale dataset: Orders/ }).click()
  await page.getByRole('menuitem', { name: 'Mute…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Mute' })
  await expect(dialog).toContainText('Keeps 1 open incident quiet now')
  await expect(dialog.getByRole('combobox', { name: 'Brand' })).toHaveValue('Acme')
  await dialog.getByRole('combobox', { name: 'Dataset' }).click()
  await page.getByRole('option', { name: 'Any dataset' }).click()
  await expect(dialog).toContainText('Keeps 2 open incidents quiet now')
  await expectAccessible(page, 'the form of a mute rule')
  await dialog.getByLabel('Reason').fill('The shop moves.')
  await dialog.getByRole('button', { name: 'Mute', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('row', { name: /Orders of Acme is stale/ })).toContainText('Open, muted')
  expect(await mutesOf(agent)).toMatchObject([
    { kind: 'dataset_stale', dataset_key: null, note: 'The shop moves.', until: null },
  ])

  await page.goto(agent.at('notifications', { show: 'mutes' }))
  const rule = page.getByRole('row', { name: /Stale dataset, of Acme/ })
  await expect(rule).toContainText('2')
  await rule.getByRole('button', { name: /^Remove the rule/ }).click()
  await expect(page.getByText('No rule keeps anything quiet')).toBeVisible()
  expect(await mutesOf(agent)).toEqual([])
  await page.getByRole('button', { name: 'Undo: add it again' }).click()
  await expect(rule).toBeVisible()
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await expect(dialog).toContainText('This is everything')
})

test('whoever may only read sees everything, and why nothing can be changed', async ({ browser, agent }) => {
  await addRoute(agent)
  const printed = await agent.process.pm('token', 'create', '--name', 'reader', '--scope', 'read', '--json')
  // What the command prints has this shape; the test fails below where it has not.
  const { token } = JSON.parse(printed) as { token: { text: string } }
  const context = await browser.newContext()
  await context.request.post(`${agent.url}/session`, { data: { token: token.text } })
  const page = await context.newPage()
  for (const show of ['channels', 'when', 'mutes']) {
    await page.goto(agent.at('notifications', { show }))
    await expect(page.getByText('You may only read here; this takes the scope "operate".')).toBeVisible()
    await expect(
      page
        .getByRole('main')
        .getByRole('switch')
        .or(page.getByRole('button', { name: 'Add a rule' }))
        .first(),
    ).toBeDisabled()
  }
  await page.goto(agent.at('notifications', { show: 'deliveries' }))
  await expect(page.getByText('Nothing has been told yet')).toBeVisible()
  await context.close()
})

for (const show of ['channels', 'when', 'mutes', 'deliveries']) {
  test(`axe, and nothing wider than the window: notifications, ${show}`, async ({ page, agent }) => {
    const { acme } = await addShops(agent)
    await addRoute(agent)
    await agent.sql.query(
      `insert into mute_rules (organization_id, brand_id, dataset_key, note, created_by) values ($1, $2, 'orders', $3, 'ann')`,
      [agent.organizationId, acme, 'moving '.repeat(60)],
    )
    await agent.sql.query(
      `insert into notifications (organization_id, channel, state, title, failure, answer, attempts, ended_at, next_try_at)
       values ($1, 'desktop', 'failed', 'Stale dataset: orders of Acme', 'It answered 404.', $2, 3, now(), null)`,
      [agent.organizationId, 'x'.repeat(400)],
    )
    await page.goto(agent.at('notifications', { show }))
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
    await expectAccessible(page, `notifications, ${show}`)
    for (const width of [1440, 390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      expect(await overflow(page), `${show} at ${width}`).toBe(0)
    }
  })
}
