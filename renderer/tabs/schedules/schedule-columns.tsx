import { Menu } from '@mantine/core'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { legacyTimeZone, zoneOfJob } from '../../../shared/domain.ts'
import { cadenceInWords } from '../../components/cadence-reading.ts'
import type { Column } from '../../components/data-list.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { stateOfWord } from '../../details/run/run-words.ts'
import { JobMenu } from '../../jobs/job-menu.tsx'
import { JobState } from '../../jobs/job-state.tsx'
import { brandOfJob } from '../../jobs/job-words.ts'
import { NextRun } from '../../jobs/next-run.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import type { ScheduleOrder } from './schedule-filters.ts'

export interface ScheduleCommands {
  readonly edit: (job: JobRow) => void
  readonly duplicate: (job: JobRow) => void
}

/** `phone`: what, how it is, and when; the rest is in the drawer. `narrow`, as beside an open drawer: the cadence too. */
export type ColumnRoom = 'phone' | 'narrow' | 'wide'

const widthsOf: Readonly<Record<Exclude<ColumnRoom, 'wide'>, ReadonlyMap<string, string>>> = {
  phone: new Map([
    ['name', 'minmax(76px, 1fr)'],
    ['state', '96px'],
    ['next', '80px'],
    ['actions', '36px'],
  ]),
  narrow: new Map([
    ['name', 'minmax(110px, 1.4fr)'],
    ['cadence', 'minmax(90px, 1fr)'],
    ['state', '92px'],
    ['next', '96px'],
    ['actions', '36px'],
  ]),
}

/** Those that there is room for; where the brand has no column it stands behind the name. */
export function columnsFor(room: ColumnRoom, columns: readonly Column<JobRow>[]): readonly Column<JobRow>[] {
  if (room === 'wide') return columns
  const widths = widthsOf[room]
  return columns.flatMap((column): readonly Column<JobRow>[] => {
    const width = widths.get(column.id)
    if (width === undefined) return []
    return column.id === 'name' ? [{ ...column, width, cell: nameWithBrand }] : [{ ...column, width }]
  })
}

function nameWithBrand(job: JobRow) {
  return (
    <span className="pm-clip">
      <Name text={job.name} none={job.jobType} /> <span className="pm-dim">{brandOfJob(job).slice(0, 100)}</span>
    </span>
  )
}

/** Keep what this returns: rows re-render when their columns are new. */
export function scheduleColumns(
  order: ScheduleOrder,
  onOrder: (order: ScheduleOrder) => void,
  commands: ScheduleCommands,
): readonly Column<JobRow>[] {
  const sort = (by: ScheduleOrder, sorted: 'ascending' | 'descending') => ({
    sorted: order === by ? sorted : ('none' as const),
    onSort: () => onOrder(by),
  })
  return [
    {
      id: 'name',
      header: 'Schedule',
      width: 'minmax(110px, 1.5fr)',
      ...sort('name', 'ascending'),
      cell: ({ name, jobType }) => <Name text={name} none={jobType} />,
    },
    { id: 'brand', header: 'Brand', width: 'minmax(80px, 1fr)', cell: (job) => <Name text={brandOfJob(job)} /> },
    {
      id: 'cadence',
      header: 'Cadence',
      width: 'minmax(130px, 1.5fr)',
      cell: (job) => <Name text={cadenceInWords(job)} />,
    },
    {
      id: 'zone',
      header: 'Time zone',
      width: 'minmax(100px, 1fr)',
      secondary: true,
      cell: ({ timeZone }) => (
        <span className="pm-dim pm-clip">
          <Name text={timeZone ?? legacyTimeZone} />
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      width: 'minmax(112px, 0.9fr)',
      ...sort('urgency', 'descending'),
      cell: (job) => <JobState job={job} isShort />,
    },
    {
      id: 'next',
      header: 'Next run',
      width: '104px',
      ...sort('next_run', 'ascending'),
      cell: (job) => <NextRun job={job} />,
    },
    {
      id: 'last',
      header: 'Last result',
      width: 'minmax(150px, 1.1fr)',
      secondary: true,
      ...sort('last_finished', 'descending'),
      cell: ({ lastRun, ...job }) =>
        lastRun === null ? (
          <span className="pm-dim">never ran</span>
        ) : (
          <>
            <StateMark {...stateOfWord(lastRun.status)} />
            <Age at={lastRun.finishedAt} zone={zoneOfJob(job)} none={lastRun.status} />
          </>
        ),
    },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      width: '36px',
      align: 'right',
      cell: (job) => (
        <JobMenu job={job}>
          <ScheduleItems job={job} commands={commands} />
        </JobMenu>
      ),
    },
  ]
}

function ScheduleItems({ job, commands }: { job: JobRow; commands: ScheduleCommands }) {
  const whyNot = useWhyNot()
  const isDisabled = whyNot !== null
  return (
    <>
      <Menu.Divider />
      <Menu.Item disabled={isDisabled || job.status === 'archived'} onClick={() => commands.edit(job)}>
        Edit
      </Menu.Item>
      <Menu.Item disabled={isDisabled} onClick={() => commands.duplicate(job)}>
        Duplicate
      </Menu.Item>
    </>
  )
}
