import pg from 'pg'
import { isPooled } from './session-client.ts'

/** A database that steps may use, resolved from the catalog by the composition root. */
export interface NamedConnection {
  readonly url: string
  readonly readOnly: boolean
  readonly statementTimeoutSeconds: number
  /** More returned rows than this fail the step; undefined = any number. */
  readonly maxRows?: number | undefined
}

export interface StatementOptions {
  /** Shown in pg_stat_activity; at most 63 bytes. */
  readonly applicationName: string
  readonly signal: AbortSignal
  /** How long a cancelled statement may take to end before its session is ended, ms. */
  readonly graceMs: number
  readonly onNotice: (message: string) => void
  /** Each row that comes, values as the server writes them; without it they are counted and dropped. */
  readonly onRow?: (row: Readonly<Record<string, string | null>>) => void
}

export interface StatementOutcome {
  /** Of the last statement: rows written or returned; null for one that has no count. */
  readonly rowCount: number | null
  /** Of the last statement: SELECT, INSERT, … */
  readonly command: string | null
}

export class TooManyRows extends Error {
  constructor(limit: number) {
    super(`the statement returned more than max_rows = ${limit} rows`)
    this.name = 'TooManyRows'
  }
}

/** What takes a session of one's own, which a pooler does not give. */
export class NotBehindPooler extends Error {
  constructor(what: string) {
    super(
      `${what}: behind a pooler a step runs one statement in a transaction. Write a step for each statement, or connect to the ` +
        'server itself',
    )
    this.name = 'NotBehindPooler'
  }
}

const connectTimeoutMs = 10_000

/**
 * Runs one text of SQL in a session of its own and returns when it has ended at the server, also after an abort. The session is
 * read-only unless the connection says otherwise; statement_timeout holds for each statement.
 *
 * Behind a pooler there is no session of one's own: what is set would stay for other programs, and who is cancelled may be one of them.
 * There it is one statement in one transaction, which is all that is set up, and an abort drops the connection: nothing is committed.
 * @throws the server's error; TooManyRows; NotBehindPooler.
 */
export async function runNamedStatement(
  connection: NamedConnection,
  statement: { readonly text: string; readonly values: readonly (string | null)[] },
  options: StatementOptions,
): Promise<StatementOutcome> {
  const client = openClient(connection, options.applicationName)
  client.on('notice', (notice) => options.onNotice(notice.message ?? ''))
  try {
    const processId = await abortable(options.signal, client, () => connectOf(client))
    const run = isPooled(client, processId) ? runInTransaction : runInSession
    return await run(client, { connection, statement, options, processId })
  } finally {
    await client.end().catch(() => undefined)
  }
}

interface Work {
  readonly connection: NamedConnection
  readonly statement: { readonly text: string; readonly values: readonly (string | null)[] }
  readonly options: StatementOptions
  readonly processId: number
}

async function runInSession(
  client: pg.Client,
  { connection, statement, options, processId }: Work,
): Promise<StatementOutcome> {
  await abortable(options.signal, client, () => prepareSession(client, connection))
  const canceller = createCanceller(connection, client, processId, options)
  options.signal.addEventListener('abort', canceller.cancel, { once: true })
  try {
    return await runQuery(client, statement, { maxRows: connection.maxRows, onTooMany: canceller.cancel, ...options })
  } finally {
    options.signal.removeEventListener('abort', canceller.cancel)
    await canceller.done()
  }
}

async function runInTransaction(
  client: pg.Client,
  { connection, statement, options: { signal, onRow } }: Work,
): Promise<StatementOutcome> {
  const drop = (): void => destroyConnection(client)
  signal.throwIfAborted()
  signal.addEventListener('abort', drop, { once: true })
  try {
    await beginTransaction(client, connection)
    const { maxRows } = connection
    const outcome = await runQuery(client, statement, { maxRows, onTooMany: drop, onRow, isOneStatement: true })
    await client.query('commit')
    return outcome
  } catch (error) {
    // So that the pooler can go on with its connection.
    if (serverErrorCode(error) !== undefined) await client.query('rollback').catch(() => undefined)
    throw withoutSession(error)
  } finally {
    signal.removeEventListener('abort', drop)
  }
}

/** Statements that end a transaction themselves, or want none around them. */
const wantsNoTransaction = ['25001', '2D000']

/** Also several statements, which the server does not prepare. */
function withoutSession(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const { code = '', routine, message } = error
  if (code === '42601' && routine === 'exec_parse_message') return new NotBehindPooler('several statements')
  return wantsNoTransaction.includes(code) ? new NotBehindPooler(message) : error
}

function openClient({ url }: NamedConnection, applicationName: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // Without a listener a connection that breaks between statements ends the agent; a broken statement rejects by itself.
  client.on('error', () => undefined)
  return client
}

/** Before the statement there is nothing to cancel at the server: an abort just drops the connection. */
async function abortable<Result>(signal: AbortSignal, client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  const drop = () => destroyConnection(client)
  signal.throwIfAborted()
  signal.addEventListener('abort', drop, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', drop)
    signal.throwIfAborted()
  }
}

/** Returns the process id of whoever answers. */
async function connectOf(client: pg.Client): Promise<number> {
  await client.connect()
  const { rows } = await client.query<{ process_id: number }>('select pg_backend_pid() as process_id')
  const processId = rows[0]?.process_id
  if (processId === undefined) throw new Error('the server did not say its process id')
  return processId
}

