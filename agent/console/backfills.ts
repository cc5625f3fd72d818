import type { BackfillJobView, BackfillView } from '../../shared/contract/backfills.ts'
import { Problem } from '../../shared/errors.ts'
import { heldWords } from '../../shared/holds.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { KnownJobType } from '../freshness/known-catalog.ts'
import { planBackfill, ruleOf } from '../jobs/backfill-plan.ts'
import {
  type BackfillOutcome,
  cancelBackfill,
  createBackfill,
  noBackfill,
  retryBackfill,
} from '../jobs/change-backfill.ts'
import { holdOfJob } from '../jobs/held-job.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { type Backfill, getBackfill, listBackfillJobs, listBackfills } from '../store/backfills.ts'
import { databaseNow } from '../store/database-clock.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { nobodyRuns, readWorkforce, requireSomebody, type Workforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

const list = procedures.backfills.list.handler(async ({ context, input }) => {
  const { organizationId, brandId } = input
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
  const { database } = context.services
  const found = await listBackfills(database, input)
  return { asOf: found[0]?.asOf ?? (await databaseNow(database)), backfills: found.map(backfillView) }
})

const get = procedures.backfills.get.handler(async ({ context, input }) => {
  const { services } = context
  const backfill = await requireBackfill(context, input)
  const { catalog } = await readWorkforce(services)
  const from = catalog.jobTypes.get(backfill.jobType)?.backfill?.from ?? ''
  const jobs = await listBackfillJobs(services.database, backfill.id, from)
  return {
    asOf: backfill.asOf,
    backfill: backfillView(backfill),
    jobs: jobs.map(({ parameters: _known, ...job }): BackfillJobView => job),
  }
})

const preview = procedures.backfills.preview.handler(async ({ context, input }) => {
  const { services, identity } = context
  const { brandId, jobType: key, organizationId } = input
  await requireBrandOf(context, organizationId, brandId)
  const workforce = await readWorkforce(services)
  const jobType = jobTypeOf(workforce, key)
  const { database, settings } = services
  await database.transaction((transaction) => requireBrandInUse(transaction, identity, brandId))
  const plan = await planBackfill(database, jobType, input, settings.defaultTimeZone)
  const { runs, covered, coveredDays, zone, medianMs, like } = plan
  const nobody = nobodyRuns(workforce, key)
  const held = await holdOfJob(database, { organizationId, brandId, jobType: key }, null)
  return {
    runs: runs.map(({ first, last, isCovered }) => ({ first, last, isCovered })),
    firstParameters: runs[0]?.parameters ?? null,
    lastParameters: runs.at(-1)?.parameters ?? null,
    covered: [...covered],
    coveredDays,
    zone,
    estimateMs: medianMs === null ? null : medianMs * runs.length,
    refusal: nobody === null ? null : `${nobody.message} ${nobody.fix}`,
    notes: [
      ...(held === null ? [] : [`${key} is ${heldWords(held)}: the runs wait until then.`]),
      ...(like?.skips === true
        ? [
            `${like.name} skips a fire that falls due while another run has its key: those of a backfill too, unless they run beside it.`,
          ]
        : []),
    ],
  }
})

const create = procedures.backfills.create.handler(async ({ context, input }) => {
  const { services, identity } = context
  const { requestId, ...request } = input
  await requireBrandOf(context, input.organizationId, input.brandId)
  const workforce = await readWorkforce(services)
  const jobType = jobTypeOf(workforce, input.jobType)
  requireSomebody(workforce, jobType.key)
  const triggerSource = identity.door === 'api' ? ('api' as const) : ('manual' as const)
  const { database, settings } = services
  const asked = { ...request, id: requestId, triggerSource }
  return answer(await createBackfill(database, identity, jobType, asked, settings.defaultTimeZone))
})

const cancel = procedures.backfills.cancel.handler(async ({ context, input }) => {
  await requireBackfill(context, input)
  return answer(await cancelBackfill(context.services.database, context.identity, input.backfillId))
})

const retry = procedures.backfills.retry.handler(async ({ context, input }) => {
  const { jobType } = await requireBackfill(context, input)
  requireSomebody(await readWorkforce(context.services), jobType)
  return answer(await retryBackfill(context.services.database, context.identity, input.backfillId))
})

export const backfills = { list, get, preview, create, cancel, retry }

/** @throws Problem `not_found` for a type that nobody describes, `invalid_input` for one that is not about days. */
function jobTypeOf({ catalog }: Workforce, key: string): KnownJobType {
  const jobType = catalog.jobTypes.get(key)
  if (jobType === undefined) {
    throw new Problem('not_found', `There is no job type "${key}", neither in the catalog here nor at any agent.`, {
      field: 'jobType',
      value: key,
      fix: didYouMean(key, catalog.jobTypes.keys()),
    })
  }
  ruleOf(jobType)
  return jobType
}

async function requireBackfill(
  context: ConsoleContext,
  { organizationId, backfillId }: { readonly organizationId: string; readonly backfillId: string },
): Promise<Backfill> {
  await requireOrganization(context, organizationId)
  const backfill = await getBackfill(context.services.database, backfillId)
  if (backfill !== null && backfill.organizationId === organizationId) return backfill
  throw noBackfill(backfillId)
}

function answer({ backfill, changed, message }: BackfillOutcome) {
  return { backfill: backfillView(backfill), changed, message }
}

function backfillView(stored: Backfill): BackfillView {
  const { organizationId: _own, brandId, brandName, asOf: _now, firstDay, lastDay, ...backfill } = stored
  return { ...backfill, brand: { id: brandId, name: brandName }, first: firstDay, last: lastDay }
}
