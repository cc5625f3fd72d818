import type { JobRow } from '../../shared/contract/jobs.ts'
import type { JobAction } from '../../shared/domain.ts'

export interface ActionWords {
  /** On the button: "Pause". */
  readonly verb: string
  /** Told afterwards: "paused". */
  readonly done: string
  /** Why it does nothing for this job; null when it applies. */
  readonly notFor: (job: JobRow) => string | null
  /** Why somebody has to look at the job before it is done, so that of many it is skipped; null when nobody has. */
  readonly looksFirst: (job: JobRow) => string | null
  /** What takes it back; null = it cannot be taken back. */
  readonly undo: JobAction | null
}

/** Said before the last run of a job is repeated of which nobody knows whether it did its work. */
export const mayBeTwice =
  'It is not known whether its last run did its work, so it may be done twice. Look at that run first.'

const nobodyHas = (): null => null

/** What each action is called, whom it applies to and what takes it back. Total: an action without words does not compile. */
export const jobActionWords: Readonly<Record<JobAction, ActionWords>> = {
  run_now: {
    verb: 'Run now',
    done: 'queued to run now',
    looksFirst: nobodyHas,
    undo: null,
    notFor: (job) => (job.hasNoAgent ? `no agent can run ${job.jobType}` : null),
  },
  pause: {
    verb: 'Pause',
    done: 'paused',
    looksFirst: nobodyHas,
    undo: 'resume',
    notFor: ({ status }) => (status === 'active' ? null : `already ${status}`),
  },
  resume: {
    verb: 'Resume',
    done: 'resumed',
    looksFirst: nobodyHas,
    undo: 'pause',
    notFor: ({ status }) => (status === 'paused' ? null : 'not paused'),
  },
  retry: {
    verb: 'Retry',
    done: 'due again now',
    looksFirst: ({ lastRun }) =>
      lastRun?.problem === 'outcome_unknown' && lastRun.decision === null
        ? 'its outcome is not known: look at its run first'
        : null,
    undo: null,
    notFor: (job) => {
      if (job.currentRun !== null) return 'running'
      if (job.status === 'paused') return 'paused'
      if (job.lastRun?.decision === 'done') return 'its last run was found done'
      const last = job.lastRun?.status
      return last === 'failed' || last === 'cancelled' ? null : 'its last run did not fail'
    },
  },
  cancel: {
    verb: 'Cancel run',
    done: 'asked to stop',
    looksFirst: nobodyHas,
    undo: null,
    notFor: ({ currentRun }) => {
      if (currentRun === null) return 'not running'
      return currentRun.cancelRequestedAt === null ? null : 'stopping already'
    },
  },
  archive: {
    verb: 'Archive',
    done: 'archived',
    looksFirst: nobodyHas,
    undo: 'restore',
    notFor: ({ status }) => (status === 'archived' ? 'already archived' : null),
  },
  restore: {
    verb: 'Restore',
    done: 'restored',
    looksFirst: nobodyHas,
    undo: 'archive',
    notFor: ({ status }) => (status === 'archived' ? null : 'not archived'),
  },
}

/** How a selection divides for an action: whom it is done to, and whom not and why, with counts. */
export function divided(
  action: JobAction,
  jobs: readonly JobRow[],
): {
  readonly applies: readonly JobRow[]
  readonly skipped: readonly { readonly reason: string; readonly count: number }[]
} {
  const { notFor, looksFirst } = jobActionWords[action]
  const why = (job: JobRow): string | null => notFor(job) ?? (jobs.length > 1 ? looksFirst(job) : null)
  const applies = jobs.filter((job) => why(job) === null)
  const reasons = Map.groupBy(
    jobs.flatMap((job) => why(job) ?? []),
    (reason) => reason,
  )
  return { applies, skipped: [...reasons].map(([reason, all]) => ({ reason, count: all.length })) }
}

/** J5: of one job alone a person is asked, and so decides that its last run did not do its work; of several each has to be looked at by itself. */
export function decidesNotDone(action: JobAction, jobs: readonly Partial<Pick<JobRow, 'lastRun'>>[]): boolean {
  return action === 'retry' && jobs.length === 1 && jobs[0]?.lastRun?.problem === 'outcome_unknown'
}
