import type { JobRow } from '../../shared/contract/jobs.ts'
import { heldWords, isInForce } from '../../shared/holds.ts'
import type { StateName } from '../components/state-mark.tsx'

/** Platform-level jobs have no brand; a brand that was deleted has no name any more. */
export function brandOfJob(job: Pick<JobRow, 'brand'>): string {
  return job.brand?.name ?? 'Platform'
}

/** Names a job for screen readers: "Nightly sync for Acme". */
export function jobInWords(job: Pick<JobRow, 'name' | 'brand'>): string {
  return `${job.name} for ${brandOfJob(job)}`
}

/** How a job's state is shown. */
export function stateOfJob(job: JobRow, now: Date): { readonly state: StateName; readonly word?: string } {
  if (job.currentRun !== null && job.currentRun.cancelRequestedAt !== null)
    return { state: 'running', word: 'Stopping' }
  if (isHeld(job, now)) return { state: 'held' }
  if (job.state === 'retrying')
    return { state: 'retrying', word: `Retrying, attempt ${job.attempt} of ${job.maxRetries + 1}` }
  if (job.state === 'running' && job.attempt > 1) {
    return { state: 'running', word: `Running, attempt ${job.attempt} of ${job.maxRetries + 1}` }
  }
  return { state: job.state }
}

/** Whether a hold keeps it from starting; what runs goes on. One that is over by its time holds nothing more. */
export function isHeld({ hold, state }: Pick<JobRow, 'hold' | 'state'>, now: Date): boolean {
  return hold !== null && isInForce(hold, now) && (state === 'active' || state === 'retrying')
}

/** Why a job does not do what it is there for, or what its last error was; null when there is nothing to say. */
export function reasonOfJob(job: JobRow, now: Date): string | null {
  if (job.hold !== null && isHeld(job, now)) return `Nothing starts: ${heldWords(job.hold)}`
  if (job.hasNoAgent && job.state !== 'archived' && job.state !== 'completed') return `No agent can run ${job.jobType}.`
  return job.lastError
}

/** `3/5 assets` */
export function stepInWords(step: NonNullable<NonNullable<JobRow['currentRun']>['step']>): string {
  return `${step.number}/${step.count} ${step.key}`
}
