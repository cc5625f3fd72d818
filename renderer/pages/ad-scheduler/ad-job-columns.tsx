import type { JobRow } from '../../../shared/contract/jobs.ts'
import { cadenceInWords } from '../../components/cadence-reading.ts'
import type { Column } from '../../components/data-list.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { stateOfWord } from '../../details/run/run-words.ts'
import { JobMenu } from '../../jobs/job-menu.tsx'
import { JobProgress, JobState } from '../../jobs/job-state.tsx'
import { brandOfJob } from '../../jobs/job-words.ts'
import { NextRun } from '../../jobs/next-run.tsx'

/** Made once: rows re-render only when their own data changes. */
export const adJobColumns: readonly Column<JobRow>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(96px, 150px)',
    cell: (job) => <JobState job={job} />,
  },
  { id: 'name', header: 'Name', width: 'minmax(80px, 1.4fr)', cell: ({ name }) => <Name text={name} /> },
  {
    id: 'brand',
    header: 'Brand',
    width: 'minmax(56px, 1fr)',
    isLeftOutBesideDrawers: true,
    cell: (job) => <Name text={brandOfJob(job)} />,
  },
  {
    id: 'product',
    header: 'Product',
    width: '96px',
    isLeftOutOnPhones: true,
    cell: ({ productId }) =>
      productId === null ? (
        <span className="pm-dim">none</span>
      ) : (
        <span className="pm-mono" title={productId}>
          {productId.slice(0, 8)}
        </span>
      ),
  },
  {
    id: 'when',
    header: 'When',
    width: 'minmax(120px, 1.4fr)',
    secondary: true,
    cell: (job) => <Name text={whenInWords(job)} />,
  },
  { id: 'next', header: 'Next run', width: '104px', isLeftOutOnPhones: true, cell: (job) => <NextRun job={job} /> },
  {
    id: 'where',
    header: 'Step or reason',
    width: 'minmax(120px, 2fr)',
    secondary: true,
    cell: (job) => <JobProgress job={job} />,
  },
  {
    id: 'last',
    header: 'Last result',
    width: '150px',
    secondary: true,
    cell: ({ lastRun }) =>
      lastRun === null ? (
        <span className="pm-dim">never ran</span>
      ) : (
        <>
          <StateMark {...stateOfWord(lastRun.status)} />
          <Age at={lastRun.finishedAt} none="" />
        </>
      ),
  },
  {
    id: 'actions',
    header: 'Actions',
    isHeaderHidden: true,
    width: '36px',
    align: 'right',
    cell: (job) => <JobMenu job={job} />,
  },
]

function whenInWords(job: JobRow): string {
  return job.scheduleType === 'one_time' ? 'Once' : cadenceInWords(job)
}
