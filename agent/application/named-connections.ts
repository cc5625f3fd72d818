import type { Catalog } from '../jobs/catalog/catalog.ts'
import { agentConnection } from '../jobs/catalog/run-checks.ts'
import { environmentValue } from '../jobs/executors/command-lookup.ts'
import type { Environment } from '../settings/machine.ts'
import type { NamedConnection } from '../store/named-connection.ts'

export interface NamedConnections {
  readonly connections: ReadonlyMap<string, NamedConnection>
  /** Whole sentences, for the log and `doctor`. */
  readonly warnings: readonly string[]
}

/**
 * The databases that `sql` steps may use. `agent` always means the agent's own database, read-only: the runs of this product
 * live there, and a step of a catalog has no business changing them. What is `given` by the program replaces what the catalog says.
 */
export function namedConnections(
  catalog: Pick<Catalog, 'connections'>,
  environment: Environment,
  agentUrl: string,
  given: ReadonlyMap<string, NamedConnection> = new Map(),
): NamedConnections {
  const connections = new Map<string, NamedConnection>()
  const warnings: string[] = []
  for (const [name, spec] of catalog.connections) {
    if (given.has(name)) continue
    const url = environmentValue(environment, spec.url_env) ?? ''
    if (name === agentConnection) {
      warnings.push(`The connection "${name}" is the agent's own database; what the catalog says about it is not used.`)
    } else if (url === '') {
      warnings.push(`The connection "${name}" has no URL: the environment variable ${spec.url_env} is not set.`)
    } else {
      connections.set(name, {
        url,
        readOnly: spec.read_only,
        statementTimeoutSeconds: spec.statement_timeout_seconds,
        maxRows: spec.max_rows,
      })
    }
  }
  for (const [name, connection] of given) connections.set(name, connection)
  connections.set(agentConnection, { url: agentUrl, readOnly: true, statementTimeoutSeconds: 60 })
  return { connections, warnings }
}
