import pg from 'pg'
import { parse } from 'pg-connection-string'
import { describeError, Problem } from '../../shared/errors.ts'
import { columnTypes } from './column-types.ts'
import { type ConnectionGate, DatabaseAway, openGate } from './connection-gate.ts'
import {
  dropConnection,
  type OnConnected,
  SessionClient,
  type SessionClientConfig,
  type SessionSettings,
} from './session-client.ts'

/** One named query; the name lets the server keep its plan. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** What every query function takes first. */
export interface Database {
  query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
}

export interface DatabasePool extends Database {
  /** Runs `work` in one transaction on one connection; rolls back when it throws. */
  transaction<Result>(work: (database: Database) => Promise<Result>): Promise<Result>
  /** Waits for running queries, then closes every connection; drops those that do not close within 3 s. Safe twice. */
  stop(): Promise<void>
}

export interface PoolSettings {
  readonly url: string
  readonly applicationName: string
  readonly size: number
  /**
   * `agent`: few statements repeated for ever. Their plans are pinned (fresh statistics would otherwise freeze a
   * sequential scan into a cached plan: measured 1.5× slower and growing), and the wake-up triggers stay silent.
   * `console`: ad hoc reading and commands of people; the planner is left alone.
   * `intake`: as the agent's, for what other programs report; consoles are told of it. A statement does not wait for the answer to the one
   * before, unless its caller does.
   * `housekeeping`: many small deletes in the background. They follow indexes, give way to whoever wants the same rows, and need not
   * be on disk before they are answered; triggers stay silent.
   */
  readonly purpose: 'agent' | 'console' | 'intake' | 'housekeeping'
  /** Told about connections that broke while idle; the pool replaces them by itself. */
  readonly onConnectionError: (error: Error) => void
  /** Default: open. */
  readonly gate?: ConnectionGate
}

const pinnedPlans = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
}

/** Milliseconds where it is a time. */
const sessions = {
  agent: { ...pinnedPlans, 'pipeline_manager.agent': 'on' },
  console: {},
  intake: pinnedPlans,
  housekeeping: {
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    jit: 'off',
    lock_timeout: '1000',
    synchronous_commit: 'off',
    'pipeline_manager.agent': 'on',
  },
} satisfies Record<PoolSettings['purpose'], SessionSettings>

/**
 * Milliseconds. A half-open connection answers nothing for ever, so every wait has an end. To connect takes up to five round trips
 * (TLS, SCRAM), so that over a very slow network, 2 s each, it would never succeed within 5 s.
 */
const timeouts = { connect: 10_000, statement: 25_000, query: 30_000, idleInTransaction: 15_000 }
/** A statement of housekeeping is a small one, or something is wrong. ms */
const housekeepingStatementMs = 5_000

export function connectionConfig(
  settings: Pick<PoolSettings, 'url' | 'applicationName' | 'purpose'>,
): SessionClientConfig & { types: pg.CustomTypesConfig } {
  const parsed = parse(settings.url)
  const statementMs = settings.purpose === 'housekeeping' ? housekeepingStatementMs : timeouts.statement
  return {
    user: parsed.user,
    password: parsed.password,
    host: parsed.host ?? undefined,
    port: parsed.port ? Number(parsed.port) : undefined,
    database: parsed.database ?? undefined,
    // pg-connection-string types `ssl` more loosely than pg; both accept true, false and a TLS options object.
    ssl: parsed.ssl as pg.ClientConfig['ssl'],
    application_name: settings.applicationName,
    ...(parsed['options'] ? { options: parsed['options'] } : {}),
    connectionTimeoutMillis: timeouts.connect,
    query_timeout: timeouts.query,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: columnTypes,
    pipeline: settings.purpose === 'intake',
    session: {
      ...sessions[settings.purpose],
      statement_timeout: String(statementMs),
      idle_in_transaction_session_timeout: String(timeouts.idleInTransaction),
    },
  }
}

