import { changePolicyWithin, storedOrNone } from '../../freshness/policy.ts'
import type { Database } from '../../store/database.ts'
import { lockDatasetPolicy } from '../../store/dataset-policies.ts'
import type { Actor } from '../../store/operator-actions.ts'
import type { PlacedAges } from './place-results.ts'

export interface KeptAges {
  /** Datasets whose ages were set, and those whose ages a person has decided otherwise. */
  readonly policiesSet: number
  readonly policiesKept: readonly string[]
}

/** Who is said to have set the ages that a file of dbt gives: the next import may change them, what people decide it may not. */
const policyOperator = 'dbt import'

/** In one order, so that two imports at once wait for each other and do not stand in each other's way. */
export async function keepAges(
  transaction: Database,
  organizationId: string,
  told: readonly PlacedAges[],
): Promise<KeptAges> {
  const [kept, actor]: [string[], Actor] = [[], { operator: policyOperator, door: 'api' }]
  let policiesSet = 0
  for (const { brand, datasetKey: dataset, maxAgeHours, warnAgeHours } of strictest(told)) {
    const policy = await lockDatasetPolicy(transaction, brand.id, dataset)
    const [maximum, warning] = [storedOrNone(maxAgeHours, 'maxAgeHours'), storedOrNone(warnAgeHours, 'warnAgeHours')]
    if (policy?.maxAgeHours === maximum && policy.warnAgeHours === warning) continue
    if (policy !== null && policy.changedBy !== policyOperator) {
      kept.push(dataset)
      continue
    }
    const owner = { id: brand.id, organizationId }
    await changePolicyWithin(transaction, actor, { brand: owner, dataset, maxAgeHours, warnAgeHours })
    policiesSet += 1
  }
  return { policiesSet, policiesKept: kept }
}

/** Once for each dataset of which an age is known; several nodes may be one dataset. */
function strictest(told: readonly PlacedAges[]): PlacedAges[] {
  const found = new Map<string, PlacedAges>()
  for (const one of told) {
    if (one.maxAgeHours === null && one.warnAgeHours === null) continue
    const key = `${one.brand.id} ${one.datasetKey}`
    const { maxAgeHours, warnAgeHours } = found.get(key) ?? one
    found.set(key, {
      ...one,
      maxAgeHours: shorter(maxAgeHours, one.maxAgeHours),
      warnAgeHours: shorter(warnAgeHours, one.warnAgeHours),
    })
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function shorter(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
