import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import type { ExternalRunFilterInput, ExternalRunRow } from '../../../../shared/contract/external-runs.ts'
import { externalSources, externalStatuses } from '../../../../shared/external-runs.ts'
import { useFilters } from '../../../app/filters.ts'
import { pagePath, useDrawer, useOrganizationId, usePlace } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'
import { morePages } from '../../../client/more-pages.ts'
import { useDatabaseClock, useFollowClock, useNow } from '../../../client/now.tsx'
import { AnswerLine } from '../../../components/answer-line.tsx'
import { counted, countText } from '../../../components/counts.ts'
import { DataList } from '../../../components/data-list.tsx'
import { EmptyState } from '../../../components/empty-state.tsx'
import { Failure } from '../../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter, TimeRangeFilter } from '../../../components/filters-bar.tsx'
import { StateMark, stateWord } from '../../../components/state-mark.tsx'
import { externalInWords } from '../../../details/external/external-words.ts'
import { ViewsMenu } from '../../../saved-views/views-menu.tsx'
import classes from '../run-history.module.css'
import { RunSource } from '../run-source.tsx'
import { slideMs } from '../use-runs.ts'
import { externalColumns } from './external-columns.tsx'
import { externalFilterCodecs, externalFilterOf, sourceWords } from './external-filters.ts'

const pageSize = 100

/** Runs that other programs have told of, under who told it; steps are in the drawer of the run they belong to. */
export function ExternalRuns() {
  const { filters, set, clear, active } = useFilters(externalFilterCodecs)
  const place = usePlace()
  const clock = useDatabaseClock()
  // As with the runs of agents: totals move on with the clock, the list keeps the reader's place and grows at its head.
  const minute = Math.floor(useNow().getTime() / slideMs)
  const list = useMemo(() => externalFilterOf(place, filters, clock.now()), [place, filters, clock])
  const totals = useMemo(() => externalFilterOf(place, filters, new Date(minute * slideMs)), [place, filters, minute])
  const summary = useQuery(
    useQueries().externalRuns.summary.queryOptions({ input: totals, placeholderData: keepPreviousData }),
  )
  useFollowClock(summary.data?.asOf)
  return (
    <div className={classes['page']}>
      <AnswerLine isLoading={summary.isPending}>
        {summary.data === undefined ? 'How many runs there are is not known.' : answerOf(summary.data)}
      </AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <TimeRangeFilter value={filters.range} onChange={(range) => set({ range })} />
        <ChoicesFilter
          label="Result"
          choices={externalStatuses.map((status) => ({
            value: status,
            label: stateWord(status),
            mark: <StateMark state={status} />,
          }))}
          values={filters.result}
          onChange={(values) => set({ result: externalStatuses.filter((status) => values.includes(status)) })}
        />
        <ChoicesFilter
          label="Told by"
          choices={externalSources.map((source) => ({ value: source, label: sourceWords[source] }))}
          values={filters.by}
          onChange={(values) => set({ by: externalSources.filter((source) => values.includes(source)) })}
        />
        <SearchFilter label="Job, producer or error" value={filters.text} onChange={(text) => set({ text })} />
        <span className={classes['spacer']} />
        <RunSource />
        <ViewsMenu />
      </FilterBar>
      <List input={list} total={summary.data?.total ?? null} active={active} onClear={clear} />
    </div>
  )
}

interface Counts {
  readonly total: number
  readonly isMore: boolean
  readonly byResult: { readonly failed: number; readonly running: number }
}

/** "128 runs of other programs; 3 failed; 1 running." */
export function answerOf({ total, isMore, byResult: { failed, running } }: Counts): string {
  if (total === 0) return 'No runs of other programs in this time.'
  const parts = [
    `${isMore ? 'More than ' : ''}${counted(total, 'run')} of other programs`,
    ...(failed > 0 ? [`${countText(failed)} failed`] : []),
    ...(running > 0 ? [`${countText(running)} running`] : []),
  ]
  return `${parts.join('; ')}.`
}

interface ListProps {
  readonly input: ExternalRunFilterInput
  readonly total: number | null
  readonly active: number
  readonly onClear: () => void
}

function List({ input, total, active, onClear }: ListProps) {
  const pages = useInfiniteQuery(
    useQueries().externalRuns.list.infiniteOptions({
      input: (cursor: string | null) => ({ ...input, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
      select: ({ pages }) => pages.flatMap(({ runs }) => runs),
    }),
  )
  const { data, error, isPending, refetch } = pages
  const { opened, open } = useDrawer()
  const runs = data ?? none
  if (error !== null && runs.length === 0) return <Failure error={error} onRetry={() => void refetch()} />
  return (
    <>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      <DataList
        caption="Runs of other programs, the newest first"
        rows={runs}
        columns={externalColumns}
        rowId={rowId}
        rowName={externalInWords}
        onOpen={({ id }) => open({ kind: 'external', externalRunId: id })}
        openedId={opened?.kind === 'external' ? opened.externalRunId : null}
        total={Math.max(total ?? 0, runs.length)}
        onEndReached={morePages(pages)}
        isLoading={isPending}
        empty={active > 0 ? <NothingMatches onClear={onClear} /> : <NothingYet />}
      />
    </>
  )
}

const none: readonly ExternalRunRow[] = []

function rowId({ id }: ExternalRunRow): string {
  return id
}

function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title="No runs match the filters" action={{ label: 'Clear filters', onClick: onClear }}>
      There may be others outside of them, or of the time range.
    </EmptyState>
  )
}

function NothingYet() {
  const organizationId = useOrganizationId()
  const [, navigate] = useLocation()
  return (
    <EmptyState
      title="No other program has told of a run in the last 24 hours"
      action={{ label: 'How they report', onClick: () => navigate(pagePath(organizationId, 'sources')) }}
    >
      Airflow, Spark, dbt, cron and others can report here what they run; it is shown beside the runs of agents.
    </EmptyState>
  )
}
