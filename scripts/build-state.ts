/** Whether out/ is what the sources make. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What goes into the build, beside what is installed: that is named by the lock file. */
const sources = [
  'agent',
  'shared',
  'renderer',
  'electron',
  'scripts/icons',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
]
/** What has to be there. */
export const entries = [
  'main/agent.js',
  'main/main.js',
  'main/start.js',
  'preload/preload.cjs',
  'renderer/index.html',
  'icons/icon.png',
]
/** Its time is that of the beginning of the last build that succeeded. */
export const stampName = '.built'

export async function isCurrent(root: string, out: string): Promise<boolean> {
  const built = await Promise.all([stampName, ...entries].map((name) => changedAt(join(out, name))))
  const [stamp = null] = built
  if (stamp === null || built.includes(null)) return false
  const changes = await Promise.all(sources.map((name) => newestChange(join(root, name))))
  return Math.max(...changes) < stamp
}

/** Whether something can be run at all, be it older than its sources. */
export async function isBuilt(out: string): Promise<boolean> {
  return !(await Promise.all(entries.map((name) => changedAt(join(out, name))))).includes(null)
}

/** ms since 1970; of a folder, the newest in it (a file that is gone changes its folder). 0 when it does not exist. */
async function newestChange(path: string): Promise<number> {
  const own = (await changedAt(path)) ?? 0
  const names = await readdir(path, { withFileTypes: true }).catch(() => [])
  const inside = names.map((entry) =>
    entry.isDirectory() ? newestChange(join(path, entry.name)) : changedAt(join(path, entry.name)),
  )
  return Math.max(own, ...(await Promise.all(inside)).map((changed) => changed ?? 0))
}

async function changedAt(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )
}
