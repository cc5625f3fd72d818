import { Button } from '@mantine/core'
import { IconChartLine } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { RunRow } from '../../../shared/contract/runs.ts'
import { useFilters } from '../../app/filters.ts'
import { useDrawer, useSearchParameters } from '../../app/places.ts'
import { morePages, nextPage } from '../../client/more-pages.ts'
import { DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import { runInWords, stateOfRun } from '../../details/run/run-words.ts'
import { knownTotal } from './answer.ts'
import { ExportButton } from './export-button.tsx'
import { RowCommand, type RowCommandName, useRowKeys } from './row-command.tsx'
import { RunAnswer } from './run-answer.tsx'
import { runColumns } from './run-columns.tsx'
import { runFilterCodecs } from './run-filters.ts'
import { RunFiltersBar } from './run-filters-bar.tsx'
import { RunHistogram } from './run-histogram.tsx'
import classes from './run-history.module.css'
import { RunSource } from './run-source.tsx'
import { useRunFilterInputs, useRunPages, useRunSummary } from './use-runs.ts'

const ExternalRuns = lazy(() => import('./external/external-runs.tsx').then((part) => ({ default: part.ExternalRuns })))
const RunCharts = lazy(() => import('./run-charts.tsx').then((part) => ({ default: part.RunCharts })))

/** Runs of agents, or those that other programs have told of; the address says which. */
export function RunHistoryPage() {
  const [parameters] = useSearchParameters()
  if (parameters.get('source') !== 'external') return <AgentRuns />
  return (
    <Suspense fallback={null}>
      <ExternalRuns />
    </Suspense>
  )
}

/** Every run that the filters let through: totals and charts first, then the runs, the newest first. */
function AgentRuns() {
  const { filters, set, clear, active } = useFilters(runFilterCodecs)
  const inputs = useRunFilterInputs(filters)
  const [parameters, change] = useSearchParameters()
  const hasCharts = parameters.get('charts') === 'on'
  const summary = useRunSummary(inputs.totals, filters.range, hasCharts)
  const known = summary.isOfOthers ? undefined : summary.data
  const buckets = summary.data?.buckets ?? []
  return (
    <div className={classes['page']}>
      <RunAnswer
        input={inputs.totals}
        range={filters.range}
        answeredRange={summary.range}
        summary={summary.data ?? null}
        isUnknown={summary.error !== null}
        actions={
          <>
            <Button
              variant={hasCharts ? 'light' : 'default'}
              aria-pressed={hasCharts}
              leftSection={<IconChartLine size={14} aria-hidden />}
              onClick={() => change({ charts: hasCharts ? null : 'on' }, { replace: true })}
            >
              Charts
            </Button>
            <ExportButton input={inputs.totals} total={knownTotal(known)} />
          </>
        }
      />
      <RunFiltersBar filters={filters} set={set} clear={clear} active={active} byResult={known?.byResult ?? null}>
        <RunSource />
      </RunFiltersBar>
      {summary.error !== null && <Failure error={summary.error} onRetry={() => void summary.refetch()} />}
      <RunHistogram buckets={buckets} bucketMs={summary.data?.bucketMs ?? 0} onPick={(range) => change({ range })} />
      {hasCharts && (
        <Suspense fallback={<div className={classes['charts']} />}>
          <RunCharts buckets={buckets} durationsOf={summary.data?.durationsOf ?? null} />
        </Suspense>
      )}
      <RunList
        input={inputs.list}
        total={summary.data?.total ?? null}
        isFailureSaid={summary.error !== null}
        active={active}
        onClear={clear}
      />
    </div>
  )
}

interface RunListProps {
  readonly input: ReturnType<typeof useRunFilterInputs>['list']
  readonly total: number | null
  /** The question beside it has failed as well, and says so. */
  readonly isFailureSaid: boolean
  readonly active: number
  readonly onClear: () => void
}

function RunList({ input, total, isFailureSaid, active, onClear }: RunListProps) {
  const pages = useRunPages(input)
  const { runs, searchedBackTo, error, isPending, isFetchingNextPage, refetch } = pages
  const { opened, open } = useDrawer()
  const [command, setCommand] = useState<{ name: RowCommandName; run: RunRow } | null>(null)
  const onKey = useRowKeys(setCommand)
  // The next question may stand there when the answer comes.
  const done = (): void => setCommand((now) => (now === command ? null : now))
  if (error !== null && runs.length === 0) return <Failure error={error} onRetry={() => void refetch()} />
  return (
    <>
      {error !== null && !isFailureSaid && <Failure error={error} onRetry={() => void refetch()} />}
      <DataList
        caption="Runs, the newest first"
        rows={runs}
        columns={runColumns}
        rowId={runId}
        rowName={rowName}
        onOpen={(run) => open({ kind: 'run', runId: run.id })}
        openedId={opened?.kind === 'run' ? opened.runId : null}
        total={Math.max(total ?? 0, runs.length)}
        onEndReached={morePages(pages)}
        isLoading={isPending}
        onKey={onKey}
        empty={
          searchedBackTo !== null ? (
            <NothingSoFar backTo={searchedBackTo} isSearching={isFetchingNextPage} onGoOn={nextPage(pages)} />
          ) : active > 0 ? (
            <NothingMatches onClear={onClear} />
          ) : (
            <NothingYet />
          )
        }
      />
      {command !== null && <RowCommand key={`${command.name} ${command.run.id}`} {...command} onDone={done} />}
    </>
  )
}

function runId({ id }: RunRow): string {
  return id
}

function rowName(run: RunRow): string {
  return `${runInWords(run)}, ${stateOfRun(run).word}`
}

function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title="No runs match the filters" action={{ label: 'Clear filters', onClick: onClear }}>
      There may be others outside of them, or of the time range.
    </EmptyState>
  )
}

/** A search that was cut short goes on from where it got to. */
function NothingSoFar(props: { backTo: Date; isSearching: boolean; onGoOn: () => void }) {
  const { zone } = useShownZone()
  return (
    <EmptyState
      title={`Nothing found back to ${absoluteText(props.backTo, zone)}`}
      {...(props.isSearching ? {} : { action: { label: 'Search further back', onClick: props.onGoOn } })}
    >
      {props.isSearching ? 'Searching further back.' : 'Searching logs takes long, so it stops after some seconds.'}
    </EmptyState>
  )
}

function NothingYet() {
  const [, change] = useSearchParameters()
  return (
    <EmptyState
      title="No runs in the last 24 hours"
      action={{ label: 'Show the last 30 days', onClick: () => change({ range: '30d' }) }}
    >
      Every run of a job is kept here with its steps and its log, whoever or whatever started it.
    </EmptyState>
  )
}
