import { Button, Skeleton } from '@mantine/core'
import { useState } from 'react'
import { formatDuration } from '../../../shared/duration.ts'
import { meanRecoveryMs, successRate } from '../../../shared/report.ts'
import { changeText, percentText } from '../../../shared/report-words.ts'
import { countText } from '../../components/counts.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import { inMs, type Row } from './answer.ts'
import own from './report.module.css'

/** More are shown when somebody asks. */
const mostShown = 100

interface FiguresTableProps {
  readonly caption: string
  /** Heads the first column. */
  readonly name: string
  readonly rows: readonly Row[]
  readonly isLoading: boolean
  /** Null = a row leads nowhere. */
  readonly onOpen: ((row: Row) => void) | null
}

/** A row for each brand or dataset; a plain table, so that it can be printed whole. */
export function FiguresTable({ caption, name, rows, isLoading, onOpen }: FiguresTableProps) {
  const [isWhole, setIsWhole] = useState(false)
  if (isLoading) return <Skeleton height={240} m={16} />
  if (rows.length === 0) return <EmptyState title="Nothing matches the filters" />
  const shown = isWhole ? rows : rows.slice(0, mostShown)
  return (
    <section className={classes['section']} aria-label={caption}>
      <div className={classes['wide']}>
        <table className={`${classes['table']} ${own['figures']}`}>
          <caption className="pm-visually-hidden">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col">Fresh</th>
              <th scope="col">Than before</th>
              <th scope="col" data-secondary>
                Went stale
              </th>
              <th scope="col">Longest</th>
              <th scope="col" data-secondary>
                Stale in all
              </th>
              <th scope="col" data-secondary>
                Mean time to recovery
              </th>
              <th scope="col" data-secondary>
                Runs that succeeded
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <FiguresRow key={row.id} row={row} onOpen={onOpen} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <Button variant="default" mt={8} onClick={() => setIsWhole(true)}>
          Show all {countText(rows.length)}
        </Button>
      )}
    </section>
  )
}

function FiguresRow({ row, onOpen }: { row: Row; onOpen: FiguresTableProps['onOpen'] }) {
  const figures = inMs(row)
  const rate = successRate(figures)
  return (
    <tr>
      <th scope="row" className={own['name']}>
        {onOpen === null ? (
          <Name text={row.name} />
        ) : (
          <button type="button" className="pm-link" onClick={() => onOpen(row)}>
            <Name text={row.name} />
          </button>
        )}
        {row.worst !== null && <span className={own['worst']}>most of it {row.worst.slice(0, 100)}</span>}
      </th>
      <td>{row.freshShare === null ? <span className="pm-dim">not judged</span> : percentText(row.freshShare)}</td>
      <td>
        <Change share={row.freshShare} before={row.before?.freshShare ?? null} />
      </td>
      <td data-secondary>{countText(row.timesStale)}</td>
      <td>{length(figures.longestMs)}</td>
      <td data-secondary>{length(figures.staleMs)}</td>
      <td data-secondary>{length(meanRecoveryMs(figures))}</td>
      <td data-secondary>{rate === null ? '–' : `${percentText(rate)} of ${countText(figures.attempts)}`}</td>
    </tr>
  )
}

/** Shape, word and number. */
function Change({ share, before }: { share: number | null; before: number | null }) {
  const change = changeText(share, before)
  if (change === null) return <span className="pm-dim">{before === null ? '–' : 'the same'}</span>
  const isBetter = change.startsWith('+')
  return (
    <span className={own['change']} data-better={isBetter}>
      <span aria-hidden>{isBetter ? '▲' : '▼'}</span> {change.slice(1)} {isBetter ? 'better' : 'worse'}
    </span>
  )
}

function length(ms: number | null): string {
  return ms === null || ms <= 0 ? '–' : formatDuration(ms)
}
