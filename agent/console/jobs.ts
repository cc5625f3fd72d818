import {
  archiveJob,
  type Expectation,
  type JobOutcome,
  pauseJob,
  restoreJob,
  resumeJob,
  retryJob,
} from '../jobs/operations.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { listOperatorActions } from '../store/operator-actions.ts'
import { requireJob } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { history } from './job-history.ts'
import { act } from './jobs-act.ts'
import { counts, list, products } from './jobs-list.ts'
import { queue } from './jobs-queue.ts'
import { jobRowOf } from './jobs-view.ts'
import { procedures } from './procedures.ts'

const shownActions = 20

const get = procedures.jobs.get.handler(async ({ context, input: { jobId } }) => {
  const { organizationId } = await requireJob(context, jobId)
  const { services } = context
  const [{ job, asOf }, actions] = await Promise.all([
    jobRowOf(services, jobId),
    listOperatorActions(services.database, { type: 'job', id: jobId.toLowerCase() }),
  ])
  return {
    asOf,
    job,
    organizationId,
    actions: actions
      .slice(0, shownActions)
      .map(({ happenedAt, operator, door, action }) => ({ happenedAt, operator, door, action })),
  }
})

type Command = (database: DatabasePool, actor: Actor, jobId: string, expected: Expectation) => Promise<JobOutcome>

async function single(
  context: ConsoleContext,
  command: Command,
  { jobId, version }: { readonly jobId: string; readonly version?: number | undefined },
) {
  await requireJob(context, jobId)
  const { services, identity } = context
  const { changed, message } = await command(services.database, identity, jobId, { version })
  const { job } = await jobRowOf(services, jobId)
  return { job, changed, message }
}

export const jobs = {
  list,
  counts,
  products,
  get,
  history,
  queue,
  act,
  pause: procedures.jobs.pause.handler(({ context, input }) => single(context, pauseJob, input)),
  resume: procedures.jobs.resume.handler(({ context, input }) => single(context, resumeJob, input)),
  retry: procedures.jobs.retry.handler(({ context, input }) => single(context, retryJob, input)),
  archive: procedures.jobs.archive.handler(({ context, input }) => single(context, archiveJob, input)),
  restore: procedures.jobs.restore.handler(({ context, input }) => single(context, restoreJob, input)),
}
