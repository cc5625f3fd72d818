import { createSchedule, ensureRecurringJob, type JobOutcome, updateSchedule } from '../jobs/operations.ts'
import { requireBrand, requireJob } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { named } from './field-names.ts'
import { requireTarget } from './jobs-queue.ts'
import { jobRowOf } from './jobs-view.ts'
import { checkJobParameters, nobodyRuns, readWorkforce, type Workforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'
import { changeMany } from './schedules-change-many.ts'
import { coverage, createMany } from './schedules-create-many.ts'
import { timeline } from './schedules-timeline.ts'

const create = procedures.schedules.create.handler(async ({ context, input }) => {
  await requireTarget(context, input)
  const { services, identity } = context
  const { requestId, jobType, name = jobType } = input
  const workforce = await readWorkforce(services)
  const parameters = checkJobParameters(workforce, jobType, input.parameters)
  const schedule = { ...input, id: requestId, name, parameters }
  return told(context, workforce, await named(createSchedule(services.database, identity, schedule)))
})

const update = procedures.schedules.update.handler(async ({ context, input }) => {
  const { jobId, version, ...change } = input
  await requireJob(context, jobId)
  const { services, identity } = context
  const workforce = await readWorkforce(services)
  const outcome = updateSchedule(services.database, identity, jobId, version, {
    ...change,
    checkParameters: (parameters, job) => checkJobParameters(workforce, job.jobType, parameters),
  })
  return told(context, workforce, await named(outcome))
})

const ensure = procedures.schedules.ensure.handler(async ({ context, input }) => {
  await requireBrand(context, input.brandId)
  const { services, identity } = context
  const workforce = await readWorkforce(services)
  const outcome = await named(
    ensureRecurringJob(services.database, identity, {
      ...input,
      checkParameters: (parameters) => checkJobParameters(workforce, input.jobType, parameters),
    }),
  )
  return { ...(await told(context, workforce, outcome)), created: outcome.created }
})

/** A schedule may wait for its agent, unlike a run that somebody wants now; it says so. */
async function told({ services }: ConsoleContext, workforce: Workforce, { job, changed, message }: JobOutcome) {
  const nobody = nobodyRuns(workforce, job.jobType)
  const note = nobody === null ? '' : ` ${nobody.message} It waits until one can. ${nobody.fix}`
  return { job: (await jobRowOf(services, job.id)).job, changed, message: `${message}${note}` }
}

export const schedules = { timeline, create, update, ensure, coverage, createMany, changeMany }
