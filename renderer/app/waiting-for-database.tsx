import { Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useQueries } from '../client/context.tsx'
import { useFollowClock, useNow } from '../client/now.tsx'
import type { CallFailure } from '../client/queries.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { NextTry } from '../components/next-try.tsx'
import { timeOfDayText, useShownZone } from '../components/time.tsx'
import { whyWords } from './database-words.ts'
import classes from './waiting-for-database.module.css'

/** The agent says at once how its database is; nothing tells of a change before somebody is in. */
const lookMs = 2_000

/** Instead of everything, while the agent has never reached its database and keeps nothing from before: why, and when it is tried next. */
export function WaitingForDatabase({ failure, onTried }: { failure: CallFailure; onTried: () => void }) {
  const { data } = useQuery({ ...useQueries().connection.get.queryOptions(), refetchInterval: lookMs, gcTime: 0 })
  const { zone } = useShownZone()
  const now = useNow()
  useFollowClock(data?.asOf)
  const why = data === undefined ? whyWords(failure.message, failure.fix) : whyWords(data.reason, data.fix)
  const since = data === undefined ? null : timeOfDayText(data.since, now, zone)
  return (
    <main>
      <EmptyState title="Waiting for the database" mark={<Loader size="sm" type="dots" aria-hidden="true" />}>
        {why}
        {since !== null && ` It has been like this since ${since}.`} The console opens by itself when it is there.
      </EmptyState>
      {data !== undefined && (
        <div className={classes['next']}>
          <NextTry at={data.nextTryAt} onTried={onTried} />
        </div>
      )}
    </main>
  )
}
