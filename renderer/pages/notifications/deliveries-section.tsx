import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { DeliveryView } from '../../../shared/contract/notifications.ts'
import { deliveryStates } from '../../../shared/incidents.ts'
import { choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useDrawer, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { morePages } from '../../client/more-pages.ts'
import { useFollowClock } from '../../client/now.tsx'
import { counted } from '../../components/counts.ts'
import { type Column, DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SelectFilter } from '../../components/filters-bar.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { deliveryLooks } from '../../incidents/delivery-words.ts'

const codecs = { channel: textFilter, state: choicesFilter(deliveryStates) }
const pageSize = 100
const anyChannel = ''

const noDeliveries: readonly DeliveryView[] = []
const rowId = ({ id }: DeliveryView): string => id
const rowName = (delivery: DeliveryView): string => `${titleOf(delivery)} on ${delivery.channel}`

/** Everything that was told or was to be, the newest first; with what the other side said. */
export function DeliveriesSection() {
  const { filters, set, clear, active } = useFilters(codecs)
  const pages = useDeliveryPages(filters)
  const { opened, open } = useDrawer()
  const openIncident = useCallback(
    ({ incidentId }: DeliveryView) => {
      if (incidentId !== null) open({ kind: 'incident', incidentId })
    },
    [open],
  )
  const openedId = opened?.kind === 'incident' ? opened.incidentId : null
  return (
    <>
      <FilterBar active={active} onClear={clear}>
        <ChannelFilter value={filters.channel} onChange={(channel) => set({ channel })} />
        <ChoicesFilter
          label="State"
          choices={deliveryStates.map((state) => ({
            value: state,
            label: deliveryLooks[state].word,
            mark: <StateMark {...deliveryLooks[state]} />,
          }))}
          values={filters.state}
          onChange={(chosen) => set({ state: deliveryStates.filter((state) => chosen.includes(state)) })}
        />
      </FilterBar>
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <DataList
        caption="Deliveries, the newest first"
        rows={pages.rows}
        columns={columns}
        rowId={rowId}
        rowName={rowName}
        onOpen={openIncident}
        openedId={pages.rows.find(({ incidentId }) => incidentId !== null && incidentId === openedId)?.id ?? null}
        onEndReached={morePages(pages)}
        isLoading={pages.isPending}
        empty={pages.isSuccess && <NoDeliveries isFiltered={active > 0} onClear={clear} />}
      />
    </>
  )
}

function useDeliveryPages({ channel, state }: { channel: string; state: readonly DeliveryView['state'][] }) {
  const organizationId = useOrganizationId()
  const pages = useInfiniteQuery(
    useQueries().notifications.deliveries.infiniteOptions({
      input: (cursor: string | null) => ({
        organizationId,
        channel: channel === anyChannel ? null : channel.slice(0, 63),
        states: [...state],
        cursor,
        limit: pageSize,
      }),
      initialPageParam: null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  )
  useFollowClock(pages.data?.pages[0]?.asOf)
  return { ...pages, rows: pages.data?.pages.flatMap(({ deliveries }) => deliveries) ?? noDeliveries }
}

function ChannelFilter({ value, onChange }: { value: string; onChange: (channel: string) => void }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().notifications.channels.queryOptions({ input: { organizationId } }))
  const names = new Set([...(data?.channels ?? []).map(({ name }) => name), ...(value === anyChannel ? [] : [value])])
  return (
    <SelectFilter
      label="Channel"
      choices={[
        { value: anyChannel, label: 'All channels' },
        ...[...names].map((name) => ({ value: name, label: name })),
      ]}
      value={value}
      onChange={onChange}
    />
  )
}

/** Made once. */
const columns: readonly Column<DeliveryView>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(84px, 150px)',
    cell: ({ state }) => <StateMark withWord {...deliveryLooks[state]} />,
  },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(120px, 2fr)',
    cell: (delivery) => <Name text={titleOf(delivery)} />,
  },
  { id: 'channel', header: 'Channel', width: 'minmax(64px, 0.8fr)', cell: ({ channel }) => <Name text={channel} /> },
  {
    id: 'said',
    header: 'What the other side said',
    width: 'minmax(120px, 2fr)',
    secondary: true,
    cell: ({ failure, answer }) => <OneLine text={[failure, answer].filter((part) => part !== null).join(' ')} />,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    width: '72px',
    align: 'right',
    secondary: true,
    cell: ({ attempts }) => attempts.toLocaleString(),
  },
  {
    id: 'next',
    header: 'Next try',
    width: '104px',
    secondary: true,
    cell: ({ nextTryAt }) => <Age at={nextTryAt} none="–" />,
  },
  {
    id: 'when',
    header: 'When',
    width: '104px',
    isLeftOutOnPhones: true,
    cell: ({ endedAt, createdAt }) => <Age at={endedAt ?? createdAt} />,
  },
]

function titleOf({ isTest, transitions, title }: DeliveryView): string {
  if (isTest) return 'Test notification'
  return transitions > 1 ? `Summary of ${counted(transitions, 'transition')}: ${title}` : title
}

function NoDeliveries({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState title="No delivery matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
    )
  }
  return (
    <EmptyState title="Nothing has been told yet">
      Each message to a channel is listed here, with what the other side said and how often it was tried. A test from
      “Channels and routes” is the first one.
    </EmptyState>
  )
}
