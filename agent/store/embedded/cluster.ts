/** The data folder: made once, checked at every start. */
import { randomUUID } from 'node:crypto'
import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../../shared/errors.ts'
import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import { giveTo, makeFolder } from './operating-user.ts'
import { runProgram } from './run-program.ts'
import type { ServerContext } from './server-context.ts'
import { roleName, type ServerSettings } from './server-settings.ts'

/** `none` gives up crash safety for speed; only for databases nobody will miss. */
export type Durability = 'full' | 'none'

const ownConfiguration = 'pipeline-manager.conf'

/** Major version of the server that made the folder; null when there is no cluster yet. */
export async function clusterVersion(layout: Layout): Promise<string | null> {
  try {
    return (await readFile(join(layout.data, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

export function requireVersion(layout: Layout, found: string, binaries: Binaries): void {
  if (found === binaries.major) return
  throw new Problem(
    'unavailable',
    `The data folder was made by PostgreSQL ${found}; this program brings PostgreSQL ${binaries.major}, which cannot read it.`,
    {
      field: 'data-dir',
      value: layout.data,
      fix: 'Start the version of this program that made the folder, or choose an empty folder with --data-dir.',
    },
  )
}

/** Makes the cluster in a folder aside and renames it at the end: one that was cut short is never taken for a whole one. */
export async function createCluster(
  context: ServerContext,
  settings: ServerSettings,
  durability: Durability,
): Promise<void> {
  const { layout, binaries, user } = context
  await removeUnfinished(layout)
  const folder = join(layout.root, `${layout.unfinishedPrefix}${randomUUID()}`)
  await makeFolder(folder, null)
  await giveTo(folder, user)
  await writeFile(layout.passwordFile, `${settings.password}\n`, { mode: 0o600 })
  try {
    await giveTo(layout.passwordFile, user)
    const args = initdbArguments(context, folder, durability)
    const { code, output } = await runProgram(binaries.initdb, args, { user, workingDirectory: layout.root })
    if (code !== 0) throw notCreated(layout, output)
  } finally {
    await rm(layout.passwordFile, { force: true })
  }
  await appendFile(join(folder, 'postgresql.conf'), `\ninclude_if_exists = '${ownConfiguration}'\n`)
  await rename(folder, layout.data)
}

/** The initdb of a killed process may still be writing into its folder; that one is left for the next time. */
async function removeUnfinished(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.root)) {
    if (!name.startsWith(layout.unfinishedPrefix)) continue
    await rm(join(layout.root, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function initdbArguments({ layout, binaries }: ServerContext, folder: string, durability: Durability): string[] {
  // Sorting must not depend on the machine: C.UTF-8 comes with the server since 17.
  const builtin = Number(binaries.major) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
  return [
    `--pgdata=${folder}`,
    `--username=${roleName}`,
    `--pwfile=${layout.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...builtin,
    ...(durability === 'none' ? ['--no-sync'] : []),
  ]
}

/** Written anew at every start, so that a changed port or default takes hold. Own wishes go into `alter system`. */
export async function writeConfiguration(
  { layout, user }: ServerContext,
  port: number,
  durability: Durability,
): Promise<void> {
  const file = join(layout.data, ownConfiguration)
  const lines = { ...always, port: String(port), ...(durability === 'none' ? careless : {}) }
  const text = Object.entries(lines).map(([name, value]) => `${name} = '${value}'\n`)
  await writeFile(file, `# Written by Pipeline Manager at every start.\n${text.join('')}`, { mode: 0o600 })
  await giveTo(file, user)
}

const always = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_checkpoints: 'off',
}

const careless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

function notCreated(layout: Layout, output: string): Problem {
  const lines = output.trim().split('\n').slice(-8).join('\n')
  return new Problem('unavailable', `The database could not be created in ${layout.root}:\n${lines}`, {
    field: 'data-dir',
    value: layout.root,
    fix: fixFor(output),
  })
}

/** What a person can do about the last words of a server program. */
export function fixFor(output: string): string {
  if (/no space left on device/i.test(output)) return 'The disk is full. Free some space and start again.'
  if (/permission denied/i.test(output))
    return 'Give the folder back to the user who runs the database, or choose another one.'
  if (/ENOTDIR|EEXIST|EROFS/.test(output)) return 'Choose a folder you may write to with --data-dir.'
  if (/error while loading shared libraries|library not loaded/i.test(output)) {
    return 'The installation is incomplete. Run npm ci again and allow its install scripts.'
  }
  if (/could not create shared memory|cannot allocate memory/i.test(output))
    return 'The machine is out of memory. Free some.'
  return 'Look at the lines above, or name a database of your own with --database-url.'
}
