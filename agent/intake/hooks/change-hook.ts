import type { JsonObject } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import type { HookMapping } from '../../../shared/hook-mapping.ts'
import type { ActionName } from '../../../shared/operator-actions.ts'
import { requireBrandInUse } from '../../brands/brand-in-use.ts'
import { checkJobParameters, type Workforce } from '../../console/jobs-workforce.ts'
import { requireSeen } from '../../console/seen.ts'
import { checkName } from '../../jobs/names.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import type { Database, DatabasePool } from '../../store/database.ts'
import { type HookContents, insertHook, listHooks, lockHook, type StoredHook, updateHook } from '../../store/hooks.ts'
import { type Actor, insertOperatorAction } from '../../store/operator-actions.ts'

export interface NewHook extends HookContents {
  readonly organizationId: string
  readonly brandId: string
  readonly sealedSecret: Uint8Array
  readonly workforce: Workforce
}

const mostHooks = 500

/** @throws Problem `invalid_input` for the name, or a mapping that the job type does not take; `not_found` for a job type nobody knows. */
export async function createHook(database: DatabasePool, actor: Actor, request: NewHook): Promise<StoredHook> {
  const { organizationId, workforce, ...given } = request
  const contents = { ...given, name: checkName(given.name) }
  requireMappable(workforce, contents)
  return database.transaction(async (transaction) => {
    await requireBrandInUse(transaction, actor, contents.brandId)
    await requireRoom(transaction, organizationId)
    const hookId = await insertHook(transaction, { ...contents, changedBy: actor.operator })
    const after = await held(transaction, { organizationId, hookId })
    await record(transaction, actor, { action: 'hook.create', before: null, after })
    return after
  })
}

export interface HookPlace {
  readonly organizationId: string
  readonly hookId: string
  readonly seenAt?: string | undefined
}

export interface HookChange extends HookContents {
  readonly isRemoved: boolean
  /** Left out: it stays. */
  readonly sealedSecret?: Uint8Array
}

/** @throws Problem `not_found`; `conflict` when it is not as it was seen. */
export async function changeHook(
  database: DatabasePool,
  actor: Actor,
  { action, ...place }: HookPlace & { readonly action: ActionName },
  decide: (before: StoredHook) => Partial<HookChange>,
): Promise<{ readonly hook: StoredHook; readonly changed: boolean }> {
  return database.transaction(async (transaction) => {
    const before = await held(transaction, place)
    const { sealedSecret = null, ...decided } = decide(before)
    const next = { ...before, ...decided }
    const isSame = JSON.stringify(recorded(next)) === JSON.stringify(recorded(before))
    if (isSame && sealedSecret === null) return { hook: before, changed: false }
    await updateHook(transaction, before.id, { ...next, sealedSecret, changedBy: actor.operator })
    const hook = await held(transaction, { organizationId: place.organizationId, hookId: place.hookId })
    await record(transaction, actor, { action, before, after: hook })
    return { hook, changed: true }
  })
}

/** The hook, held until the end of the transaction. @throws Problem `not_found`; `conflict` when it is not as it was seen. */
async function held(transaction: Database, { organizationId, hookId, seenAt }: HookPlace): Promise<StoredHook> {
  const hook = await lockHook(transaction, hookId, organizationId)
  if (hook === null) throw missingHook(hookId)
  requireSeen(`The hook "${hook.name}"`, hook, seenAt)
  return hook
}

/** What is not the caller's does not exist for them. */
export function missingHook(hookId: string): Problem {
  return new Problem('not_found', `There is no hook ${hookId}.`, {
    field: 'hookId',
    value: hookId,
    fix: 'Check the id; it may belong to another organization.',
  })
}

/** What is always the same is checked at once; what comes with a message, when it comes. */
export function requireMappable(
  workforce: Workforce,
  { jobType, mapping }: Pick<HookContents, 'jobType' | 'mapping'>,
): void {
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

async function requireRoom(transaction: Database, organizationId: string): Promise<void> {
  const { length } = await listHooks(transaction, { organizationId, brandId: null })
  if (length < mostHooks) return
  throw new Problem('conflict', `There are ${mostHooks} hooks already; no more are kept.`, {
    field: 'organizationId',
    value: organizationId,
    fix: 'Remove one that is not needed.',
  })
}

async function record(
  transaction: Database,
  actor: Actor,
  {
    action,
    before,
    after,
  }: { readonly action: ActionName; readonly before: StoredHook | null; readonly after: StoredHook },
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
  const { name, style, jobType, mapping, enabled, isRemoved } = hook
  return { name, style, jobType, enabled, mapping: recordedMapping(mapping), isRemoved }
}

/** By name, because the database gives keys back in an order of its own. */
function recordedMapping(mapping: HookMapping): JsonObject {
  const entries = Object.entries(mapping).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, source]) => [name, { ...source }]))
}
