import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './selection-bar.module.css'

export interface SelectionBarProps {
  /** "Selected jobs" */
  readonly label: string
  /** "3 jobs" */
  readonly counted: string
  readonly onClear: () => void
  /** What can be done to all of them. */
  readonly children: ReactNode
}

/** Below a list while something in it is selected: how much that is, and what can be done to it. */
export function SelectionBar({ label, counted, onClear, children }: SelectionBarProps) {
  return (
    <div className={classes['bar']} role="toolbar" aria-label={label}>
      <strong>{counted} selected</strong>
      <Group gap={6}>{children}</Group>
      <Button variant="subtle" color="gray" onClick={onClear}>
        Clear selection
      </Button>
    </div>
  )
}
