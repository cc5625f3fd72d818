import { Button, Tooltip } from '@mantine/core'
import { useCallback } from 'react'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { useCommands } from '../../app/commands.tsx'
import { useFilters } from '../../app/filters.ts'
import { useDrawer, useSearchParameters } from '../../app/places.ts'
import { morePages } from '../../client/more-pages.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { counted } from '../../components/counts.ts'
import { DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../../components/filters-bar.tsx'
import { stateWord } from '../../components/state-mark.tsx'
import { JobStateFilter } from '../../jobs/job-state-filter.tsx'
import { jobInWords } from '../../jobs/job-words.ts'
import { type JobCounts, totalOf } from '../../jobs/use-job-counts.ts'
import { useJobType } from '../../run-now/use-job-type.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { adJobColumns } from './ad-job-columns.tsx'
import { adCreation, adJobFilterCodecs } from './ad-job-filters.ts'
import own from './ad-scheduler.module.css'
import { NewAdJob } from './new-ad-job.tsx'
import { useAdJobs, useAdProducts } from './use-ad-jobs.ts'

const rowId = (job: JobRow): string => job.id

/** Schedules and one-time runs of ad_creation, by product. */
export function AdSchedulerPage() {
  const { filters, set, clear, active } = useFilters(adJobFilterCodecs)
  const [parameters, change] = useSearchParameters()
  const isNew = parameters.get('new') === 'on'
  const pages = useAdJobs(filters)
  const { jobs, total, byState } = pages
  const products = useAdProducts()
  const { opened, open } = useDrawer()
  const openJob = useCallback((job: JobRow) => open({ kind: 'job', jobId: job.id }), [open])
  const showNew = (on: boolean): void => change({ new: on ? 'on' : null }, { replace: true })
  return (
    <div className={`${classes['page']} ${classes['whole']}`}>
      <AnswerLine isLoading={byState === null} actions={<NewButton onNew={() => showNew(true)} />}>
        {byState === null ? '' : answerOf(byState)}
      </AnswerLine>
      <SetUp />
      {isNew && <NewAdJob products={products.map(({ productId }) => productId)} onDone={() => showNew(false)} />}
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Name or brand" value={filters.text} onChange={(text) => set({ text })} />
        <SelectFilter
          label="Kind"
          choices={[
            { value: 'all', label: 'Schedules and one-time runs' },
            { value: 'recurring', label: 'Schedules' },
            { value: 'one_time', label: 'One-time runs' },
          ]}
          value={filters.kind}
          onChange={(kind) => set({ kind: kind === 'recurring' || kind === 'one_time' ? kind : 'all' })}
        />
        <JobStateFilter values={filters.state} counts={byState} onChange={(state) => set({ state })} />
        <SelectFilter
          label="Product"
          choices={[
            { value: '', label: 'All products' },
            ...products.map(({ productId, jobs: count }) => ({ value: productId, label: productId, count })),
          ]}
          value={filters.product}
          onChange={(product) => set({ product })}
        />
      </FilterBar>
      {pages.error !== null && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <div className={own['list']}>
        <DataList
          caption="Ad creations, the most urgent first"
          rows={jobs}
          columns={adJobColumns}
          rowId={rowId}
          rowName={jobInWords}
          onOpen={openJob}
          openedId={opened?.kind === 'job' ? opened.jobId : null}
          total={total ?? undefined}
          onEndReached={morePages(pages)}
          isLoading={pages.isPending}
          empty={pages.isSuccess && <Nothing isFiltered={active > 0} onClear={clear} />}
        />
      </div>
    </div>
  )
}

function answerOf(byState: JobCounts): string {
  const all = totalOf(byState, []) ?? 0
  if (all === 0) return 'No ad creation is planned.'
  const parts = (['running', 'retrying', 'dead', 'active', 'paused', 'completed'] as const)
    .filter((state) => byState[state] > 0)
    .map((state) => `${byState[state].toLocaleString()} ${stateWord(state).toLowerCase()}`)
  return `${counted(all, 'ad creation')}: ${parts.join(', ')}.`
}

/** Creating ads is the organization's own work: without an executor nobody takes it, and here stands what to do about that (J8). */
function SetUp() {
  const known = useJobType(adCreation)
  if (known === null || known.isRunnable) return null
  return (
    <p className={own['setUp']} role="status">
      No agent can run {adCreation} now. {known.setUp ?? 'Start an agent that has an executor for it.'} What is queued
      or scheduled waits until one can.
    </p>
  )
}

function NewButton({ onNew }: { onNew: () => void }) {
  const whyNot = useWhyNot()
  useCommands([{ id: 'ad-scheduler.new', label: 'New ad creation', disabledReason: whyNot, run: onNew }])
  return (
    <Tooltip label={whyNot} disabled={whyNot === null}>
      <Button
        aria-disabled={whyNot !== null}
        data-disabled={whyNot !== null || undefined}
        onClick={whyNot === null ? onNew : undefined}
      >
        New ad creation
      </Button>
    </Tooltip>
  )
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState title="No ad creation matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
    )
  }
  return (
    <EmptyState title="No ad creations yet">
      Ads are created from templates for a product, once or again and again. Archived ones appear only under their own
      filter.
    </EmptyState>
  )
}
