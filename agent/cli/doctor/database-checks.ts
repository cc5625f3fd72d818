import type { Clock } from '../../../shared/clock.ts'
import { formatDuration } from '../../../shared/duration.ts'
import type { Connection } from '../../application/connect.ts'
import { migrationsFolder } from '../../application/program.ts'
import { redactUrl } from '../../config.ts'
import {
  listMissingPrivileges,
  listRestrictedTables,
  type MissingPrivilege,
  type RestrictedTable,
} from '../../store/agent-rights.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { migrationStatus } from '../../store/migrate.ts'
import type { MigrationStatus } from '../../store/migration-status.ts'
import { listOpenTables } from '../../store/open-tables.ts'
import { oldestServerMajor } from '../../store/reach-database.ts'
import { notifyJobs, readServerFacts, type ServerFacts } from '../../store/server-facts.ts'
import { wakeUpListener } from '../../store/wake-ups.ts'
import { type Finding, listed, ok, problem, warning } from './finding.ts'

/** The server: version, rights, clock, encryption, wake-ups. */
export async function checkServer(connection: Connection, clock: Clock): Promise<Finding[]> {
  const { database } = connection
  const facts = await readServerFacts(database)
  return [
    reached(connection, facts),
    versionFinding(facts),
    ...readOnlyFinding(facts),
    connectionsFinding(facts),
    encryptionFinding(connection, facts),
    await clockFinding(database, clock),
    await wakeUpFinding(connection),
  ]
}

function reached({ kind, url }: Connection, { user, databaseBytes }: ServerFacts): Finding {
  const size = `${Math.ceil(databaseBytes / 1024 / 1024).toLocaleString('en-US')} MB`
  const which = kind === 'embedded' ? 'embedded database' : 'database'
  return ok('database', `The ${which} ${redactUrl(url)} answers; user ${user}, ${size}.`)
}

function versionFinding({ version, versionNumber }: ServerFacts): Finding {
  if (versionNumber >= oldestServerMajor * 10_000) return ok('server version', `PostgreSQL ${version}.`)
  const message = `PostgreSQL ${version} is too old; ${oldestServerMajor} or newer is needed.`
  return problem('server version', message, 'Upgrade the server.')
}

function readOnlyFinding({ readOnly }: ServerFacts): Finding[] {
  if (!readOnly) return []
  const fix = 'Name the primary server in --database-url, or a role without default_transaction_read_only.'
  return [problem('read-only', 'This server or role only reads: nothing can run or be changed.', fix)]
}

function connectionsFinding({ maxConnections, usedConnections }: ServerFacts): Finding {
  const message = `${usedConnections} of ${maxConnections} connections are in use.`
  if (usedConnections < maxConnections * 0.9) return ok('connections', message)
  return warning('connections', message, 'Lower pool_size of the agents, or raise max_connections of the server.')
}

function encryptionFinding({ kind, url }: Connection, { encrypted }: ServerFacts): Finding {
  if (encrypted) return ok('encryption', 'The connection is encrypted.')
  if (kind === 'embedded' || staysOnThisMachine(url)) {
    return ok('encryption', 'Not encrypted; it never leaves this machine.')
  }
  const fix =
    'Add ?sslmode=verify-full (with sslrootcert=/path/to/ca.pem for an authority of your own) to --database-url.'
  return warning('encryption', 'The connection goes over the network without encryption.', fix)
}

function staysOnThisMachine(url: string): boolean {
  const parsed = URL.parse(url)
  const host = parsed?.searchParams.get('host') ?? parsed?.hostname ?? ''
  return host === '' || host.startsWith('/') || ['localhost', '127.0.0.1', '[::1]', '::1'].includes(host)
}

/** Agents wait by the database's clock; only what a person reads here suffers. */
const tolerableSkewMs = 60_000

async function clockFinding(database: Database, clock: Clock): Promise<Finding> {
  const askedAt = clock.now().getTime()
  const theirs = await databaseNow(database)
  const ours = (askedAt + clock.now().getTime()) / 2
  const skew = ours - theirs.getTime()
  const words = `The clock of this machine is ${formatDuration(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the database's.`
  if (Math.abs(skew) < tolerableSkewMs) {
    return ok('clocks', Math.abs(skew) < 1_000 ? 'This machine and the database agree to the second.' : words)
  }
  return warning('clocks', words, 'Turn on time synchronisation (NTP) on both. Schedules follow the database.')
}

const wakeUpWaitMs = 3_000

