import { addMuteRule, removeMuteRule } from '../incidents/mutes.ts'
import { databaseNow } from '../store/database-clock.ts'
import { countMuted, listMuteRules } from '../store/mute-rules.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'

export const mutes = procedures.incidents.mutes.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const { database } = context.services
  const rules = await listMuteRules(database, organizationId)
  return {
    asOf: rules[0]?.asOf ?? (await databaseNow(database)),
    rules: rules.map(({ brandId, brandName, datasetKey, asOf: _read, ...rule }) => ({
      ...rule,
      brand: brandId === null ? null : { id: brandId, name: brandName ?? brandId },
      dataset: datasetKey,
    })),
  }
})

export const previewMute = procedures.incidents.previewMute.handler(async ({ context, input }) => {
  const { organizationId, brandId, dataset: datasetKey, jobType, kind } = input
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
  return countMuted(context.services.database, organizationId, { brandId, datasetKey, jobType, kind })
})

export const mute = procedures.incidents.mute.handler(async ({ context, input }) => {
  const { organizationId, brandId, dataset: datasetKey, ...rule } = input
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
  const added = { ...rule, organizationId, brandId, datasetKey }
  const { id, mutes } = await addMuteRule(context.services.database, context.identity, added)
  return { id, mutes }
})

export const unmute = procedures.incidents.unmute.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return { changed: await removeMuteRule(context.services.database, context.identity, input) }
})
