import { maximumAgeHours, type PingPlan } from '../../../shared/pings/plan.ts'
import type { Database } from '../../store/database.ts'
import { clearDatasetPolicy, lockDatasetPolicy, setDatasetPolicy } from '../../store/dataset-policies.ts'
import { notePolicy, type StoredCheck } from '../../store/ping-checks.ts'

/** Hours are those that are wanted; null takes the maximum away that this check has set. */
export interface PolicyWish {
  readonly check: Pick<StoredCheck, 'id' | 'brandId' | 'datasetKey' | 'policyHours'>
  readonly hours: number | null
  readonly changedBy: string
}

/**
 * The plan of a check is its dataset's maximum age (F9), as long as nobody has decided another one: a person's own holds, and stays when the
 * check goes.
 */
export async function keepPolicy(transaction: Database, { check, hours, changedBy }: PolicyWish): Promise<void> {
  const { id, brandId, datasetKey, policyHours } = check
  const policy = await lockDatasetPolicy(transaction, brandId, datasetKey)
  const isOurs = policy === null || policy.maxAgeHours === policyHours
  if (isOurs && hours === null && policy !== null) await clearDatasetPolicy(transaction, brandId, datasetKey)
  if (isOurs && hours !== null && policy?.maxAgeHours !== hours) {
    await setDatasetPolicy(transaction, { brandId, datasetKey, maxAgeHours: hours, changedBy })
  }
  const noted = isOurs ? hours : null
  if (noted !== policyHours) await notePolicy(transaction, id, noted)
}

/** Nothing is expected of a check that is paused or gone. */
export function hoursOf(plan: PingPlan, isExpected: boolean, now: Date): number | null {
  return isExpected ? maximumAgeHours(plan, now) : null
}
