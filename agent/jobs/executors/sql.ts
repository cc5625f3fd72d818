import { z } from 'zod'
import { describeError } from '../../../shared/errors.ts'
import {
  describeServerError,
  type NamedConnection,
  NotBehindPooler,
  runNamedStatement,
  serverErrorCode,
  TooManyRows,
} from '../../store/named-connection.ts'
import { environmentName } from '../catalog/environment-name.ts'
import { bindTemplates, templateScope } from '../template.ts'
import { type Executor, type StepContext, StepFailure, type StepFailureKind } from './executor.ts'
import { stoppedFailure } from './stop.ts'

/**
 * `run: { sql, connection }`. `{{ … }}` in the SQL are bound values, never text. Several statements are allowed when there are
 * none, except behind a pooler. The row count of the last statement is the step's records: rows written, or rows returned.
 */
export const sqlSpec = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(256 * 1024),
  connection: z.string().min(1),
})
export type SqlSpec = z.infer<typeof sqlSpec>

/** `connections: { name: {…} }`. `url_env` names the variable that holds the URL; the URL itself is never in the file. */
export const connectionSpec = z.strictObject({
  url_env: environmentName,
  read_only: z.boolean().default(true),
  statement_timeout_seconds: z.number().positive().max(86_400).default(60),
  max_rows: z.int().min(1).optional(),
})
export type ConnectionSpec = z.infer<typeof connectionSpec>

export interface SqlOptions {
  /** By name; a connection whose variable is not set is left out. */
  readonly connections: ReadonlyMap<string, NamedConnection>
  /** How long a cancelled statement may take to end before its session is ended, ms. */
  readonly graceMs?: number
}

/**
 * Runs SQL on a named connection, a session for each step. Rows are counted and dropped, so their number costs no memory.
 * On abort the statement is cancelled at the server, and the step returns once it has ended there.
 */
export function createSqlExecutor({ connections, graceMs = 5_000 }: SqlOptions): Executor<SqlSpec> {
  return async (spec, context) => {
    const connection = connections.get(spec.connection)
    if (connection === undefined) {
      throw new StepFailure('configuration', `connection "${spec.connection}" is not in the catalog or has no URL set`)
    }
    const bound = bindTemplates(spec.sql, templateScope(context))
    if (context.signal.aborted) throw stoppedFailure('the statement', context.signal)
    try {
      const { rowCount, command } = await runNamedStatement(connection, bound, {
        applicationName: applicationName(context),
        signal: context.signal,
        graceMs,
        onNotice: (message) => context.log.write('info', message),
      })
      context.log.write('info', `${command ?? 'done'}${rowCount === null ? '' : `, ${rowCount} rows`}`)
      return { recordsAffected: rowCount, metadata: {} }
    } catch (error) {
      if (context.signal.aborted) throw stoppedFailure('the statement', context.signal)
      const hint = serverErrorCode(error) === readOnlyCode && connection.readOnly ? readOnlyHint : ''
      const message = `${spec.connection}: ${messageOf(error, bound.text)}${hint}`
      throw new StepFailure(failureKind(error), message)
    }
  }
}

function applicationName({ identity }: StepContext): string {
  return `pipeline-manager ${identity.jobType} ${identity.stepKey}`.slice(0, 63)
}

/** Error classes of PostgreSQL (appendix A of its manual) that pass by themselves. */
const passing = /^(?:08|57P|40001|40P01|53|55P03|57014)/
/** …and those that a fixed statement, or a fixed login, cannot heal by itself. */
const lasting = /^(?:0A|21|22|23|25006|26|28|2B|2F|34|3D|3F|42|44|54)/

const readOnlyCode = '25006'
const readOnlyHint = '; set read_only: false for this connection in the catalog if the step is meant to write'

function failureKind(error: unknown): StepFailureKind {
  if (error instanceof TooManyRows || error instanceof NotBehindPooler) return 'configuration'
  const code = serverErrorCode(error)
  if (code === undefined || passing.test(code)) return 'retryable'
  return lasting.test(code) ? 'configuration' : 'retryable'
}

function messageOf(error: unknown, text: string): string {
  return describeServerError(error, text) ?? describeError(error)
}
