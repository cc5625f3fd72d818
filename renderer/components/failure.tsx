import { Button } from '@mantine/core'
import { failureOf } from '../client/queries.ts'
import classes from './failure.module.css'

/** A call that failed, where its answer would have been: what happened, what to do, and once more. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { message, fix } = failureOf(error)
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
