import { Button, Group, Popover, Stack, Text, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobAction } from '../../../shared/domain.ts'
import { useBackfillOfJob } from '../../backfills/use-backfills.ts'
import { jobActionWords } from '../../jobs/job-actions.ts'
import { brandOfJob } from '../../jobs/job-words.ts'
import { useAskFirst, useJobActions } from '../../jobs/use-job-actions.ts'
import { useJobCommands, whyNotEdit } from '../../jobs/use-job-commands.ts'
import { RunNowButton } from '../../run-now/run-now.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'

export interface JobActionsBarProps {
  readonly job: JobRow
  readonly onEdit: () => void
  readonly onDuplicate: () => void
}

/** What can be done to a job. What can be taken back happens at once; stopping a run asks first. */
export function JobActionsBar({ job, onEdit, onDuplicate }: JobActionsBarProps) {
  const { act, isPending } = useJobActions()
  const askOrAct = useAskFirst(act)
  const whyNot = useWhyNot()
  const backfill = useBackfillOfJob(job)
  useJobCommands(job, onEdit)
  const isRecurring = job.scheduleType === 'recurring'
  const isArchived = job.status === 'archived'
  const button = (action: JobAction) => (
    <ActionButton
      key={action}
      label={jobActionWords[action].verb}
      reason={whyNot ?? jobActionWords[action].notFor(job)}
      isPending={isPending}
      onPress={() => askOrAct(action, job)}
    />
  )
  return (
    <Group gap={8}>
      <RunNowButton
        brandId={job.brand?.id ?? null}
        brandName={job.brand === null ? null : brandOfJob(job)}
        jobType={job.jobType}
        jobId={job.id}
        parameters={job.parameters}
        disabledReason={job.parametersReadable ? null : 'Its parameters cannot be read.'}
      />
      {backfill !== null && <ActionButton label="Backfill…" reason={backfill.reason} onPress={backfill.begin} />}
      {jobActionWords.retry.notFor(job) === null && button('retry')}
      {job.currentRun !== null && (
        <CancelRun
          job={job}
          reason={whyNot ?? jobActionWords.cancel.notFor(job)}
          onConfirm={() => act('cancel', [job])}
        />
      )}
      {!isArchived && job.status !== 'completed' && button(job.status === 'paused' ? 'resume' : 'pause')}
      {whyNotEdit(job) === null && <ActionButton label="Edit" reason={whyNot} onPress={onEdit} />}
      {isRecurring && <ActionButton label="Duplicate" reason={whyNot} onPress={onDuplicate} />}
      {button(isArchived ? 'restore' : 'archive')}
    </Group>
  )
}

interface ActionButtonProps {
  readonly label: string
  /** Why it cannot be pressed; null when it can. */
  readonly reason: string | null
  readonly isPending?: boolean
  readonly onPress: () => void
}

function ActionButton({ label, reason, isPending = false, onPress }: ActionButtonProps) {
  return (
    <Tooltip label={reason} disabled={reason === null}>
      <Button
        variant="default"
        aria-disabled={reason !== null || isPending}
        data-disabled={reason !== null || undefined}
        onClick={reason === null && !isPending ? onPress : undefined}
      >
        {label}
      </Button>
    </Tooltip>
  )
}

function CancelRun({ job, reason, onConfirm }: { job: JobRow; reason: string | null; onConfirm: () => void }) {
  const [isAsking, setIsAsking] = useState(false)
  return (
    <Popover opened={isAsking} onChange={setIsAsking} position="bottom-end" trapFocus returnFocus width={320}>
      <Popover.Target>
        <span>
          <ActionButton label="Cancel run" reason={reason} onPress={() => setIsAsking(!isAsking)} />
        </span>
      </Popover.Target>
      <Popover.Dropdown aria-label="Cancel run">
        <Stack gap="sm">
          <Text size="sm">
            Cancel the run of <bdi>{job.name.slice(0, 200)}</bdi> that is in progress? Its agent stops the step in
            progress; the steps after it do not start.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>
              Keep running
            </Button>
            <Button
              color="red"
              onClick={() => {
                setIsAsking(false)
                onConfirm()
              }}
            >
              Cancel 1 run
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
