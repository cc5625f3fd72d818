import pg from 'pg'
import { describeError, Problem, type ProblemDetail } from '../../shared/errors.ts'
import { connectionConfig } from './database.ts'

/** The oldest server we promise to work with. */
export const oldestServerMajor = 14

/**
 * Connects once and asks for the version. Says exactly what is in the way, naming host, port and database, never the password.
 * @throws Problem `database_unreachable` when trying again later may help, `database_refused` when only a person can (a wrong
 * password that is tried again and again locks accounts).
 */
export async function reachDatabase(url: string): Promise<{ readonly serverVersion: string }> {
  const client = new pg.Client(
    connectionConfig({ url, applicationName: 'pipeline-manager connect', purpose: 'console' }),
  )
  client.on('error', () => undefined)
  const place = placeOf(client)
  try {
    await client.connect()
    return await askVersion(client, place)
  } catch (error) {
    throw error instanceof Problem ? error : unreachable(error, place, client.user)
  } finally {
    await client.end().catch(() => undefined)
  }
}

interface Place {
  /** `host:port/database` */
  readonly name: string
  readonly host: string
  readonly database: string
}

function placeOf(client: pg.Client): Place {
  const database = client.database ?? ''
  return { name: `${client.host}:${client.port}/${database}`, host: `${client.host}:${client.port}`, database }
}

async function askVersion(client: pg.Client, place: Place): Promise<{ serverVersion: string }> {
  const { rows } = await client.query<{ number: string; version: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version`,
  )
  const [row] = rows
  if (row !== undefined && Number(row.number) >= oldestServerMajor * 10_000) return { serverVersion: row.version }
  const message = `The database at ${place.name} is PostgreSQL ${row?.version ?? '(unknown)'}; ${oldestServerMajor} or newer is needed.`
  throw problem('database_refused', message, `Upgrade the server, or name another one with --database-url.`)
}

function unreachable(error: unknown, place: Place, user: string | undefined): Problem {
  const said = describeError(error)
  const known = error instanceof pg.DatabaseError ? serverSaid(error, place, user) : networkSaid(error, place)
  if (known !== null) return problem(known.code, known.message, known.fix, error)
  return problem(
    'database_unreachable',
    `The database at ${place.name} cannot be reached: ${said}`,
    'Check host and port of --database-url, and that the server runs.',
    error,
  )
}

interface Reason {
  readonly code: 'database_unreachable' | 'database_refused'
  readonly message: string
  readonly fix: string
}

/** The server answered. Appendix A of PostgreSQL's manual lists the codes. */
function serverSaid(error: pg.DatabaseError, { name, host, database }: Place, user = ''): Reason | null {
  const refused = (message: string, fix: string): Reason => ({ code: 'database_refused', message, fix })
  const later = (message: string, fix: string): Reason => ({ code: 'database_unreachable', message, fix })
  const passing = 'Nothing needs to be done here; it is tried again.'
  switch (error.code) {
    case '28P01':
      return refused(
        `The database at ${name} refused the password of user "${user}".`,
        'Correct user and password in --database-url. It was tried once only, so that no account is locked.',
      )
    case '28000':
      return refused(
        `The database at ${name} does not let user "${user}" in: ${error.message}`,
        'Correct the user in --database-url, or allow this machine in pg_hba.conf (add ?sslmode=verify-full if it asks for TLS).',
      )
    case '3D000':
      return refused(
        `The server at ${host} has no database "${database}".`,
        `Create it (createdb ${database}), or correct the name at the end of --database-url.`,
      )
    case '42501':
      return refused(
        `User "${user}" may not connect to database "${database}" at ${host}.`,
        `Run as its owner: grant connect on database "${database}" to "${user}".`,
      )
    case '53300':
      return later(`The database at ${name} has no connection free: ${error.message}`, passing)
    case '57P03':
      return later(`The database at ${name} is starting or stopping: ${error.message}`, passing)
    default:
      return later(
        `The database at ${name} answered with an error: ${error.message}`,
        'Look into the log of the server.',
      )
  }
}

/** Nobody answered, or not in the language expected. */
function networkSaid(error: unknown, { name, host }: Place): Reason | null {
  const code = codeOf(error)
  const said = describeError(error)
  const later = (message: string, fix: string): Reason => ({ code: 'database_unreachable', message, fix })
  if (code === 'ECONNREFUSED') {
    return later(
      `Nothing answers at ${host}: the connection was refused.`,
      'Start the server, or correct host and port.',
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return later(
      `The host of ${host} has no address: ${said}`,
      'Check its spelling in --database-url, and the network.',
    )
  }
  if (code === 'ETIMEDOUT' || /timeout/i.test(said)) {
    return later(
      `${host} gave no answer in time.`,
      'Check the network, the firewall, and that the server is not overloaded.',
    )
  }
  const isTls = code?.startsWith('ERR_TLS') === true || /certificate|self[- ]signed|SSL|TLS/i.test(`${code} ${said}`)
  if (!isTls) return null
  const fix = /does not support SSL/i.test(said)
    ? 'Add ?sslmode=disable to --database-url if the network in between can be trusted.'
    : 'Name the certificate authority with ?sslmode=verify-full&sslrootcert=/path/to/ca.pem in --database-url.'
  return { code: 'database_refused', message: `No secure connection to ${name}: ${said}`, fix }
}

/** A host with several addresses fails with one error for each. */
function codeOf(error: unknown): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error) || !('code' in first)) return undefined
  return typeof first.code === 'string' ? first.code : undefined
}

function problem(code: Reason['code'], message: string, fix: string, cause?: unknown): Problem {
  const detail: ProblemDetail = { field: 'database-url', fix, cause }
  return new Problem(code, message, detail)
}
