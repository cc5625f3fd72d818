/**
 * Builds console, agent and desktop into out/: `npm run build`. With --if-needed only when they are missing or older than their
 * sources: before `npm start` and `npm run agent`, in a process of its own, so that nothing of the builder stays in the agent's.
 * --out names another folder (below the project's, whose packages the bundle needs).
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../shared/clock.ts'
import { describeError } from '../shared/errors.ts'
import { entries, isBuilt, isCurrent, stampName } from './build-state.ts'
import { compressFiles } from './compress-files.ts'

const root = join(import.meta.dirname, '..')
const dayMs = 86_400_000

/**
 * Builds beside `out` and then moves file by file into it, what names the others last: an agent that starts meanwhile finds the old
 * build or the new one, never half of one. Parts of older builds stay for a day: an agent that runs, or a console that is open, may
 * still load some of them.
 */
async function build(out: string): Promise<void> {
  const staging = join(out, `.staging-${process.pid}`)
  const stamp = join(staging, stampName)
  await mkdir(staging, { recursive: true })
  try {
    // What is changed while it is built is newer than this.
    await writeFile(stamp, '')
    const { build: bundle } = await import('electron-vite')
    await bundle({ configFile: join(root, 'electron.vite.config.ts'), logLevel: 'error', build: { outDir: staging } })
    await compressFiles(join(staging, 'renderer'))
    const { makeIcons } = await import('./icons/make-icons.ts')
    await makeIcons(join(staging, 'icons'))
    await moveInto(out, staging)
    await prune(out, (await stat(join(out, stampName))).mtimeMs - dayMs)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function moveInto(out: string, staging: string): Promise<void> {
  const last = [...entries, stampName]
  const parts = (await filesIn(staging)).filter((name) => !last.includes(name))
  for (const name of [...parts, ...last]) {
    await mkdir(dirname(join(out, name)), { recursive: true })
    await rename(join(staging, name), join(out, name))
  }
}

async function prune(out: string, before: number): Promise<void> {
  for (const folder of ['main', 'preload', 'renderer', 'icons']) {
    for (const name of await filesIn(join(out, folder))) {
      const file = join(out, folder, name)
      if ((await stat(file)).mtimeMs < before) await rm(file)
    }
  }
}

/** Paths below the folder, with `/`. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
}

/** Whether what builds is installed; on a server it need not be. */
function canBuild(): boolean {
  try {
    return import.meta.resolve('electron-vite') !== ''
  } catch {
    return false
  }
}

/** On stderr, so that what the agent writes on stdout is the agent's alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'if-needed': { type: 'boolean', default: false }, out: { type: 'string', default: join(root, 'out') } },
  })
  const out = resolve(values.out)
  if (values['if-needed']) {
    if (await isCurrent(root, out)) return
    if (!canBuild() && (await isBuilt(out))) return
  }
  if (!canBuild()) {
    say(
      'There is no build in out/, and what makes one is not installed. Run "npm ci" without --omit=dev, or bring out/ along.',
    )
    process.exitCode = 2
    return
  }
  const began = systemClock.monotonic()
  say('Building console, agent and desktop…')
  try {
    await build(out)
  } catch (error) {
    // The builder's own words name the file and the line.
    say(describeError(error))
    process.exitCode = 1
    return
  }
  say(`Built in ${((systemClock.monotonic() - began) / 1_000).toFixed(1)} s.`)
}

if (import.meta.main) await main()
