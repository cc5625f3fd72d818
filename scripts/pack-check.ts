/**
 * Packs the desktop around a stub instead of Electron, and looks at what would be shipped: `npm run pack:check`. It lists the archive, extracts it,
 * boots the agent out of it with its own database, and reads the configuration back. It does not show that Electron starts it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { extractAll, listPackage } from '@electron/asar'
import { build, type Configuration, Platform } from 'electron-builder'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '..')

/** What has to be in it, and what must not. */
const required = [
  'package.json',
  'out/main/main.js',
  'out/main/agent.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  'out/icons/icon.png',
  'out/icons/tray-problems.png',
  'out/icons/tray-problemsTemplate@2x.png',
  'node_modules/pg/package.json',
]
const foldersOfOurs = new Set(['out', 'migrations', 'node_modules', 'package.json'])
const forbidden = [
  /^node_modules\/(electron|electron-builder|vite|vitest|typescript|react|@mantine|playwright)\//,
  /\.(map|pem|key|env)$/,
  /(^|\/)\.(env|npmrc|git)/,
  /^node_modules\/better-sqlite3\/(deps|src)\//,
]

export async function readConfiguration(): Promise<Configuration> {
  return parse(await readFile(join(root, 'electron-builder.yml'), 'utf8')) as Configuration
}

/** Paths in the archive that should not be there, and those that should and are not. */
export function faultsOf(names: readonly string[]): string[] {
  const missing = required.filter((name) => !names.includes(name)).map((name) => `${name} is missing`)
  const isForeign = (name: string): boolean => !foldersOfOurs.has(name.split('/')[0] ?? '')
  const unwanted = names.filter((name) => isForeign(name) || forbidden.some((pattern) => pattern.test(name)))
  const migrations = names.some((name) => /^migrations\/.+\.sql$/.test(name)) ? [] : ['there are no migrations']
  return [...missing, ...migrations, ...unwanted.map((name) => `${name} does not belong there`)]
}

async function pack(folder: string): Promise<string> {
  const stub = join(folder, 'stub')
  await mkdir(stub)
  await writeFile(join(stub, 'electron'), '#!/bin/sh\n')
  await chmod(join(stub, 'electron'), 0o755)
  const config: Configuration = {
    ...(await readConfiguration()),
    electronDist: stub,
    directories: { output: join(folder, 'app'), buildResources: 'out/icons' },
    // They are in the executable, and the stub has none of it; a test reads them in the configuration.
    electronFuses: null,
  }
  await build({ targets: Platform.LINUX.createTarget('dir'), config, projectDir: root, publish: 'never' })
  return join(folder, 'app', 'linux-unpacked', 'resources')
}

/** Starts the agent out of the extracted archive and waits until it works. @throws Error with what it said. */
async function boot(program: string, folder: string): Promise<string> {
  const child = spawn(process.execPath, [join(program, 'out/main/agent.js'), 'agent', '--port', '0'], {
    cwd: folder,
    env: { ...process.env, PIPELINE_MANAGER_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const said: string[] = []
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line)
      if (line.includes('running with')) return line
    }
    throw new Error(`The agent ended before it worked:\n${said.join('\n')}`)
  } finally {
    child.kill('SIGTERM')
    child.stdout.resume()
    await exited
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-pack-'))
  // The embedded server may run as another user, who must be able to pass through.
  await chmod(folder, 0o711)
  try {
    const resources = await pack(folder)
    const archive = join(resources, 'app.asar')
    const names = listPackage(archive, { isPack: false }).map((name) => name.replaceAll('\\', '/').replace(/^\//, ''))
    const faults = faultsOf(names)
    for (const fault of faults) console.error(fault)
    console.log(`${names.length} entries in the archive, ${faults.length} of them wrong.`)
    if (faults.length > 0) process.exitCode = 1
    const program = join(folder, 'extracted')
    extractAll(archive, program)
    await chmod(program, 0o755)
    console.log(await boot(program, folder))
    console.log('The agent works out of the archive, with its own database. Electron itself was not there to start.')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) await main()
