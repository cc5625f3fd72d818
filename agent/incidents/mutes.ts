import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { DatabasePool } from '../store/database.ts'
import { deleteMuteRule, getMuteRule, insertMuteRule, type MuteRule, type MuteScope } from '../store/mute-rules.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface MuteInput extends MuteScope {
  readonly organizationId: string
  /** ISO 8601; null: until it is removed. */
  readonly until: string | null
  readonly note: string | null
}

/**
 * Adds a rule that keeps incidents quiet (N3); they are opened, shown and end all the same.
 * @throws Problem `invalid_input` for a time that is over already.
 */
export async function addMuteRule(database: DatabasePool, actor: Actor, input: MuteInput): Promise<MuteRule> {
  const { organizationId, until } = input
  return database.transaction(async (transaction) => {
    const id = await insertMuteRule(transaction, { ...input, createdBy: actor.operator })
    const rule = await getMuteRule(transaction, id)
    if (rule === null) throw new Error('A mute rule was not there after it was inserted.')
    if (rule.until !== null && rule.until <= rule.asOf) {
      throw new Problem(
        'invalid_input',
        `until is over already. The database's clock says ${rule.asOf.toISOString()}.`,
        {
          field: 'until',
          value: until,
          fix: 'Give a time that is still to come, or none: until the rule is removed.',
        },
      )
    }
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'incident.mute',
      subjectType: 'mute_rule',
      subjectId: id,
      before: null,
      after: { ...documentOf(rule), until, note: input.note },
    })
    return rule
  })
}

/** False when the organization has no such rule. */
export async function removeMuteRule(
  database: DatabasePool,
  actor: Actor,
  { organizationId, ruleId }: { readonly organizationId: string; readonly ruleId: string },
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const rule = await deleteMuteRule(transaction, ruleId, organizationId)
    if (rule === null) return false
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'incident.unmute',
      subjectType: 'mute_rule',
      subjectId: ruleId,
      before: documentOf(rule),
      after: null,
    })
    return true
  })
}

function documentOf({ brandId, datasetKey, jobType, kind }: MuteScope): JsonObject {
  return { brandId, dataset: datasetKey, jobType, kind }
}
