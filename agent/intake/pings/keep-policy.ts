import { maximumAgeHours, type PingPlan } from '../../../shared/pings/plan.ts'
import type { Database } from '../../store/database.ts'
import { clearDatasetPolicy, lockDatasetPolicy, setDatasetPolicy } from '../../store/dataset-policies.ts'
import { notePolicy, type StoredCheck } from '../../store/ping-checks.ts'

/** Hours are those that are wanted; null takes back the maximum that this check has set, and nothing else. */
export interface PolicyWish {
  readonly check: Pick<StoredCheck, 'id' | 'brandId' | 'datasetKey' | 'policyHours'>
  readonly hours: number | null
  readonly changedBy: string
}

/**
 * The plan of a check is its dataset's maximum age (F9), as long as nobody has decided another one: a person's own holds, and stays when the
 * check goes. So do the age from which on a person wants to be warned, and the due time.
 */
export async function keepPolicy(transaction: Database, { check, hours, changedBy }: PolicyWish): Promise<void> {
  const { id, brandId, datasetKey, policyHours } = check
  const policy = await lockDatasetPolicy(transaction, brandId, datasetKey)
  const isOurs = policy === null || policy.maxAgeHours === policyHours
  if (isOurs && (policy?.maxAgeHours ?? null) !== hours) {
    const warnAgeHours = policy?.warnAgeHours ?? null
    if (hours === null && warnAgeHours === null && (policy?.due ?? null) === null)
      await clearDatasetPolicy(transaction, brandId, datasetKey)
    else await setDatasetPolicy(transaction, { brandId, datasetKey, maxAgeHours: hours, warnAgeHours, changedBy })
  }
  const noted = isOurs ? hours : null
  if (noted !== policyHours) await notePolicy(transaction, id, noted)
}

/** Of one that was resumed nothing is expected before its first ping, which sets the maximum again (`isWoken`); so it is with a paused one. */
export function isAwaited({ status, policyHours }: Pick<StoredCheck, 'status' | 'policyHours'>): boolean {
  return status !== 'paused' && !(status === 'new' && policyHours === null)
}

/** Nothing is expected of a check that is paused or gone, nor of one that is not awaited. */
export function hoursOf(plan: PingPlan, isExpected: boolean, now: Date): number | null {
  return isExpected ? maximumAgeHours(plan, now) : null
}
