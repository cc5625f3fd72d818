import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoginItemSettings, SafeStorage } from 'electron'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Credentials } from '../../../electron/credentials.ts'
import { DeviceSettings } from '../../../electron/device-settings.ts'
import { LogFile } from '../../../electron/log-file.ts'
import {
  autostartEntry,
  isRegistered,
  type LoginStartOptions,
  loginState,
  setLoginStart,
} from '../../../electron/login-start.ts'
import { boundsFor, usualState } from '../../../electron/window-state.ts'
import { systemClock } from '../../../shared/clock.ts'
import { usualSettings } from '../../../shared/desktop/settings.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let folder: TemporaryFolder
const notices: string[] = []
const onNotice = (message: string): unknown => notices.push(message)

beforeEach(async () => {
  folder = await temporaryFolder()
  notices.length = 0
})
afterEach(() => folder.remove())

const canary = 'postgresql://ops:canary-5f2c@db.example.com/ops'

function open(storage: Partial<SafeStorage> = {}, platform: NodeJS.Platform = 'darwin') {
  const safeStorage = {
    isAsyncEncryptionAvailable: async () => true,
    encryptStringAsync: async (text: string) => Buffer.from(text).map((byte) => byte ^ 1) as Buffer,
    decryptStringAsync: async (bytes: Buffer) => ({
      result: Buffer.from(bytes.map((byte) => byte ^ 1)).toString(),
      shouldReEncrypt: false,
    }),
    getSelectedStorageBackend: () => 'gnome_libsecret' as const,
    setUsePlainTextEncryption: () => undefined,
    ...storage,
  }
  const path = join(folder.path, 'credentials.json')
  const credentials = new Credentials({ path, safeStorage, platform, clock: systemClock, onNotice })
  const settings = new DeviceSettings({
    path: join(folder.path, 'settings.json'),
    credentials,
    clock: systemClock,
    onNotice,
  })
  return { credentials, settings }
}

async function everything(): Promise<string> {
  const names = await readdir(folder.path)
  return (await Promise.all(names.map((name) => readFile(join(folder.path, name), 'utf8')))).join('\n')
}

test('settings are kept whole, for their user alone, and say whether the agent has to be started anew', async () => {
  const { settings } = open()
  expect(settings.value).toEqual(usualSettings)
  expect(await settings.change({})).toBe(true)
  expect(await settings.change({ startAtLogin: true, favourites: [] })).toBe(false)
  expect(await settings.change({ concurrency: 5 })).toBe(true)
  expect(open().settings.value).toMatchObject({ isSetUp: true, concurrency: 5, startAtLogin: true })
  expect((await stat(join(folder.path, 'settings.json'))).mode & 0o777).toBe(0o600)
})

test.each(['{ not json', '', '[]', '{"version":1}', '{"version":2}', '\u0000\u0000\u0000'])(
  'a corrupt settings file is set aside, told once, and nothing is lost: %j',
  async (content) => {
    await writeFile(join(folder.path, 'settings.json'), content)
    expect(open().settings.value).toEqual(usualSettings)
    expect(notices).toHaveLength(1)
    const aside = (await readdir(folder.path)).find((name) => name.startsWith('settings.json.corrupt-'))
    expect(await readFile(join(folder.path, aside ?? ''), 'utf8')).toBe(content)
  },
)

test('a disk that takes nothing changes nothing, and says so', async () => {
  const { settings } = open()
  await settings.change({ concurrency: 3 })
  const blocked = join(folder.path, 'blocked')
  await writeFile(blocked, '')
  const { credentials } = open()
  const other = new DeviceSettings({ path: join(blocked, 'settings.json'), credentials, clock: systemClock, onNotice })
  await expect(other.change({ concurrency: 4 })).rejects.toMatchObject({ code: 'unavailable' })
  expect(other.value).toEqual(usualSettings)
  expect(open().settings.value.concurrency).toBe(3)
})

test('a secret is kept by the system, comes back after a restart, and stands nowhere in the open', async () => {
  const { settings } = open()
  await settings.change({ database: 'external', databaseUrl: { url: canary, keep: 'stored' } })
  expect(await everything()).not.toContain('canary-5f2c')
  const { credentials } = open()
  expect(credentials.has('database_url')).toBe(true)
  expect(await credentials.read('database_url')).toBe(canary)
})

