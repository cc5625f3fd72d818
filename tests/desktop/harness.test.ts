/** The built main bundle on the fake of Electron, with a real embedded Postgres: what the desktop does, whole. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorName } from '../../agent/application/operator-name.ts'
import { type EmbeddedDatabase, openEmbedded } from '../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../shared/clock.ts'
import { addJob, addRun, only } from '../support/job-rows.ts'
import { waitFor } from '../support/wait.ts'
import {
  buildDesktop,
  type ConsoleClient,
  type DesktopClient,
  type DesktopSeen,
  type DesktopUnderTest,
  projectFolder,
  startDesktop,
  type WindowSeen,
} from './support/desktop-under-test.ts'

const catalog = join(import.meta.dirname, 'support/pipelines/pipeline-manager.yaml')

let desktop: DesktopUnderTest
let settings: DesktopClient
let client: ConsoleClient
let server: EmbeddedDatabase
let sql: pg.Client
let organizationId: string
let brandId: string

beforeAll(async () => {
  await buildDesktop()
  desktop = await startDesktop({ argv: [`--config=${catalog}`] })
  settings = await desktop.desktop()
}, 240_000)
afterAll(async () => {
  await sql.end()
  await server.close()
  await desktop[Symbol.asyncDispose]()
}, 120_000)

async function onlyWindow(): Promise<WindowSeen> {
  return only((await desktop.state()).windows.filter(({ isGone }) => !isGone))
}

function called({ seen }: DesktopSeen, name: string): readonly unknown[][] {
  return seen.calls.filter((call) => call.name === name).map((call) => [...call.arguments])
}

async function placesAsked(): Promise<unknown[]> {
  return (await onlyWindow()).sent.map(({ value }) => value)
}

async function runStatus(jobId: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ status: string }>(
    'select status from scheduled_job_runs where scheduled_job_id = $1 order by created_at desc limit 1',
    [jobId],
  )
  return rows[0]?.status
}

test('nothing runs before somebody has set the device up', async () => {
  const status = await settings.status()
  expect(status).toMatchObject({ agent: 'setup', hasDatabaseUrl: false, protection: 'system', notices: [] })
  expect((await desktop.state()).tray?.tooltip).toContain('Not set up yet')
  expect(await readdir(desktop.folder)).not.toContain('data')
})

test('points 2, 3, 4, 6, 8 to 12: the window has a sandbox, an isolated world, no Node, and nothing that is unsafe', async () => {
  const state = await desktop.state()
  expect(called(state, 'enableSandbox')).toHaveLength(1)
  expect((await onlyWindow()).options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  })
  expect(await desktop.ask('pageEvent', 'will-attach-webview', 'app://console/')).toBe(true)
})

test('points 1, 7 and 18: the console comes from app://, whole, under a content policy without a way around it', async () => {
  const state = await desktop.state()
  const [schemes] = only([...called(state, 'registerSchemesAsPrivileged')])
  expect(schemes).toEqual([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
  expect((await onlyWindow()).url).toBe('app://console/')
  const page = await desktop.ask<Answer>('fetch', 'app://console/o/some/health?brand=1')
  expect(page.status).toBe(200)
  const html = Buffer.from(page.body, 'base64').toString('utf8')
  expect(html).toBe(await readFile(join(projectFolder, 'out/renderer/index.html'), 'utf8'))
  const policy = page.headers['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/)
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? ''
  const part = await desktop.ask<Answer>('fetch', `app://console${script}`)
  expect(part.status).toBe(200)
  expect(part.headers['content-type']).toContain('text/javascript')
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

test.each([
  'app://console/assets/..%2f..%2fmain%2fmain.js',
  'app://console/assets/%2e%2e/%2e%2e/package.json',
  'app://console/assets/..%5c..%5cpackage.json',
  'app://console/assets/%00.js',
  'app://console/assets/%zz.js',
  'app://console/assets/none.js',
  'app://console/package.json',
  'app://other/index.html',
])('point 18: %s leads nowhere', async (address) => {
  const { status, body } = await desktop.ask<Answer>('fetch', address)
  expect([400, 404]).toContain(status)
  expect(body).toBe('')
})

test('point 5: pages may copy, and nothing else', async () => {
  const asked = (permission: string, address: string): Promise<unknown> => desktop.ask('mayAsk', permission, address)
  const none = { request: false, check: false }
  expect(await asked('clipboard-sanitized-write', 'app://console/')).toEqual({ request: true, check: true })
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fullscreen'])
    expect(await asked(permission, 'app://console/')).toEqual(none)
  expect(await asked('clipboard-sanitized-write', 'https://console.example.com/')).toEqual(none)
})

test('points 13 to 15: the page stays, opens no window, and only known https hosts reach the browser', async () => {
  for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
    expect(await desktop.ask('pageEvent', event, 'app://console/settings')).toBe(false)
    for (const address of ['https://example.com/', 'app://console.example.com/', 'file:///etc/passwd', 'javascript:1'])
      expect(await desktop.ask('pageEvent', event, address)).toBe(true)
  }
  for (const address of [
    'http://github.com/',
    'https://github.com.example.com/',
    'https://u:p@github.com/',
    'smb://x/y',
  ])
    expect(await desktop.ask('openWindow', address)).toEqual({ action: 'deny' })
  expect((await desktop.state()).seen.external).toEqual([])
  expect(await desktop.ask('openWindow', 'https://github.com/pipeline-manager')).toEqual({ action: 'deny' })
  expect((await desktop.state()).seen.external).toEqual(['https://github.com/pipeline-manager'])
})

test('point 17: ports are for the topmost frame of our page alone, and for names that there are', async () => {
  expect(await desktop.ask('connect', 'desktop', 'inner frame')).toBeNull()
  expect(await desktop.ask('connect', 'shell', 'page')).toBeNull()
  expect(await desktop.ask('connect', { toString: 'desktop' }, 'page')).toBeNull()
  expect(await desktop.ask('connect', 'desktop', 'stranger')).toBeNull()
})

test('a message that is no call of the contract is refused, and the next one is answered', async () => {
  const unknown = settings as unknown as { secrets: { read: (input: object) => Promise<unknown> } }
  await expect(unknown.secrets.read({})).rejects.toMatchObject({ status: 404 })
  await expect(settings.save({ concurrency: 1_000_000 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await expect(settings.save({ isSetUp: true } as object)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  expect((await settings.status()).agent).toBe('setup')
})

test.each([
  ['of 100 MB', 'postHuge', 100_000_000],
  ['that is no text', 'post', { deep: [1] }],
])('a message %s closes its own port, and nothing else', async (_what, how, given) => {
  const port = await desktop.port('desktop')
  const closed = Promise.withResolvers<null>()
  port.onClose(() => closed.resolve(null))
  await desktop.ask(how, port.id, given)
  await closed.promise
  expect((await settings.status()).agent).toBe('setup')
})

test('a console that asks too early has its port closed', async () => {
  const port = await desktop.port('console')
  const closed = Promise.withResolvers<string>()
  port.onClose(() => closed.resolve('closed'))
  expect(await closed.promise).toBe('closed')
})

test('saying so starts the agent with its own database, and the contract works through the port', async () => {
  await desktop.setUp({ concurrency: 2 })
  client = await desktop.console()
  const session = await waitFor(() => client.session.get(), { timeoutMs: 60_000, describe: 'the database' })
  expect(session).toMatchObject({ scope: 'admin', database: { kind: 'embedded' } })
  expect(session.asOf).toBeInstanceOf(Date)
  server = await openEmbedded({
    dataDirectory: join(desktop.folder, 'data'),
    clock: systemClock,
    onLog: () => undefined,
  })
  sql = new pg.Client({ connectionString: server.url })
  sql.on('error', () => undefined)
  await sql.connect()
  const { rows } = await sql.query<{ organizationId: string; brandId: string }>(
    `with organization as (insert into organizations (name) values ('Example Agency') returning id),
     feature as (
       insert into organization_features (organization_id, feature, enabled) select id, 'PIPELINE_MANAGER', true from organization
     )
     insert into brands (organization_id, name) select id, 'Acme & Sons' from organization
     returning organization_id as "organizationId", id as "brandId"`,
  )
  ;({ organizationId, brandId } = only(rows))
})

test('the tray follows the agent: all is well, in shape and words', async () => {
  const tray = await waitFor(
    async () => {
      const { tray: shown } = await desktop.state()
      return shown?.tooltip.includes('All fresh') === true ? shown : null
    },
    { timeoutMs: 60_000, describe: 'the tray to say that all is fresh' },
  )
  expect(tray.icon).toMatch(/tray-ok\.png$/)
  expect(tray.menu).toEqual(
    expect.arrayContaining([
      'Pause this agent for 1 h',
      'Do not disturb for 1 h',
      'Open console',
      'Quit Pipeline Manager',
    ]),
  )
})

test('N1, N4, input 33: a dataset that goes stale by the clock is one notification, whose click opens exactly its incident', async () => {
  await sql.query(
    `insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     values ($1, 'orders', $2, now() - interval '6 hours' + interval '3 seconds', now(), 'completed')`,
    [brandId, organizationId],
  )
  const told = await waitFor(
    async () => (await desktop.state()).notifications.find(({ title }) => title.includes('orders of Acme')),
    { timeoutMs: 90_000, describe: 'the notification' },
  )
  const { rows } = await sql.query<{ id: string }>(`select id from incidents where kind = 'dataset_stale'`)
  const { id } = only(rows)
  expect(told.id).toBe(`incident:${id}`)
  const at = (await desktop.state()).notifications.findIndex((one) => one.id === told.id)
  await desktop.ask('clickNotification', at)
  expect(await placesAsked()).toEqual([`/incidents/${id}`])
  const tray = await waitFor(
    async () => {
      const { tray: shown } = await desktop.state()
      return shown?.icon.endsWith('tray-problems.png') === true ? shown : null
    },
    { timeoutMs: 60_000, describe: 'the tray to show the problem' },
  )
  expect(tray.tooltip).toContain('1 problem · 1 dataset not fresh')
  expect(tray.menu).toContain('Acme && Sons: 1 stale')
  await desktop.ask('clickTray', 'Orders of Acme')
  expect((await placesAsked()).at(-1)).toBe(`/incidents/${id}`)
  expect((await desktop.state()).notifications.filter((one) => one.title.includes('orders of Acme'))).toHaveLength(1)
}, 120_000)

test('N3: the buttons of a notification acknowledge its incident and put it off, as the person at this device', async () => {
  const { notifications } = await desktop.state()
  const at = notifications.findIndex(({ title }) => title.includes('orders of Acme'))
  const incident = async () => {
    const { rows } = await sql.query<{ acknowledgedBy: string | null; isSnoozed: boolean }>(
      `select acknowledged_by as "acknowledgedBy", coalesce(snoozed_until > now() + interval '50 minutes', false) as "isSnoozed"
       from incidents where kind = 'dataset_stale'`,
    )
    return only(rows)
  }
  await desktop.ask('actNotification', at, 0)
  const acknowledged = async () => (await incident()).acknowledgedBy
  expect(await waitFor(acknowledged, { timeoutMs: 30_000, describe: 'somebody to be on it' })).toBe(operatorName())
  await desktop.ask('actNotification', at, 1)
  const put = waitFor(async () => (await incident()).isSnoozed, { timeoutMs: 30_000, describe: 'it to be put off' })
  await expect(put).resolves.toBe(true)
})

test('J3: asleep it claims nothing; awake it looks at its leases, and then catches up', async () => {
  await desktop.ask('emit', 'power', 'suspend')
  const jobId = await addJob(sql, { job_type: 'quick', brand_id: brandId, name: 'After the sleep' })
  // The agent has heard of it: what it does next, it does after that.
  await client.jobs.counts({ organizationId })
  expect(await runStatus(jobId)).toBeUndefined()
  await desktop.ask('emit', 'power', 'resume')
  await waitFor(async () => (await runStatus(jobId)) === 'completed', { timeoutMs: 60_000, describe: 'the catch-up' })
})

test('paused from the tray it claims nothing, says so, and goes on when it is resumed', async () => {
  await desktop.ask('clickTray', 'Pause this agent')
  expect((await settings.status()).pausedUntil).toBeInstanceOf(Date)
  const jobId = await addJob(sql, { job_type: 'quick', brand_id: brandId, name: 'After the pause' })
  await waitFor(async () => (await desktop.state()).tray?.tooltip.includes('paused until'), { describe: 'the tray' })
  expect(await runStatus(jobId)).toBeUndefined()
  await desktop.ask('clickTray', 'Resume this agent')
  await waitFor(async () => (await runStatus(jobId)) === 'completed', { timeoutMs: 60_000, describe: 'the run' })
})

test('a second start brings the window forward, at its link; a link that is none only brings it forward', async () => {
  const runId = await addRun(sql, await addJob(sql, { job_type: 'nobody', brand_id: brandId }), { status: 'completed' })
  const second = (link: unknown): Promise<unknown> =>
    desktop.ask('emit', 'app', 'second-instance', ['program'], '/', { link })
  await second(`pipeline-manager://run/${runId}`)
  expect((await placesAsked()).at(-1)).toBe(`/runs/${runId}`)
  const before = (await placesAsked()).length
  for (const link of ['pipeline-manager://run/../../x', 'pipeline-manager://run/javascript:1', 'https://x', 7, null])
    await second(link)
  expect(await placesAsked()).toHaveLength(before)
  await desktop.ask('emit', 'app', 'open-url', `pipeline-manager://brand/${brandId}`)
  expect((await placesAsked()).at(-1)).toBe(`/brands/${brandId}`)
})

test('a page that dies is loaded once more; one that dies again is left alone', async () => {
  await desktop.ask('pageDies')
  expect((await onlyWindow()).reloads).toBe(1)
})

test('diagnostics say what runs, without any secret', async () => {
  const { text } = await settings.copyDiagnostics()
  expect(text).toContain('Agent: serving')
  expect(text).toContain('Way to it: up')
  expect(text).not.toContain(new URL(server.url).password)
  expect((await desktop.state()).seen.clipboard).toBe(text)
})

test('quit with work in flight gives it back, stops everything, and ends with 0', async () => {
  const jobId = await addJob(sql, { job_type: 'endless', brand_id: brandId, name: 'Endless' })
  await waitFor(async () => (await runStatus(jobId)) === 'running', { timeoutMs: 60_000, describe: 'the run' })
  await desktop.ask('clickTray', 'Quit')
  expect(await desktop.exited).toBe(0)
  const { rows } = await sql.query<{ status: string; problem: string; left: string }>(
    `select status, problem, (select count(*) from scheduled_job_runs where status = 'running' and agent_id is not null) as left
     from scheduled_job_runs where scheduled_job_id = $1`,
    [jobId],
  )
  expect(only(rows)).toEqual({ status: 'cancelled', problem: 'released', left: '0' })
})
