import type { DatasetFacts } from '../../../shared/contract/freshness.ts'
import { maximumInShort } from '../../../shared/due-words.ts'
import { formatAgeLength } from '../../../shared/duration.ts'
import { type BoardBrand, type BoardDataset, cellOf } from '../../board/board.ts'
import { cellInWords, markOfCell } from '../../board/cell-words.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { OneLine } from '../../components/untrusted.tsx'
import classes from './matrix.module.css'

export interface InspectorProps {
  readonly brand: BoardBrand | undefined
  readonly dataset: BoardDataset | undefined
  readonly code: string
  /** Undefined while it is asked for. */
  readonly facts: DatasetFacts | undefined
}

/** The details of the cell under the pointer or the cursor, always in the same place. */
export function Inspector({ brand, dataset, code, facts }: InspectorProps) {
  const cell = cellOf(code)
  return (
    <div className={classes['inspector']} data-testid="inspector">
      {brand === undefined || dataset === undefined ? (
        <span className="pm-dim">
          Point at a cell, or move with the arrow keys: Enter opens, Space chooses, f fixes what is chosen.
        </span>
      ) : (
        <>
          <strong>
            <bdi>{brand.name}</bdi> · <bdi>{dataset.label}</bdi>
          </strong>
          {cell === null ? (
            <span className="pm-dim">This brand does not have it.</span>
          ) : (
            <StateMark state={markOfCell(cell)} withWord word={sentence(cellInWords(cell))} />
          )}
          {facts !== undefined && <Facts facts={facts} />}
        </>
      )}
    </div>
  )
}

function Facts({ facts: { ageSeconds, maxAgeHours, due, reason } }: { facts: DatasetFacts }) {
  return (
    <>
      {ageSeconds !== null && (
        <span>
          {formatAgeLength(ageSeconds * 1_000)} old
          {maxAgeHours === null ? '' : ` of ${maximumInShort(maxAgeHours, due)}`}
        </span>
      )}
      <OneLine text={reason} withTimes />
    </>
  )
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
