import type { JsonObject } from '../../shared/domain.ts'
import { checkDue, type Due, isSameDue } from '../../shared/due.ts'
import { dueText } from '../../shared/due-words.ts'
import { Problem } from '../../shared/errors.ts'
import { checkMaxAgeHours } from '../../shared/freshness.ts'
import { requireSeen } from '../console/seen.ts'
import type { Brand } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import {
  clearDatasetPolicy,
  type DatasetPolicy,
  lockDatasetPolicy,
  setDatasetPolicy,
} from '../store/dataset-policies.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface PolicyChange {
  readonly brand: Pick<Brand, 'id' | 'organizationId'>
  readonly dataset: string
  /** Null = the dataset's and the pages' count; left out, it stays as it is. */
  readonly maxAgeHours?: number | null | undefined
  /** F7: from this age on it is at risk; null = no age says so; left out, it stays as it is, and goes with the maximum. */
  readonly warnAgeHours?: number | null | undefined
  /** F9: when the maximum counts; null = when the dataset says; left out, it stays, and goes with the maximum. */
  readonly due?: Due | null | undefined
  /** Whether the dataset or a page has a maximum that a due time may be for; false unless told. */
  readonly hasUsualMaximum?: boolean
  /** As `requireSeen` takes it. */
  readonly seenAt?: string | null | undefined
}

/** What counts now, and what did; null = none. */
export interface ChangedPolicy {
  readonly changedAt: Date | null
  readonly maxAgeHours: number | null
  readonly warnAgeHours: number | null
  readonly due: Due | null
  readonly before: number | null
  readonly warnBefore: number | null
  readonly dueBefore: Due | null
}

/**
 * F9, F7: sets the ages and the due time that a brand has of its own for a dataset, or takes them away. A warning age may be alone, and a due
 * time where the dataset or a page has a maximum.
 * @throws Problem `invalid_input` for an impossible one, `conflict` when they are not those that were seen.
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
  const keeps = (given: unknown): boolean => given === undefined && change.maxAgeHours !== null
  const warnAgeHours = keeps(change.warnAgeHours)
    ? warnBefore
    : storedOrNone(change.warnAgeHours ?? null, 'warnAgeHours')
  const dueBefore = policy?.due ?? null
  const due = keeps(change.due) ? dueBefore : dueOrNone(change.due)
  if (due !== null && maxAgeHours === null && change.due !== undefined) requireMaximum(change)
  const changed = { maxAgeHours, warnAgeHours, due, before, warnBefore, dueBefore }
  if (before === maxAgeHours && warnBefore === warnAgeHours && isSameDue(due, dueBefore))
    return { ...changed, changedAt: policy?.changedAt ?? null }
  const after = inRecord({ maxAgeHours, warnAgeHours, due })
  const place = { brandId: brand.id, datasetKey: dataset, changedBy: actor.operator }
  // What somebody else sets at this moment stays too.
  const kept = {
    maxAgeHours,
    warnAgeHours: keeps(change.warnAgeHours) ? undefined : warnAgeHours,
    due: keeps(change.due) ? undefined : due,
  }
  const changedAt = await storePolicy(transaction, place, after === null ? null : kept)
  await insertOperatorAction(transaction, {
    actor,
    organizationId: brand.organizationId,
    action: after === null ? 'policy.clear' : 'policy.set',
    subjectType: 'dataset',
    subjectId: `${brand.id}/${dataset}`,
    before: inRecord({ maxAgeHours: before, warnAgeHours: warnBefore, due: dueBefore }),
    after,
  })
  return { ...changed, changedAt }
}

/** Null takes it away. Returns when the one that is there was changed. */
async function storePolicy(
  transaction: Database,
  place: { readonly brandId: string; readonly datasetKey: string; readonly changedBy: string },
  kept: (Pick<DatasetPolicy, 'maxAgeHours'> & Pick<PolicyChange, 'warnAgeHours' | 'due'>) | null,
): Promise<Date | null> {
  if (kept !== null) return setDatasetPolicy(transaction, { ...place, ...kept })
  await clearDatasetPolicy(transaction, place.brandId, place.datasetKey)
  return null
}

function dueOrNone(due: Due | null | undefined): Due | null {
  return due === null || due === undefined ? null : checkDue(due)
}

function requireMaximum({ dataset, due, hasUsualMaximum }: PolicyChange): void {
  if (hasUsualMaximum === true || due === null || due === undefined) return
  throw new Problem(
    'invalid_input',
    `Nothing says how old "${dataset}" may be, so that no due time can be set for it.`,
    {
      field: 'due',
      value: dueText(due),
      fix: 'Set a maximum age as well: the due time says when it counts.',
    },
  )
}

/** Null where none of them says anything. */
function inRecord({ maxAgeHours, warnAgeHours, due }: Pick<ChangedPolicy, 'maxAgeHours' | 'warnAgeHours' | 'due'>) {
  if (maxAgeHours === null && warnAgeHours === null && due === null) return null
  return {
    maxAgeHours,
    ...(warnAgeHours === null ? {} : { warnAgeHours }),
    ...(due === null ? {} : { due: dueText(due) }),
  } satisfies JsonObject
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
