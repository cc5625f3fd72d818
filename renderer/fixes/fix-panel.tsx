import { Button, Group, Popover, ScrollArea, Stack, Text } from '@mantine/core'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import type { Contract } from '../../shared/contract/index.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { Failure } from '../components/failure.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { counted } from '../jobs/job-words.ts'
import { useWhyNot } from '../run-now/why-not.ts'

export interface FixPanelProps {
  readonly cells: readonly { readonly brandId: string; readonly dataset: string }[]
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onStarted: () => void
  /** What the panel hangs on. */
  readonly target: ReactElement
}

/** What fixing the chosen datasets would start, and what it leaves alone and why; then starts it, once. */
export function FixPanel({ cells, isOpen, onClose, onStarted, target }: FixPanelProps) {
  return (
    <Popover opened={isOpen} onDismiss={onClose} position="top-end" width={420} trapFocus returnFocus>
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown>{isOpen && <Preview cells={cells} onClose={onClose} onStarted={onStarted} />}</Popover.Dropdown>
    </Popover>
  )
}

function Preview({ cells, onClose, onStarted }: Pick<FixPanelProps, 'cells' | 'onClose' | 'onStarted'>) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const whyNot = useWhyNot()
  const chosen = cells.slice(0, 5_000)
  // One preview, one intent: however often it is sent, it starts once.
  const [requestId] = useState(() => crypto.randomUUID())
  const preview = useQuery(
    queries.freshness.previewFixes.queryOptions({ input: { organizationId, cells: chosen }, staleTime: 0, gcTime: 0 }),
  )
  const start = useMutation(
    queries.freshness.runFixes.mutationOptions({
      onError: notifyFailure,
      onSuccess: ({ jobIds }) => {
        notifyDone(jobIds.length === 1 ? '1 run is queued.' : `${jobIds.length} runs are queued.`)
        onStarted()
        return cache.invalidateQueries({ queryKey: queries.jobs.key() })
      },
    }),
  )
  const runs = preview.data?.runs ?? []
  const label = runs.length === 0 ? 'Start' : `Start ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`
  return (
    <Stack gap="sm">
      {preview.error !== null ? (
        <Failure error={preview.error} onRetry={() => void preview.refetch()} />
      ) : preview.data === undefined ? (
        <Text size="sm">Looking at what would help…</Text>
      ) : (
        <Plan plan={preview.data} />
      )}
      {whyNot !== null && <Text size="sm">{whyNot}</Text>}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={runs.length === 0 || whyNot !== null}
          loading={start.isPending}
          onClick={() => start.mutate({ organizationId, cells: chosen, requestId })}
        >
          {label}
        </Button>
      </Group>
    </Stack>
  )
}

type FixPlan = InferContractRouterOutputs<Contract>['freshness']['previewFixes']

function Plan({ plan: { runs, skipped } }: { plan: FixPlan }) {
  const started = runs.length === 1 ? 'Starts 1 run' : `Starts ${runs.length} runs`
  return (
    <>
      <Text size="sm" fw={600}>
        {runs.length === 0 ? 'Nothing to start' : `${started} for ${counted(fixedCount(runs), 'dataset')}`}
        {skipped.length > 0 && `, leaves ${skipped.length} alone`}
      </Text>
      <ScrollArea.Autosize mah={280} viewportProps={{ tabIndex: 0 }}>
        <Stack gap={4}>
          {runs.map((run) => (
            <Text key={`${run.brandId} ${run.jobType} ${run.datasets.join()}`} size="sm">
              <strong>{run.jobType}</strong> for <bdi>{run.brandName}</bdi>: {run.datasets.join(', ')}
              {run.waitsBehindRunId !== null && <span className="pm-dim"> · waits behind a run in progress</span>}
            </Text>
          ))}
          {skipped.map(({ brandId, brandName, dataset, reason }) => (
            <Text key={`${brandId} ${dataset}`} size="sm" className="pm-dim">
              Left alone: <bdi>{brandName}</bdi>, {dataset}. {reason}
            </Text>
          ))}
        </Stack>
      </ScrollArea.Autosize>
    </>
  )
}

function fixedCount(runs: readonly { readonly datasets: readonly string[] }[]): number {
  return runs.reduce((count, run) => count + run.datasets.length, 0)
}
