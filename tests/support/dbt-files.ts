/** Files in the forms that dbt 1.8 to 1.10 write (run-results v5 and v6, sources v3), with what nobody here looks at. */
export interface NodeResult {
  readonly id: string
  readonly status?: string
  readonly rows?: unknown
  readonly completedAt?: string
  readonly message?: string | null
}

export function runResults(
  nodes: readonly NodeResult[],
  { invocation = 'invocation-1', which = 'build', version = 'v6', at = '2026-03-01T06:10:00.000000Z' } = {},
) {
  return {
    metadata: {
      dbt_schema_version: `https://schemas.getdbt.com/dbt/run-results/${version}.json`,
      dbt_version: '1.10.2',
      generated_at: at,
      invocation_id: invocation,
      env: {},
    },
    results: nodes.map(
      ({ id, status = 'success', rows, completedAt = '2026-03-01T06:05:00.123456Z', message = null }) => ({
        status,
        timing: [
          { name: 'compile', started_at: '2026-03-01T06:04:00.000000Z', completed_at: '2026-03-01T06:04:01.000000Z' },
          { name: 'execute', started_at: '2026-03-01T06:04:01.000000Z', completed_at: completedAt },
        ],
        thread_id: 'Thread-1',
        execution_time: 59.1,
        adapter_response: rows === undefined ? {} : { _message: 'SELECT', code: 'SELECT', rows_affected: rows },
        message,
        failures: null,
        unique_id: id,
        compiled: true,
        compiled_code: 'select 1',
        relation_name: '"db"."shop"."orders"',
      }),
    ),
    elapsed_time: 61.2,
    args: { which, log_level: 'info' },
  }
}

export interface Source {
  readonly id: string
  readonly status?: string
  readonly loadedAt?: string
  readonly warn?: { count: number | null; period: string | null }
  readonly error?: { count: number | null; period: string | null }
}

export function sourcesFile(
  sources: readonly Source[],
  { invocation = 'invocation-2', version = 'v3', at = '2026-03-01T07:00:00.000000Z' } = {},
) {
  return {
    metadata: {
      dbt_schema_version: `https://schemas.getdbt.com/dbt/sources/${version}.json`,
      dbt_version: '1.10.2',
      generated_at: at,
      invocation_id: invocation,
      env: {},
    },
    results: sources.map(({ id, status = 'pass', loadedAt = '2026-03-01T05:30:00+00:00', warn, error }) =>
      status === 'runtime error'
        ? { unique_id: id, error: 'relation "raw.orders" does not exist', status }
        : {
            unique_id: id,
            max_loaded_at: loadedAt,
            snapshotted_at: '2026-03-01T06:59:00.5+00:00',
            max_loaded_at_time_ago_in_s: 5_340.5,
            status,
            criteria: {
              warn_after: warn ?? { count: 12, period: 'hour' },
              error_after: error ?? { count: 1, period: 'day' },
              filter: null,
            },
            adapter_response: {},
            timing: [],
            thread_id: 'Thread-1',
            execution_time: 0.1,
          },
    ),
    elapsed_time: 0.4,
  }
}
