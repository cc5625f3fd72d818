/** The record of commands, page by page: all of it, narrowed, or that of one thing. */
import type { Database } from './database.ts'
import { name as jobName, Parameters } from './job-conditions.ts'
import type { RecordedAction } from './operator-actions.ts'

/** One entry of the record. */
export interface LoggedAction extends RecordedAction {
  /** In the order of the record; a bigint as text. */
  readonly id: string
  readonly organizationId: string | null
  readonly subjectType: string
  readonly subjectId: string
}

/** The same with what the thing is called. */
export interface NamedAction extends LoggedAction {
  /** As it is called now, else as it was when this was written; null when neither tells. */
  readonly subjectName: string | null
  /** Whether the thing is still there; false as well for kinds of things that have no name of their own. */
  readonly subjectExists: boolean
}

export interface ActionFilter {
  /** Null = of all organizations, and of none. */
  readonly organizationId: string | null
  /** In the name of who did it, in any case; empty = anybody. */
  readonly operator: string
  /** Empty = all. */
  readonly subjectTypes: readonly string[]
  /** Empty = all. */
  readonly actions: readonly string[]
  /** In the name of the thing, now or then, or in its id; empty = all. */
  readonly text: string
  /** At or after. */
  readonly from: Date | null
  /** Before. */
  readonly to: Date | null
}

export interface Page {
  /** Id of the last entry of the page before; null = from the newest. */
  readonly before: string | null
  readonly limit: number
}

const columns = `done.id, done.happened_at, done.operator, done.door, done.organization_id, done.action, done.subject_type,
  done.subject_id, done.state_before, done.state_after`

/** The id of the thing that an entry is about, or of the brand of a dataset: `<brand id>/<key>`; null for what has no such id. */
const idOf = (entry: string): string => {
  const text = `split_part(${entry}.subject_id, '/', 1)`
  return `case when ${text} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then ${text}::uuid end`
}

/** Things that have the text in their names now, looked for once; the runs of jobs, which are many, for each entry about one. */
function namedNow(text: string): string {
  const has = (named: string): string => `strpos(lower(${named}), lower(${text})) > 0`
  return `split_part(done.subject_id, '/', 1) in (
      select j.id::text from scheduled_jobs j where ${has(`concat_ws(E'\\n', j.name, j.job_type)`)}
      union all select brand.id::text from brands brand where ${has('brand.name')}
      union all select organization.id::text from organizations organization where ${has('organization.name')}
      union all select incident.id::text from incidents incident where ${has('incident.summary')}
      union all select token.id::text from api_tokens token where ${has('token.name')}
      union all select hook.id::text from hooks hook where ${has('hook.name')}
      union all select ping.id::text from ping_checks ping where ${has('ping.name')}
    ) or exists (
      select from scheduled_job_runs run join scheduled_jobs j on j.id = run.scheduled_job_id
      where run.id = case when done.subject_type = 'run' then ${idOf('done')} end and ${has(jobName)}
    )`
}

/** A condition stands in the text only where it narrows, so that the plan that is kept walks along an index. */
function narrowed(filter: ActionFilter, parameters: Parameters): string[] {
  const { organizationId, operator, subjectTypes, actions, text, from, to } = filter
  const conditions: string[] = []
  if (organizationId !== null) {
    conditions.push(`done.organization_id = ${parameters.place('organization', organizationId, 'uuid')}`)
  }
  if (operator !== '') {
    conditions.push(`strpos(lower(done.operator), lower(${parameters.place('who', operator, 'text')})) > 0`)
  }
  if (subjectTypes.length > 0) {
    conditions.push(`done.subject_type = any (${parameters.place('kinds', subjectTypes, 'text[]')})`)
  }
  if (actions.length > 0) conditions.push(`done.action = any (${parameters.place('actions', actions, 'text[]')})`)
  if (text !== '') {
    const wanted = parameters.place('text', text, 'text')
    const then = `concat_ws(E'\\n', done.state_after ->> 'name', done.state_before ->> 'name', done.subject_id)`
    conditions.push(`(strpos(lower(${then}), lower(${wanted})) > 0 or ${namedNow(wanted)})`)
  }
  if (from !== null) conditions.push(`done.happened_at >= ${parameters.place('from', from, 'timestamptz')}`)
  if (to !== null) conditions.push(`done.happened_at < ${parameters.place('until', to, 'timestamptz')}`)
  return conditions
}

