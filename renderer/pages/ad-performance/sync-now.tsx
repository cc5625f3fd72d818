import { Group, Switch } from '@mantine/core'
import { useSearchParameters } from '../../app/places.ts'
import { RunNowButton } from '../../run-now/run-now.tsx'

/** What meta_sync takes (`agent/jobs/catalog/marketing.ts`). */
const mostDays = 90

/**
 * Queues meta_sync for the window. With the switch on it goes to the front of the queue, and the page stays with it. Either way it is one
 * job like any other: claimed, leased and recorded by an agent, so that its start, success and failure are written once and alike.
 */
export function SyncNow({ brandId, brandName, days }: { brandId: string; brandName: string | null; days: number }) {
  const [parameters, change] = useSearchParameters()
  const isWatched = parameters.get('sync') === 'watch'
  return (
    <Group gap="sm" align="center">
      <Switch
        size="sm"
        label="Run now and watch"
        checked={isWatched}
        onChange={(event) => change({ sync: event.currentTarget.checked ? 'watch' : null }, { replace: true })}
      />
      <RunNowButton
        brandId={brandId}
        brandName={brandName}
        jobType="meta_sync"
        parameters={{ days_back: Math.min(days, mostDays) }}
        label="Sync now"
        command="Sync the ads now: run meta_sync"
        {...(isWatched ? { priority: 'urgent', onQueued: (jobId) => change({ job: jobId }, { replace: true }) } : {})}
      />
    </Group>
  )
}
