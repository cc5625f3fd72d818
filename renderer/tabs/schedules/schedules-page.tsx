import { Button, Tooltip } from '@mantine/core'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobAction } from '../../../shared/domain.ts'
import { useCommands } from '../../app/commands.tsx'
import { choiceFilter, useFilters } from '../../app/filters.ts'
import { useBrandName, useIsShown } from '../../app/organization.ts'
import { openedText, useDrawer, useGroup, useSearchParameters } from '../../app/places.ts'
import { morePages } from '../../client/more-pages.ts'
import { useNow } from '../../client/now.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { PartsNav } from '../../components/parts-nav.tsx'
import { useIsNarrow } from '../../components/use-is-narrow.ts'
import { HoldButton } from '../../holds/hold-button.tsx'
import { HoldsSection } from '../../holds/holds-section.tsx'
import { holdsAbout, useHolds } from '../../holds/use-holds.ts'
import { jobActionWords } from '../../jobs/job-actions.ts'
import { JobSelectionBar } from '../../jobs/job-selection-bar.tsx'
import { JobStateFilter } from '../../jobs/job-state-filter.tsx'
import { jobInWords } from '../../jobs/job-words.ts'
import { LastResultFilter } from '../../jobs/last-result-filter.tsx'
import { useChoice } from '../../jobs/use-choice.ts'
import { useJobAction } from '../../jobs/use-job-actions.ts'
import { useJobTypeChoices } from '../../jobs/use-job-type-choices.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import { ViewsMenu } from '../../saved-views/views-menu.tsx'
import { answerOfSchedules } from './answer.ts'
import { useChangeDialog } from './change/change-schedules.tsx'
import { LaneChart } from './lane-chart.tsx'
import type { Fire } from './lanes.ts'
import { NewSchedule } from './new-schedule.tsx'
import { type SchedulesPart, schedulesLabels, schedulesParts, schedulesTab } from './parts.ts'
import { columnsFor, scheduleColumns } from './schedule-columns.tsx'
import { scheduleFilterCodecs, scheduleOrder } from './schedule-filters.ts'
import classes from './schedules-page.module.css'
import { type MakingTrigger, TriggersSection } from './triggers/triggers-section.tsx'
import { useTriggers } from './triggers/use-triggers.ts'
import { useAllSchedules, useSchedules } from './use-schedules.ts'

/** Widths of the list, px, below which columns are left out (`ColumnRoom`). */
const narrowPx = 720
const phonePx = 520

const rowId = (job: JobRow): string => job.id

const partFilter = choiceFilter(schedulesParts, 'schedules')

/** When jobs run: recurring ones with their editor, what starts them beside the clock, and what keeps them from starting. */
export function SchedulesPage() {
  const places = usePlaces()
  const openFire = useCallback((fire: Fire) => places.open(fire.jobId), [places])
  const [parameters] = useSearchParameters()
  const part = partFilter.read(parameters.get('show'))
  const making = useMakingTrigger(part)
  return (
    <div className={classes['page']}>
      <div className={classes['main']}>
        <Answer onNew={places.create} />
        <Parts shown={part} />
        {part === 'schedules' && (
          <>
            <LaneChart onOpen={openFire} />
            <Schedules places={places} />
          </>
        )}
        {part === 'triggers' && <TriggersSection making={making} />}
        {part === 'holds' && <HoldsSection />}
      </div>
      {places.edited !== null && (
        <NewSchedule
          key={places.edited}
          copyOf={places.edited.startsWith('copy:') ? places.edited.slice(5) : null}
          onSaved={(job) => places.open(job.id)}
          onClose={places.close}
        />
      )}
    </div>
  )
}

function Parts({ shown }: { shown: SchedulesPart }) {
  const isShown = useIsShown()
  const triggers = useTriggers().data?.triggers.length
  const holds = holdsAbout(useHolds().holds, isShown)?.filter(({ state }) => state !== 'over').length
  const counts: Readonly<Record<SchedulesPart, number | undefined>> = { schedules: undefined, triggers, holds }
  return (
    <PartsNav
      page={schedulesTab}
      parts={schedulesParts.map((key) => ({ key, label: schedulesLabels[key], count: counts[key] ?? null }))}
      shown={shown}
    />
  )
}

/** A trigger is made in its part, which whoever asks for one is led to. */
function useMakingTrigger(part: SchedulesPart): MakingTrigger {
  const [isOpen, setIsOpen] = useState(false)
  const [, change] = useSearchParameters()
  const whyNot = useWhyNot()
  const isShown = isOpen && part === 'triggers'
  const open = (): void => {
    setIsOpen(true)
    change({ show: 'triggers' })
  }
  useCommands([
    {
      id: 'triggers.new',
      label: 'New trigger',
      disabledReason: whyNot ?? (isShown ? 'its form is open' : null),
      run: open,
    },
  ])
  return { isOpen: isShown, open, close: () => setIsOpen(false) }
}

interface Places {
  /** `new` or `copy:<job id>`; null = nothing, or the drawer of details is open. */
  readonly edited: string | null
  readonly open: (jobId: string) => void
  readonly edit: (jobId: string) => void
  readonly create: () => void
  readonly duplicate: (jobId: string) => void
  readonly close: () => void
}

