import { useQuery } from '@tanstack/react-query'
import { formatDuration } from '../../../shared/duration.ts'
import { usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import classes from './incidents.module.css'

const days = 30

/** How fast incidents are acknowledged and end, in one line; nothing where there were none. */
export function StatisticsLine() {
  const place = usePlace()
  const { data } = useQuery(useQueries().incidents.statistics.queryOptions({ input: { ...place, days } }))
  if (data === undefined || data.opened === 0) return null
  const { opened, resolved, medianAcknowledgeSeconds, medianResolveSeconds } = data
  const half = [
    medianAcknowledgeSeconds === null ? null : `acknowledged after ${length(medianAcknowledgeSeconds)}`,
    medianResolveSeconds === null ? null : `over after ${length(medianResolveSeconds)}`,
  ].filter((part) => part !== null)
  return (
    <p className={classes['figures']}>
      Last {days} days: {opened.toLocaleString()} opened, {resolved.toLocaleString()} resolved
      {half.length > 0 && `; half of them ${half.join(' and ')}`}.
    </p>
  )
}

function length(seconds: number): string {
  return formatDuration(seconds * 1_000)
}
