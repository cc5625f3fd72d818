import { legacyTimeZone } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { updateSchedule } from '../jobs/operations.ts'
import { type ScheduleChange, scheduleAfter } from '../jobs/schedule-job.ts'
import { getJobs, type Job } from '../store/scheduled-jobs.ts'
import { notFound, requireOrganization, seesPlatform } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { inTurn, refusalOf } from './each-of-many.ts'
import { named } from './field-names.ts'
import { priorityWord } from './jobs-view.ts'
import { readWorkforce, type Workforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

export const changeMany = procedures.schedules.changeMany.handler(async ({ context, input }) => {
  const { organizationId, dryRun } = input
  await requireOrganization(context, organizationId)
  const asked = [...new Map(input.changes.map((change) => [change.jobId.toLowerCase(), change])).entries()]
  const { database } = context.services
  const [workforce, jobs] = await Promise.all([
    readWorkforce(context.services),
    getJobs(
      database,
      asked.map(([id]) => id),
    ),
  ])
  const ours = new Map(jobs.filter((job) => isOurs(context, organizationId, job)).map((job) => [job.id, job]))
  const results = await inTurn(asked, async ([id, { jobId, version, ...fields }]) => {
    try {
      const job = ours.get(id)
      if (job === undefined) throw notFound(`There is no job ${jobId}.`, { field: 'jobId', value: jobId })
      requireOwnRules(workforce, job)
      const change = { ...fields, checkParameters: () => undefined }
      const { changed, message, before, after } = await (dryRun
        ? rehearsed(context, job, version, change)
        : named(written(context, job, version, change)))
      const outcome = changed ? ('changed' as const) : ('unchanged' as const)
      return {
        jobId,
        outcome,
        message,
        refused: null,
        version: after,
        before: changed ? asBefore(before, fields) : null,
      }
    } catch (thrown) {
      const refusal = refusalOf(context, 'schedules.changeMany', thrown)
      return { jobId, outcome: 'refused' as const, version: null, before: null, ...refusal }
    }
  })
  return { results, changed: results.filter(({ outcome }) => outcome === 'changed').length }
})

function isOurs(context: ConsoleContext, organizationId: string, job: Job): boolean {
  return job.organizationId === null ? seesPlatform(context) : job.organizationId === organizationId
}

/** What another program runs may not know time zones, priorities and the like: somebody has to look at it. */
function requireOwnRules({ foreign }: Workforce, { jobType, name, id }: Job): void {
  if (!foreign.has(jobType)) return
  throw new Problem('conflict', `${name} is run by another program, which may not know these rules.`, {
    field: 'jobId',
    value: id,
    fix: 'Edit it by itself.',
  })
}

interface Written {
  readonly changed: boolean
  readonly message: string
  readonly before: Job
  /** The version of the job afterwards. */
  readonly after: number
}

async function written(
  { services, identity }: ConsoleContext,
  { id }: Job,
  version: number,
  change: ScheduleChange,
): Promise<Written> {
  const { job, before, changed, message } = await updateSchedule(services.database, identity, id, version, change)
  return { changed, message, before, after: job.version }
}

async function rehearsed(
  { identity }: ConsoleContext,
  job: Job,
  version: number,
  change: ScheduleChange,
): Promise<Written> {
  const changed = scheduleAfter(identity, job, version, change) !== null
  const message = changed ? `The schedule of ${job.name} would be changed.` : `${job.name} is already like this.`
  return { changed, message, before: job, after: job.version }
}

type Fields = Omit<ScheduleChange, 'checkParameters' | 'name' | 'parameters' | 'concurrencyKey'>

/** The fields that were asked for, as the job had them. Another program's job without a cron expression cannot be given none again. */
function asBefore(job: Job, fields: Fields): Fields {
  const { cronExpression, timeZone, maxRetries, alertAfter, timeoutMinutes, overlapPolicy, catchUpPolicy } = job
  return {
    ...(fields.cron === undefined || cronExpression === null ? {} : { cron: cronExpression }),
    ...(fields.timeZone === undefined ? {} : { timeZone: timeZone ?? legacyTimeZone }),
    ...(fields.maxRetries === undefined ? {} : { maxRetries }),
    ...(fields.alertAfter === undefined ? {} : { alertAfter }),
    ...(fields.timeoutMinutes === undefined ? {} : { timeoutMinutes }),
    ...(fields.priority === undefined ? {} : { priority: priorityWord(job.priority) }),
    ...(fields.overlapPolicy === undefined ? {} : { overlapPolicy }),
    ...(fields.catchUpPolicy === undefined ? {} : { catchUpPolicy }),
  }
}
