import type { ExternalRunRow } from '../../../../shared/contract/external-runs.ts'
import { countText } from '../../../components/counts.ts'
import type { Column } from '../../../components/data-list.tsx'
import { StateMark } from '../../../components/state-mark.tsx'
import { Age, Duration } from '../../../components/time.tsx'
import { Name, OneLine } from '../../../components/untrusted.tsx'
import { producerInWords, stateOfExternal, stepsInWords } from '../../../details/external/external-words.ts'

/** Made once: rows re-render only when their own data changes. */
export const externalColumns: readonly Column<ExternalRunRow>[] = [
  {
    id: 'state',
    header: 'State',
    width: 'minmax(112px, 0.8fr)',
    cell: (run) => <StateMark withWord {...stateOfExternal(run)} />,
  },
  { id: 'job', header: 'Job', width: 'minmax(96px, 2fr)', cell: ({ jobName }) => <Name text={jobName} /> },
  {
    id: 'producer',
    header: 'Producer',
    width: 'minmax(80px, 1.4fr)',
    isLeftOutBesideDrawers: true,
    cell: (run) => <Name text={producerInWords(run)} />,
  },
  {
    id: 'dataset',
    header: 'Dataset',
    width: 'minmax(80px, 1.4fr)',
    secondary: true,
    cell: ({ brand, dataset }) =>
      dataset === null ? (
        <span className="pm-dim">–</span>
      ) : (
        <Name text={brand === null ? dataset : `${dataset} of ${brand.name}`} />
      ),
  },
  {
    id: 'steps',
    header: 'Steps',
    width: '104px',
    secondary: true,
    cell: (run) => <span className="pm-dim">{stepsInWords(run)}</span>,
  },
  {
    id: 'heard',
    header: 'First heard of',
    width: 'minmax(96px, 112px)',
    isLeftOutBesideDrawers: true,
    cell: ({ firstEventAt }) => <Age at={firstEventAt} />,
  },
  {
    id: 'duration',
    header: 'Duration',
    width: '92px',
    align: 'right',
    isLeftOutOnPhones: true,
    cell: ({ durationMs, status, startedAt }) => (
      <Duration ms={durationMs} since={status === 'running' ? startedAt : null} />
    ),
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
    width: 'minmax(120px, 2fr)',
    secondary: true,
    cell: ({ error }) => <OneLine text={error} />,
  },
]
