import { Button, Group, Popover, ScrollArea, Stack, Text } from '@mantine/core'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import type { Contract } from '../../shared/contract/index.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { counted } from '../components/counts.ts'
import { Failure } from '../components/failure.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { startedInWords } from './fix-words.ts'

/** So many datasets are fixed at a time: nobody can look through a longer preview. */
export const mostFixes = 5_000

export interface FixPanelProps {
  /** At most `mostFixes`. */
  readonly cells: readonly { readonly brandId: string; readonly dataset: string }[]
  readonly isOpen: boolean
  readonly onClose: () => void
  /** How many are chosen; those beyond `cells` stay so. */
  readonly chosen: number
  readonly onStarted: () => void
  /** What datasets are called, by key. */
  readonly labels: ReadonlyMap<string, string>
  /** What the panel hangs on. */
  readonly target: ReactElement
}

/** What fixing the chosen datasets would start, and what it leaves alone and why; then starts it, once. */
export function FixPanel({ isOpen, target, ...preview }: FixPanelProps) {
  return (
    <Popover
      opened={isOpen}
      onDismiss={preview.onClose}
      position="top-start"
      // A phone is narrower, and what starts it stands on the right.
      width="min(420px, calc(100vw - 16px))"
      trapFocus
      returnFocus
    >
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown>{isOpen && <Preview {...preview} />}</Popover.Dropdown>
    </Popover>
  )
}

function Preview({ cells, chosen, labels, onClose, onStarted }: Omit<FixPanelProps, 'isOpen' | 'target'>) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const whyNot = useWhyNot()
  // One preview, one intent: however often it is sent, it starts once.
  const [requestId] = useState(() => crypto.randomUUID())
  const preview = useQuery(
    queries.freshness.previewFixes.queryOptions({
      input: { organizationId, cells: [...cells] },
      staleTime: 0,
      gcTime: 0,
    }),
  )
  const start = useMutation(
    queries.freshness.runFixes.mutationOptions({
      onError: notifyFailure,
      onSuccess: ({ jobIds, skipped }) => {
        notifyDone(startedInWords(jobIds.length, skipped, cells.length))
        onStarted()
        return cache.invalidateQueries({ queryKey: queries.jobs.key() })
      },
    }),
  )
  const runs = preview.data?.runs ?? []
  const label = runs.length === 0 ? 'Start' : `Start ${counted(runs.length, 'run')}`
  return (
    <Stack gap="sm">
      {chosen > cells.length && (
        <Text size="sm">
          The first {cells.length.toLocaleString()} of {chosen.toLocaleString()} datasets; the others stay chosen.
        </Text>
      )}
      {preview.error !== null ? (
        <Failure error={preview.error} onRetry={() => void preview.refetch()} />
      ) : preview.data === undefined ? (
        <Text size="sm">Looking at what would help…</Text>
      ) : (
        <Plan plan={preview.data} labels={labels} />
      )}
      {whyNot !== null && <Text size="sm">{whyNot}</Text>}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={runs.length === 0 || whyNot !== null}
          loading={start.isPending}
          onClick={() => start.mutate({ organizationId, cells: [...cells], requestId })}
        >
          {label}
        </Button>
      </Group>
    </Stack>
  )
}

type FixPlan = InferContractRouterOutputs<Contract>['freshness']['previewFixes']

function Plan({ plan: { runs, skipped }, labels }: { plan: FixPlan; labels: ReadonlyMap<string, string> }) {
  const named = (dataset: string): string => labels.get(dataset) ?? dataset
  return (
    <>
      <Text size="sm" fw={600}>
        {planInWords(runs, skipped.length)}
      </Text>
      <ScrollArea.Autosize mah={280} viewportProps={{ tabIndex: 0 }}>
        <Stack gap={4}>
          {runs.map((run) => (
            <Text key={`${run.brandId} ${run.jobType} ${run.datasets.join()}`} size="sm">
              <strong>{run.jobType}</strong> for <bdi>{run.brandName}</bdi>: {run.datasets.map(named).join(', ')}
              {run.waitsBehindRunId !== null && <span className="pm-dim"> · waits behind a run in progress</span>}
            </Text>
          ))}
          {skipped.map(({ brandId, brandName, dataset, reason }) => (
            <Text key={`${brandId} ${dataset}`} size="sm" className="pm-dim">
              Left alone: {named(dataset)} of <bdi>{brandName}</bdi>. {reason}
            </Text>
          ))}
        </Stack>
      </ScrollArea.Autosize>
    </>
  )
}

/** "Starts 2 runs for 5 datasets, leaves 1 alone". */
function planInWords(runs: FixPlan['runs'], skipped: number): string {
  if (runs.length === 0) {
    return skipped === 1 ? 'Nothing to start: it is left alone' : `Nothing to start: all ${skipped} are left alone`
  }
  const rest = skipped > 0 ? `, leaves ${skipped} alone` : ''
  return `Starts ${counted(runs.length, 'run')} for ${counted(fixedCount(runs), 'dataset')}${rest}`
}

function fixedCount(runs: readonly { readonly datasets: readonly string[] }[]): number {
  return runs.reduce((count, run) => count + run.datasets.length, 0)
}
