import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useCommands } from '../app/commands.tsx'
import { useQueries } from '../client/context.tsx'
import { useBackfillOf } from './use-backfills.ts'

interface BackfillDatasetProps {
  readonly brandId: string
  readonly brandName: string
  readonly dataset: string
}

/** "Backfill…" of the job type that refreshes a dataset, where it is one that is about days; in the palette as well. */
export function BackfillDataset({ brandId, brandName, dataset }: BackfillDatasetProps) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const jobType = data?.jobTypes.find(
    ({ backfill, steps }) => backfill !== null && steps.some((step) => step.dataset === dataset),
  )
  const backfill = useBackfillOf(
    jobType === undefined ? null : { brandId, brandName, jobType: jobType.key, likeJobId: null, parameters: {} },
  )
  useCommands(
    backfill === null
      ? []
      : [
          {
            id: `dataset backfill ${dataset}`,
            label: 'Backfill: run old days of this dataset again…',
            disabledReason: backfill.reason,
            run: backfill.begin,
          },
        ],
  )
  if (backfill === null) return null
  return (
    <Button
      variant="default"
      disabled={backfill.reason !== null}
      title={backfill.reason ?? undefined}
      onClick={backfill.begin}
    >
      Backfill…
    </Button>
  )
}
