import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { triggerSources } from '../../../shared/domain.ts'
import { useQueries } from '../../client/context.tsx'
import { ChoicesFilter, FilterBar, SearchFilter, SelectFilter, TimeRangeFilter } from '../../components/filters-bar.tsx'
import { StateMark, stateWord } from '../../components/state-mark.tsx'
import { triggerInWords } from '../../details/run/run-words.ts'
import { ViewsMenu } from '../../saved-views/views-menu.tsx'
import { type Result, type RunFilters, results } from './run-filters.ts'
import classes from './run-history.module.css'

export interface RunFiltersBarProps {
  readonly filters: RunFilters
  readonly set: (change: Partial<RunFilters>) => void
  readonly clear: () => void
  readonly active: number
  /** Of what matches now; null before the first answer. */
  readonly byResult: Readonly<Record<Result, number>> | null
  /** What else the line holds, at its end. */
  readonly children: ReactNode
}

const attempts = [
  { value: 'any', label: 'Any' },
  { value: 'first', label: 'First attempts' },
  { value: 'retry', label: 'Retries' },
]
const triggers = triggerSources.map((trigger) => ({ value: trigger, label: triggerInWords(trigger) }))

export function RunFiltersBar({ filters, set, clear, active, byResult, children }: RunFiltersBarProps) {
  const queries = useQueries()
  const catalog = useQuery(queries.catalog.get.queryOptions())
  const agents = useQuery(queries.catalog.agents.queryOptions())
  return (
    <FilterBar active={active} onClear={clear}>
      <TimeRangeFilter value={filters.range} onChange={(range) => set({ range })} />
      <ChoicesFilter
        label="Result"
        choices={resultChoices(filters, byResult)}
        values={filters.result}
        onChange={(values) => set({ result: results.filter((result) => values.includes(result)) })}
      />
      <ChoicesFilter
        label="Job type"
        choices={(catalog.data?.jobTypes ?? []).map(({ key, label }) => ({ value: key, label: label || key }))}
        values={filters.type}
        onChange={(type) => set({ type })}
      />
      <ChoicesFilter
        label="Trigger"
        choices={triggers}
        values={filters.trigger}
        onChange={(values) => set({ trigger: triggerSources.filter((trigger) => values.includes(trigger)) })}
      />
      <ChoicesFilter
        label="Agent"
        choices={(agents.data?.agents ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        values={filters.agent}
        onChange={(agent) => set({ agent })}
      />
      <SelectFilter
        label="Attempt"
        choices={attempts}
        value={filters.attempt}
        onChange={(attempt) => set({ attempt: attempt === 'first' || attempt === 'retry' ? attempt : 'any' })}
      />
      {filters.job !== '' && (
        <Button
          variant="default"
          rightSection={<IconX size={12} aria-hidden />}
          aria-label="Only one job; show all jobs"
          onClick={() => set({ job: '' })}
        >
          Only one job
        </Button>
      )}
      {filters.backfill !== '' && (
        <Button
          variant="default"
          rightSection={<IconX size={12} aria-hidden />}
          aria-label="Only one backfill; show all runs"
          onClick={() => set({ backfill: '' })}
        >
          Only one backfill
        </Button>
      )}
      <SearchFilter label="Errors and logs" value={filters.text} onChange={(text) => set({ text })} />
      <span className={classes['spacer']} />
      {children}
      <ViewsMenu />
    </FilterBar>
  )
}

/** With counts as long as no result is chosen: then they are what each would leave. */
function resultChoices(filters: RunFilters, byResult: RunFiltersBarProps['byResult']) {
  return results.map((result) => ({
    value: result,
    label: stateWord(result),
    mark: <StateMark state={result} />,
    ...(filters.result.length === 0 && byResult !== null ? { count: byResult[result] } : {}),
  }))
}
