/**
 * The database that comes with the program: a real PostgreSQL below the data directory, shared by every process that uses
 * the same one.
 *
 * States: no cluster → stopped → running. Promises:
 * - the server runs while at least one living process has it open; the last one to close stops it; one that died is started again by whoever
 *   misses it first;
 * - who is killed counts no longer; its server is adopted by whoever opens next, and stopped with the last of those;
 * - starting and stopping never overlap, between processes either;
 * - the server has a session of its own: Ctrl+C reaches the program, never the server before the program is done with it;
 * - a data folder is whole or is made anew; one of another major version is refused and left alone.
 */
import pg from 'pg'
import type { Clock } from '../../../shared/clock.ts'
import { describeError, Problem } from '../../../shared/errors.ts'
import { findBinaries } from './binaries.ts'
import { clusterVersion, createCluster, type Durability, fixFor, requireVersion } from './cluster.ts'
import { exclusively } from './exclusive.ts'
import { type Layout, layoutOf } from './layout.ts'
import { findOperatingUser, makeFolder, requireEnterable } from './operating-user.ts'
import { announce, livingNames, type Presence } from './presence.ts'
import { findRunning, startServer, stopServer } from './server.ts'
import type { ServerContext } from './server-context.ts'
import {
  databaseName,
  freePort,
  newPassword,
  readSettings,
  type ServerSettings,
  urlOf,
  writeSettings,
} from './server-settings.ts'

export interface EmbeddedOptions {
  /** Absolute path; made when missing. */
  readonly dataDirectory: string
  readonly clock: Clock
  /** Told in plain words what happens: created, started, adopted, stopped. */
  readonly onLog: (message: string) => void
  /** Default `full`. `none` is for tests. */
  readonly durability?: Durability
}

export interface EmbeddedDatabase {
  /** Of the database `pipeline_manager`, with its password. */
  readonly url: string
  /** False when the server was running already. */
  readonly startedHere: boolean
  /**
   * Starts the server again where it died; does nothing while it runs. @throws Problem `unavailable` when it does not start, or not on the
   * port that everybody here knows.
   */
  revive(): Promise<void>
  /** Gives the server up, and stops it when nobody else uses it. Complete on return; safe to call twice. */
  close(): Promise<void>
}

const lockWaitMs = 120_000

/** Opens the embedded database, starting its server if need be. Throws Problem `unavailable` with what to do about it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const layout = layoutOf(options.dataDirectory)
  try {
    await makeFolder(layout.root, await findOperatingUser())
    return await locked(layout, options, () => register(layout, options))
  } catch (error) {
    throw error instanceof Problem ? error : cannotBeUsed(layout, error)
  }
}

async function register(layout: Layout, options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const presence = await announce(layout.users)
  try {
    const { settings, startedHere } = await ensureRunning(layout, options)
    let closing: Promise<void> | undefined
    const close = () => (closing ??= locked(layout, options, () => leave(layout, presence, options)))
    const revive = () => locked(layout, options, () => startAgain(layout, settings.port, options))
    return { url: urlOf(settings), startedHere, revive, close }
  } catch (error) {
    await presence.withdraw()
    throw error
  }
}

function locked<T>(layout: Layout, options: EmbeddedOptions, work: () => Promise<T>): Promise<T> {
  return exclusively(layout.lock, { clock: options.clock, waitMs: lockWaitMs }, work)
}

interface Running {
  readonly settings: ServerSettings
  readonly startedHere: boolean
}

async function ensureRunning(layout: Layout, options: EmbeddedOptions): Promise<Running> {
  const settings = await readSettings(layout)
  const runningPort = await findRunning(layout, options.clock)
  if (runningPort === null || settings === null) return start(layout, settings, options)
  const adopted = { ...settings, port: runningPort }
  await ensureDatabase(adopted)
  options.onLog(`Using the database server that is running on port ${runningPort}.`)
  return { settings: adopted, startedHere: false }
}

async function start(layout: Layout, known: ServerSettings | null, options: EmbeddedOptions): Promise<Running> {
  const durability = options.durability ?? 'full'
  const context = await prepare(layout)
  const version = await clusterVersion(layout)
  if (version !== null) requireVersion(layout, version, context.binaries)
  if (version !== null && known === null) throw passwordLost(layout)
  const wanted = known ?? { port: await freePort(0), password: newPassword() }
  if (version === null) {
    options.onLog(`Creating the database in ${layout.data}.`)
    await writeSettings(layout, wanted)
    await createCluster(context, wanted, durability)
  }
  const settings = { ...wanted, port: await startServer(context, wanted.port, durability) }
  await writeSettings(layout, settings)
  await ensureDatabase(settings)
  options.onLog(`Started the database server on port ${settings.port}.`)
  return { settings, startedHere: true }
}

async function startAgain(layout: Layout, port: number, options: EmbeddedOptions): Promise<void> {
  const { settings } = await ensureRunning(layout, options)
  if (settings.port === port) return
  throw new Problem(
    'unavailable',
    `The database server runs on port ${settings.port} now: another program took ${port}.`,
    {
      field: 'data-dir',
      value: layout.root,
      fix: 'Stop the agent and start it again.',
    },
  )
}

async function prepare(layout: Layout): Promise<ServerContext> {
  const user = await findOperatingUser()
  await requireEnterable(layout.root, user)
  return { layout, user, binaries: await findBinaries(layout, user) }
}

async function leave(layout: Layout, presence: Presence, options: EmbeddedOptions): Promise<void> {
  await presence.withdraw()
  if ((await livingNames(layout.users)).length > 0) return
  if ((await findRunning(layout, options.clock)) === null) return
  await stopServer(await prepare(layout))
  options.onLog('Stopped the database server.')
}

/** A start that was cut short may have left a server without our database. */
async function ensureDatabase(settings: ServerSettings): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(settings, 'postgres'), connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName])
    if (rowCount === 0) await client.query(`create database ${databaseName}`)
  } catch (error) {
    throw new Problem('unavailable', `The database server runs, but does not let us in: ${describeError(error)}`, {
      field: 'data-dir',
      fix: 'Stop it (end its process) and start again, or choose another folder with --data-dir.',
      cause: error,
    })
  } finally {
    await client.end().catch(() => undefined)
  }
}

function passwordLost(layout: Layout): Problem {
  return new Problem(
    'unavailable',
    `There is a database in ${layout.data}, but ${layout.settings} with its password is gone.`,
    {
      field: 'data-dir',
      value: layout.settings,
      fix: 'Restore that file from a backup, or choose an empty folder with --data-dir.',
    },
  )
}

function cannotBeUsed(layout: Layout, error: unknown): Problem {
  const words = describeError(error)
  return new Problem('unavailable', `The data folder ${layout.root} cannot be used: ${words}`, {
    field: 'data-dir',
    value: layout.root,
    fix: fixFor(words),
    cause: error,
  })
}
