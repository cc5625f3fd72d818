import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { HookMapping } from '../../shared/hook-mapping.ts'
import { newHookSecret } from '../intake/hooks/sealed-secret.ts'
import { checkName } from '../jobs/names.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { Database } from '../store/database.ts'
import {
  getHook,
  type HookContents,
  insertHook,
  listHookDeliveries,
  listHooks,
  lockHook,
  type StoredHook,
  updateHook,
} from '../store/hooks.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { notFound, requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { checkJobParameters, readWorkforce, type Workforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'
import { requireSeen } from './seen.ts'

const list = procedures.hooks.list.handler(async ({ context, input }) => {
  const { organizationId, brandId } = input
  if (brandId === null) await requireOrganization(context, organizationId)
  else await requireBrandOf(context, organizationId, brandId)
  return { hooks: (await listHooks(context.services.database, { organizationId, brandId })).map(viewOf) }
})

const create = procedures.hooks.create.handler(async ({ context, input }) => {
  const { organizationId, brandId, ...given } = input
  const contents = { ...given, name: checkName(given.name) }
  await requireBrandOf(context, organizationId, brandId)
  const { services, identity } = context
  requireMappable(await readWorkforce(services), contents)
  const secret = newHookSecret()
  const sealedSecret = await services.hookSecrets.seal(secret)
  return services.database.transaction(async (transaction) => {
    await requireRoom(transaction, organizationId)
    const hookId = await insertHook(transaction, { ...contents, brandId, sealedSecret, changedBy: identity.operator })
    const after = await held(transaction, { organizationId, hookId })
    await record(transaction, identity, { action: 'hook.create', before: null, after })
    return { hook: viewOf(after), secret }
  })
})

const update = procedures.hooks.update.handler(async ({ context, input }) => {
  const { organizationId, hookId, seenAt, ...given } = input
  await requireOrganization(context, organizationId)
  const workforce = await readWorkforce(context.services)
  return change(context, { organizationId, hookId, seenAt }, 'hook.set', (before) => {
    const contents = { ...contentsOf(before), ...definedOf(given) }
    if (given.jobType !== undefined || given.mapping !== undefined) requireMappable(workforce, contents)
    return { ...contents, isRemoved: before.isRemoved }
  })
})

const renewSecret = procedures.hooks.renewSecret.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  const secret = newHookSecret()
  const sealedSecret = await context.services.hookSecrets.seal(secret)
  const { hook } = await change(context, input, 'hook.renew_secret', (before) => ({
    ...contentsOf(before),
    isRemoved: before.isRemoved,
    sealedSecret,
  }))
  return { hook, secret }
})

const remove = procedures.hooks.remove.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return change(context, input, 'hook.remove', (before) => ({ ...contentsOf(before), isRemoved: true }))
})

const restore = procedures.hooks.restore.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  return change(context, input, 'hook.restore', (before) => ({ ...contentsOf(before), isRemoved: false }))
})

const deliveries = procedures.hooks.deliveries.handler(async ({ context, input }) => {
  const { organizationId, hookId, limit } = input
  await requireOrganization(context, organizationId)
  const { database } = context.services
  if ((await getHook(database, hookId, organizationId)) === null) throw missing(hookId)
  return { deliveries: await listHookDeliveries(database, hookId, limit) }
})

const mostHooks = 500

async function requireRoom(transaction: Database, organizationId: string): Promise<void> {
  const { length } = await listHooks(transaction, { organizationId, brandId: null })
  if (length < mostHooks) return
  throw new Problem('conflict', `There are ${mostHooks} hooks already; no more are kept.`, {
    field: 'organizationId',
    value: organizationId,
    fix: 'Remove one that is not needed.',
  })
}

interface Place {
  readonly organizationId: string
  readonly hookId: string
  readonly seenAt?: string | undefined
}

