import type { Database, Statement } from '../database.ts'

/** Ages in days. */
export interface KeepDays {
  readonly logs: number
  readonly successfulRuns: number
  readonly failedRuns: number
  readonly history: number
  readonly incidents: number
}

export type SweepState = 'running' | 'completed' | 'stopped' | 'failed'

/** Table → rows. */
export type Removed = Readonly<Record<string, number>>

export interface LastSweep {
  /** Since it began. */
  readonly secondsAgo: number
  readonly state: SweepState
  /** From where logs may be left: text, whole to the microsecond. Null: nobody knows. */
  readonly logsFrom: string | null
}

const lastStatement: Statement = {
  name: 'last_sweep',
  text: `
select extract(epoch from now() - sweep.started_at)::double precision as "secondsAgo", sweep.state,
  -- A run takes a day at most: one that had not ended when the last sweep passed it has ended before this one comes so far.
  (sweep.logs_through - interval '1 day')::text as "logsFrom"
from housekeeping_sweeps sweep
order by sweep.started_at desc
limit 1`,
}

/** Null: there was none yet. */
export async function lastSweep(database: Database): Promise<LastSweep | null> {
  const [last] = await database.query<LastSweep>(lastStatement, [])
  return last ?? null
}

const beginStatement: Statement = {
  name: 'begin_sweep',
  text: `
with abandoned as (
  update housekeeping_sweeps sweep
  set state = 'stopped', ended_at = sweep.updated_at, failure = 'The agent that swept led no more.'
  where sweep.state = 'running'
), old as (
  delete from housekeeping_sweeps sweep where sweep.started_at < housekeeping_cutoff($3::integer)
)
insert into housekeeping_sweeps (agent_id, keep_days, tables, logs_through)
select $1::uuid, $2::jsonb, $4::jsonb, (
  select last.logs_through from housekeeping_sweeps last order by last.started_at desc limit 1
)
returning id::text as id`,
}

/** The record of sweeps itself is kept this long, days. */
const keepSweepsDays = 60

/** Writes down that a sweep begins, and how large the tables are. Returns its id. */
export async function beginSweep(
  database: Database,
  sweep: { readonly agentId: string; readonly keepDays: KeepDays; readonly tables: object },
): Promise<string> {
  const { agentId, keepDays, tables } = sweep
  const values = [agentId, JSON.stringify(keepDays), keepSweepsDays, JSON.stringify(tables)]
  const [row] = await database.query<{ id: string }>(beginStatement, values)
  if (row === undefined) throw new Error('begin_sweep returned no row')
  return row.id
}

const progressStatement: Statement = {
  name: 'tell_sweep',
  text: `
update housekeeping_sweeps sweep
set updated_at = now(), state = $2::text, removed = $3::jsonb, failure = $5::text,
  logs_through = greatest(sweep.logs_through, $4::timestamptz),
  ended_at = case when $2::text <> 'running' then now() end
where sweep.id = $1::bigint`,
}

export interface SweepProgress {
  readonly state: SweepState
  readonly removed: Removed
  readonly logsThrough: string | null
  readonly failure: string | null
}

export async function tellSweep(database: Database, id: string, progress: SweepProgress): Promise<void> {
  const { state, removed, logsThrough, failure } = progress
  await database.query(progressStatement, [id, state, JSON.stringify(removed), logsThrough, failure])
}

export interface RecordedSweep {
  readonly startedAt: Date
  readonly updatedAt: Date
  readonly endedAt: Date | null
  readonly agentId: string
  /** Null when the agent is on record no more. */
  readonly agentName: string | null
  readonly state: SweepState
  readonly failure: string | null
  readonly removed: Removed
  readonly keepDays: KeepDays
}

const listStatement: Statement = {
  name: 'list_sweeps',
  text: `
select sweep.started_at as "startedAt", sweep.updated_at as "updatedAt", sweep.ended_at as "endedAt",
  sweep.agent_id as "agentId", agent.name as "agentName", sweep.state, sweep.failure, sweep.removed,
  sweep.keep_days as "keepDays"
from housekeeping_sweeps sweep
left join agents agent on agent.id = sweep.agent_id
where sweep.id = any (array(
  (select id from housekeeping_sweeps order by started_at desc limit 1)
  union
  (select id from housekeeping_sweeps where removed <> '{}' or state = 'failed' order by started_at desc limit $1::integer)
))
order by sweep.started_at desc`,
}

/** The last sweep, and the last ones that removed something or failed; the newest first. */
export async function listSweeps(database: Database, limit: number): Promise<RecordedSweep[]> {
  return database.query<RecordedSweep>(listStatement, [limit])
}