/** Opens a pool; connects lazily. */
export function openPool(settings: PoolSettings): DatabasePool {
  const gate = settings.gate ?? openGate
  const pool = new pg.Pool({
    ...connectionConfig(settings),
    max: settings.size,
    idleTimeoutMillis: settings.purpose === 'agent' ? 0 : 30_000,
    Client: clientBehind(gate),
  })
  const onError = (error: Error): void => {
    gate.failed(error)
    settings.onConnectionError(error)
  }
  // Both are needed: without them a terminated backend ends the process (an idle and a checked-out client each
  // raise an unhandled 'error').
  pool.on('error', onError)
  const clients = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    clients.add(client)
    client.on('error', onError)
  })
  pool.on('remove', (client) => clients.delete(client))
  const asked = new Set<Promise<unknown>>()
  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    asked.add(work)
    work.then(
      () => {
        asked.delete(work)
        gate.answered()
      },
      (error: unknown) => {
        asked.delete(work)
        gate.failed(error)
      },
    )
    return work
  }
  // A pool that is ended forgets who still waits for a connection: their questions would never be settled.
  const end = (): Promise<void> => Promise.allSettled(asked).then(() => pool.end())
  let stopping: Promise<void> | null = null
  return {
    query: (statement, values) => track(run(pool, statement, values)),
    transaction: (work) => track(inTransaction(pool, work)),
    stop: () => (stopping ??= endedOrDropped(end(), () => clients)),
  }
}

/** Clients of a pool, which do not even try to connect while the gate is closed. */
function clientBehind(gate: ConnectionGate): typeof pg.Client {
  return class extends SessionClient {
    override connect(): Promise<pg.Client>
    override connect(callback: OnConnected): void
    override connect(callback?: OnConnected): Promise<pg.Client> | void {
      const away = gate.closed()
      if (callback === undefined) return away === null ? super.connect() : Promise.reject(away)
      if (away === null) return super.connect(callback)
      // Later, as a connection that fails would tell it.
      process.nextTick(callback, away)
    }
  }
}

const goodbyeMs = 3_000

/**
 * Waits for the goodbye that `ended` stands for, at most 3 s; then drops the given connections. A server that cannot be
 * reached never acknowledges a goodbye, and without this a program could not end for as long as TCP keeps trying.
 */
export async function endedOrDropped(ended: Promise<void>, clients: () => Iterable<pg.ClientBase>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, goodbyeMs, 'late')))
  const outcome = await Promise.race([ended.catch(() => undefined), late])
  clearTimeout(timer)
  if (outcome === 'late') for (const client of clients()) dropConnection(client)
}

async function run<Row extends object>(
  target: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await target.query<Row & pg.QueryResultRow>({
    name: statement.name,
    text: statement.text,
    values: [...values],
  })
  return result.rows
}

async function inTransaction<Result>(pool: pg.Pool, work: (database: Database) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const begun = client.query('begin')
    // With a pipeline the first statement goes along with it, and would fail with it.
    if (!client.pipeline) await begun
    const [result] = await Promise.all([work({ query: (statement, values) => run(client, statement, values) }), begun])
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(describeError(failure))
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** SQLSTATE of an error from the server, or null when it never got there (refused, reset, timed out). */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}

/**
 * Whether the same statement may succeed later: connection trouble, restarts, serialisation, too many connections, a
 * server that only reads because another takes over.
 * Anything that never reached the server counts as such, unless it is our own values that could not be sent.
 */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error)
  if (state === null) return !(error instanceof TypeError || error instanceof RangeError || error instanceof Problem)
  return state.startsWith('08') || /^(57P0[1-5]|57014|40001|40P01|53\d{3}|55P03|25P03|25006)$/.test(state)
}

/** What the driver throws without any code when a connection breaks or an answer takes too long. */
const driverWords =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (was closed|has encountered)|Cannot use a pool)/

/** Whether it is the database that did not answer, whoever asked: unlike `isTransient`, anything unknown is not. */
export function isUnreachable(error: unknown): boolean {
  if (sqlState(error) !== null) return isTransient(error)
  return error instanceof Error && ('code' in error || driverWords.test(error.message)) && isTransient(error)
}

/** Whether an error is about the connection or the server as a whole, and not about what was asked. */
export function isConnectionTrouble(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== null) return /^(08...|28...|3D000|25006|53300|57P0[1-5])$/.test(state)
  return isUnreachable(error) && !(error instanceof DatabaseAway)
}

/** Something refers to the row that was to be deleted. */
export function isReferenceViolation(error: unknown): boolean {
  return ['23503', '23001'].includes(sqlState(error) ?? '')
}

/** It took too long, or waited too long for somebody else; a smaller one may not. */
export function isTooLong(error: unknown): boolean {
  return ['57014', '55P03', '40P01'].includes(sqlState(error) ?? '')
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505'
}
