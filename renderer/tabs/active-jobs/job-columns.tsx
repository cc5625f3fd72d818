import type { JobRow } from '../../../shared/contract/jobs.ts'
import { zoneOfJob } from '../../../shared/domain.ts'
import type { Column } from '../../components/data-list.tsx'
import { StateMark, stateNamed } from '../../components/state-mark.tsx'
import { Age, Duration } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { JobMenu } from '../../jobs/job-menu.tsx'
import { JobProgress, JobState } from '../../jobs/job-state.tsx'
import { brandOfJob } from '../../jobs/job-words.ts'
import { NextRun } from '../../jobs/next-run.tsx'

/** Made once: rows re-render only when their own data changes. */
export const jobColumns: readonly Column<JobRow>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(96px, 176px)',
    cell: (job) => <JobState job={job} />,
  },
  { id: 'job', header: 'Job', width: 'minmax(72px, 3fr)', cell: ({ name }) => <Name text={name} /> },
  {
    id: 'brand',
    header: 'Brand',
    isLeftOutBesideDrawers: true,
    width: 'minmax(56px, 1.2fr)',
    cell: (job) => <Name text={brandOfJob(job)} />,
  },
  {
    id: 'where',
    header: 'Step or reason',
    width: 'minmax(140px, 2.2fr)',
    secondary: true,
    cell: (job) => <JobProgress job={job} />,
  },
  {
    id: 'running',
    header: 'Running for',
    width: '84px',
    align: 'right',
    secondary: true,
    cell: ({ currentRun }) => <Duration ms={null} since={currentRun?.startedAt ?? null} />,
  },
  {
    id: 'next',
    header: 'Next run',
    width: '104px',
    isLeftOutOnPhones: true,
    cell: (job) => <NextRun job={job} />,
  },
  {
    id: 'last',
    header: 'Last result',
    width: '136px',
    secondary: true,
    cell: ({ lastRun, ...job }) =>
      lastRun === null ? <span className="pm-dim">never ran</span> : <LastResult run={lastRun} zone={zoneOfJob(job)} />,
  },
  {
    id: 'agent',
    header: 'Agent',
    width: 'minmax(64px, 0.5fr)',
    secondary: true,
    cell: ({ currentRun }) =>
      currentRun === null || currentRun.agentName === null ? (
        <span className="pm-dim">–</span>
      ) : (
        <Name text={currentRun.agentName} />
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

function LastResult({ run, zone }: { run: NonNullable<JobRow['lastRun']>; zone: string | null }) {
  const state = stateNamed(run.status)
  return (
    <>
      <StateMark state={state} {...(state === 'unknown' ? { word: run.status } : {})} />
      <Age at={run.finishedAt} zone={zone} none="" />
    </>
  )
}
