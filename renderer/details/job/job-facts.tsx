import type { ReactNode } from 'react'
import { describeCadence } from '../../../shared/cadence.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { legacyTimeZone } from '../../../shared/domain.ts'
import { alertAfterInWords, catchUpWords, overlapWords, retriesInWords } from '../../../shared/policy-words.ts'
import { CadenceFires } from '../../components/cadence-fires.tsx'
import { cadenceOfJob } from '../../components/cadence-reading.ts'
import { Instant } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { triggerInWords } from '../run/run-words.ts'
import classes from './job-details.module.css'

/** When a job runs: its cadence in words and cron, with the next five fires; of a one-time job its time. */
export function JobPlan({ job }: { job: JobRow }) {
  if (job.scheduleType === 'one_time') {
    return (
      <section aria-label="Plan">
        <h3>Plan</h3>
        <p>
          Runs once. <Instant at={job.nextRunAt} zone={job.timeZone} none="No run is planned." />
        </p>
      </section>
    )
  }
  const cadence = cadenceOfJob(job)
  return (
    <section aria-label="Plan">
      <h3>Plan</h3>
      {cadence === null ? (
        <p>
          The schedule cannot be read: <code className="pm-mono">{(job.cronExpression ?? 'none').slice(0, 200)}</code>{' '}
          {(job.timeZone ?? legacyTimeZone).slice(0, 100)}
        </p>
      ) : (
        <>
          <p>
            {describeCadence(cadence)}, {cadence.timeZone}{' '}
            <code className={`pm-mono ${classes['cron']}`}>{cadence.cron}</code>
          </p>
          <CadenceFires
            cadence={cadence}
            title={job.status === 'active' ? 'Next fires' : 'Next fires, once it is active'}
          />
        </>
      )}
    </section>
  )
}

/** What holds for a job, each rule with its consequence. */
export function JobFacts({ job }: { job: JobRow }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Retries', retriesInWords(job.maxRetries)],
    ...(job.alertAfter > 1 ? [['Failures', alertAfterInWords(job.alertAfter)] as const] : []),
    ['Overlap', `${overlapWords[job.overlapPolicy].name}. ${overlapWords[job.overlapPolicy].consequence}`],
    ...(job.scheduleType === 'recurring'
      ? [
          [
            'Catch-up',
            `${catchUpWords[job.catchUpPolicy].name}. ${catchUpWords[job.catchUpPolicy].consequence}`,
          ] as const,
        ]
      : []),
    ['Timeout', job.timeoutMinutes === null ? 'As the job type says' : `${job.timeoutMinutes} min`],
    ['Priority', job.priority],
    ['Key', <Name key="key" text={job.concurrencyKey} />],
    [
      'Runs completed',
      job.maxRuns === null ? job.runsCompleted.toLocaleString() : `${job.runsCompleted} of ${job.maxRuns}`,
    ],
    ['Asked for by', <AskedBy key="asked" job={job} />],
    ['Created', <Instant key="created" at={job.createdAt} none="not recorded" />],
    [
      'Job',
      <code key="job" className="pm-mono">
        {job.id}
      </code>,
    ],
  ]
  return (
    <section aria-label="Rules">
      <h3>Rules</h3>
      <dl className={classes['facts']}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function AskedBy({ job: { triggerSource, requestedBy } }: { job: JobRow }) {
  return (
    <>
      {triggerInWords(triggerSource)}
      {requestedBy !== null && (
        <span className="pm-dim">
          {' · '}
          <bdi>{requestedBy.slice(0, 200)}</bdi>
        </span>
      )}
    </>
  )
}
