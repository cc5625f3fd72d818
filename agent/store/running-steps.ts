import type { Database, Statement } from './database.ts'

/** The step a run is at. */
export interface RunningStep {
  readonly runId: string
  readonly stepKey: string
  readonly progressDone: number | null
  /** Null = not known. */
  readonly progressTotal: number | null
}

const listStatement: Statement = {
  name: 'list_running_steps',
  text: `
select run_id as "runId", step_key as "stepKey", progress_done as "progressDone", progress_total as "progressTotal"
from run_steps
where run_id = any ($1::uuid[]) and status = 'running'`,
}

export async function listRunningSteps(database: Database, runIds: readonly string[]): Promise<RunningStep[]> {
  return database.query<RunningStep>(listStatement, [runIds])
}
