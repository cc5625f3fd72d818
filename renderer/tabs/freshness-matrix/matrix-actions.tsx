import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useCommands } from '../../app/commands.tsx'
import type { BoardView, CellFilter } from '../../board/board.ts'
import { csvFile } from '../../components/csv.ts'
import { saveFile } from '../../components/save-file.ts'
import { matrixCsv } from './export-csv.ts'
import { matchingCount } from './selection.ts'

export interface MatrixActionsProps {
  readonly view: BoardView
  /** Of the filter. */
  readonly states: readonly CellFilter[]
  readonly onChooseMatching: () => void
}

/** What can be done about the matrix as a whole. */
export function MatrixActions({ view, states, onChooseMatching }: MatrixActionsProps) {
  const matching = useMemo(() => matchingCount(view, states), [view, states])
  const label = chooseLabel(matching, states)
  const isEmpty = view.brands.length === 0
  const exportCsv = (): void => saveFile('freshness.csv', csvFile([matrixCsv(view)]))
  useCommands([
    {
      id: 'matrix.choose-matching',
      label,
      disabledReason: matching === 0 ? 'There is none.' : null,
      run: onChooseMatching,
    },
    {
      id: 'matrix.export-csv',
      label: 'Export this matrix as CSV',
      disabledReason: isEmpty ? 'There is nothing in it.' : null,
      run: exportCsv,
    },
  ])
  return (
    <>
      <Button variant="default" disabled={matching === 0} onClick={onChooseMatching}>
        {label}
      </Button>
      <Button variant="default" disabled={isEmpty} onClick={exportCsv}>
        Export CSV
      </Button>
    </>
  )
}

/** "Choose all 12 stale or never synced", "Choose all 3 that match" */
function chooseLabel(count: number, states: readonly CellFilter[]): string {
  return `Choose all ${count.toLocaleString()} ${states.length === 0 ? 'stale or never synced' : 'that match'}`
}
