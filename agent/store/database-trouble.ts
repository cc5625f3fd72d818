/** From what a driver or server said to why the database cannot be used, in words that name host, port and database, never the password. */
import pg from 'pg'
import { causeRules, type DatabaseCause } from '../../shared/connection.ts'
import { describeError, Problem, type ProblemCode } from '../../shared/errors.ts'
import { isConnectionTrouble, sqlState } from './database.ts'

/** A database that cannot be used, or not for everything, with the stable word for why. */
export class DatabaseTrouble extends Problem {
  readonly trouble: DatabaseCause

  constructor(trouble: DatabaseCause, message: string, fix: string, cause?: unknown) {
    super(codeOf(trouble), message, { field: 'database-url', fix, cause })
    this.name = 'DatabaseTrouble'
    this.trouble = trouble
  }
}

/** `database_refused` when only a person can help: then nobody should simply try again. */
function codeOf(trouble: DatabaseCause): ProblemCode {
  if (trouble === 'schema_older' || trouble === 'schema_newer') return trouble
  if (trouble === 'schema_edited') return 'migration_edited'
  const isRefusal =
    causeRules[trouble].retry === 'person' || trouble === 'server_too_old' || trouble === 'shared_sessions'
  return isRefusal ? 'database_refused' : 'database_unreachable'
}

export interface Place {
  /** `host:port/database` */
  readonly name: string
  readonly host: string
  readonly database: string
  readonly user: string
}

export function placeOf({ host, port, database = '', user = '' }: pg.Client): Place {
  return { name: `${host}:${port}/${database}`, host: `${host}:${port}`, database, user }
}

/** What an error of a connection means; any error at all, once it is known to be of a connection. */
export function databaseTrouble(error: unknown, place: Place): DatabaseTrouble {
  return error instanceof DatabaseTrouble ? error : troubleIn(place, causeOf(error), error)
}

/** In words; `error` is what the server or the driver said, where one of them did. */
export function troubleIn(place: Place, cause: ToldCause, error?: unknown): DatabaseTrouble {
  const { message, fix } = words[cause](place, error === undefined ? '' : saidBy(error))
  return new DatabaseTrouble(cause, message, fix, error)
}

/** What an error can tell; the others are found out by looking (reach-database.ts). */
type ToldCause = Exclude<DatabaseCause, 'server_too_old' | 'schema_older' | 'schema_newer' | 'schema_edited'>

/** Appendix A of PostgreSQL's manual lists the codes. */
const causeOfState: Readonly<Record<string, ToldCause>> = {
  '28P01': 'wrong_password',
  '28000': 'not_permitted',
  '42501': 'not_permitted',
  '3D000': 'no_database',
  '53300': 'too_many_connections',
  '57P01': 'starting',
  '57P02': 'starting',
  '57P03': 'starting',
  '25006': 'read_only',
}

const causeOfSystemError: Readonly<Record<string, ToldCause>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  ETIMEDOUT: 'timed_out',
}

function causeOf(error: unknown): ToldCause {
  const state = sqlState(error)
  if (state !== null) return causeOfState[state] ?? 'server_error'
  const code = systemCodeOf(error) ?? ''
  const known = causeOfSystemError[code]
  if (known !== undefined) return known
  const said = saidBy(error)
  if (/timeout/i.test(said)) return 'timed_out'
  const isTls = code.startsWith('ERR_TLS') || /certificate|self[- ]signed|SSL|TLS/i.test(`${code} ${said}`)
  return isTls ? 'tls' : 'network'
}

/** What an error says about the database as a whole; null when it is about the question, or about nothing known. */
export function troubleOfQuestion(error: unknown): DatabaseCause | null {
  return isConnectionTrouble(error) ? causeOf(error) : null
}

interface Words {
  readonly message: string
  readonly fix: string
}

const passing = 'Nothing needs to be done here; it is tried again.'

/** `said` is what the server or the driver said. Total: every cause has its sentence and what to do. */
const words: Readonly<Record<ToldCause, (place: Place, said: string) => Words>> = {
  refused: ({ host }) => ({
    message: `Nothing answers at ${host}: the connection was refused.`,
    fix: 'Start the server, or correct host and port.',
  }),
  timed_out: ({ host }) => ({
    message: `${host} gave no answer in time.`,
    fix: 'Check the network, the firewall, and that the server is not overloaded.',
  }),
  name_not_found: ({ host }, said) => ({
    message: `The host of ${host} has no address: ${said}`,
    fix: 'Check its spelling in --database-url, and the network.',
  }),
  network: ({ name }, said) => ({
    message: `The database at ${name} cannot be reached: ${said}`,
    fix: 'Check host and port of --database-url, and that the server runs.',
  }),
  starting: ({ name }, said) => ({
    message: `The database at ${name} is starting or stopping: ${said}`,
    fix: passing,
  }),
  too_many_connections: ({ name }, said) => ({
    message: `The database at ${name} has no connection free: ${said}`,
    fix: passing,
  }),
  server_error: ({ name }, said) => ({
    message: `The database at ${name} answered with an error: ${said}`,
    fix: 'Look into the log of the server.',
  }),
  wrong_password: ({ name, user }) => ({
    message: `The database at ${name} refused the password of user "${user}".`,
    fix: 'Correct user and password in --database-url. It was tried once only, so that no account is locked.',
  }),
  not_permitted: ({ name, user, database }, said) => ({
    message: `The database at ${name} does not let user "${user}" in: ${said}`,
    fix:
      `Correct the user in --database-url, grant connect on database "${database}" to it, or allow this machine in pg_hba.conf ` +
      '(add ?sslmode=verify-full if it asks for TLS).',
  }),
  no_database: ({ host, database }) => ({
    message: `The server at ${host} has no database "${database}".`,
    fix: `Create it (createdb ${database}), or correct the name at the end of --database-url.`,
  }),
  tls: ({ name }, said) => ({
    message: `No secure connection to ${name}: ${said}`,
    fix: /does not support SSL/i.test(said)
      ? 'Add ?sslmode=disable to --database-url if the network in between can be trusted.'
      : 'Name the certificate authority with ?sslmode=verify-full&sslrootcert=/path/to/ca.pem in --database-url.',
  }),
  shared_sessions: ({ name }) => ({
    message: `At ${name} a pooler in transaction mode answers: sessions are shared with other programs, and nothing is heard of changes.`,
    fix: 'Connect to the server itself, or to a pooler in session mode.',
  }),
  read_only: ({ name }) => ({
    message: `The database at ${name} takes no changes: it is a standby, or set to read only.`,
    fix: 'Name the primary server in --database-url, or wait until this one takes over.',
  }),
}

function saidBy(error: unknown): string {
  return error instanceof pg.DatabaseError ? error.message : describeError(error)
}

/** A host with several addresses fails with one error for each. */
function systemCodeOf(error: unknown): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error) || !('code' in first)) return undefined
  return typeof first.code === 'string' ? first.code : undefined
}
