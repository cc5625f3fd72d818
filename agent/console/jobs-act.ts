import { v5 as derivedId } from 'uuid'
import type { JobAction } from '../../shared/domain.ts'
import { requireVersion } from '../jobs/change-job.ts'
import { checkName } from '../jobs/names.ts'
import {
  archiveJob,
  cancelJob,
  type Expectation,
  pauseJob,
  queueOneTimeJob,
  restoreJob,
  resumeJob,
  retryJob,
  undoPause,
} from '../jobs/operations.ts'
import { listJobOwners } from '../store/job-views.ts'
import { getJob, type Job } from '../store/scheduled-jobs.ts'
import { notFound, requireOrganization, seesPlatform } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { inTurn, refusalOf } from './each-of-many.ts'
import { triggerOf } from './jobs-queue.ts'
import { checkJobParameters, readWorkforce, requireSomebody } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

interface Acted {
  readonly changed: boolean
  readonly message: string
  /** Of `run_now`. */
  readonly queuedJobId?: string
}

interface Answer {
  readonly jobId: string
  readonly changed: boolean
  readonly message: string
  readonly refused: string | null
  readonly queuedJobId: string | null
}

type Act = (
  context: ConsoleContext,
  jobId: string,
  expected: Expectation,
  requestId: string | undefined,
) => Promise<Acted>

const actions = {
  pause: ({ services, identity }, jobId, expected) => pauseJob(services.database, identity, jobId, expected),
  resume: ({ services, identity }, jobId, expected) => resumeJob(services.database, identity, jobId, expected),
  retry: ({ services, identity }, jobId, expected) => retryJob(services.database, identity, jobId, expected),
  archive: ({ services, identity }, jobId, expected) => archiveJob(services.database, identity, jobId, expected),
  restore: ({ services, identity }, jobId, expected) => restoreJob(services.database, identity, jobId, expected),
  cancel: ({ services, identity }, jobId, expected) => cancelJob(services.database, identity, jobId, expected),
  run_now: runNow,
} as const satisfies Record<JobAction, Act>

const unpause: Act = ({ services, identity }, jobId, expected) =>
  undoPause(services.database, identity, jobId, expected)

const retryNotDone: Act = ({ services, identity }, jobId, expected) =>
  retryJob(services.database, identity, jobId, { ...expected, decidesNotDone: true })

/** Any text of the same two ids gives the same id; this namespace keeps it apart from everything else that is derived so. */
const runNowIds = '5b0c4a3e-7f43-5c52-9d0e-6a1f3a7c2b90'

/** Queues the job's own work once more, by its own rules, once per request and job. The job itself stays as it is. */
async function runNow(
  context: ConsoleContext,
  jobId: string,
  expected: Expectation,
  requestId: string | undefined,
): Promise<Acted> {
  const { services, identity } = context
  const [job, workforce] = await Promise.all([getJob(services.database, jobId), readWorkforce(services)])
  if (job === null) throw notFound(`There is no job ${jobId}.`, { field: 'jobId', value: jobId })
  requireVersion(job, expected)
  const { brandId, jobType } = job
  const parameters = checkJobParameters(workforce, jobType, job.parameters)
  requireSomebody(workforce, jobType)
  const outcome = await queueOneTimeJob(services.database, identity, {
    id: requestId === undefined ? undefined : derivedId(`${requestId} ${jobId}`.toLowerCase(), runNowIds),
    brandId,
    jobType,
    likeJobId: jobId,
    name: nameOf(job),
    parameters,
    triggerSource: triggerOf(identity),
  })
  const { changed, message, waitsBehind } = outcome
  const wait = waitsBehind === null ? '' : ` It waits behind the run of ${waitsBehind.jobName}.`
  return { changed, message: `${message}${wait}`, queuedJobId: outcome.job.id }
}

/** The job's name, unless another program gave it one that we would not store. */
function nameOf({ name, jobType }: Pick<Job, 'name' | 'jobType'>): string {
  try {
    return checkName(name)
  } catch {
    return jobType
  }
}

export const act = procedures.jobs.act.handler(async ({ context, input }) => {
  const { organizationId, requestId } = input
  await requireOrganization(context, organizationId)
  const asked = [...new Map(input.jobs.map((job) => [job.id.toLowerCase(), job])).values()]
  const perform = performerOf(input, asked.length)
  const owners = await listJobOwners(
    context.services.database,
    asked.map(({ id }) => id),
  )
  const ours = new Set(
    owners
      .filter((owner) =>
        owner.organizationId === null ? seesPlatform(context) : owner.organizationId === organizationId,
      )
      .map(({ id }) => id),
  )
  const answer = async ({ id, version }: (typeof asked)[number]): Promise<Answer> => {
    try {
      if (!ours.has(id.toLowerCase())) throw notFound(`There is no job ${id}.`, { field: 'jobId', value: id })
      const acted: Acted = await perform(context, id, { version }, requestId)
      const { changed, message, queuedJobId } = acted
      return { jobId: id, changed, message, refused: null, queuedJobId: queuedJobId ?? null }
    } catch (thrown) {
      return { jobId: id, changed: false, queuedJobId: null, ...refusalOf(context, 'jobs.act', thrown) }
    }
  }
  const results = await inTurn(asked, answer)
  return { results, changed: results.filter(({ changed }) => changed).length }
})

interface Asked {
  readonly action: JobAction
  readonly undo: boolean
  readonly notDone: boolean
}

/** Nobody looks at each of many. */
function performerOf({ action, undo, notDone }: Asked, count: number): Act {
  if (action === 'resume' && undo) return unpause
  return action === 'retry' && notDone && count === 1 ? retryNotDone : actions[action]
}
