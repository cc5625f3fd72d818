import type { JsonObject } from '../../shared/domain.ts'
import type { ActionName, SubjectType } from '../../shared/operator-actions.ts'
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
  readonly action: ActionName
  readonly subjectType: SubjectType
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

const insertManyStatement: Statement = {
  name: 'insert_operator_actions',
  text: `
insert into operator_actions (
  operator, door, organization_id, action, subject_type, subject_id, state_before, state_after
)
select $1::text, $2::text, entry."organizationId", entry.action, entry."subjectType", entry."subjectId", entry.before,
  entry.after
from jsonb_to_recordset($3::jsonb) as entry (
  "organizationId" uuid, action text, "subjectType" text, "subjectId" text, before jsonb, after jsonb
)`,
}

/** Those of one command about many things. */
export async function insertOperatorActions(
  database: Database,
  actor: Actor,
  entries: readonly Omit<OperatorAction, 'actor'>[],
): Promise<void> {
  if (entries.length === 0) return
  await database.query(insertManyStatement, [actor.operator, actor.door, JSON.stringify(entries)])
}

const hasDoneStatement: Statement = {
  name: 'has_operator_action',
  text: `
select exists (
  select from operator_actions
  where subject_type = $1::text and subject_id = $2::text and organization_id = $3::uuid and action = $4::text
) as done`,
}

/** Whether anybody of an organization has done this to a thing, as far as the record goes back. */
export async function hasDoneTo(
  database: Database,
  {
    organizationId,
    subjectType,
    subjectId,
    action,
  }: Pick<OperatorAction, 'subjectType' | 'subjectId' | 'action'> & {
    readonly organizationId: string
  },
): Promise<boolean> {
  const values = [subjectType, subjectId, organizationId, action]
  const [row] = await database.query<{ done: boolean }>(hasDoneStatement, values)
  return row?.done === true
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

const lastChangeStatement: Statement = {
  name: 'last_change_to_status',
  text: `
select happened_at as "happenedAt", operator, door, action, state_before as before, state_after as after
from operator_actions
where subject_type = $1::text and subject_id = $2::text and state_after ->> 'status' = $3::text
  and state_before ->> 'status' is distinct from $3::text
order by happened_at desc, id desc
limit 1`,
}

/** The last command that gave a thing this status; null = no command did. */
export async function lastChangeTo(
  database: Database,
  subject: { type: string; id: string },
  status: string,
): Promise<RecordedAction | null> {
  const [action] = await database.query<RecordedAction>(lastChangeStatement, [subject.type, subject.id, status])
  return action ?? null
}

const runStatement: Statement = {
  name: 'list_run_actions',
  text: `
select happened_at as "happenedAt", operator, door, action, state_before as before, state_after as after
from operator_actions
where subject_type = 'run' and subject_id = $1::text
  or subject_type = 'job' and subject_id = $2::text
    and ($3::timestamptz is null or happened_at >= $3::timestamptz)
    and ($4::timestamptz is null or happened_at <= $4::timestamptz)
order by happened_at desc, id desc
limit 100`,
}

/** What people did to a run, and to its job within the given time (null = open), the newest first; at most 100. */
export async function listRunActions(
  database: Database,
  about: { readonly runId: string; readonly jobId: string; readonly since: Date | null; readonly until: Date | null },
): Promise<RecordedAction[]> {
  return database.query<RecordedAction>(runStatement, [about.runId, about.jobId, about.since, about.until])
}