test('for this session only it is in no file, and gone afterwards', async () => {
  const { settings, credentials } = open()
  await settings.change({ database: 'external', databaseUrl: { url: canary, keep: 'stored' } })
  await settings.change({ database: 'external', databaseUrl: { url: `${canary}2`, keep: 'session' } })
  expect(await credentials.read('database_url')).toBe(`${canary}2`)
  expect(open().credentials.has('database_url')).toBe(false)
})

test('a Linux without a keyring is said to protect nothing; a system without any is refused', async () => {
  expect(await open({ getSelectedStorageBackend: () => 'basic_text' }, 'linux').credentials.protection()).toBe('none')
  const known = { encryptStringAsync: async (text: string) => Buffer.from(`v10${text}`) }
  expect(await open(known, 'linux').credentials.protection()).toBe('none')
  const own = { encryptStringAsync: async (text: string) => Buffer.from(`v11${text}`) }
  expect(await open(own, 'linux').credentials.protection()).toBe('system')
  const { credentials, settings } = open({ isAsyncEncryptionAvailable: async () => false })
  expect(await credentials.protection()).toBe('unavailable')
  const change = { database: 'external', databaseUrl: { url: canary, keep: 'stored' } } as const
  await expect(settings.change(change)).rejects.toMatchObject({ code: 'unavailable' })
  expect(settings.value.isSetUp).toBe(false)
})

test('two users of one laptop: what another user’s keyring has encrypted is told, and asked for again', async () => {
  await open().settings.change({ database: 'external', databaseUrl: { url: canary, keep: 'stored' } })
  const { credentials } = open({ decryptStringAsync: async () => Promise.reject(new Error('wrong key')) })
  expect(await credentials.read('database_url')).toBeNull()
  expect(notices[0]).toContain('enter it again')
})

test('what the system wants encrypted anew is', async () => {
  await open().settings.change({ database: 'external', databaseUrl: { url: canary, keep: 'stored' } })
  const file = join(folder.path, 'credentials.json')
  const before = await readFile(file, 'utf8')
  const { credentials } = open({
    decryptStringAsync: async () => ({ result: canary, shouldReEncrypt: true }),
    encryptStringAsync: async () => Buffer.from('newly encrypted'),
  })
  expect(await credentials.read('database_url')).toBe(canary)
  expect(await readFile(file, 'utf8')).not.toBe(before)
})

test.each(['not a url', 'mysql://u:p@h/d', 'postgresql://user:p/ss@host/db', ''])(
  'a URL that is none is refused before anything is kept: %j',
  async (url) => {
    const { settings } = open()
    const change = { database: 'external', databaseUrl: { url, keep: 'stored' } } as const
    await expect(settings.change(change)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await readdir(folder.path)).toEqual([])
  },
)

test('an own database without a URL is refused', async () => {
  await expect(open().settings.change({ database: 'external' })).rejects.toMatchObject({ field: 'databaseUrl' })
})

function atLogin(given: Partial<LoginStartOptions> & { readonly says?: Partial<LoginItemSettings> }) {
  const set: object[] = []
  const asked: object[] = []
  const { says = {}, ...options } = given
  const app = {
    isPackaged: true,
    setLoginItemSettings: (settings: object) => void set.push(settings),
    getLoginItemSettings: (settings?: object) => {
      asked.push(settings ?? {})
      return says as LoginItemSettings
    },
    ...options.app,
  }
  const usual = { platform: 'darwin', environment: {}, program: '/opt/Pipeline Manager/pm', parameters: [] } as const
  return { set, asked, options: { ...usual, ...options, app } }
}

const clone = { isPackaged: false } as LoginStartOptions['app']
const opened = ['/home/ops/my clone', '--node=/usr/bin/node']

test('Linux starts at login by a file of its own, which quotes what it has to, and is asked whether it still does', async () => {
  const config = join(folder.path, 'config')
  const { options } = atLogin({ platform: 'linux', environment: { XDG_CONFIG_HOME: config } })
  const file = join(config, 'autostart/pipeline-manager.desktop')
  expect(loginState(options)).toBe('not-registered')
  setLoginStart(true, options)
  expect(await readFile(file, 'utf8')).toContain('Exec="/opt/Pipeline Manager/pm" --at-login\n')
  expect(loginState(options)).toBe('enabled')
  await writeFile(file, (await readFile(file, 'utf8')).replace('enabled=true', 'enabled=false'))
  expect(loginState(options)).toBe('not-registered')
  setLoginStart(false, options)
  await expect(stat(file)).rejects.toThrow('ENOENT')
  expect(autostartEntry(['/a"b$c%d'])).toContain('Exec="/a\\\\"b\\\\$c%%d"')
})

