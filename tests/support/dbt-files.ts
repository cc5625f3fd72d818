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

export interface ManifestNode {
  readonly alias?: string
  readonly description?: string
  /** Of `meta`, or of `config.meta`. */
  readonly meta?: object
  readonly config?: object
  readonly freshness?: { warn_after?: object; error_after?: object } | null
}

/** Of models and the like, and of sources, by their names. */
export function manifestFile(given: Readonly<Record<string, ManifestNode>>, { version = 'v12' } = {}) {
  const all = Object.entries(given).map(([id, { alias, ...node }]) => {
    const [kind = '', project, ...names] = id.split('.')
    const name = names.at(-1)
    const own = kind === 'source' ? { source_name: names[0], identifier: alias ?? name } : { alias: alias ?? name }
    const usual = { database: 'db', schema: kind === 'source' ? names[0] : 'shop', name, resource_type: kind }
    return [
      id,
      { ...usual, ...own, package_name: project, unique_id: id, description: '', columns: {}, tags: [], ...node },
    ] as const
  })
  return {
    metadata: {
      dbt_schema_version: `https://schemas.getdbt.com/dbt/manifest/${version}.json`,
      dbt_version: '1.10.2',
      generated_at: '2026-03-01T06:00:00.000000Z',
      project_name: 'shop',
      adapter_type: 'postgres',
    },
    nodes: Object.fromEntries(all.filter(([id]) => !id.startsWith('source.'))),
    sources: Object.fromEntries(all.filter(([id]) => id.startsWith('source.'))),
    macros: {},
    docs: {},
    exposures: {},
    parent_map: {},
  }
}
