import { isDeepStrictEqual } from 'node:util'
import type { CheckAction } from '../../../shared/contract/pings.ts'
import { Problem } from '../../../shared/errors.ts'
import type { ActionName } from '../../../shared/operator-actions.ts'
import type { StoredState } from '../../../shared/pings/check.ts'
import type { Database } from '../../store/database.ts'
import { type Actor, insertOperatorAction } from '../../store/operator-actions.ts'
import {
  announceDataset,
  type CheckSettings,
  type StoredCheck,
  setPingCheckState,
  updatePingCheck,
} from '../../store/ping-checks.ts'
import { checkedSettings, recordedSettings, requireFreeDataset } from './create-check.ts'
import { hoursOf, isAwaited, keepPolicy } from './keep-policy.ts'

/** Changes a check that is held. False when it is like this already. @throws Problem before anything is written. */
export async function changeCheck(
  transaction: Database,
  actor: Actor,
  { check, settings: raw, now }: { check: StoredCheck; settings: CheckSettings; now: Date },
): Promise<boolean> {
  const settings = checkedSettings(raw)
  if (isDeepStrictEqual(recordedSettings(settings), recordedSettings(check))) return false
  const { id, brandId, organizationId } = check
  const { datasetKey } = settings
  await requireFreeDataset(transaction, { brandId, datasetKey, besides: id })
  await updatePingCheck(transaction, id, settings, actor.operator)
  const hours = hoursOf(settings, isAwaited(check), now)
  if (datasetKey === check.datasetKey) await keepPolicy(transaction, { check, hours, changedBy: actor.operator })
  else {
    await keepPolicy(transaction, { check, hours: null, changedBy: actor.operator })
    await announceDataset(transaction, { id: brandId, organizationId }, datasetKey)
    const moved = { ...check, datasetKey, policyHours: null }
    await keepPolicy(transaction, { check: moved, hours, changedBy: actor.operator })
  }
  await note(transaction, actor, check, { action: 'ping.change', after: settings })
  return true
}

interface Step {
  readonly isRemoved: boolean
  readonly status: (before: StoredState) => StoredState
}

/** Resumed, it is as if it were new: nothing is late until it has pinged once. Restored, it is as it was. */
const steps: Readonly<Record<CheckAction, Step>> = {
  pause: { isRemoved: false, status: () => 'paused' },
  resume: { isRemoved: false, status: (before) => (before === 'paused' ? 'new' : before) },
  remove: { isRemoved: true, status: (before) => before },
  restore: { isRemoved: false, status: (before) => before },
}

/** Does it to a check that is held. False when it is so already. @throws Problem `conflict`, `not_found` before anything is written. */
export async function actOnCheck(
  transaction: Database,
  actor: Actor,
  { check, action, now }: { check: StoredCheck; action: CheckAction; now: Date },
): Promise<boolean> {
  const isGone = check.removedAt !== null
  const { isRemoved } = steps[action]
  const status = steps[action].status(check.status)
  if (isGone && action !== 'restore' && action !== 'remove') {
    throw new Problem('not_found', 'The check is removed.', {
      field: 'checkId',
      value: check.id,
      fix: 'Restore it first.',
    })
  }
  if (isGone === isRemoved && status === check.status) return false
  const { id, brandId, datasetKey } = check
  if (isGone) await requireFreeDataset(transaction, { brandId, datasetKey, besides: id })
  await setPingCheckState(transaction, { checkId: id, status, isRemoved, changedBy: actor.operator })
  const isNewAgain = status === 'new' && (action === 'resume' || check.lastPingAt !== null)
  const hours = hoursOf(check, !isRemoved && status !== 'paused' && !isNewAgain, now)
  await keepPolicy(transaction, { check, hours, changedBy: actor.operator })
  await note(transaction, actor, check, { action: `ping.${action}`, after: isRemoved ? null : check })
  return true
}

async function note(
  transaction: Database,
  actor: Actor,
  check: StoredCheck,
  { action, after }: { action: ActionName; after: CheckSettings | null },
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId: check.organizationId,
    action,
    subjectType: 'ping',
    subjectId: check.id,
    before: recordedSettings(check),
    after: after === null ? null : recordedSettings(after),
  })
}
