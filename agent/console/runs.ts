import { isName } from '../jobs/names.ts'
import { cancelRun, confirmRun, queueOneTimeJob, resumeRun } from '../jobs/operations.ts'
import { requirePlatform, requireRun } from './access.ts'
import { triggerOf } from './jobs-queue.ts'
import { checkJobParameters, readWorkforce, requireSomebody } from './jobs-workforce.ts'
import { beginLongCall } from './long-call.ts'
import { procedures } from './procedures.ts'
import { describeRun, readArtifact, rerunParameters } from './run-detail.ts'
import { exportRuns } from './run-export.ts'
import { listRuns } from './run-list.ts'
import { followLog, readLog } from './run-log.ts'
import { summarize } from './run-summary.ts'

const list = procedures.runs.list.handler(async ({ context, input }) => listRuns(context, input))

const summary = procedures.runs.summary.handler(async ({ context, input }) => summarize(context, input))

const get = procedures.runs.get.handler(async ({ context, input }) => describeRun(context, input.runId))

const artifact = procedures.runs.artifact.handler(async ({ context, input }) =>
  readArtifact(context, input.runId, input.name),
)

const log = procedures.runs.log.handler(async ({ context, input }) => {
  const { runId, afterSeq, tail = null, limit } = input
  await requireRun(context, runId)
  return readLog(context.services.database, runId, { afterSeq, tail, limit })
})

const follow = procedures.runs.followLog.handler(async ({ context, input, signal }) => {
  // Before the stream begins, so that a refusal is an error of the call.
  const confirm = await beginLongCall(context, async () => {
    await requireRun(context, input.runId)
  })
  return followLog(context.services, { runId: input.runId, afterSeq: input.afterSeq, confirm }, signal)
})

const exported = procedures.runs.export.handler(async ({ context, input, signal }) =>
  exportRuns(context, input, signal),
)

const cancel = procedures.runs.cancel.handler(async ({ context, input }) => {
  await requireRun(context, input.runId)
  const { changed, message } = await cancelRun(context.services.database, context.identity, input.runId)
  return { changed, message }
})

const rerun = procedures.runs.rerun.handler(async ({ context, input }) => {
  const { services, identity } = context
  const run = await requireRun(context, input.runId)
  const { brandId, jobType } = run
  if (brandId === null) requirePlatform(context)
  const given = input.parameters ?? (await rerunParameters(context, run)).given
  const workforce = await readWorkforce(services)
  const checked = checkJobParameters(workforce, jobType, given)
  requireSomebody(workforce, jobType)
  const { job, created, message } = await queueOneTimeJob(services.database, identity, {
    id: input.requestId,
    brandId,
    jobType,
    likeJobId: run.jobId,
    name: isName(run.jobName) ? run.jobName : jobType,
    parameters: checked,
    triggerSource: triggerOf(identity),
  })
  return { jobId: job.id, created, message }
})

const resume = procedures.runs.resume.handler(async ({ context, input }) => {
  const { services, identity } = context
  const run = await requireRun(context, input.runId)
  if (run.brandId === null) requirePlatform(context)
  const workforce = await readWorkforce(services)
  checkJobParameters(workforce, run.jobType, run.parameters ?? {})
  requireSomebody(workforce, run.jobType)
  const jobType = workforce.catalog.jobTypes.get(run.jobType) ?? { key: run.jobType, resume: false, steps: [] }
  const { requestId } = input
  const { job, created, message, plan } = await resumeRun(services.database, identity, run, {
    requestId,
    jobType,
    triggerSource: triggerOf(identity),
  })
  return { jobId: job.id, created, message, step: plan.step }
})

const confirm = procedures.runs.confirm.handler(async ({ context, input }) => {
  const { services, identity } = context
  const { runId, outcome, doneAt, records, note } = input
  const run = await requireRun(context, runId)
  if (run.brandId === null) requirePlatform(context)
  const jobType = (await readWorkforce(services)).catalog.jobTypes.get(run.jobType)
  const at = doneAt === undefined ? undefined : new Date(doneAt)
  const confirmation = { outcome, doneAt: at, records, note: note?.trim() === '' ? null : (note ?? null) }
  return confirmRun(services.database, identity, run, confirmation, {
    jobType,
    defaultTimeZone: services.settings.defaultTimeZone,
  })
})

export const runs = {
  list,
  summary,
  get,
  artifact,
  log,
  followLog: follow,
  export: exported,
  cancel,
  rerun,
  resume,
  confirm,
}
