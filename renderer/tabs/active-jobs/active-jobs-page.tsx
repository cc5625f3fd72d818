import { useCallback } from 'react'
import { useLocation } from 'wouter'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobAction } from '../../../shared/domain.ts'
import { useFilters } from '../../app/filters.ts'
import { pagePath, useDrawer, useOrganizationId } from '../../app/places.ts'
import { BackfillsSection } from '../../backfills/backfills-section.tsx'
import { morePages } from '../../client/more-pages.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter, SelectFilter } from '../../components/filters-bar.tsx'
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
import { answerOf } from './answer.ts'
import { jobColumns } from './job-columns.tsx'
import { jobFilterCodecs } from './job-filters.ts'
import { useJobPages } from './use-job-pages.ts'

/** Keys on a row, beside those of every list. */
const rowKeys: Readonly<Record<string, readonly JobAction[]>> = {
  r: ['run_now'],
  p: ['pause', 'resume'],
  x: ['cancel'],
}

const rowId = (job: JobRow): string => job.id

export function ActiveJobsPage() {
  const { filters, set, clear, active } = useFilters(jobFilterCodecs)
  const pages = useJobPages(filters)
  const { jobs, total, byState } = pages
  const choice = useChoice(pages.input, jobs, total)
  const { opened, open } = useDrawer()
  const openJob = useCallback((job: JobRow) => open({ kind: 'job', jobId: job.id }), [open])
  const onKey = useRowKeys()
  const types = useJobTypeChoices()
  return (
    <>
      <AnswerLine isLoading={pages.isPending}>
        {byState === null ? 'What runs is not known now.' : answerOf(byState, jobs, active > 0)}
      </AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Job, type or brand" value={filters.text} onChange={(text) => set({ text })} />
        <JobStateFilter values={filters.state} counts={byState} onChange={(state) => set({ state })} />
        <LastResultFilter values={filters.last} onChange={(last) => set({ last })} />
        <ChoicesFilter label="Job type" choices={types} values={filters.type} onChange={(type) => set({ type })} />
        <SelectFilter
          label="Kind"
          choices={[
            { value: 'all', label: 'Recurring and one-time' },
            { value: 'recurring', label: 'Recurring' },
            { value: 'one_time', label: 'One-time' },
          ]}
          value={filters.kind}
          onChange={(kind) => set({ kind: kind === 'recurring' || kind === 'one_time' ? kind : 'all' })}
        />
        <ViewsMenu />
      </FilterBar>
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <DataList
        caption="Jobs, the most urgent first"
        rows={jobs}
        columns={jobColumns}
        rowId={rowId}
        rowName={jobInWords}
        onOpen={openJob}
        openedId={opened?.kind === 'job' ? opened.jobId : null}
        selection={choice}
        total={total ?? undefined}
        onEndReached={morePages(pages)}
        isLoading={pages.isPending}
        onKey={onKey}
        empty={pages.isSuccess && <NoJobs isFiltered={active > 0} onClear={clear} />}
      />
      <BackfillsSection />
      <JobSelectionBar choice={choice} total={total} />
    </>
  )
}

/** The first of a key's actions that applies to the job; nothing where nothing can be changed, as the row's menu says. */
function useRowKeys(): (key: string, job: JobRow) => void {
  const act = useJobAction()
  const whyNot = useWhyNot()
  return useCallback(
    (key, job) => {
      if (whyNot !== null) return
      const action = rowKeys[key]?.find((one) => jobActionWords[one].notFor(job) === null)
      if (action !== undefined) act(action, job)
    },
    [act, whyNot],
  )
}

function NoJobs({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const organizationId = useOrganizationId()
  const [, navigate] = useLocation()
  if (isFiltered) {
    return <EmptyState title="No job matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
  }
  return (
    <EmptyState
      title="No jobs yet"
      action={{
        label: 'New schedule',
        onClick: () => navigate(pagePath(organizationId, 'schedules', { edit: 'new' })),
      }}
    >
      Jobs are what agents run: schedules, and whatever is started with Run now. Archived jobs appear only under their
      own filter.
    </EmptyState>
  )
}