/** Settings are made by statements: what is between us and the server may refuse them as startup parameters. */
async function prepareSession(client: pg.Client, connection: NamedConnection): Promise<void> {
  await client.query(
    `select set_config('statement_timeout', $1::text, false),
            set_config('idle_in_transaction_session_timeout', '60s', false),
            set_config('default_transaction_read_only', $2::text, false)`,
    [timeoutOf(connection), connection.readOnly ? 'on' : 'off'],
  )
}

/** Nothing of this outlives the transaction. A server that can notices within a second that nobody waits any more. */
async function beginTransaction(client: pg.Client, connection: NamedConnection): Promise<void> {
  await client.query(connection.readOnly ? 'begin read only' : 'begin read write')
  await client.query(
    `select set_config('statement_timeout', $1::text, true),
            set_config('idle_in_transaction_session_timeout', '60s', true),
            case when version() ~ 'linux' and current_setting('server_version_num')::integer >= 140000
              then set_config('client_connection_check_interval', '1s', true) end`,
    [timeoutOf(connection)],
  )
}

/** ms */
function timeoutOf({ statementTimeoutSeconds }: NamedConnection): string {
  return String(Math.ceil(statementTimeoutSeconds * 1_000))
}

interface QueryOptions {
  readonly maxRows: number | undefined
  readonly onTooMany: () => void
  readonly onRow?: StatementOptions['onRow']
  /** Then the server refuses several. */
  readonly isOneStatement?: boolean
}

async function runQuery(
  client: pg.Client,
  statement: { readonly text: string; readonly values: readonly (string | null)[] },
  { maxRows, onTooMany, onRow, isOneStatement = false }: QueryOptions,
): Promise<StatementOutcome> {
  // Without values the text goes by the simple protocol, which allows several statements.
  const values = statement.values.length === 0 && !isOneStatement ? {} : { values: [...statement.values] }
  const protocol = isOneStatement ? { queryMode: 'extended' } : {}
  // Who looks at values at all wants them as they are written, so none is parsed.
  const types = { getTypeParser: () => (value: unknown) => value }
  const query = new pg.Query({ text: statement.text, types, ...values, ...protocol })
  let rows = 0
  // Listening to rows is what keeps the driver from collecting them.
  query.on('row', (row: Record<string, string | null>) => {
    rows += 1
    onRow?.(row)
    if (rows === (maxRows ?? Infinity) + 1) onTooMany()
  })
  const outcome = new Promise<StatementOutcome>((resolve, reject) => {
    const refuse = () => (maxRows !== undefined && rows > maxRows ? new TooManyRows(maxRows) : undefined)
    query.on('error', (error) => reject(refuse() ?? error))
    query.on('end', (result) => {
      const refused = refuse()
      // Several statements end with the list of their results, which the types do not know.
      const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResultBase | undefined) : result
      if (refused !== undefined) reject(refused)
      else resolve({ rowCount: last?.rowCount ?? null, command: last?.command ?? null })
    })
  })
  client.query(query)
  return outcome
}

/**
 * Cancels politely, then ends the session, then drops the connection, `graceMs` apart. The last one is for a server that cannot
 * be reached: what runs there cannot be stopped from here, and its result has nowhere to go.
 */
function createCanceller(
  connection: NamedConnection,
  client: pg.Client,
  processId: number,
  { applicationName, graceMs }: StatementOptions,
) {
  const timers: NodeJS.Timeout[] = []
  const pending: Promise<unknown>[] = []
  const ask = (functionName: 'pg_cancel_backend' | 'pg_terminate_backend') => {
    pending.push(askServer(connection, applicationName, functionName, processId).catch(() => undefined))
  }
  let isCancelled = false
  return {
    cancel: () => {
      if (isCancelled) return
      isCancelled = true
      ask('pg_cancel_backend')
      timers.push(setTimeout(() => ask('pg_terminate_backend'), graceMs))
      timers.push(setTimeout(() => destroyConnection(client), graceMs * 2))
    },
    async done(): Promise<void> {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(pending)
    },
  }
}

async function askServer(
  { url }: NamedConnection,
  applicationName: string,
  functionName: 'pg_cancel_backend' | 'pg_terminate_backend',
  processId: number,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(`select ${functionName}($1::integer)`, [processId])
  } finally {
    await client.end().catch(() => undefined)
  }
}

function destroyConnection(client: pg.Client): void {
  // The driver has no public way to drop a connection without saying goodbye over it.
  const { connection } = client as unknown as { connection: { stream: { destroy(error: Error): void } } }
  connection.stream.destroy(new Error('the server did not answer'))
}

/** The SQLSTATE of a server's error; undefined for anything else, so also for a connection that broke. */
export function serverErrorCode(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/** Message, SQLSTATE, place in the statement, detail and hint; undefined for anything but a server's error. */
export function describeServerError(error: unknown, text: string): string | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  const { message, code, position, detail, hint } = error
  const place = position === undefined ? '' : `, ${lineAndColumn(text, Number(position))}`
  const more = [detail, hint].filter((part) => part !== undefined && part !== '').map((part) => `; ${part}`)
  return `${message} (SQLSTATE ${code ?? 'unknown'}${place})${more.join('')}`
}

/** Postgres counts characters from 1, not UTF-16 units. */
function lineAndColumn(text: string, position: number): string {
  const before = [...text].slice(0, position - 1).join('')
  const lines = before.split('\n')
  return `line ${lines.length} column ${[...(lines.at(-1) ?? '')].length + 1}`
}