/** Of the organization that the entry is of: what a brand is called elsewhere is not told. */
const ours = 'brand.organization_id is not distinct from page.organization_id'
const thing = `case page.subject_type
    when 'job' then (
      select ${jobName} from scheduled_jobs j left join brands brand on brand.id = j.brand_id
      where j.id = thing.id and ${ours}
    )
    when 'run' then (
      select ${jobName} from scheduled_job_runs run join scheduled_jobs j on j.id = run.scheduled_job_id
      left join brands brand on brand.id = j.brand_id
      where run.id = thing.id and ${ours}
    )
    when 'brand' then (select brand.name from brands brand where brand.id = thing.id and ${ours})
    when 'dataset' then (
      select concat(split_part(page.subject_id, '/', 2), ' of ', brand.name) from brands brand
      where brand.id = thing.id and ${ours}
    )
    when 'incident' then (
      select incident.summary from incidents incident
      where incident.id = thing.id and incident.organization_id is not distinct from page.organization_id
    )
    when 'organization' then (select organization.name from organizations organization where organization.id = thing.id)
    when 'token' then (select token.name from api_tokens token where token.id = thing.id)
    when 'hook' then (select hook.name from hooks hook where hook.id = thing.id)
    when 'ping' then (select ping.name from ping_checks ping where ping.id = thing.id)
  end`

/** The newest first. */
export async function pageOperatorActions(
  database: Database,
  filter: ActionFilter,
  { before, limit }: Page,
): Promise<NamedAction[]> {
  const parameters = new Parameters()
  const conditions = narrowed(filter, parameters)
  if (before !== null) conditions.push(`done.id < ${parameters.place('before', before, 'bigint')}`)
  const text = `
with page as materialized (
  select ${columns}
  from operator_actions done
  where ${conditions.length === 0 ? 'true' : conditions.join(' and ')}
  order by done.id desc
  limit ${parameters.place('limit', limit, 'int')}
)
select page.id::text as id, page.happened_at as "happenedAt", page.operator, page.door,
  page.organization_id as "organizationId", page.action, page.subject_type as "subjectType",
  page.subject_id as "subjectId", page.state_before as before, page.state_after as after,
  coalesce(named.name, page.state_after ->> 'name', page.state_before ->> 'name') as "subjectName",
  named.name is not null as "subjectExists"
from page
cross join lateral (select ${idOf('page')} as id) thing
cross join lateral (select ${thing} as name) named
order by page.id desc`
  return database.query<NamedAction>({ name: `page_operator_actions_${parameters.key}`, text }, parameters.values)
}

/** What people did to one thing, the newest first. `organizationId`: only what is of it; null = whoever's it was. */
export async function pageActionsOn(
  database: Database,
  subject: { readonly type: string; readonly id: string; readonly organizationId: string | null },
  { before, limit }: Page,
): Promise<LoggedAction[]> {
  const parameters = new Parameters()
  const conditions = [
    `done.subject_type = ${parameters.place('type', subject.type, 'text')}`,
    `done.subject_id = ${parameters.place('subject', subject.id, 'text')}`,
  ]
  if (subject.organizationId !== null) {
    conditions.push(`done.organization_id = ${parameters.place('organization', subject.organizationId, 'uuid')}`)
  }
  if (before !== null) {
    const last = parameters.place('before', before, 'bigint')
    // The first condition alone stands in the index.
    const lastAt = `(select earlier.happened_at from operator_actions earlier where earlier.id = ${last})`
    conditions.push(`done.happened_at <= ${lastAt} and (done.happened_at < ${lastAt} or done.id < ${last})`)
  }
  const text = `
select done.id::text as id, done.happened_at as "happenedAt", done.operator, done.door,
  done.organization_id as "organizationId", done.action, done.subject_type as "subjectType",
  done.subject_id as "subjectId", done.state_before as before, done.state_after as after
from operator_actions done
where ${conditions.join(' and ')}
order by done.happened_at desc, done.id desc
limit ${parameters.place('limit', limit, 'int')}`
  return database.query<LoggedAction>({ name: `page_actions_on_${parameters.key}`, text }, parameters.values)
}