test('from a clone, what starts at login is the program and not Electron alone', async () => {
  const linux = atLogin({
    platform: 'linux',
    app: clone,
    program: '/clone/electron',
    parameters: opened,
    environment: { XDG_CONFIG_HOME: folder.path },
  })
  setLoginStart(true, linux.options)
  expect(await readFile(join(folder.path, 'autostart/pipeline-manager.desktop'), 'utf8')).toContain(
    'Exec="/clone/electron" "/home/ops/my clone" "--node=/usr/bin/node" --at-login\n',
  )
  const windows = atLogin({ platform: 'win32', app: clone, parameters: opened })
  setLoginStart(true, windows.options)
  const args = ['"/home/ops/my clone"', '"--node=/usr/bin/node"', '--at-login']
  expect(windows.set).toEqual([{ openAtLogin: true, args }])
  loginState(windows.options)
  expect(windows.asked).toEqual([{ args }])
  const mac = atLogin({ app: clone, parameters: opened })
  expect(() => setLoginStart(true, mac.options)).toThrow('installed programs only')
  setLoginStart(false, mac.options)
  expect(mac.set).toMatchObject([{ openAtLogin: false }])
})

test.each<[NodeJS.Platform, Partial<LoginItemSettings>, string, boolean]>([
  ['darwin', { status: 'requires-approval' }, 'requires-approval', true],
  ['darwin', { status: 'not-found' }, 'not-found', false],
  ['win32', { openAtLogin: false, executableWillLaunchAtLogin: true }, 'not-registered', false],
  ['win32', { openAtLogin: true, executableWillLaunchAtLogin: false }, 'disabled', true],
  ['win32', { openAtLogin: true, executableWillLaunchAtLogin: true }, 'enabled', true],
])('what the system says about starting at login is passed on: %s, %j', (platform, says, state, registered) => {
  const { options, set } = atLogin({ platform, says })
  setLoginStart(true, options)
  expect(set).toEqual([{ openAtLogin: true, args: ['--at-login'] }])
  expect(loginState(options)).toBe(state)
  expect(isRegistered(state)).toBe(registered)
})

test('the window comes back where it was, unless that is on no screen any more', () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }]
  const at = (x: number, y: number) =>
    boundsFor({ bounds: { x, y, width: 1000, height: 700 }, isMaximized: false }, screens)
  expect(at(100, 50)).toEqual({ x: 100, y: 50, width: 1000, height: 700 })
  for (const [x, y] of [
    [5_000, 50],
    [-980, 50],
    [100, -300],
    [100, 1_050],
  ] as const)
    expect(at(x, y)).toEqual({ width: 1280, height: 840 })
  expect(boundsFor(usualState, screens)).toEqual({ width: 1280, height: 840 })
})

test('the newest lines reach into the older half of a log that was just begun anew', async () => {
  const path = join(folder.path, 'desktop.log')
  const entry = { level: 'info', event: 'x', message: 'after' } as const
  await writeFile(path, `${'x'.repeat(5_000_001)}\nbefore\n`)
  const log = new LogFile(path, systemClock)
  log.write(entry)
  expect(log.tail(2)).toEqual(['before', expect.stringContaining('"message":"after"')])
  expect(log.tail(1)).toEqual([expect.stringContaining('"message":"after"')])
})

test('a log that cannot be written stops nothing', async () => {
  const entry = { level: 'info', event: 'x', message: 'one' } as const
  const log = new LogFile(join(folder.path, 'logs/desktop.log'), systemClock)
  log.write(entry)
  log.write({ ...entry, message: 'two' })
  expect(log.tail(1).join()).toContain('"message":"two"')
  await writeFile(join(folder.path, 'file'), '')
  const impossible = new LogFile(join(folder.path, 'file/desktop.log'), systemClock)
  expect(() => impossible.write(entry)).not.toThrow()
  expect(impossible.tail(5)).toEqual([])
})
