import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

/** Through which door a person came. */
export type Door = 'cli' | 'console' | 'api' | 'agent'

/** Who does something. */
export interface Actor {
  /** Name of the OS user, or of the account. */
  readonly operator: string
  readonly door: Door
}

/** One entry of the record of commands; written in the transaction of the command itself. */
export interface OperatorAction {
  readonly actor: Actor
  readonly organizationId: string | null
  /** `job.pause`, `run.cancel`, `policy.set`: subject and verb. */
  readonly action: string
  readonly subjectType: string
  readonly subjectId: string
  /** Null for what was created. */
  readonly before: JsonObject | null
  /** Null for what was deleted. */
  readonly after: JsonObject | null
}

const insertStatement: Statement = {
  name: 'insert_operator_action',
  text: `
insert into operator_actions (
  operator, door, organization_id, action, subject_type, subject_id, state_before, state_after
)
values ($1::text, $2::text, $3::uuid, $4::text, $5::text, $6::text, $7::jsonb, $8::jsonb)`,
}

export async function insertOperatorAction(database: Database, entry: OperatorAction): Promise<void> {
  const { actor, organizationId, action, subjectType, subjectId, before, after } = entry
  await database.query(insertStatement, [
    actor.operator,
    actor.door,
    organizationId,
    action,
    subjectType,
    subjectId,
    before === null ? null : JSON.stringify(before),
    after === null ? null : JSON.stringify(after),
  ])
}

export interface RecordedAction {
  readonly happenedAt: Date
  readonly operator: string
  readonly door: Door
  readonly action: string
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

const listStatement: Statement = {
  name: 'list_operator_actions',
  text: `
select happened_at as "happenedAt", operator, door, action, state_before as before, state_after as after
from operator_actions
where subject_type = $1::text and subject_id = $2::text
order by happened_at desc, id desc
limit 100`,
}

/** What people did to one thing, the newest first; at most 100. */
export async function listOperatorActions(
  database: Database,
  subject: { type: string; id: string },
): Promise<RecordedAction[]> {
  return database.query<RecordedAction>(listStatement, [subject.type, subject.id])
}
