import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Called, failureOf, isOfDatabase } from '../client/queries.ts'
import classes from './failure.module.css'

interface FailureProps {
  readonly error: unknown
  readonly called?: Called
  readonly onRetry?: () => void
}

/** A call that failed, where its answer would have been: what happened, what to do, and once more. */
export function Failure({ error, called, onRetry }: FailureProps) {
  const failure = failureOf(error, called)
  const { message, fix } = failure
  // The banner below the header is loud enough, and its next try is counted.
  if (isOfDatabase(failure)) {
    return (
      <div className={classes['notKept']} title={message}>
        <strong>Not known without the database.</strong>
        <span>The agent has kept nothing of it from before. It is asked again when the database is back.</span>
      </div>
    )
  }
  return (
    <div className={classes['failure']} role="alert">
      <strong>{message}</strong>
      {fix !== null && <span>{fix}</span>}
      {onRetry !== undefined && (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

interface UnansweredProps {
  readonly answer: { readonly error: unknown; readonly refetch: () => Promise<unknown> }
  /** Until it is there. */
  readonly children?: ReactNode
}

/** Where an answer would be: why it is not there, or what stands for it until it is. */
export function Unanswered({ answer, children }: UnansweredProps) {
  return answer.error === null ? children : <Failure error={answer.error} onRetry={() => void answer.refetch()} />
}
