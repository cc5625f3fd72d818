import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './empty-state.module.css'

export interface EmptyStateProps {
  /** What this list is for, or a result worth showing: "Nothing is stale". */
  readonly title: string
  /** Why it is empty, in a sentence. */
  readonly children?: ReactNode
  /** The one next thing to do. */
  readonly action?: { readonly label: string; readonly onClick: () => void }
  readonly mark?: ReactNode
}

/** A list with nothing in it teaches. "Nothing matches the filters" and "nothing yet" are two different ones. */
export function EmptyState({ title, children, action, mark }: EmptyStateProps) {
  return (
    <div className={classes['empty']} role="status">
      {mark}
      <strong>{title}</strong>
      {children !== undefined && <p>{children}</p>}
      {action !== undefined && (
        <Button variant="default" onClick={action.onClick}>
          {action.label}
        </Button>
      )}
    </div>
  )
}
