import { listDatasetTriggers } from '../store/dataset-triggers.ts'
import { createTrigger, removeTrigger, updateTrigger } from '../triggers/change-trigger.ts'
import { triggerView } from '../triggers/trigger-view.ts'
import { requireBrandOf, requireJob, requireOrganization } from './access.ts'
import { requireScope } from './brand-scope.ts'
import { checkJobParameters, readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

const list = procedures.triggers.list.handler(async ({ context, input }) => {
  const { organizationId, only } = await requireScope(context, input)
  const { database, clock } = context.services
  const found = await listDatasetTriggers(database, { organizationId, brandIds: only, dataset: input.dataset })
  return { asOf: found[0]?.asOf ?? clock.now(), triggers: found.map(triggerView) }
})

const create = procedures.triggers.create.handler(async ({ context, input }) => {
  const { organizationId, brandId, jobId } = input
  await requireBrandOf(context, organizationId, brandId)
  const { services, identity } = context
  const job = jobId === null ? null : await requireJob(context, jobId)
  const workforce = await readWorkforce(services)
  const outcome = await createTrigger(services.database, identity, {
    ...input,
    job,
    catalog: workforce.catalog,
    checkParameters: (jobType, parameters) => checkJobParameters(workforce, jobType, parameters),
  })
  return { ...outcome, trigger: triggerView(outcome.trigger) }
})

const update = procedures.triggers.update.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  const outcome = await updateTrigger(context.services.database, context.identity, input)
  return { ...outcome, trigger: triggerView(outcome.trigger) }
})

const remove = procedures.triggers.remove.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  await removeTrigger(context.services.database, context.identity, input)
  return { changed: true }
})

export const triggers = { list, create, update, remove }
