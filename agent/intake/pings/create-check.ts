import type { JsonObject } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { parsePlan } from '../../../shared/pings/plan.ts'
import { checkSlug } from '../../../shared/pings/slug.ts'
import { requireBrandInUse } from '../../brands/brand-in-use.ts'
import { checkName } from '../../jobs/names.ts'
import type { Database } from '../../store/database.ts'
import { type Actor, insertOperatorAction } from '../../store/operator-actions.ts'
import {
  announceDataset,
  type CheckSettings,
  countPingChecks,
  findCheckOfDataset,
  insertPingCheck,
} from '../../store/ping-checks.ts'
import { hoursOf, keepPolicy } from './keep-policy.ts'

const mostChecks = 5_000

export interface CheckBrand {
  readonly id: string
  readonly organizationId: string
}

/** Makes a check, its dataset and the maximum age of that. Returns its id. @throws Problem before anything is written. */
export async function createCheck(
  transaction: Database,
  actor: Actor,
  { brand, settings: raw, now }: { brand: CheckBrand; settings: CheckSettings; now: Date },
): Promise<string> {
  const settings = checkedSettings(raw)
  await requireBrandInUse(transaction, actor, brand.id)
  await requireFreeDataset(transaction, { brandId: brand.id, datasetKey: settings.datasetKey, besides: null })
  if ((await countPingChecks(transaction, brand.organizationId)) >= mostChecks) {
    throw new Problem('conflict', `There are ${mostChecks} checks already; no more are kept.`, {
      field: 'checkId',
      value: null,
      fix: 'Remove those that nobody pings.',
    })
  }
  const id = await insertPingCheck(transaction, brand, settings, actor.operator)
  await announceDataset(transaction, brand, settings.datasetKey)
  const check = { id, brandId: brand.id, datasetKey: settings.datasetKey, policyHours: null }
  await keepPolicy(transaction, { check, hours: hoursOf(settings, true, now), changedBy: actor.operator })
  await insertOperatorAction(transaction, {
    actor,
    organizationId: brand.organizationId,
    action: 'ping.create',
    subjectType: 'ping',
    subjectId: id,
    before: null,
    after: { ...recordedSettings(settings), brandId: brand.id },
  })
  return id
}

/** @throws Problem `invalid_input`, with the field. */
export function checkedSettings(raw: CheckSettings): CheckSettings {
  const { schedule, graceSeconds } = parsePlan(raw)
  return {
    name: checkName(raw.name),
    slug: checkSlug(raw.slug),
    datasetKey: checkName(raw.datasetKey, 'dataset'),
    schedule,
    graceSeconds,
    resumesByHand: raw.resumesByHand,
  }
}

/** @throws Problem `conflict` when another check keeps this dataset. */
export async function requireFreeDataset(
  transaction: Database,
  wanted: Parameters<typeof findCheckOfDataset>[1],
): Promise<void> {
  const other = await findCheckOfDataset(transaction, wanted)
  if (other === null) return
  throw new Problem('conflict', `The check "${other.name}" keeps the dataset "${wanted.datasetKey}" of this brand.`, {
    field: 'dataset',
    value: wanted.datasetKey,
    fix: 'Choose another dataset, or change that check.',
  })
}

/** For the record of actions; no address. */
export function recordedSettings(settings: CheckSettings): JsonObject {
  const { name, slug, datasetKey, schedule, graceSeconds, resumesByHand } = settings
  return { name, slug, dataset: datasetKey, schedule: { ...schedule }, graceSeconds, resumesByHand }
}
