import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { checkMaxAgeHours } from '../../shared/freshness.ts'
import type { Brand } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { clearDatasetPolicy, lockDatasetPolicy, setDatasetPolicy } from '../store/dataset-policies.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface PolicyChange {
  readonly brand: Pick<Brand, 'id' | 'organizationId'>
  readonly dataset: string
  readonly maxAgeHours: number | null
  /** F7: from this age on it is at risk; null = no age says so; left out, it stays as it is. */
  readonly warnAgeHours?: number | null | undefined
}

/** What counts now, and what did; null = none. */
export interface ChangedPolicy {
  readonly maxAgeHours: number | null
  readonly before: number | null
  readonly warnBefore: number | null
}

/**
 * F9: sets the brand's own maximum age for a dataset, or with null takes it away, its warning age with it.
 * @throws Problem `invalid_input` for an impossible maximum.
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
  const { brand, dataset, maxAgeHours } = change
  const hours = maxAgeHours === null ? null : storedHours(maxAgeHours)
  const policy = await lockDatasetPolicy(transaction, brand.id, dataset)
  const before = policy?.maxAgeHours ?? null
  const warnBefore = policy?.warnAgeHours ?? null
  const warnAgeHours = typeof change.warnAgeHours === 'number' ? storedHours(change.warnAgeHours) : change.warnAgeHours
  const keepsWarning = hours === null || warnAgeHours === undefined || warnAgeHours === warnBefore
  if (before === hours && keepsWarning) return { maxAgeHours: hours, before, warnBefore }
  if (hours === null) await clearDatasetPolicy(transaction, brand.id, dataset)
  else {
    const changed = {
      brandId: brand.id,
      datasetKey: dataset,
      maxAgeHours: hours,
      warnAgeHours,
      changedBy: actor.operator,
    }
    await setDatasetPolicy(transaction, changed)
  }
  await insertOperatorAction(transaction, {
    actor,
    organizationId: brand.organizationId,
    action: hours === null ? 'policy.clear' : 'policy.set',
    subjectType: 'dataset',
    subjectId: `${brand.id}/${dataset}`,
    before: agesOf(before, warnBefore),
    after: agesOf(hours, warnAgeHours === undefined ? warnBefore : warnAgeHours),
  })
  return { maxAgeHours: hours, before, warnBefore }
}

function agesOf(maxAgeHours: number | null, warnAgeHours: number | null): JsonObject | null {
  if (maxAgeHours === null) return null
  return warnAgeHours === null ? { maxAgeHours } : { maxAgeHours, warnAgeHours }
}

/** The column keeps two decimals, so less than half of a hundredth is nothing. */
export function storedHours(hours: number): number {
  const stored = Math.round(hours * 100) / 100
  if (stored > 0) return checkMaxAgeHours(stored, 'maxAgeHours')
  throw new Problem('invalid_input', `A maximum age of ${hours} hours is not possible.`, {
    field: 'maxAgeHours',
    value: hours,
    fix: 'Use at least 0.01 hours (36 s).',
  })
}
