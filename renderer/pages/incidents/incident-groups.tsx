import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { IncidentGroup } from '../../../shared/contract/incidents.ts'
import { usePlace, useSearchParameters } from '../../app/places.ts'
import { useQueries, useSession } from '../../client/context.tsx'
import { type Column, DataList } from '../../components/data-list.tsx'
import { Failure } from '../../components/failure.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { kindInWords } from '../../incidents/incident-words.ts'
import { useMuting } from '../../mutes/muting.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import { NoIncidents } from './no-incidents.tsx'
import { askedOf, type IncidentFilters } from './use-incident-pages.ts'

export const groupings = ['none', 'dataset', 'brand'] as const
export type Grouped = Exclude<(typeof groupings)[number], 'none'>

interface IncidentGroupsProps {
  readonly by: Grouped
  readonly filters: IncidentFilters
  readonly isFiltered: boolean
  readonly onClear: () => void
}

/** What is wrong, one row for each dataset or brand that many incidents are about; a row opens the list of its own. */
export function IncidentGroups({ by, filters, isFiltered, onClear }: IncidentGroupsProps) {
  const groups = useGroups(by, filters)
  const [, change] = useSearchParameters()
  const open = useCallback(
    ({ kind, dataset, brand }: IncidentGroup) =>
      change({
        group: null,
        ...(kind === null ? {} : { kind }),
        // By brand, it is counted among what the dataset filter leaves, which stays.
        ...(by === 'dataset' ? { dataset: dataset?.key ?? null } : {}),
        ...(brand === null ? {} : { brand: brand.id }),
      }),
    [change, by],
  )
  return (
    <>
      {groups.error !== null && <Failure error={groups.error} onRetry={() => void groups.refetch()} />}
      <DataList
        caption={`Incidents, counted by ${by}, the largest first`}
        rows={groups.data?.groups ?? noGroups}
        columns={columns}
        rowId={groupId}
        rowName={groupName}
        onOpen={open}
        isLoading={groups.isPending}
        empty={groups.isSuccess && <NoIncidents isFiltered={isFiltered} onClear={onClear} />}
      />
    </>
  )
}

const noGroups: readonly IncidentGroup[] = []

function useGroups(by: Grouped, filters: IncidentFilters) {
  const { operator } = useSession()
  const place = usePlace()
  return useQuery(
    useQueries().incidents.groups.queryOptions({
      input: {
        ...place,
        by,
        ...askedOf(filters, operator),
      },
      placeholderData: keepPreviousData,
    }),
  )
}

/** Two brands, or two datasets, may have the same name. */
function groupId({ kind, dataset, brand }: IncidentGroup): string {
  return `${kind ?? ''} ${brand?.id ?? ''} ${dataset?.key ?? ''}`
}

/** "Stale dataset: Orders", "Acme" */
function groupName({ kind, dataset, brand }: IncidentGroup): string {
  if (brand !== null) return brand.name
  const what = kind === null ? 'Several kinds' : kindInWords(kind)
  return dataset === null ? what : `${what}: ${dataset.label}`
}

/** Made once. */
const columns: readonly Column<IncidentGroup>[] = [
  {
    id: 'what',
    header: 'What is wrong',
    width: 'minmax(140px, 3fr)',
    cell: (group) => <Name text={groupName(group)} />,
  },
  {
    id: 'incidents',
    header: 'Incidents',
    width: '88px',
    align: 'right',
    cell: ({ incidents }) => incidents.toLocaleString(),
  },
  {
    id: 'open',
    header: 'Open',
    width: '72px',
    align: 'right',
    isLeftOutOnPhones: true,
    cell: ({ open }) => open.toLocaleString(),
  },
  {
    id: 'first',
    header: 'Since',
    width: '112px',
    secondary: true,
    cell: ({ firstOpenedAt }) => <Age at={firstOpenedAt} />,
  },
  {
    id: 'last',
    header: 'Newest',
    width: '112px',
    secondary: true,
    cell: ({ lastOpenedAt }) => <Age at={lastOpenedAt} />,
  },
  {
    id: 'actions',
    header: 'Actions',
    isHeaderHidden: true,
    width: '84px',
    align: 'right',
    cell: (group) => <MuteGroup group={group} />,
  },
]

function MuteGroup({ group }: { group: IncidentGroup }) {
  const mute = useMuting()
  const whyNot = useWhyNot()
  const { kind, dataset, brand } = group
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={`Mute ${groupName(group)}`}
      disabled={whyNot !== null}
      title={whyNot ?? undefined}
      onClick={(event) => {
        event.stopPropagation()
        mute({ kind, dataset: dataset?.key ?? null, brandId: brand?.id ?? null, jobType: null })
      }}
    >
      Mute…
    </Button>
  )
}
