import type { Database } from '../store/database.ts'
import { sweepBackfills } from '../store/housekeeping/backfills.ts'
import type { Batch, BatchRequest } from '../store/housekeeping/batch.ts'
import { sweepDatasetHistory } from '../store/housekeeping/dataset-history.ts'
import { sweepExternalRuns, sweepLineageNames } from '../store/housekeeping/external-runs.ts'
import { settleForgottenStarts } from '../store/housekeeping/forgotten-starts.ts'
import { sweepIncidents, sweepNotifications } from '../store/housekeeping/incidents.ts'
import { sweepHookDeliveries, sweepRemovedChecks } from '../store/housekeeping/intakes.ts'
import { sweepReports } from '../store/housekeeping/reports.ts'
import { sweepRunLogs } from '../store/housekeeping/run-logs.ts'
import { sweepAnnouncedRuns, sweepRuns } from '../store/housekeeping/runs.ts'
import type { KeepDays } from '../store/housekeeping/sweeps.ts'

/** One walk over rows of one kind, batch by batch, from the oldest. */
export interface Pass {
  /** For people: "runs". */
  readonly what: string
  readonly step: (database: Database, keep: KeepDays, request: BatchRequest) => Promise<Batch>
  /** It begins where the last sweep came to: every run between the age of logs and its own would be in its way. */
  readonly remembers?: true
}

/** In this order: logs first, so that runs go without them. But for logs, a walk meets nothing but what goes and what has to stay. */
export const passes: readonly Pass[] = [
  { what: 'starts of other programs', step: (database, _keep, request) => settleForgottenStarts(database, request) },
  {
    what: 'logs',
    step: (database, keep, request) => sweepRunLogs(database, keep.logs, request),
    remembers: true,
  },
  { what: 'runs', step: sweepRuns },
  {
    what: 'announced runs',
    step: (database, keep, request) => sweepAnnouncedRuns(database, keep.failedRuns, request),
  },
  {
    what: 'backfills',
    step: (database, keep, request) => sweepBackfills(database, keep.failedRuns, request),
  },
  { what: 'runs of other programs', step: sweepExternalRuns },
  {
    what: 'names of other programs',
    step: (database, keep, request) => sweepLineageNames(database, keep.failedRuns, request),
  },
  {
    what: 'results of datasets',
    step: (database, keep, request) => sweepDatasetHistory(database, keep.history, request),
  },
  { what: 'reports of programs', step: (database, keep, request) => sweepReports(database, keep.history, request) },
  {
    what: 'incidents',
    step: (database, keep, request) => sweepIncidents(database, keep.incidents, request),
  },
  {
    what: 'notifications',
    step: (database, keep, request) => sweepNotifications(database, keep.incidents, request),
  },
  { what: 'deliveries to hooks', step: (database, _keep, request) => sweepHookDeliveries(database, request) },
  { what: 'removed checks', step: (database, _keep, request) => sweepRemovedChecks(database, request) },
]
