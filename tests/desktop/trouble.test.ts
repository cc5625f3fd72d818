/** The built main bundle where something is wrong: a clear word, nothing lost, no loop. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { waitFor } from '../support/wait.ts'
import { buildDesktop, projectFolder, startDesktop } from './support/desktop-under-test.ts'

const canary = 'canary-7d41'

beforeAll(() => buildDesktop(), 240_000)

const settingsFolder = (folder: string): string => join(folder, 'Pipeline Manager', 'desktop')

test('an agent that throws at its start is told with what to do, is not started again by itself, and can be after it is mended', async () => {
  await using folder = await temporaryFolder()
  const catalog = join(folder.path, 'pipeline-manager.yaml')
  await writeFile(catalog, 'extends: nobody\n', { mode: 0o600 })
  await using desktop = await startDesktop({ folder: folder.path, argv: [`--config=${catalog}`] })
  const client = await desktop.desktop()
  const failed = await waitFor(
    async () => {
      const status = await client.save({})
      return status.agent === 'failed' ? status : null
    },
    { describe: 'the failure' },
  )
  expect(failed.problem?.message).toContain('extends')
  expect(failed.generation).toBe(0)
  expect((await desktop.state()).tray?.tooltip).toContain('extends')
  expect((await desktop.state()).seen.errorBoxes).toEqual([])
  expect((await client.copyDiagnostics()).text).toContain('Agent: failed')
  await writeFile(catalog, 'extends: none\n', { mode: 0o600 })
  await client.restart()
  await waitFor(async () => (await client.status()).agent === 'serving', { timeoutMs: 60_000, describe: 'the agent' })
}, 120_000)

test('a corrupt settings file is set aside and told; nothing runs until somebody has decided anew', async () => {
  await using folder = await temporaryFolder()
  await mkdir(settingsFolder(folder.path), { recursive: true })
  await writeFile(join(settingsFolder(folder.path), 'settings.json'), '{"isSetUp": tru')
  await using desktop = await startDesktop({ folder: folder.path })
  const client = await desktop.desktop()
  const status = await client.status()
  expect(status).toMatchObject({ agent: 'setup', settings: { isSetUp: false } })
  expect(status.notices.join()).toContain('settings.json')
  expect((await readdir(settingsFolder(folder.path))).some((name) => name.startsWith('settings.json.corrupt-'))).toBe(
    true,
  )
})

test.each([
  ['a wrong host', `postgresql://ops:${canary}@no-such-host.invalid/ops`, /no address|cannot be reached/],
  ['a port where nobody listens', `postgresql://ops:${canary}@127.0.0.1:1/ops`, /Nothing answers at 127\.0\.0\.1:1/],
  ['what is no URL', `mysql://ops:${canary}@db/ops`, /must start with postgres/],
  ['a password that is not encoded', `postgresql://ops:${canary}/x@db/ops`, /cannot be read/],
])('input 1: %s is said precisely, without the password', async (_what, url, words) => {
  await using desktop = await startDesktop()
  const client = await desktop.desktop()
  const answer = await client.testDatabase({ url })
  expect(answer).toMatchObject({ ok: false })
  expect(JSON.stringify(answer)).toMatch(words)
  expect(JSON.stringify(answer)).not.toContain(canary)
})

test('a database that is away: the console answers, the tray says so, and the secret stands nowhere', async () => {
  await using desktop = await startDesktop()
  const url = `postgresql://ops:${canary}@127.0.0.1:1/ops`
  const client = await desktop.setUp({ database: 'external', databaseUrl: { url, keep: 'stored' } })
  const { tray } = await waitFor(
    async () => {
      const state = await desktop.state()
      return state.tray?.icon.endsWith('tray-offline.png') === true && state.tray.tooltip.includes('127.0.0.1:1')
        ? state
        : null
    },
    { describe: 'the tray to say that it is offline' },
  )
  expect(tray?.tooltip).toContain('Without the database')
  const console = await desktop.console()
  await expect(console.session.get()).rejects.toMatchObject({ status: 503 })
  const { text } = await client.copyDiagnostics()
  expect(text).toContain('postgresql://ops:***@127.0.0.1:1/ops')
  expect(await everythingIn(desktop.folder)).not.toContain(canary)
  expect(JSON.stringify([await client.status(), text, await desktop.state(), desktop.output])).not.toContain(canary)
}, 60_000)

async function everythingIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
}

test('an error that nobody caught is told once, and ends the program in good order', async () => {
  await using desktop = await startDesktop()
  await desktop.ask('throwLater')
  expect(await desktop.exited).toBe(1)
  const log = await readFile(join(settingsFolder(desktop.folder), 'logs/desktop.log'), 'utf8')
  expect(log).toContain('nobody catches this')
})

test('a second start hands its link over and ends', async () => {
  await using desktop = await startDesktop({ environment: { FAKE_ELECTRON_SECOND: '1' } })
  expect(await desktop.exited).toBe(0)
})

test('a page that dies twice is closed, and without a tray the program ends in good order', async () => {
  await using desktop = await startDesktop()
  await desktop.ask('pageDies')
  expect((await desktop.state()).windows[0]?.reloads).toBe(1)
  await desktop.ask('pageDies')
  expect(await desktop.exited).toBe(0)
})

test('do not disturb holds notifications back, and a system that refuses them says why', async () => {
  await using desktop = await startDesktop()
  const client = await desktop.desktop()
  expect(await client.testNotification()).toEqual({ failure: null })
  await desktop.ask('machine', { notificationRefusal: 'not signed' })
  expect(await client.testNotification()).toEqual({ failure: 'The system refused it: not signed' })
  expect((await client.status()).notificationFailure).toContain('not signed')
  expect((await client.setDoNotDisturb({ minutes: 60 })).doNotDisturbUntil).toBeInstanceOf(Date)
  expect((await client.setDoNotDisturb({ minutes: 0 })).doNotDisturbUntil).toBeNull()
})

test('what runs here is chosen in a dialog of the system; a page cannot name a file', async () => {
  await using folder = await temporaryFolder()
  const catalog = join(folder.path, 'mine.yaml')
  await writeFile(
    catalog,
    'extends: none\njob_types:\n  mine: { label: Mine, steps: [{ key: x, run: { command: [node, -v] } }] }\n',
    {
      mode: 0o600,
    },
  )
  await using desktop = await startDesktop()
  const client = await desktop.desktop()
  await expect(client.save({ catalogFile: '/etc/evil.yaml' } as object)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  expect((await client.chooseCatalog({ from: 'dialog' })).settings.catalogFile).toBeNull()
  await desktop.ask('machine', { chosenFile: catalog })
  expect((await client.chooseCatalog({ from: 'dialog' })).settings.catalogFile).toBe(catalog)
  await waitFor(async () => (await client.status()).jobTypes.includes('mine'), {
    describe: 'the job types of the file',
  })
  expect((await client.chooseCatalog({ from: 'built_in' })).settings.catalogFile).toBeNull()
})

test('a tray that comes after the program is found when the window is closed, and one that has gone is not hidden to', async () => {
  await using folder = await temporaryFolder()
  const answer = join(folder.path, 'answer')
  await writeFile(answer, '(false,)')
  await writeFile(join(folder.path, 'gdbus'), `#!/bin/sh\ncat '${answer}'\n`, { mode: 0o700 })
  await using desktop = await startDesktop({
    environment: { PATH: `${folder.path}:${process.env['PATH'] ?? ''}` },
  })
  const client = await desktop.desktop()
  expect((await client.status()).hasTray).toBe(false)
  await writeFile(answer, '(true,)')
  await desktop.ask('closeWindow')
  await waitFor(async () => (await client.status()).hasTray, { describe: 'the tray to be seen' })
  expect((await desktop.state()).windows).toMatchObject([{ isShown: false, isGone: false }])
  await desktop.ask('emit', 'app', 'second-instance', ['program'], '/', { link: null })
  expect((await desktop.state()).windows).toMatchObject([{ isShown: true }])
  await writeFile(answer, '(false,)')
  await desktop.ask('closeWindow')
  expect(await desktop.exited).toBe(0)
})

test('starting at login is what the system says, also after a restart and when its entry was removed there', async () => {
  await using folder = await temporaryFolder()
  const entry = join(folder.path, 'autostart/pipeline-manager.desktop')
  const start = () => startDesktop({ folder: folder.path, environment: { XDG_CONFIG_HOME: folder.path } })
  {
    await using desktop = await start()
    const client = await desktop.setUp({ work: 'watch', startAtLogin: true })
    expect(await readFile(entry, 'utf8')).toContain(`"${projectFolder}" "--node=${process.execPath}" --at-login`)
    expect(await client.status()).toMatchObject({ loginState: 'enabled', settings: { startAtLogin: true } })
  }
  await using desktop = await start()
  const client = await desktop.desktop()
  expect(await client.status()).toMatchObject({ loginState: 'enabled', settings: { startAtLogin: true } })
  await rm(entry)
  expect(await client.status()).toMatchObject({ loginState: 'not-registered', settings: { startAtLogin: false } })
  await client.save({ startAtLogin: true })
  expect(await client.status()).toMatchObject({ loginState: 'enabled' })
}, 120_000)
