import type { JsonObject, StepStatus } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

export interface RunStep {
  readonly position: number
  readonly stepKey: string
  readonly status: StepStatus
  readonly fatal: boolean
  readonly datasetKey: string | null
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly recordsAffected: number | null
  readonly progressDone: number | null
  readonly progressTotal: number | null
  readonly errorMessage: string | null
  readonly metadata: JsonObject
}

const listStatement: Statement = {
  name: 'list_run_steps',
  text: `
select position, step_key as "stepKey", status, fatal, dataset_key as "datasetKey", started_at as "startedAt",
  completed_at as "completedAt", records_affected as "recordsAffected", progress_done as "progressDone",
  progress_total as "progressTotal", error_message as "errorMessage", metadata
from run_steps
where run_id = $1::uuid
order by position`,
}

/** The steps of a run in order; empty for runs of other programs. */
export async function listRunSteps(database: Database, runId: string): Promise<RunStep[]> {
  return database.query<RunStep>(listStatement, [runId])
}
