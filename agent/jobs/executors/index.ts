import type { Clock } from '../../../shared/clock.ts'
import type { NamedConnection } from '../../store/named-connection.ts'
import { type BuiltinHandler, type BuiltinSpec, createBuiltinExecutor } from './builtin.ts'
import { type CommandSpec, createCommandExecutor } from './command.ts'
import type { Environment } from './command-lookup.ts'
import type { Executor } from './executor.ts'
import { createHttpExecutor, type HttpCredential, type HttpSpec } from './http.ts'
import { createSqlExecutor, type SqlSpec } from './sql.ts'

/** What the `run` of a step may say, by kind. A new kind is one entry here and one below. */
export interface ExecutorSpecs {
  command: CommandSpec
  http: HttpSpec
  sql: SqlSpec
  builtin: BuiltinSpec
}
export type ExecutorKind = keyof ExecutorSpecs
export type Executors = { readonly [Kind in ExecutorKind]: Executor<ExecutorSpecs[Kind]> }

export interface ExecutorDependencies {
  /** The agent's own; commands get only what their step lists. */
  readonly environment: Environment
  /** Absolute folder of the catalog file: where `cwd` starts. */
  readonly baseDirectory: string
  /** Resolved by the composition root; a connection whose variable is not set is left out. */
  readonly connections: ReadonlyMap<string, NamedConnection>
  readonly credentials: ReadonlyMap<string, HttpCredential>
  readonly httpAllowHosts: readonly string[]
  readonly builtins: ReadonlyMap<string, BuiltinHandler>
  readonly clock: Clock
  /** 0 up to, not including, 1. */
  readonly random: () => number
}

export function createExecutors(dependencies: ExecutorDependencies): Executors {
  const { environment, baseDirectory, connections, credentials, httpAllowHosts, builtins, clock, random } = dependencies
  return {
    command: createCommandExecutor({ environment, baseDirectory }),
    http: createHttpExecutor({ environment, credentials, allowHosts: httpAllowHosts, clock, random }),
    sql: createSqlExecutor({ connections }),
    builtin: createBuiltinExecutor(builtins),
  }
}
