import type { ActionName } from '../../shared/operator-actions.ts'
import { changeHook, createHook, type HookPlace, missingHook, requireMappable } from '../intake/hooks/change-hook.ts'
import { hookView } from '../intake/hooks/hook-view.ts'
import { newHookSecret } from '../intake/hooks/sealed-secret.ts'
import { checkName } from '../jobs/names.ts'
import { getHook, listHookDeliveries, listHooks } from '../store/hooks.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

const list = procedures.hooks.list.handler(async ({ context, input }) => {
  const { organizationId, brandId } = input
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
  return { hooks: (await listHooks(context.services.database, { organizationId, brandId })).map(hookView) }
})

const create = procedures.hooks.create.handler(async ({ context, input }) => {
  await requireBrandOf(context, input.organizationId, input.brandId)
  const { services, identity } = context
  const secret = newHookSecret()
  const [workforce, sealedSecret] = await Promise.all([readWorkforce(services), services.hookSecrets.seal(secret)])
  const hook = await createHook(services.database, identity, { ...input, workforce, sealedSecret })
  return { hook: hookView(hook), secret }
})

const update = procedures.hooks.update.handler(async ({ context, input }) => {
  const { organizationId, hookId, seenAt, name, style, jobType, mapping, enabled } = input
  await requireOrganization(context, organizationId)
  const workforce = await readWorkforce(context.services)
  return change(context, { organizationId, hookId, seenAt, action: 'hook.set' }, (before) => {
    const contents = {
      name: name === undefined ? before.name : checkName(name),
      style: style ?? before.style,
      jobType: jobType ?? before.jobType,
      mapping: mapping ?? before.mapping,
      enabled: enabled ?? before.enabled,
    }
    if (jobType !== undefined || mapping !== undefined) requireMappable(workforce, contents)
    return contents
  })
})

const renewSecret = procedures.hooks.renewSecret.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  const secret = newHookSecret()
  const sealedSecret = await context.services.hookSecrets.seal(secret)
  const { hook } = await change(context, { ...input, action: 'hook.renew_secret' }, () => ({ sealedSecret }))
  return { hook, secret }
})

const remove = procedures.hooks.remove.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return change(context, { ...input, action: 'hook.remove' }, () => ({ isRemoved: true }))
})

const restore = procedures.hooks.restore.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return change(context, { ...input, action: 'hook.restore' }, () => ({ isRemoved: false }))
})

const deliveries = procedures.hooks.deliveries.handler(async ({ context, input }) => {
  const { organizationId, hookId, limit } = input
  await requireOrganization(context, organizationId)
  const { database } = context.services
  if ((await getHook(database, hookId, organizationId)) === null) throw missingHook(hookId)
  return { deliveries: await listHookDeliveries(database, hookId, limit) }
})

async function change(
  { services, identity }: ConsoleContext,
  place: HookPlace & { readonly action: ActionName },
  decide: Parameters<typeof changeHook>[3],
) {
  const { hook, changed } = await changeHook(services.database, identity, place, decide)
  return { hook: hookView(hook), changed }
}

export const hooks = { list, create, update, renewSecret, remove, restore, deliveries }
