import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { RunRow } from '../../../shared/contract/runs.ts'
import { zoneOfJob } from '../../../shared/domain.ts'
import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { pagePath, useDrawer, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useNow } from '../../client/now.tsx'
import { Failure } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age, Duration } from '../../components/time.tsx'
import { OneLine } from '../../components/untrusted.tsx'
import { stateOfRun } from '../run/run-words.ts'
import classes from './job-details.module.css'

const stripCount = 20
const listCount = 5
/** px of the longest run in the strip. */
const tallest = 28

/** The last runs: a strip of results with how long they took, the oldest on the left, and the newest ones in words. */
export function JobRuns({ job }: { job: JobRow }) {
  const organizationId = useOrganizationId()
  const { open } = useDrawer()
  const answer = useQuery(
    useQueries().runs.list.queryOptions({ input: { organizationId, jobId: job.id, limit: stripCount } }),
  )
  const runs = answer.data?.runs ?? []
  const show = (run: RunRow): void => open({ kind: 'run', runId: run.id })
  return (
    <section aria-label="Last runs">
      <h3>Last runs</h3>
      {answer.error !== null && <Failure error={answer.error} onRetry={() => void answer.refetch()} />}
      {answer.isPending && <Skeleton h={120} />}
      {answer.data !== undefined && runs.length === 0 && <p className="pm-dim">It has not run yet.</p>}
      {runs.length > 0 && (
        <>
          <Strip runs={runs.toReversed()} onOpen={show} />
          <ul className={classes['runs']}>
            {runs.slice(0, listCount).map((run) => (
              <li key={run.id}>
                <button type="button" className="pm-link" onClick={() => show(run)}>
                  <StateMark withWord {...stateOfRun(run)} />
                </button>
                <Age at={run.startedAt} none="not started" zone={zoneOfJob(job)} />
                <Duration ms={run.durationMs} since={run.completedAt === null ? run.startedAt : null} />
                <span className={classes['error']}>
                  <OneLine text={run.error} />
                </span>
              </li>
            ))}
          </ul>
          <Link className="pm-link" href={pagePath(organizationId, 'run-history', { job: job.id, range: '30d' })}>
            All runs of this job
          </Link>
        </>
      )}
    </section>
  )
}

function Strip({ runs, onOpen }: { runs: readonly RunRow[]; onOpen: (run: RunRow) => void }) {
  const now = useNow()
  const longest = Math.max(1, ...runs.map(({ durationMs }) => durationMs ?? 0))
  return (
    <ol className={classes['strip']} aria-label="Results of the last runs, the oldest first">
      {runs.map((run) => {
        const { state, word } = stateOfRun(run)
        const took = run.durationMs === null ? '' : `, ${formatDuration(run.durationMs)}`
        const name = `${word}, ${formatAge(run.startedAt, now)}${took}`
        const height = Math.max(2, Math.round(((run.durationMs ?? 0) / longest) * tallest))
        return (
          <li key={run.id}>
            <button type="button" aria-label={name} title={name} onClick={() => onOpen(run)}>
              <span className={classes['bar']} style={{ height }} />
              <StateMark state={state} word={word} size={13} />
            </button>
          </li>
        )
      })}
    </ol>
  )
}
