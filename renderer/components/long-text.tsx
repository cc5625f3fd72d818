import type { ReactNode } from 'react'
import classes from './long-text.module.css'

export interface LongTextProps {
  /** Names it for screen readers: it scrolls by itself, so it is a region. */
  readonly label: string
  readonly isError?: boolean
  readonly children: ReactNode
}

/** What a program wrote, whole and with its lines: an error, a log. Whatever direction it is written in, it turns nothing beside it. */
export function LongText({ label, isError = false, children }: LongTextProps) {
  return (
    <pre
      className={classes['text']}
      data-error={isError || undefined}
      tabIndex={0}
      role="region"
      aria-label={label}
      dir="auto"
    >
      {children}
    </pre>
  )
}
