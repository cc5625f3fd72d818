import type { RunProblem, RunStatus } from '../../shared/domain.ts'
import type { ClaimedRun } from '../store/claim.ts'

/** What an agent tells whoever shows it: the live status in a terminal, later the console, and tests. */
export type AgentEvent =
  | { readonly type: 'run_started'; readonly run: RunLabel; readonly missed: number }
  | {
      readonly type: 'run_ended'
      readonly run: RunLabel
      readonly status: RunStatus
      readonly problem: RunProblem | null
      readonly errorMessage: string | null
    }
  | { readonly type: 'run_lost'; readonly run: RunLabel }
  /** It has ended, and the agent stops before the database has answered: its result waits on this device (O3). */
  | { readonly type: 'run_kept'; readonly run: RunLabel }
  /** What an earlier process kept of a run was delivered, or came too late and is dropped. */
  | { readonly type: 'late_result'; readonly runId: string; readonly isDelivered: boolean; readonly message: string }
  | { readonly type: 'run_recovered'; readonly runId: string; readonly jobId: string; readonly message: string }
  | { readonly type: 'job_skipped'; readonly jobId: string; readonly message: string }
  | { readonly type: 'database'; readonly reachable: boolean; readonly message: string }
  /** Fault 30: an older copy of it was restored, or it is another one. */
  | { readonly type: 'database_replaced'; readonly message: string }
  | { readonly type: 'listening'; readonly listening: boolean; readonly message: string }
  | { readonly type: 'trouble'; readonly message: string }
  | { readonly type: 'state'; readonly state: 'running' | 'draining' | 'stopped' }

export interface RunLabel {
  readonly runId: string
  readonly jobId: string
  readonly jobName: string
  readonly jobType: string
  readonly brandName: string | null
  readonly attempt: number
}

/** The end of a run of this process, whatever became of its result; null for any other event. */
export function endedRun(event: AgentEvent): RunLabel | null {
  const isEnd = event.type === 'run_ended' || event.type === 'run_lost' || event.type === 'run_kept'
  return isEnd ? event.run : null
}

export type AgentListener = (event: AgentEvent) => void

export function labelOf(run: ClaimedRun): RunLabel {
  const { runId, jobId, jobName, jobType, brandName, attempt } = run
  return { runId, jobId, jobName, jobType, brandName, attempt }
}
