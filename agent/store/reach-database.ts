import pg from 'pg'
import { connectionConfig, endedOrDropped } from './database.ts'
import { DatabaseTrouble, databaseTrouble, type Place, placeOf, troubleIn } from './database-trouble.ts'
import { listMigrationRecords, type MigrationRecord } from './migration-records.ts'
import { dropConnection, isPooled } from './session-client.ts'

/** The oldest server we promise to work with. */
export const oldestServerMajor = 14

/**
 * Connects once and asks for the version. Says exactly what is in the way, naming host, port and database, never the password.
 * @throws DatabaseTrouble, whose code is `database_unreachable` when trying again later may help, `database_refused` when only a person
 * can (a wrong password that is tried again and again locks accounts).
 */
export async function reachDatabase(url: string): Promise<{ readonly serverVersion: string }> {
  return withProbe(url, undefined, async (client, place) => {
    await refuseShared(client, { url, place, signal: undefined })
    return askVersion(client, place)
  })
}

/** As reachDatabase, of somebody else's database, of which a session may be shared. `isPooled`: a pooler answers for it. */
export async function reachNamedDatabase(
  url: string,
): Promise<{ readonly serverVersion: string; readonly isPooled: boolean }> {
  return withProbe(url, undefined, async (client, place) => {
    const processId = await askProcessId(client)
    return { ...(await askVersion(client, place)), isPooled: isPooled(client, processId) }
  })
}

/** What a look at the database says about working with it. */
export interface FoundDatabase {
  readonly serverVersion: string
  /** Of the database. */
  readonly now: Date
  /** A standby, or a role or database whose transactions are read-only. */
  readonly isReadOnly: boolean
  /** Migrations applied to it, in the order of their names. */
  readonly applied: readonly MigrationRecord[]
}

/** Connects once and looks; changes nothing. Ends at once when the signal aborts. @throws as `reachDatabase`. */
export async function inspectDatabase(url: string, signal?: AbortSignal): Promise<FoundDatabase> {
  return withProbe(url, signal, async (client, place) => {
    await refuseShared(client, { url, place, signal })
    const { serverVersion } = await askVersion(client, place)
    const { rows } = await client.query<Pick<FoundDatabase, 'now' | 'isReadOnly'>>(
      `select clock_timestamp() as now,
         pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly"`,
    )
    const [row] = rows
    if (row === undefined) throw new Error('the server did not say what time it is')
    return { serverVersion, ...row, applied: await listMigrationRecords(client) }
  })
}

/** A server that answers questions and takes no changes. */
export function readOnlyServer(url: string): DatabaseTrouble {
  return troubleIn(placeOf(probe(url)), 'read_only')
}

/** `host:port/database`: which database a URL means, without who asks it. */
export function placeName(url: string): string {
  return placeOf(probe(url)).name
}

/** What an error of a connection to this URL means. */
export function troubleWith(url: string, error: unknown): DatabaseTrouble {
  return databaseTrouble(error, placeOf(probe(url)))
}

async function withProbe<Answer>(
  url: string,
  signal: AbortSignal | undefined,
  ask: (client: pg.Client, place: Place) => Promise<Answer>,
): Promise<Answer> {
  const client = probe(url)
  client.on('error', () => undefined)
  const place = placeOf(client)
  const drop = (): void => dropConnection(client)
  signal?.addEventListener('abort', drop)
  try {
    signal?.throwIfAborted()
    await client.connect()
    return await ask(client, place)
  } catch (error) {
    throw databaseTrouble(error, place)
  } finally {
    await endedOrDropped(client.end(), () => [client])
    signal?.removeEventListener('abort', drop)
  }
}

/** Longest wait for an answer to one of its small questions, ms. */
const patienceMs = 10_000

/** Sets nothing: the session may turn out to be shared with other programs. */
function probe(url: string): pg.Client {
  const config = connectionConfig({ url, applicationName: 'pipeline-manager connect', purpose: 'console' })
  return new pg.Client({ ...config, query_timeout: patienceMs })
}

/** How often the first connection is asked for its session again: another program has to have been quicker each time to hide it. */
const looks = 8

interface Question {
  readonly url: string
  readonly place: Place
  readonly signal: AbortSignal | undefined
}

/**
 * Behind a pooler in transaction mode statements go to whichever session is free: what we set for a session, limits and planner, would be
 * set for other programs, and no LISTEN would be heard. Two things never happen in session mode: a second connection meets the session
 * that the first has used, and the first comes to another one.
 */
async function refuseShared(client: pg.Client, { url, place, signal }: Question): Promise<void> {
  const processId = await askProcessId(client)
  if (!isPooled(client, processId)) return
  const isShared = await withProbe(url, signal, async (second) => {
    // Keeps the session that it got from the first one.
    await second.query('begin')
    let isMet = (await askProcessId(second)) === processId
    for (let look = 0; !isMet && look < looks; look += 1) isMet = (await askProcessId(client)) !== processId
    await second.query('rollback')
    return isMet
  })
  if (isShared) throw troubleIn(place, 'shared_sessions')
}

async function askProcessId(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ processId: number }>('select pg_backend_pid() as "processId"')
  const [row] = rows
  if (row === undefined) throw new Error('the server did not say its process id')
  return row.processId
}

async function askVersion(client: pg.Client, { name }: Place): Promise<{ serverVersion: string }> {
  const { rows } = await client.query<{ number: string; version: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version`,
  )
  const [row] = rows
  if (row !== undefined && Number(row.number) >= oldestServerMajor * 10_000) return { serverVersion: row.version }
  throw new DatabaseTrouble(
    'server_too_old',
    `The database at ${name} is PostgreSQL ${row?.version ?? '(unknown)'}; ${oldestServerMajor} or newer is needed.`,
    'Upgrade the server, or name another one with --database-url.',
  )
}
