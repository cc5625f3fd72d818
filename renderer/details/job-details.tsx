import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { JobRow } from '../../shared/contract/jobs.ts'
import { pagePath, useOrganizationId, useSearchParameters } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useFollowClock, useNow } from '../client/now.tsx'
import { knownOf } from '../client/queries.ts'
import { Failure } from '../components/failure.tsx'
import { JsonView } from '../components/json-view.tsx'
import { LongText } from '../components/long-text.tsx'
import { OwnershipLine } from '../components/ownership.tsx'
import { TimesInText } from '../components/times-in-text.tsx'
import { Name } from '../components/untrusted.tsx'
import { OpenIncidents } from '../incidents/open-incidents.tsx'
import { JobState } from '../jobs/job-state.tsx'
import { brandOfJob } from '../jobs/job-words.ts'
import { whyNotEdit } from '../jobs/use-job-commands.ts'
import { useJobType } from '../run-now/use-job-type.ts'
import { ArchivedNotice } from './job/edit/archived-notice.tsx'
import { useHasDraft } from './job/edit/draft.ts'
import { ScheduleEditor } from './job/edit/schedule-editor.tsx'
import { valuesOf } from './job/edit/schedule-values.ts'
import { JobActionsBar } from './job/job-actions-bar.tsx'
import { answerOfJob } from './job/job-answer.ts'
import classes from './job/job-details.module.css'
import { JobFacts, JobPlan } from './job/job-facts.tsx'
import { JobHistory } from './job/job-history.tsx'
import { JobRuns } from './job/job-runs.tsx'

/** Everything about one job: the content of its drawer. With `part=edit` in the URL, its schedule as a form. */
export function JobDetails({ jobId }: { jobId: string }) {
  const answer = useQuery(useQueries().jobs.get.queryOptions({ input: { jobId } }))
  const [parameters, change] = useSearchParameters()
  const hasDraft = useHasDraft()
  useFollowClock(answer.data?.asOf)
  const failure = answer.error === null ? null : <Failure error={answer.error} onRetry={() => void answer.refetch()} />
  if (answer.data === undefined) return failure ?? <Bones />
  const { job, actions } = answer.data
  // What was typed before it was archived is not taken away.
  const isArchived = job.status === 'archived'
  const isEdited = parameters.get('part') === 'edit' && (whyNotEdit(job) === null || (isArchived && hasDraft(job.id)))
  const gone = knownOf(answer) === undefined ? failure : null
  if (!isEdited) return gone ?? <Shown job={job} />
  const stop = (): void => change({ part: null }, { replace: true })
  return (
    <ScheduleEditor
      draftKey={job.id}
      job={job}
      title={`Edit ${job.name.slice(0, 200)}`}
      start={valuesOf(job)}
      notice={gone ?? (isArchived && <ArchivedNotice job={job} archived={actions.find(isArchiving)} />)}
      onSaved={stop}
      onClose={stop}
    />
  )
}

function isArchiving({ action }: { readonly action: string }): boolean {
  return action === 'job.archive'
}

function Shown({ job }: { job: JobRow }) {
  const now = useNow()
  const organizationId = useOrganizationId()
  const [, navigate] = useLocation()
  const [, change] = useSearchParameters()
  return (
    <div className={classes['details']}>
      <header className={classes['head']}>
        <JobState job={job} />
        <h2 className={classes['name']}>
          <Name text={job.name} none={job.jobType} />
          <span className="pm-dim">
            {job.brand === null ? '' : 'for '}
            <bdi>{brandOfJob(job).slice(0, 200)}</bdi>
            {job.name === job.jobType ? '' : ` · ${job.jobType.slice(0, 100)}`}
          </span>
        </h2>
        <p className={classes['answer']}>
          <bdi>{answerOfJob(job, now)}</bdi>
        </p>
        <OwnershipLine of={useJobType(job.jobType)} />
        <JobActionsBar
          job={job}
          onEdit={() => change({ part: 'edit' })}
          onDuplicate={() => navigate(pagePath(organizationId, 'schedules', { edit: `copy:${job.id}` }))}
        />
      </header>
      <div className={classes['body']}>
        <OpenIncidents of={{ jobId: job.id }} />
        {job.lastError !== null && job.lastError !== '' && (
          <section aria-label="Last error">
            <h3>Last error</h3>
            <LongText label="Last error, whole" isError>
              <TimesInText text={job.lastError} />
            </LongText>
          </section>
        )}
        <JobPlan job={job} />
        <JobRuns job={job} />
        <section aria-label="Parameters">
          <h3>Parameters</h3>
          {job.parametersReadable ? (
            <JsonView value={job.parameters} label="Parameters" />
          ) : (
            <p>Another program stored parameters that cannot be shown here.</p>
          )}
        </section>
        <JobFacts job={job} />
        <JobHistory job={job} />
      </div>
    </div>
  )
}

function Bones() {
  return (
    <div className={classes['head']} role="status" aria-label="Loading the job">
      <Skeleton h={16} w={120} my={8} />
      <Skeleton h={18} w={260} my={8} />
      <Skeleton h={16} w="80%" my={8} />
    </div>
  )
}