async function change(
  { services, identity }: ConsoleContext,
  place: Place,
  action: string,
  decide: (before: StoredHook) => HookContents & { isRemoved: boolean; sealedSecret?: Uint8Array },
) {
  return services.database.transaction(async (transaction) => {
    const before = await held(transaction, place)
    const { sealedSecret = null, ...next } = decide(before)
    const isSame = JSON.stringify(recorded({ ...before, ...next })) === JSON.stringify(recorded(before))
    if (isSame && sealedSecret === null) return { hook: viewOf(before), changed: false }
    await updateHook(transaction, before.id, { ...next, sealedSecret, changedBy: identity.operator })
    const after = await held(transaction, { organizationId: place.organizationId, hookId: place.hookId })
    await record(transaction, identity, { action, before, after })
    return { hook: viewOf(after), changed: true }
  })
}

/** The hook, held until the end of the transaction. @throws Problem `not_found`; `conflict` when it is not as it was seen. */
async function held(transaction: Database, { organizationId, hookId, seenAt }: Place): Promise<StoredHook> {
  const hook = await lockHook(transaction, hookId, organizationId)
  if (hook === null) throw missing(hookId)
  requireSeen(`The hook "${hook.name}"`, hook, seenAt)
  return hook
}

function missing(hookId: string): Problem {
  return notFound(`There is no hook ${hookId}.`, { field: 'hookId', value: hookId })
}

/** What is always the same is checked at once; what comes with a message, when it comes. */
function requireMappable(workforce: Workforce, { jobType, mapping }: Pick<HookContents, 'jobType' | 'mapping'>): void {
  const known = workforce.catalog.jobTypes.get(jobType)
  // Tells apart a type that only another program knows from one that nobody does.
  if (known === undefined) return void checkJobParameters(workforce, jobType, {})
  const { properties = {}, additionalProperties = false } = known.parameters
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  const unknown = Object.keys(mapping).find((name) => !names.includes(name))
  if (unknown === undefined || additionalProperties === true) return
  throw new Problem('invalid_input', `${jobType} has no parameter "${unknown}".`, {
    field: `mapping.${unknown}`,
    value: unknown,
    fix: names.length === 0 ? 'It takes none: leave the mapping empty.' : didYouMean(unknown, names),
  })
}

function contentsOf({ name, style, jobType, mapping, enabled }: HookContents): HookContents {
  return { name, style, jobType, mapping, enabled }
}

function definedOf(given: { readonly [Name in keyof HookContents]?: HookContents[Name] | undefined }) {
  const { name, style, jobType, mapping, enabled } = given
  return {
    ...(name === undefined ? {} : { name: checkName(name) }),
    ...(style === undefined ? {} : { style }),
    ...(jobType === undefined ? {} : { jobType }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(enabled === undefined ? {} : { enabled }),
  }
}

function viewOf(stored: StoredHook) {
  const { id, brandId, brandName, refusedAt, refusedBecause, changedAt, changedBy } = stored
  const { mapping, ...contents } = contentsOf(stored)
  return {
    id,
    brand: { id: brandId, name: brandName },
    ...contents,
    mapping: { ...mapping },
    path: `/api/hooks/${id}`,
    refusedAt,
    refusedBecause,
    changedAt,
    changedBy,
  }
}

async function record(
  transaction: Database,
  actor: Actor,
  {
    action,
    before,
    after,
  }: { readonly action: string; readonly before: StoredHook | null; readonly after: StoredHook },
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId: after.organizationId,
    action,
    subjectType: 'hook',
    subjectId: after.id,
    before: before === null ? null : recorded(before),
    after: recorded(after),
  })
}

function recorded(hook: HookContents & { readonly isRemoved: boolean }): JsonObject {
  const { mapping, ...contents } = contentsOf(hook)
  return { ...contents, mapping: recordedMapping(mapping), isRemoved: hook.isRemoved }
}

/** By name, because the database gives keys back in an order of its own. */
function recordedMapping(mapping: HookMapping): JsonObject {
  const entries = Object.entries(mapping).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, source]) => [name, { ...source }]))
}

export const hooks = { list, create, update, renewSecret, remove, restore, deliveries }
