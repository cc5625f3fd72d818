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

/**
 * F9: sets the brand's own maximum age for a dataset, or with null takes it away. Returns the one before; null = none.
 * @throws Problem `invalid_input` for an impossible maximum.
 */
export async function changePolicy(
  database: DatabasePool,
  actor: Actor,
  change: PolicyChange,
): Promise<{ readonly maxAgeHours: number | null; readonly before: number | null }> {
  return database.transaction((transaction) => changePolicyWithin(transaction, actor, change))
}

/** As part of a larger change. */
export async function changePolicyWithin(
  transaction: Database,
  actor: Actor,
  change: PolicyChange,
): Promise<{ readonly maxAgeHours: number | null; readonly before: number | null }> {
  const { brand, dataset, maxAgeHours } = change
  const hours = maxAgeHours === null ? null : storedHours(maxAgeHours)
  const policy = await lockDatasetPolicy(transaction, brand.id, dataset)
  const before = policy?.maxAgeHours ?? null
  const warnAgeHours = typeof change.warnAgeHours === 'number' ? storedHours(change.warnAgeHours) : change.warnAgeHours
  const keepsWarning = hours === null || warnAgeHours === undefined || warnAgeHours === (policy?.warnAgeHours ?? null)
  if (before === hours && keepsWarning) return { maxAgeHours: hours, before }
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
    before: before === null ? null : { maxAgeHours: before },
    after:
      hours === null ? null : { maxAgeHours: hours, ...(typeof warnAgeHours === 'number' ? { warnAgeHours } : {}) },
  })
  return { maxAgeHours: hours, before }
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
