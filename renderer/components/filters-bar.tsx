import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './filters-bar.module.css'

export { ChoicesFilter, SelectFilter } from './choices-filter.tsx'
export { SearchFilter } from './search-filter.tsx'
export { TimeRangeFilter } from './time-range-filter.tsx'

/** The filters of a page in one line of chips; "Clear" only when there is something to clear. */
export function FilterBar({ active, onClear, children }: { active: number; onClear: () => void; children: ReactNode }) {
  return (
    <div className={classes['bar']} role="search" aria-label="Filters">
      {children}
      {active > 0 && (
        <Button variant="subtle" color="gray" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </div>
  )
}

export interface Choice {
  readonly value: string
  readonly label: string
  /** Beside the label: how many match. */
  readonly count?: number
  readonly mark?: ReactNode
}
