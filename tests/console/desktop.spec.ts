/**
 * The console inside the desktop: the built renderer in Chromium, served by the desktop's own app:// handler, with the built preload and a
 * bridge that plays Electron between it and the built main bundle (on the fake of tests/desktop/support/).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { type DesktopUnderTest, projectFolder, startDesktop } from '../desktop/support/desktop-under-test.ts'
import { waitFor } from '../support/wait.ts'
import { expectAccessible } from './support/accessible.ts'
import { overflow } from './support/seed.ts'

const catalog = join(projectFolder, 'tests/desktop/support/pipelines/pipeline-manager.yaml')
/** Stands for app://console, which Chromium alone does not know. */
const origin = 'http://console.test'

/** In the page, before any script of its own: what a preload finds, with ports carried to the desktop and back. */
function electronForPreload(): void {
  interface Carrier {
    desktopConnect(name: string): Promise<number | null>
    desktopPost(id: number, data: unknown): Promise<void>
  }
  const carrier = window as unknown as Carrier
  const listeners = new Map<string, (event: { ports: MessagePort[] }, value: unknown) => void>()
  const ports = new Map<number, MessagePort>()
  const ipcRenderer = {
    on: (channel: string, listener: (event: { ports: MessagePort[] }, value: unknown) => void) =>
      listeners.set(channel, listener),
    send: (_channel: string, name: string) => void connect(name),
  }
  async function connect(name: string): Promise<void> {
    const id = await carrier.desktopConnect(name)
    if (id === null) return
    const { port1, port2 } = new MessageChannel()
    ports.set(id, port1)
    port1.addEventListener('message', ({ data }) => void carrier.desktopPost(id, data))
    port1.start()
    listeners.get('pipeline-manager:port')?.({ ports: [port2] }, name)
  }
  Object.assign(window, {
    require: () => ({
      ipcRenderer,
      contextBridge: { exposeInMainWorld: (name: string, value: object) => Object.assign(window, { [name]: value }) },
    }),
    deliver: (id: number, data: unknown) => ports.get(id)?.postMessage(data),
    closePort: (id: number) => ports.get(id)?.close(),
    openPlace: (place: string) => listeners.get('pipeline-manager:open')?.({ ports: [] }, place),
  })
}

async function openInChromium(context: BrowserContext, desktop: DesktopUnderTest): Promise<Page> {
  const page = await context.newPage()
  await page.route(`${origin}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url())
    const { status, headers, body } = await desktop.ask<{
      status: number
      headers: Record<string, string>
      body: string
    }>('fetch', `app://console${pathname}${search}`)
    await route.fulfill({ status, headers, body: Buffer.from(body, 'base64') })
  })
  const inPage = (name: 'deliver' | 'closePort', id: number, data?: unknown): void => {
    void page
      .evaluate(
        ([call, port, value]) =>
          (window as unknown as Record<string, (...given: unknown[]) => void>)[call]?.(port, value),
        [name, id, data] as const,
      )
      .catch(() => undefined)
  }
  await page.exposeFunction('desktopConnect', async (name: 'console' | 'desktop') => {
    const port = await desktop.port(name)
    port.onMessage((data) => inPage('deliver', port.id, data))
    port.onClose(() => inPage('closePort', port.id))
    return port.id
  })
  await page.exposeFunction('desktopPost', (id: number, data: unknown) => desktop.ask('post', id, data))
  await page.addInitScript(electronForPreload)
  await page.addInitScript(await readFile(join(projectFolder, 'out/preload/preload.cjs'), 'utf8'))
  return page
}

function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  return complaints
}

/** Each test starts a desktop with a database of its own, and is checked for accessibility: a busy machine takes its time. */
test.describe.configure({ timeout: 300_000 })

const small = { width: 390, height: 844 }
const usual = { width: 1440, height: 900 }

test('inputs 1, 33: from the first run to the console, over ports: set up, look, and be led to a place', async ({
  context,
}) => {
  await using desktop = await startDesktop({ argv: [`--config=${catalog}`] })
  const page = await openInChromium(context, desktop)
  const complaints = complaintsOf(page)
  await page.goto(`${origin}/`)
  await expect(page.getByRole('heading', { name: 'Set up this device' })).toBeVisible()
  await expectAccessible(page, 'first run')

  await page.getByRole('radio', { name: 'Your own Postgres' }).check()
  const url = page.getByLabel('URL', { exact: true })
  await url.fill('postgresql://ops:canary-9b3e@127.0.0.1:1/ops')
  await page.getByRole('button', { name: 'Test connection' }).click()
  await expect(page.getByText('Nothing answers at 127.0.0.1:1')).toBeVisible()
  await expect(page.getByText('canary-9b3e')).toHaveCount(0)
  await expectAccessible(page, 'first run, a database that does not answer')
  await page.setViewportSize(small)
  expect(await overflow(page)).toBe(0)
  await page.setViewportSize(usual)

  await page.getByRole('radio', { name: 'Built in' }).check()
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByText('organization', { exact: false }).first()).toBeVisible({ timeout: 60_000 })
  expect((await (await desktop.console()).session.get()).scope).toBe('admin')
  expect(complaints).toEqual([])
})

test('a device that is set up shows its settings in the console, and follows the places it is sent to', async ({
  context,
}) => {
  await using desktop = await startDesktop()
  const client = await desktop.setUp()
  const console = await desktop.console()
  const organization = await waitFor(async () => (await console.session.get()).organizations[0], {
    timeoutMs: 60_000,
    describe: 'the sample',
  })
  const page = await openInChromium(context, desktop)
  const complaints = complaintsOf(page)
  await page.goto(`${origin}/settings`)
  const section = page.getByRole('region', { name: 'This device' })
  await expect(section.getByRole('button', { name: 'Save' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'This program' })).toContainText('Pipeline Manager')
  await expectAccessible(page, 'settings of the device')
  await page.setViewportSize(small)
  expect(await overflow(page)).toBe(0)
  await page.setViewportSize(usual)

  await section.getByRole('switch', { name: 'Only on mains power' }).check()
  await section.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  expect((await client.status()).settings.onlyOnMains).toBe(true)

  await page.getByRole('button', { name: 'Send a test notification' }).click()
  await expect(page.getByText('The system has taken it.')).toBeVisible()
  const tests = (await desktop.state()).notifications.filter(({ title }) => title.startsWith('Test notification'))
  expect(tests).toHaveLength(1)

  await page.evaluate(
    (place) => (window as unknown as { openPlace(place: string): void }).openPlace(place),
    `/o/${organization.id}/schedules`,
  )
  await expect(page.getByRole('link', { name: 'Schedules' })).toHaveAttribute('aria-current', 'page')
  await page.getByRole('button', { name: /^Operator/ }).click()
  await expect(page.getByRole('menuitem', { name: 'Settings' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Sign out' })).toHaveCount(0)
  expect(complaints).toEqual([])
})
