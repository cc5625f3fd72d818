import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import {
  deleteMuteRule,
  getMuteRule,
  insertMuteRule,
  listMuteRules,
  lockNewMuteRules,
  type MuteRule,
  type MuteScope,
} from '../store/mute-rules.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

export interface MuteInput extends MuteScope {
  readonly organizationId: string
  /** ISO 8601; null: until it is removed. */
  readonly until: string | null
  readonly note: string | null
}

/** A rule that is meant for longer has no end. */
const mostYears = 5

/**
 * Adds a rule that keeps incidents quiet (N3); they are opened, shown and end all the same. The same person's same rule twice is one: whoever
 * asked again because no answer came would remove one and stay in the dark.
 * @throws Problem `invalid_input` for a time that is over already, or too far away to be meant.
 */
export async function addMuteRule(database: DatabasePool, actor: Actor, input: MuteInput): Promise<MuteRule> {
  return database.transaction(async (transaction) => {
    await lockNewMuteRules(transaction, input.organizationId)
    const wanted = { ...input, createdBy: actor.operator }
    const same = (await listMuteRules(transaction, input.organizationId)).find((rule) => isLike(rule, wanted))
    return same ?? addMuteRuleWithin(transaction, actor, input)
  })
}

function isLike(rule: MuteRule, wanted: MuteInput & Pick<MuteRule, 'createdBy'>): boolean {
  const same = (['brandId', 'datasetKey', 'jobType', 'kind', 'note', 'createdBy'] as const).every(
    (field) => rule[field] === wanted[field],
  )
  const endMs = wanted.until === null ? undefined : new Date(wanted.until).getTime()
  return same && rule.until?.getTime() === endMs
}

/** As part of a larger change. */
export async function addMuteRuleWithin(transaction: Database, actor: Actor, input: MuteInput): Promise<MuteRule> {
  const { organizationId, until } = input
  const id = await insertMuteRule(transaction, { ...input, createdBy: actor.operator })
  const rule = await getMuteRule(transaction, id)
  if (rule === null) throw new Error('A mute rule was not there after it was inserted.')
  checkEnd(rule, until)
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
}

function checkEnd(rule: Pick<MuteRule, 'until' | 'asOf'>, given: string | null): void {
  if (rule.until === null) return
  const farthest = new Date(rule.asOf)
  farthest.setUTCFullYear(farthest.getUTCFullYear() + mostYears)
  if (rule.until > rule.asOf && rule.until <= farthest) return
  const message = rule.until > farthest ? `until is more than ${mostYears} years away.` : 'until is over already.'
  throw new Problem('invalid_input', `${message} The database's clock says ${rule.asOf.toISOString()}.`, {
    field: 'until',
    value: given,
    fix: `Give a time within the next ${mostYears} years, or none: until the rule is removed.`,
  })
}

interface MutePlace {
  readonly organizationId: string
  readonly ruleId: string
}

/** False when the organization has no such rule. */
export async function removeMuteRule(database: DatabasePool, actor: Actor, place: MutePlace): Promise<boolean> {
  return database.transaction((transaction) => removeMuteRuleWithin(transaction, actor, place))
}

/** As part of a larger change. */
export async function removeMuteRuleWithin(
  transaction: Database,
  actor: Actor,
  { organizationId, ruleId }: MutePlace,
): Promise<boolean> {
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
}

function documentOf({ brandId, datasetKey, jobType, kind }: MuteScope): JsonObject {
  return { brandId, dataset: datasetKey, jobType, kind }
}
