/**
 * The desktop itself, where Electron and a display are: first run, tabs, notification, secrets. It is skipped with its reason elsewhere;
 * CONTRIBUTING.md has what only a person can look at.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, expect, test } from '@playwright/test'
import { findElectron } from '../../electron/electron-program.ts'

const projectFolder = join(import.meta.dirname, '../..')
const program = findElectron(projectFolder, process.env)
const reason = whyNot()
if (reason !== null) console.warn(`The desktop itself is not tested here: ${reason}`)
test.skip(reason !== null, reason ?? '')

function whyNot(): string | null {
  if (program === null) return 'there is no Electron binary: run "npx install-electron", or set ELECTRON_EXEC_PATH.'
  const hasDisplay = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
  return process.platform === 'linux' && !hasDisplay ? 'there is no display: run it under "xvfb-run -a".' : null
}

const canary = 'canary-e1ec'

interface Launched extends AsyncDisposable {
  readonly app: ElectronApplication
  readonly folder: string
}

async function launch(): Promise<Launched> {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-electron-'))
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const app = await _electron.launch({
    executablePath: program ?? '',
    args: [...asRoot, projectFolder, `--data-dir=${join(folder, 'data')}`, `--node=${process.execPath}`],
    // All that a desktop keeps for its user lies below these.
    env: {
      ...stringsOf(process.env),
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      APPDATA: folder,
      PIPELINE_MANAGER_PORT: '0',
    },
  })
  return {
    app,
    folder,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function stringsOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

test('first run, tabs, and a page without Node', async () => {
  await using launched = await launch()
  const page = await launched.app.firstWindow()
  await expect(page.getByRole('heading', { name: 'Set up this device' })).toBeVisible()
  expect(page.url()).toMatch(/^app:\/\/console\//)
  expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([])
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByRole('link', { name: 'Schedules' })).toBeVisible({ timeout: 60_000 })
  for (const tab of ['Schedules', 'Active jobs', 'Run history', 'Freshness matrix', 'Health']) {
    await page.getByRole('link', { name: tab }).click()
    await expect(page.getByRole('link', { name: tab })).toHaveAttribute('aria-current', 'page')
  }
})

test('a click on a notification opens its place', async () => {
  await using launched = await launch()
  const page = await launched.app.firstWindow()
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByRole('link', { name: 'Schedules' })).toBeVisible({ timeout: 60_000 })
  // The system may show nothing on a test machine; what a click does is the program's.
  await launched.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.send('pipeline-manager:open', '/settings')
  })
  await expect(page).toHaveURL(/\/settings$/)
})

test('a secret goes in, and is nowhere afterwards', async () => {
  await using launched = await launch()
  const page = await launched.app.firstWindow()
  await page.getByRole('radio', { name: 'Your own Postgres' }).check()
  await page.getByLabel('URL', { exact: true }).fill(`postgresql://ops:${canary}@127.0.0.1:1/ops`)
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByText('Waiting for the database')).toBeVisible({ timeout: 60_000 })
  expect(await page.content()).not.toContain(canary)
  const files = (await readdir(launched.folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  for (const { parentPath, name } of files)
    expect(await readFile(join(parentPath, name), 'latin1'), name).not.toContain(canary)
})
