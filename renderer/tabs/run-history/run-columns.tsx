import type { RunRow } from '../../../shared/contract/runs.ts'
import { countText } from '../../components/counts.ts'
import type { Column } from '../../components/data-list.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age, Duration } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { brandInWords, isInProgress, stateOfRun, triggerInWords } from '../../details/run/run-words.ts'

/** Made once: rows re-render only when their own data changes. */
export const runColumns: readonly Column<RunRow>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(116px, 0.9fr)',
    cell: (run) => <StateMark withWord {...stateOfRun(run)} />,
  },
  {
    id: 'job',
    header: 'Job',
    width: 'minmax(64px, 2.2fr)',
    cell: (run) => <Name text={run.jobName || run.jobType} />,
  },
  {
    id: 'brand',
    header: 'Brand',
    isLeftOutBesideDrawers: true,
    width: 'minmax(56px, 1.2fr)',
    cell: (run) => <Name text={brandInWords(run.brand)} />,
  },
  {
    id: 'attempt',
    header: 'Attempt',
    width: '56px',
    align: 'right',
    secondary: true,
    cell: ({ attempt }) => <span className={attempt > 1 ? undefined : 'pm-dim'}>{attempt}</span>,
  },
  {
    id: 'trigger',
    header: 'Trigger',
    width: '76px',
    secondary: true,
    cell: (run) => <span className="pm-dim">{triggerInWords(run.triggerSource)}</span>,
  },
  {
    id: 'started',
    header: 'Started',
    isLeftOutBesideDrawers: true,
    width: 'minmax(96px, 112px)',
    cell: (run) => <Age at={run.startedAt} zone={run.timeZone} none="not yet" />,
  },
  {
    id: 'duration',
    header: 'Duration',
    width: '92px',
    align: 'right',
    isLeftOutOnPhones: true,
    cell: (run) => <Duration ms={run.durationMs} since={isInProgress(run.status) ? run.startedAt : null} />,
  },
  {
    id: 'records',
    header: 'Records',
    width: '80px',
    align: 'right',
    secondary: true,
    cell: ({ records }) => (records === null ? <span className="pm-dim">–</span> : countText(records)),
  },
  {
    id: 'error',
    header: 'Error',
    width: 'minmax(120px, 3fr)',
    secondary: true,
    cell: (run) => <OneLine text={run.error} />,
  },
]
