import type { CheckFacts } from '../../shared/pings/check.ts'
import type { Database, Statement } from './database.ts'
import { pipelineManagerFeature } from './organization-features.ts'
import { type CheckRow, checkColumns, type StoredCheck, storedCheck } from './ping-checks.ts'

/** A check as pings find it. */
export interface PingedCheck extends StoredCheck {
  readonly code: string
  /** Of its brand; null = it has none. */
  readonly key: string | null
  /** The database's clock. */
  readonly now: Date
}

/** What addresses name: checks by their codes, or by key and slug. */
export interface PingTargets {
  readonly codes: readonly string[]
  readonly slugs: readonly { readonly key: string; readonly slug: string }[]
}

/** Two indexed questions, then the rows in one order, so that two agents that hold many never wait for each other in a circle. */
const lockStatement: Statement = {
  name: 'lock_pinged_checks',
  text: `
with named as (
  select id from ping_checks where code = any($1::uuid[]) and removed_at is null
  union
  select ping_check.id
  from unnest($2::text[], $3::text[]) as wanted (key, slug)
  join ping_keys ping_key on ping_key.key = wanted.key
  join ping_checks ping_check on ping_check.brand_id = ping_key.brand_id and ping_check.slug = wanted.slug
    and ping_check.removed_at is null
)
select ${checkColumns}, ping_check.code, ping_key.key, clock_timestamp() as now
from ping_checks ping_check
join brands brand on brand.id = ping_check.brand_id and brand.archived_at is null
join organization_features feature on feature.organization_id = ping_check.organization_id
  and feature.feature = $4::text and feature.enabled
left join ping_keys ping_key on ping_key.brand_id = ping_check.brand_id
where ping_check.id in (select id from named) and ping_check.removed_at is null
order by ping_check.id
for no key update of ping_check`,
}

/** Those that are there, of organizations that have the section, held until the end of the transaction. */
export async function lockPingedChecks(database: Database, { codes, slugs }: PingTargets): Promise<PingedCheck[]> {
  const rows = await database.query<CheckRow & Pick<PingedCheck, 'code' | 'key' | 'now'>>(lockStatement, [
    codes,
    slugs.map(({ key }) => key),
    slugs.map(({ slug }) => slug),
    pipelineManagerFeature,
  ])
  return rows.map(({ code, key, now, ...row }) => ({ ...storedCheck(row), code, key, now }))
}

/** What pings made of a check. */
export interface PingedChange {
  readonly id: string
  readonly facts: CheckFacts
  readonly pings: number
  /** What was logged outside of a run; null leaves what is there. */
  readonly log: string | null
}

const saveStatement: Statement = {
  name: 'save_pinged_checks',
  text: `
update ping_checks ping_check
set status = change.status, last_ping_at = change."lastPingAt", last_duration_ms = change."lastDurationMs",
  open_runs = change."openRuns", pings = ping_check.pings + change.pings,
  last_log = coalesce(change.log, ping_check.last_log)
from jsonb_to_recordset($1::jsonb) as change (
  id uuid, status text, "lastPingAt" timestamptz, "lastDurationMs" bigint, "openRuns" jsonb, pings integer, log text
)
where ping_check.id = change.id`,
}

/** Of checks that are held. */
export async function savePingedChecks(database: Database, changes: readonly PingedChange[]): Promise<void> {
  const rows = changes.map(({ id, facts, pings, log }) => ({
    id,
    status: facts.status,
    lastPingAt: facts.lastPingAt,
    lastDurationMs: facts.lastDurationMs === null ? null : Math.round(facts.lastDurationMs),
    openRuns: facts.openRuns,
    pings,
    log,
  }))
  await database.query(saveStatement, [JSON.stringify(rows)])
}
