import { type IncidentKind, incidentKinds } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'
import { fitsRule, isShared } from './incident-columns.ts'

/** What a rule keeps quiet: null in all of these means any; they must all fit. */
export interface MuteScope {
  readonly brandId: string | null
  readonly datasetKey: string | null
  readonly jobType: string | null
  readonly kind: IncidentKind | null
}

export interface MuteRule extends MuteScope {
  readonly id: string
  readonly brandName: string | null
  /** Null: until it is removed. */
  readonly until: Date | null
  readonly note: string | null
  readonly createdAt: Date
  readonly createdBy: string
  /** Open incidents that it keeps quiet now. */
  readonly mutes: number
  readonly asOf: Date
}

const columns = `
  rule.id, rule.brand_id as "brandId", brand.name as "brandName", rule.dataset_key as "datasetKey",
  rule.job_type as "jobType", rule.kind, rule.until, rule.note, rule.created_at as "createdAt",
  rule.created_by as "createdBy", (
    select count(*) from incidents incident
    where incident.resolved_at is null and ${fitsRule('incident', 'rule')}
      and (incident.organization_id = rule.organization_id or ${isShared('incident', 'false')})
  ) as mutes, now() as "asOf"`

const source = `from mute_rules rule left join brands brand on brand.id = rule.brand_id`
const known = `(rule.kind is null or rule.kind = any ($2::text[]))`

const listStatement: Statement = {
  name: 'list_mute_rules',
  text: `
select ${columns}
${source}
where rule.organization_id = $1::uuid and (rule.until is null or rule.until > now()) and ${known}
order by rule.created_at desc, rule.id
limit 1000`,
}

/** The rules of an organization that hold now, the newest first. */
export async function listMuteRules(database: Database, organizationId: string): Promise<MuteRule[]> {
  return database.query<MuteRule>(listStatement, [organizationId, incidentKinds])
}

const countStatement: Statement = {
  name: 'count_muted',
  text: `
select count(incident.id) as mutes, now() as "asOf"
from (
  select $2::uuid as brand_id, $3::text as dataset_key, $4::text as job_type, $5::text as kind, null::timestamptz as until
) rule
left join incidents incident on incident.resolved_at is null and ${fitsRule('incident', 'rule')}
  and (incident.organization_id = $1::uuid or ${isShared('incident', 'false')})`,
}

/** Open incidents that a rule of the organization would keep quiet. */
export async function countMuted(
  database: Database,
  organizationId: string,
  { brandId, datasetKey, jobType, kind }: MuteScope,
): Promise<Pick<MuteRule, 'mutes' | 'asOf'>> {
  const values = [organizationId, brandId, datasetKey, jobType, kind]
  const [row] = await database.query<Pick<MuteRule, 'mutes' | 'asOf'>>(countStatement, values)
  if (row === undefined) throw new Error('count_muted returned no row')
  return row
}

const insertStatement: Statement = {
  name: 'insert_mute_rule',
  text: `
insert into mute_rules (organization_id, brand_id, dataset_key, job_type, kind, until, note, created_by)
values ($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::timestamptz, $7::text, $8::text)
returning id`,
}

export interface NewMuteRule extends MuteScope {
  readonly organizationId: string
  /** ISO 8601. */
  readonly until: string | null
  readonly note: string | null
  readonly createdBy: string
}

/** Returns the id. */
export async function insertMuteRule(database: Database, rule: NewMuteRule): Promise<string> {
  const { organizationId, brandId, datasetKey, jobType, kind, until, note, createdBy } = rule
  const values = [organizationId, brandId, datasetKey, jobType, kind, until, note, createdBy]
  const [row] = await database.query<{ id: string }>(insertStatement, values)
  if (row === undefined) throw new Error('insert_mute_rule returned no row')
  return row.id
}

const lockNewStatement: Statement = {
  name: 'lock_new_mute_rules',
  text: `select pg_advisory_xact_lock(hashtextextended('new mute rules ' || $1::text, 0))`,
}

/** Until the end of the transaction nobody else asks for a rule of the organization: two of one request would not see each other. */
export async function lockNewMuteRules(database: Database, organizationId: string): Promise<void> {
  await database.query(lockNewStatement, [organizationId])
}

const getStatement: Statement = {
  name: 'get_mute_rule',
  text: `select ${columns} ${source} where rule.id = $1::uuid and ${known}`,
}

/** Null = there is none. */
export async function getMuteRule(database: Database, ruleId: string): Promise<MuteRule | null> {
  const [rule] = await database.query<MuteRule>(getStatement, [ruleId, incidentKinds])
  return rule ?? null
}

const deleteStatement: Statement = {
  name: 'delete_mute_rule',
  text: `
delete from mute_rules rule
where rule.id = $1::uuid and rule.organization_id = $2::uuid
returning rule.brand_id as "brandId", rule.dataset_key as "datasetKey", rule.job_type as "jobType", rule.kind`,
}

/** What it kept quiet; null when the organization has no such rule. */
export async function deleteMuteRule(
  database: Database,
  ruleId: string,
  organizationId: string,
): Promise<MuteScope | null> {
  const [rule] = await database.query<MuteScope>(deleteStatement, [ruleId, organizationId])
  return rule ?? null
}
