import { choiceFilter, type FilterCodec, textFilter, useFilters } from '../../app/filters.ts'
import { useBrandId, usePlace } from '../../app/places.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../../components/filters-bar.tsx'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import classes from '../page.module.css'
import { answerOf, type Row, rowsOf, sinceOf } from './answer.ts'
import { ExportReport } from './export-report.tsx'
import { FiguresTable } from './figures-table.tsx'
import { ReadyTable } from './ready-table.tsx'
import own from './report.module.css'
import { type ReportScope, useReport } from './use-report.ts'

const dayChoices = ['30', '7', '90'] as const
const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/
const atFilter: FilterCodec<string> = {
  read: (text) => (text !== null && timePattern.test(text) ? text : '09:00'),
  write: (value) => (timePattern.test(value) && value !== '09:00' ? value : null),
}
const codecs = {
  text: textFilter,
  days: choiceFilter(dayChoices, '30'),
  at: atFilter,
  on: choiceFilter(['weekdays', 'daily'] as const, 'weekdays'),
}
const daysWords = { '7': 'Last 7 days', '30': 'Last 30 days', '90': 'Last 90 days' }
const onWords = { weekdays: 'On weekdays', daily: 'On all days' }

/** How fresh the data was: of all brands, or of one with its datasets; the worst first, compared with the window before. */
export function ReportPage() {
  const place = usePlace()
  const { brandId } = place
  const [, setBrandId] = useBrandId()
  const { zone } = useShownZone()
  const { filters, set, clear, active } = useFilters(codecs)
  const days = Number(filters.days) as ReportScope['days']
  const scope: ReportScope = { ...place, days, at: filters.at, on: filters.on, zone }
  const { report, error, retry } = useReport(scope)
  if (error !== null && report === null) return <Failure error={error} onRetry={retry} />
  const rows = report === null ? [] : rowsOf(report, brandId !== null)
  const wanted = filters.text.trim().toLocaleLowerCase()
  const shown = rows.filter(({ name }) => name.toLocaleLowerCase().includes(wanted))
  const since = report === null ? null : sinceOf(report)
  const open = (row: Row): void => setBrandId(row.id)
  return (
    <div className={`${classes['page']} ${own['report']}`}>
      <AnswerLine
        isLoading={report === null}
        actions={<ExportReport rows={shown} report={report} hasFailed={error !== null} />}
      >
        {report === null ? '' : answerOf(report, days)}
      </AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter
          label={brandId === null ? 'Brand' : 'Dataset'}
          value={filters.text}
          onChange={(text) => set({ text })}
        />
        <SelectFilter
          label="Time"
          choices={dayChoices.map((value) => ({ value, label: daysWords[value] }))}
          value={filters.days}
          onChange={(value) => set({ days: dayChoices.find((one) => one === value) ?? '30' })}
        />
        <label className={own['at']}>
          Ready at{' '}
          <input
            type="time"
            required
            value={filters.at}
            onChange={(event) => {
              if (timePattern.test(event.currentTarget.value)) set({ at: event.currentTarget.value })
            }}
          />
        </label>
        <SelectFilter
          label="Days"
          choices={(['weekdays', 'daily'] as const).map((value) => ({ value, label: onWords[value] }))}
          value={filters.on}
          onChange={(value) => set({ on: value === 'daily' ? 'daily' : 'weekdays' })}
        />
      </FilterBar>
      {report !== null && (
        <p className={own['note']}>
          {absoluteText(report.from, zone)} to {absoluteText(report.asOf, zone)}, judged by the maximum ages and due
          times of today.
          {since !== null && ` There is a history since ${absoluteText(since, zone)}.`}
          {!report.isWhole && ` Read so far: ${report.brands.length} of ${report.total} brands.`}
        </p>
      )}
      {error !== null && <Failure error={error} onRetry={retry} />}
      {report !== null && rows.every(({ judgedSeconds }) => judgedSeconds === 0) && report.isWhole ? (
        <EmptyState title="There is no history to report yet">
          From its first success on, each dataset with a maximum age is judged: for which share of the time it was
          fresh, how often it went stale, and for how long.
        </EmptyState>
      ) : (
        <>
          <FiguresTable
            caption={brandId === null ? 'Brands, the least fresh first' : 'Datasets, the least fresh first'}
            name={brandId === null ? 'Brand' : 'Dataset'}
            rows={shown}
            isLoading={report === null}
            onOpen={brandId === null ? open : null}
          />
          {report !== null && <ReadyTable report={report} at={filters.at} on={filters.on} zone={zone} />}
        </>
      )}
    </div>
  )
}
