import { ActionIcon, Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { useDrawer, useSearchParameters } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useNow } from '../../client/now.tsx'
import { Failure } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Duration } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import { stateOfWord } from '../../details/run/run-words.ts'
import { isHeld, stateOfJob } from '../../jobs/job-words.ts'
import { RunProgress } from '../../jobs/progress.tsx'
import classes from './ad-performance.module.css'

/**
 * The sync that was started here, step by step until it has ended. It is named in the URL: a reload goes on watching. Nothing while the page
 * shows another brand.
 */
export function WatchedSync({ brandId }: { brandId: string }) {
  const [parameters, change] = useSearchParameters()
  const jobId = parameters.get('job')
  const { data, error } = useQuery(
    useQueries().jobs.get.queryOptions({ input: { jobId: jobId ?? '' }, enabled: jobId !== null }),
  )
  const { open } = useDrawer()
  if (jobId === null) return null
  if (error !== null && data === undefined) return <Failure error={error} />
  if (data === undefined || data.job.brand?.id !== brandId) return null
  const { job } = data
  const runId = job.currentRun?.id ?? job.lastRun?.id ?? null
  return (
    <section className={classes['watched']} aria-label="The sync that was started here">
      <SyncState job={job} />
      {runId !== null && (
        <Button variant="subtle" onClick={() => open({ kind: 'run', runId })}>
          Steps and log
        </Button>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Stop watching"
        onClick={() => change({ job: null }, { replace: true })}
      >
        <IconX size={14} />
      </ActionIcon>
    </section>
  )
}

function SyncState({ job }: { job: JobRow }) {
  const now = useNow()
  if (job.currentRun !== null) {
    return (
      <>
        <StateMark withWord {...stateOfJob(job, now)} />
        <RunProgress run={job.currentRun} />
        <span className="pm-dim">
          <Duration ms={null} since={job.currentRun.startedAt} />
          {job.currentRun.agentName !== null && <> on {job.currentRun.agentName.slice(0, 60)}</>}
        </span>
      </>
    )
  }
  if (isHeld(job, now)) return <StateMark withWord {...stateOfJob(job, now)} />
  if (job.lastRun === null) return <StateMark state="pending" word={waiting(job)} withWord />
  return (
    <>
      <StateMark withWord {...(job.state === 'retrying' ? stateOfJob(job, now) : stateOfWord(job.lastRun.status))} />
      <span className="pm-dim">
        in <Duration ms={job.lastRun.durationMs} />
      </span>
      {job.lastError !== null && (
        <bdi>
          <TimesInText text={job.lastError.slice(0, 400)} />
        </bdi>
      )}
    </>
  )
}

function waiting({ hasNoAgent, jobType }: JobRow): string {
  return hasNoAgent ? `No agent can run ${jobType}` : 'Waits for an agent'
}
