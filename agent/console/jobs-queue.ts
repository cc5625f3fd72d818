import type { TriggerSource } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { type OneTimeJob, queueOneTimeJob } from '../jobs/operations.ts'
import { databaseNow } from '../store/database-clock.ts'
import { notFound, requireBrandOf, requireJob, requireOrganization, requirePlatform } from './access.ts'
import type { ConsoleContext, Identity } from './context.ts'
import { jobRowOf } from './jobs-view.ts'
import { checkJobParameters, readWorkforce, requireSomebody } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

export function triggerOf({ door }: Identity): TriggerSource {
  return door === 'api' ? 'api' : 'manual'
}

/** The brand a new job is for; null = the platform, for those who may. */
export async function requireTarget(
  context: ConsoleContext,
  { organizationId, brandId }: { readonly organizationId: string; readonly brandId: string | null },
): Promise<void> {
  if (brandId !== null) {
    await requireBrandOf(context, organizationId, brandId)
    return
  }
  await requireOrganization(context, organizationId)
  requirePlatform(context)
}

export const queue = procedures.jobs.queue.handler(async ({ context, input }) => {
  const { services, identity } = context
  const { brandId, jobType, priority, requestId } = input
  await requireTarget(context, input)
  await requireSameWork(context, input)
  const workforce = await readWorkforce(services)
  const parameters = checkJobParameters(workforce, jobType, input.parameters)
  requireSomebody(workforce, jobType)
  const { job, created, message, waitsBehind } = await queueOneTimeJob(services.database, identity, {
    id: requestId,
    brandId,
    jobType,
    productId: input.productId,
    likeJobId: input.likeJobId,
    name: input.name ?? jobType,
    parameters,
    triggerSource: triggerOf(identity),
    priority,
    at: input.at === undefined ? null : futureInstant(input.at, await databaseNow(services.database)),
  })
  return {
    job: (await jobRowOf(services, job.id)).job,
    created,
    message,
    waitsBehind:
      waitsBehind === null
        ? null
        : { runId: waitsBehind.runId, jobName: waitsBehind.jobName, startedAt: waitsBehind.startedAt },
  }
})

async function requireSameWork(
  context: ConsoleContext,
  { likeJobId, brandId, jobType }: Pick<OneTimeJob, 'brandId' | 'jobType'> & { readonly likeJobId: string | null },
): Promise<void> {
  if (likeJobId === null) return
  const job = await requireJob(context, likeJobId)
  if (job.brandId === brandId && job.jobType === jobType) return
  const missing = `There is no job ${likeJobId} of ${jobType} for this brand.`
  throw notFound(missing, { field: 'likeJobId', value: likeJobId })
}

const yearMs = 366 * 86_400_000

/** Bad input 26; `now` by the database's clock (fault 14). Null = the time has come already: it is due now. */
function futureInstant(text: string, now: Date): Date | null {
  const at = new Date(text)
  if (at <= now) return null
  if (at.getTime() - now.getTime() <= 5 * yearMs) return at
  throw new Problem('invalid_input', 'That is more than five years away.', {
    field: 'at',
    value: text,
    fix: 'Choose an earlier time.',
  })
}
