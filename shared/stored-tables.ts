/** Days that no setting says. A delivery is remembered for longer than its job, so that its message stays one. */
export const keptDays = { hookDeliveries: 400, removedChecks: 30 } as const

/** The tables that grow, in words, and which age their rows have: a setting's, or days. Null: kept for ever, or as long as the thing they stand for. */
export type AgeName = 'logs' | 'runs' | 'history' | 'incidents'

interface StoredTable {
  readonly label: string
  readonly age: AgeName | number | null
}

export const storedTables = {
  scheduled_job_runs: { label: 'Runs', age: 'runs' },
  run_steps: { label: 'Steps of runs', age: 'runs' },
  run_logs: { label: 'Log lines', age: 'logs' },
  run_artifacts: { label: 'Files of runs', age: 'runs' },
  backfills: { label: 'Backfills', age: 'runs' },
  external_runs: { label: 'Runs of other programs', age: 'runs' },
  lineage_datasets: { label: 'Datasets that other programs name', age: 'runs' },
  lineage_jobs: { label: 'Jobs that other programs name', age: 'runs' },
  dataset_status_history: { label: 'Results of datasets', age: 'history' },
  incidents: { label: 'Incidents', age: 'incidents' },
  incident_events: { label: 'Events of incidents', age: 'incidents' },
  notifications: { label: 'Notifications', age: 'incidents' },
  hook_deliveries: { label: 'Deliveries to hooks', age: keptDays.hookDeliveries },
  ping_checks: { label: 'Checks of pings', age: null },
  scheduled_jobs: { label: 'Jobs', age: null },
  dataset_status: { label: 'Datasets', age: null },
  operator_actions: { label: 'Record of actions', age: null },
  meta_ads_performance: { label: 'Figures of ads by day', age: null },
  meta_ads: { label: 'Ads', age: null },
  meta_ad_assets: { label: 'Images and videos of ads', age: null },
  library_ads: { label: 'Ads of others', age: null },
  landing_pages: { label: 'Landing pages', age: null },
} as const satisfies Record<string, StoredTable>

export type StoredTableName = keyof typeof storedTables

export function isStoredTable(name: string): name is StoredTableName {
  return Object.hasOwn(storedTables, name)
}

export const storedTableNames = Object.keys(storedTables).filter(isStoredTable)

/** What sweeps count: the tables, and the text that runs keep beside their log lines. */
export function labelOfRemoved(name: string): string {
  if (isStoredTable(name)) return storedTables[name].label
  return name === 'scheduled_job_runs.logs' ? 'Logs as text' : name
}