/** One thing is open on the right at a time: a job, its form, or a new schedule. */
function usePlaces(): Places {
  const [parameters, change] = useSearchParameters()
  const { opened } = useDrawer()
  const edit = parameters.get('edit')
  const isNew = edit !== null && (edit === 'new' || edit.startsWith('copy:')) && opened === null
  return useMemo(() => {
    const show = (jobId: string, part: string | null): void =>
      change({ open: openedText({ kind: 'job', jobId }), part, edit: null })
    const begin = (what: string | null): void => change({ edit: what, open: null, part: null })
    return {
      edited: isNew ? edit : null,
      open: (jobId) => show(jobId, null),
      edit: (jobId) => show(jobId, 'edit'),
      create: () => begin('new'),
      duplicate: (jobId) => begin(`copy:${jobId}`),
      close: () => begin(null),
    }
  }, [change, edit, isNew])
}

function Answer({ onNew }: { onNew: () => void }) {
  const { byState, next } = useAllSchedules()
  const now = useNow()
  const whyNot = useWhyNot()
  useCommands([{ id: 'schedules.new', label: 'New schedule', disabledReason: whyNot, run: onNew }])
  return (
    <AnswerLine
      isLoading={byState === null}
      actions={
        <>
          <HoldButton />
          <Tooltip label={whyNot} disabled={whyNot === null}>
            <Button
              aria-disabled={whyNot !== null}
              data-disabled={whyNot !== null || undefined}
              onClick={whyNot === null ? onNew : undefined}
            >
              New schedule
            </Button>
          </Tooltip>
        </>
      }
    >
      <bdi>{byState === null ? '' : answerOfSchedules(byState, next, now)}</bdi>
    </AnswerLine>
  )
}

function Schedules({ places }: { places: Places }) {
  const { filters, set, clear, active } = useFilters(scheduleFilterCodecs)
  const [parameters, change] = useSearchParameters()
  const order = scheduleOrder.read(parameters.get('order'))
  const pages = useSchedules(filters, order)
  const { jobs, total, byState } = pages
  const choice = useChoice(pages.input, jobs, total)
  const changing = useChangeDialog(choice)
  const { opened } = useDrawer()
  const openJob = useCallback((job: JobRow) => places.open(job.id), [places])
  const onKey = useRowKeys(places)
  const list = useRef<HTMLDivElement>(null)
  const isNarrow = useIsNarrow(list, narrowPx)
  const isPhone = useIsNarrow(list, phonePx)
  const room = isPhone ? 'phone' : isNarrow ? 'narrow' : 'wide'
  const all = useMemo(
    () =>
      scheduleColumns(order, (next) => change({ order: scheduleOrder.write(next) }, { replace: true }), {
        edit: (job) => places.edit(job.id),
        duplicate: (job) => places.duplicate(job.id),
      }),
    [order, change, places],
  )
  const columns = useMemo(() => columnsFor(room, all), [room, all])
  return (
    <>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Name, type or brand" value={filters.text} onChange={(text) => set({ text })} />
        <JobStateFilter values={filters.state} counts={byState} onChange={(state) => set({ state })} />
        <LastResultFilter values={filters.last} onChange={(last) => set({ last })} />
        <ChoicesFilter
          label="Job type"
          choices={useJobTypeChoices()}
          values={filters.type}
          onChange={(type) => set({ type })}
        />
        <ViewsMenu />
      </FilterBar>
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <div ref={list} className={classes['list']}>
        <DataList
          caption="Schedules"
          rows={jobs}
          columns={columns}
          rowId={rowId}
          rowName={jobInWords}
          onOpen={openJob}
          openedId={opened?.kind === 'job' ? opened.jobId : null}
          selection={choice}
          total={total ?? undefined}
          onEndReached={morePages(pages)}
          isLoading={pages.isPending}
          onKey={onKey}
          empty={pages.isSuccess && <NoSchedules isFiltered={active > 0} onClear={clear} onNew={places.create} />}
        />
      </div>
      <JobSelectionBar choice={choice} total={total} noun="schedule" actions={bulkActions}>
        {changing.button}
      </JobSelectionBar>
      {changing.dialog}
    </>
  )
}

/** What is done to many of them; started, retried and stopped they are among the active jobs. */
const bulkActions = ['pause', 'resume', 'archive', 'restore'] as const satisfies readonly JobAction[]

/** Keys on a row, beside those of every list: `e` edits, `p` pauses or resumes, `r` runs now. */
function useRowKeys(places: Places): (key: string, job: JobRow) => void {
  const act = useJobAction()
  const whyNot = useWhyNot()
  return useCallback(
    (key, job) => {
      if (whyNot !== null) return
      if (key === 'e' && job.status !== 'archived') places.edit(job.id)
      const action = keys[key]?.find((one) => jobActionWords[one].notFor(job) === null)
      if (action !== undefined) act(action, job)
    },
    [act, places, whyNot],
  )
}

const keys: Readonly<Record<string, readonly JobAction[] | undefined>> = { r: ['run_now'], p: ['pause', 'resume'] }

function emptyTitle(brand: string | null, group: string | null): string {
  if (group !== null) return `No schedules in the group ${group.slice(0, 40)} yet`
  return brand === null ? 'No schedules yet' : `No schedules for ${brand.slice(0, 80)} yet`
}

function NoSchedules(props: { isFiltered: boolean; onClear: () => void; onNew: () => void }) {
  const { isFiltered, onClear, onNew } = props
  const brand = useBrandName()
  const [group] = useGroup()
  const whyNot = useWhyNot()
  if (isFiltered) {
    return (
      <EmptyState title="No schedule matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
    )
  }
  return (
    <EmptyState
      title={emptyTitle(brand, group)}
      {...(whyNot === null ? { action: { label: 'New schedule', onClick: onNew } } : {})}
    >
      A schedule runs a job type again and again: every hour, on weekdays at 07:30, on the first of the month. It keeps
      data fresh without anybody pressing Run now.
    </EmptyState>
  )
}
