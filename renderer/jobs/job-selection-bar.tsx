import { Button, Group, Popover, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import type { JobAction } from '../../shared/domain.ts'
import { counted } from '../components/counts.ts'
import { SelectionBar } from '../components/selection-bar.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import { divided, jobActionWords, mayBeTwice } from './job-actions.ts'
import type { Choice } from './use-choice.ts'
import { useJobActions } from './use-job-actions.ts'

const bulkActions = [
  'run_now',
  'pause',
  'resume',
  'retry',
  'cancel',
  'archive',
  'restore',
] as const satisfies readonly JobAction[]

export interface JobSelectionBarProps {
  readonly choice: Choice
  /** How many match; null while nobody knows. */
  readonly total: number | null
  /** Of these, what applies to any of them. Absent = all. */
  readonly actions?: readonly JobAction[]
  /** What the jobs are called here; absent = jobs. */
  readonly noun?: string
  /** What else can be done to all of them. */
  readonly children?: ReactNode
}

/** What can be done to everything that is selected, with exact counts; says before it is done what will be skipped and why. */
export function JobSelectionBar(props: JobSelectionBarProps) {
  const { choice, total, actions = bulkActions, noun = 'job', children } = props
  const whyNot = useWhyNot()
  const { jobs, possible } = choice
  if (jobs.length === 0) return null
  const onDone = choice.settle
  const offered = actions.filter((action) => divided(action, jobs).applies.length > 0)
  return (
    <SelectionBar label={`Selected ${noun}s`} counted={counted(jobs.length, noun)} onClear={() => onDone([])}>
      {possible !== null && (
        <Button variant="subtle" loading={choice.isReading} onClick={choice.chooseAll}>
          {possible === total
            ? `Select all ${possible.toLocaleString()} that match`
            : `Select the first ${possible.toLocaleString()} of ${total?.toLocaleString()} that match`}
        </Button>
      )}
      {children}
      {offered.map((action) => (
        <BulkButton key={action} action={action} jobs={jobs} noun={noun} whyNot={whyNot} onDone={onDone} />
      ))}
    </SelectionBar>
  )
}

interface BulkProps {
  readonly action: JobAction
  readonly jobs: readonly JobRow[]
  readonly noun: string
  readonly whyNot: string | null
  /** With the ids of those that stay selected. */
  readonly onDone: (left: string[]) => void
}

function BulkButton({ action, jobs, noun, whyNot, onDone }: BulkProps) {
  const { act, isPending } = useJobActions()
  const [isAsking, setIsAsking] = useState(false)
  const { verb, undo, looksFirst } = jobActionWords[action]
  const { applies, skipped } = divided(action, jobs)
  const label = `${verb} ${applies.length.toLocaleString()}`
  const run = (): void => {
    setIsAsking(false)
    act(action, applies, onDone)
  }
  // Reversible and nothing skipped: there is nothing to ask.
  const press = (): void => (undo !== null && skipped.length === 0 ? run() : setIsAsking(true))
  return (
    <Popover opened={isAsking} onChange={setIsAsking} position="top" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" disabled={whyNot !== null || isPending} title={whyNot ?? undefined} onClick={press}>
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" maw={340}>
          <Text size="sm" fw={600}>
            {verb}: {counted(applies.length, noun)}
          </Text>
          {applies.some((job) => looksFirst(job) !== null) && <Text size="sm">{mayBeTwice}</Text>}
          {skipped.map(({ reason, count }) => (
            <Text key={reason} size="sm" className="pm-dim">
              Skips {count.toLocaleString()}: {reason}.
            </Text>
          ))}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>
              Leave as it is
            </Button>
            <Button onClick={run}>{`${verb} ${counted(applies.length, noun)}`}</Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
