import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './answer-line.module.css'

/** What every page opens with: the sentence an operator would say. Beside it, what can be done about the page as a whole. */
export function AnswerLine(props: { children: ReactNode; isLoading?: boolean; actions?: ReactNode }) {
  const { children, isLoading = false, actions } = props
  return (
    <div className={classes['line']}>
      <h1 className={classes['answer']}>{isLoading ? <Skeleton h={18} w={360} component="span" /> : children}</h1>
      {actions !== undefined && <div className={classes['actions']}>{actions}</div>}
    </div>
  )
}
