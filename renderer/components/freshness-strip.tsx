import { freshnessStates } from '../../shared/domain.ts'
import { type BoardDataset, cellOf, countCells, severity } from '../board/board.ts'
import { cellInWords, markOfCell } from '../board/cell-words.ts'
import classes from './freshness-strip.module.css'
import { StateMark } from './state-mark.tsx'

/** Up to so many marks are drawn one by one; beyond, they are counted by state. */
const mostMarks = 24

/** The datasets of a brand as a row of marks, worst first. Its words are said elsewhere, so it is drawn only. */
export function FreshnessStrip({ cells, datasets }: { cells: string; datasets: readonly BoardDataset[] }) {
  const present = [...cells].flatMap((code, position) => (cellOf(code) === null ? [] : [{ code, position }]))
  if (present.length > mostMarks) return <CountedStrip cells={cells} />
  return (
    <span className={classes['strip']} aria-hidden>
      {present
        .toSorted((left, right) => severity(right.code) - severity(left.code))
        .map(({ code, position }) => {
          const cell = cellOf(code)
          return cell === null ? null : (
            <span key={position} title={`${datasets[position]?.label ?? ''}: ${cellInWords(cell)}`}>
              <StateMark state={markOfCell(cell)} size={13} lastAttemptFailed={cell.lastAttempt === 'failed'} />
            </span>
          )
        })}
    </span>
  )
}

const order = freshnessStates.toSorted((left, right) => rank(left) - rank(right))

function rank(state: (typeof freshnessStates)[number]): number {
  return { stale: 0, never_synced: 1, at_risk: 2, fresh: 3, no_policy: 4 }[state]
}

function CountedStrip({ cells }: { cells: string }) {
  const counts = countCells([{ id: '', name: '', cells }])
  return (
    <span className={classes['strip']} aria-hidden>
      {order.map((state) =>
        counts[state] === 0 ? null : (
          <span key={state} className={classes['counted']}>
            <StateMark state={state} size={13} />
            {counts[state]}
          </span>
        ),
      )}
    </span>
  )
}
