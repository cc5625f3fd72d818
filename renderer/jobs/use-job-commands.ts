import type { JobRow } from '../../shared/contract/jobs.ts'
import { type JobAction, jobActions } from '../../shared/domain.ts'
import { useCommands } from '../app/commands.tsx'
import { copyLinkTo } from '../app/copy-link.ts'
import { useBackfillOfJob } from '../backfills/use-backfills.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { jobActionWords } from './job-actions.ts'
import { useJobAction } from './use-job-actions.ts'

const labels: Readonly<Record<JobAction, string>> = {
  run_now: 'Run this job now',
  pause: 'Pause this job',
  resume: 'Resume this job',
  retry: 'Retry this job',
  cancel: 'Cancel the run of this job',
  archive: 'Archive this job',
  restore: 'Restore this job',
}

/** Offers what can be done to the job that is open in the palette; what does not apply is listed with its reason. */
export function useJobCommands(job: JobRow, onEdit: () => void): void {
  const act = useJobAction()
  const backfill = useBackfillOfJob(job)
  const whyNot = useWhyNot()
  useCommands([
    ...jobActions.map((action) => ({
      id: `job ${action}`,
      label: labels[action],
      disabledReason: whyNot ?? jobActionWords[action].notFor(job),
      run: () => act(action, job),
    })),
    ...(backfill === null
      ? []
      : [
          {
            id: 'job backfill',
            label: 'Backfill: run old days of this job again…',
            disabledReason: backfill.reason,
            run: backfill.begin,
          },
        ]),
    { id: 'job edit', label: 'Edit this job', disabledReason: whyNot ?? whyNotEdit(job), run: onEdit },
    { id: 'job link', label: 'Copy the link of this job', run: () => copyLinkTo({ kind: 'job', jobId: job.id }) },
  ])
}

/** Why a job has no form; null when it has one. */
export function whyNotEdit({ scheduleType, status }: JobRow): string | null {
  if (scheduleType !== 'recurring') return 'it runs once'
  return status === 'archived' ? 'archived' : null
}
