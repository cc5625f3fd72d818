import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { formatDuration } from '../../shared/duration.ts'
import { useQueries } from '../client/context.tsx'
import { useNow } from '../client/now.tsx'
import classes from './next-try.module.css'
import { notifyFailure } from './notify.ts'

interface NextTryProps {
  /** By the database's clock; null while a try is under way. */
  readonly at: Date | null
  /** Why this person may not try; null: may. */
  readonly whyNot?: string | null
  /** The try has ended, whichever way. */
  readonly onTried?: () => void
}

/** When the database is tried next, counting down, and the way to try it now. */
export function NextTry({ at, whyNot = null, onTried }: NextTryProps) {
  const now = useNow(1_000)
  const retry = useTry(onTried)
  const leftMs = at === null ? 0 : at.getTime() - now.getTime()
  const isUnderWay = retry.isPending || leftMs <= 0
  return (
    <span className={classes['next']}>
      {/* Counted silently: nobody wants every second read out. */}
      <span className={classes['when']}>
        {isUnderWay ? 'Trying now' : `Next try in ${formatDuration(Math.max(leftMs, 1_000))}`}
      </span>
      <Button
        size="compact-xs"
        variant="default"
        disabled={whyNot !== null}
        title={whyNot ?? undefined}
        loading={retry.isPending}
        onClick={() => retry.mutate(undefined)}
      >
        Try now
      </Button>
    </span>
  )
}

/** Tries the database at once; the answer changes what is known of the connection. */
export function useTry(onTried?: () => void) {
  return useMutation(useQueries().connection.retry.mutationOptions({ onError: notifyFailure, onSettled: onTried }))
}