/** Listens and notifies: behind a pooler in transaction mode the first works and the second never arrives. */
async function wakeUpFinding({ url, database }: Connection): Promise<Finding> {
  // One for each kind comes with the connection itself; what is waited for is one more.
  const arrived = Promise.withResolvers<string | null>()
  let heard = 0
  const listener = wakeUpListener({
    url,
    applicationName: 'pipeline-manager doctor',
    onTopics: () => undefined,
    onWakeUp: () => (heard += 1) > 2 && arrived.resolve(null),
    onState: (listening, reason) => !listening && arrived.resolve(reason ?? 'the connection was closed'),
  })
  const timer = setTimeout(() => arrived.resolve('nothing arrived'), wakeUpWaitMs)
  try {
    await listener.start()
    await notifyJobs(database)
    const trouble = await arrived.promise
    if (trouble === null) return ok('wake-ups', 'LISTEN and NOTIFY work: agents start due work at once.')
    const message = `Wake-ups do not arrive (${trouble}): agents find new work only when they poll.`
    return warning('wake-ups', message, 'Connect to the server itself, or to a pooler in session mode.')
  } finally {
    clearTimeout(timer)
    await listener.stop()
  }
}

/** The schema, the rights, and whether the rest can be looked at. */
export async function checkSchema({ url, database }: Connection): Promise<{ findings: Finding[]; usable: boolean }> {
  const missing = await listMissingPrivileges(database)
  const restricted = await listRestrictedTables(database)
  const empty = restricted.filter(({ hasPolicy }) => !hasPolicy).map(({ table }) => table)
  const hidden = new Set([...empty, ...tablesWithout('select', missing)])
  const findings = hidden.has('pipeline_migrations')
    ? []
    : [schemaFinding(await migrationStatus(url, { directory: migrationsFolder }))]
  findings.push(...missingFindings(missing), ...restrictedFindings(restricted))
  if (missing.length + restricted.length === 0) findings.push(ok('rights', 'This role may do all that an agent does.'))
  findings.push(...(await openTableFindings(database)))
  return { findings, usable: hidden.size + tablesWithout('table', missing).length === 0 }
}

function tablesWithout(privilege: string, missing: readonly MissingPrivilege[]): string[] {
  return missing.filter((one) => one.privilege === privilege).map(({ table }) => table)
}

/** What to grant is told whole: half of it is of no use. */
function missingFindings(missing: readonly MissingPrivilege[]): Finding[] {
  const refused = missing.filter(({ privilege }) => privilege !== 'table')
  if (refused.length === 0) return []
  const what = listed(refused.map(({ table, privilege }) => `${privilege} on ${table}`))
  const grants = ['select', 'insert', 'update', 'delete'].flatMap((privilege) => {
    const tables = tablesWithout(privilege, refused)
    return tables.length === 0 ? [] : [`grant ${privilege} on ${tables.join(', ')} to <role>;`]
  })
  return [problem('rights', `This role lacks: ${what}.`, `As the owner: ${grants.join(' ')}`)]
}

const owners = 'Connect as the owner of the tables, or as a role with bypassrls.'

function restrictedFindings(restricted: readonly RestrictedTable[]): Finding[] {
  const named = (hasPolicy: boolean): string[] =>
    restricted.filter((one) => one.hasPolicy === hasPolicy).map(({ table }) => table)
  const [closed, narrowed] = [named(false), named(true)]
  return [
    ...(closed.length === 0
      ? []
      : [
          problem(
            'rights',
            `Row level security closes to this role, whatever it is granted: ${listed(closed)}.`,
            owners,
          ),
        ]),
    ...(narrowed.length === 0
      ? []
      : [warning('rights', `Row level security decides which rows this role sees of: ${listed(narrowed)}.`, owners)]),
  ]
}

/** Tables that were another program's before are not ours to close: that it does without is for a person to say. */
async function openTableFindings(database: Database): Promise<Finding[]> {
  const open = await listOpenTables(database)
  return open.map(({ table, roles }) => {
    const who = roles.join(' and ')
    return problem(
      'public roles',
      `Whoever has the public key of this server may use ${table}: ${who} may, and row level security is off.`,
      `As the owner, unless another program needs it so: alter table ${table} enable row level security; revoke all on ${table} from ${roles.join(', ')};`,
    )
  })
}

function schemaFinding(status: MigrationStatus): Finding {
  return schemaFindings[status.state](status)
}

const schemaFindings = {
  current: ({ applied }) => ok('schema', `All ${applied.length} migrations are applied.`),
  older: ({ pending }) => problem('schema', `Migrations are pending: ${listed(pending)}.`, 'Run "pm migrate".'),
  edited: ({ edited }) =>
    problem(
      'schema',
      `Migrations were edited after they were applied: ${listed(edited)}.`,
      'Restore the files, and make changes in a new one.',
    ),
  newer: ({ unknownNewer }) => {
    const names = listed(unknownNewer.map(({ name }) => name))
    return problem('schema', `A newer program has changed this database: ${names}.`, 'Update this program.')
  },
} as const satisfies Record<MigrationStatus['state'], (status: MigrationStatus) => Finding>
