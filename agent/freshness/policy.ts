import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { checkMaxAgeHours } from '../../shared/freshness.ts'
import { requireSeen } from '../console/seen.ts'
import type { Brand } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { clearDatasetPolicy, lockDatasetPolicy, setDatasetPolicy } from '../store/dataset-policies.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface PolicyChange {
  readonly brand: Pick<Brand, 'id' | 'organizationId'>
  readonly dataset: string
  /** Null = the dataset's and the pages' count; left out, it stays as it is. */
  readonly maxAgeHours?: number | null | undefined
  /** F7: from this age on it is at risk; null = no age says so; left out, it stays as it is, and goes with the maximum. */
  readonly warnAgeHours?: number | null | undefined
  /** As `requireSeen` takes it. */
  readonly seenAt?: string | null | undefined
}

/** What counts now, and what did; null = none. */
export interface ChangedPolicy {
  readonly changedAt: Date | null
  readonly maxAgeHours: number | null
  readonly warnAgeHours: number | null
  readonly before: number | null
  readonly warnBefore: number | null
}

/**
 * F9, F7: sets the ages that a brand has of its own for a dataset, or takes them away. A warning age may be alone.
 * @throws Problem `invalid_input` for an impossible maximum, `conflict` when they are not those that were seen.
 */
export async function changePolicy(database: DatabasePool, actor: Actor, change: PolicyChange): Promise<ChangedPolicy> {
  return database.transaction((transaction) => changePolicyWithin(transaction, actor, change))
}

/** As part of a larger change. */
export async function changePolicyWithin(
  transaction: Database,
  actor: Actor,
  change: PolicyChange,
): Promise<ChangedPolicy> {
  const { brand, dataset } = change
  const policy = await lockDatasetPolicy(transaction, brand.id, dataset)
  requireSeen(`What is set for "${dataset}"`, policy, change.seenAt)
  const before = policy?.maxAgeHours ?? null
  const warnBefore = policy?.warnAgeHours ?? null
  const maxAgeHours = change.maxAgeHours === undefined ? before : storedOrNone(change.maxAgeHours, 'maxAgeHours')
  const keepsWarning = change.warnAgeHours === undefined && maxAgeHours !== null
  const warnAgeHours = keepsWarning ? warnBefore : storedOrNone(change.warnAgeHours ?? null, 'warnAgeHours')
  const changed = { maxAgeHours, warnAgeHours, before, warnBefore }
  if (before === maxAgeHours && warnBefore === warnAgeHours) return { ...changed, changedAt: policy?.changedAt ?? null }
  const after = agesOf(maxAgeHours, warnAgeHours)
  const place = { brandId: brand.id, datasetKey: dataset, changedBy: actor.operator }
  // What somebody else sets at this moment stays too.
  const kept = { maxAgeHours, warnAgeHours: keepsWarning ? undefined : warnAgeHours }
  const changedAt = await storePolicy(transaction, place, after === null ? null : kept)
  await insertOperatorAction(transaction, {
    actor,
    organizationId: brand.organizationId,
    action: after === null ? 'policy.clear' : 'policy.set',
    subjectType: 'dataset',
    subjectId: `${brand.id}/${dataset}`,
    before: agesOf(before, warnBefore),
    after,
  })
  return { ...changed, changedAt }
}

/** Null takes it away. Returns when the one that is there was changed. */
async function storePolicy(
  transaction: Database,
  place: { readonly brandId: string; readonly datasetKey: string; readonly changedBy: string },
  kept: { readonly maxAgeHours: number | null; readonly warnAgeHours: number | null | undefined } | null,
): Promise<Date | null> {
  if (kept !== null) return setDatasetPolicy(transaction, { ...place, ...kept })
  await clearDatasetPolicy(transaction, place.brandId, place.datasetKey)
  return null
}

/** Null where neither says anything. */
function agesOf(maxAgeHours: number | null, warnAgeHours: number | null): JsonObject | null {
  if (warnAgeHours !== null) return { maxAgeHours, warnAgeHours }
  return maxAgeHours === null ? null : { maxAgeHours }
}

/** As `storedHours`; null stays null. */
export function storedOrNone(hours: number | null, field: keyof typeof ages): number | null {
  return hours === null ? null : storedHours(hours, field)
}

const ages = { maxAgeHours: 'maximum age', warnAgeHours: 'warning age' } as const

/** The column keeps two decimals, so less than half of a hundredth is nothing. @throws Problem `invalid_input`. */
export function storedHours(hours: number, field: keyof typeof ages): number {
  const stored = Math.round(hours * 100) / 100
  if (stored > 0) return checkMaxAgeHours(stored, field, ages[field])
  throw new Problem('invalid_input', `A ${ages[field]} of ${hours} hours is not possible.`, {
    field,
    value: hours,
    fix: 'Use at least 0.01 hours (36 s).',
  })
}
