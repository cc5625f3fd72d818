/** The record an expert would write beside a library: each statement named, one per moment, all rows of it together. */
import { logLine } from './contestant.ts'

export interface Payload {
  /** Epoch ms. */
  readonly at: number
  readonly job: string
  readonly brand: string
  readonly type: string
  readonly dataset: string
}

/** $1 run, $2 job, $3 brand, $4 type, $5 agent, $6 token. */
export const recordStart = {
  name: 'record_start',
  text: `insert into record.runs (id, job_id, brand_id, job_type, status, started_at, attempt, agent_id, run_token)
    values ($1, $2, $3, $4, 'running', now(), 1, $5, $6)`,
}

/** $1 run, $2 brand, $3 dataset, $4 log text. */
export const recordEnd = {
  name: 'record_end',
  text: `with ended as (
      update record.runs set status = 'completed', completed_at = now(), records_affected = 1, logs = $4
      where id = $1 and completed_at is null
      returning id, started_at
    ), step as (
      insert into record.steps (run_id, position, step_key, status, dataset_key, started_at, completed_at, records_affected)
      select id, 0, 'work', 'completed', $3, started_at, now(), 1 from ended
    ), line as (
      insert into record.lines (run_id, seq, logged_at, level, step_key, message)
      select id, 1, now(), 'info', 'work', $4 from ended
    )
    insert into record.dataset_status as known (
      brand_id, dataset_key, last_success_at, last_attempt_at, last_status, last_run_id, records_affected
    )
    select $2::uuid, $3::text, now(), now(), 'completed', id, 1 from ended
    on conflict (brand_id, dataset_key) do update set last_success_at = now(), last_attempt_at = now(),
      last_status = 'completed', last_run_id = excluded.last_run_id, records_affected = 1, error_message = null`,
}

/** A whole batch in one statement. $1 runs, $2 jobs, $3 brands, $4 types, $5 datasets, $6 agent, $7 log text. */
export const recordBatch = {
  name: 'record_batch',
  text: `with input as materialized (
      select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        as input (run_id, job_id, brand_id, job_type, dataset_key)
    ), run as (
      insert into record.runs (
        id, job_id, brand_id, job_type, status, started_at, completed_at, attempt, agent_id, run_token,
        records_affected, logs
      )
      select run_id, job_id, brand_id, job_type, 'completed', now(), now(), 1, $6::uuid, run_id, 1, $7::text from input
    ), step as (
      insert into record.steps (run_id, position, step_key, status, dataset_key, started_at, completed_at, records_affected)
      select run_id, 0, 'work', 'completed', dataset_key, now(), now(), 1 from input
    ), line as (
      insert into record.lines (run_id, seq, logged_at, level, step_key, message)
      select run_id, 1, now(), 'info', 'work', $7::text from input
    )
    insert into record.dataset_status as known (
      brand_id, dataset_key, last_success_at, last_attempt_at, last_status, last_run_id, records_affected
    )
    select distinct on (brand_id, dataset_key) brand_id, dataset_key, now(), now(), 'completed', run_id, 1
    from input order by brand_id, dataset_key
    on conflict (brand_id, dataset_key) do update set last_success_at = now(), last_attempt_at = now(),
      last_status = 'completed', last_run_id = excluded.last_run_id, records_affected = 1, error_message = null`,
}

export function batchValues(runs: readonly { run: string; data: Payload }[], agent: string): unknown[] {
  return [
    runs.map(({ run }) => run),
    runs.map(({ data }) => data.job),
    runs.map(({ data }) => data.brand),
    runs.map(({ data }) => data.type),
    runs.map(({ data }) => data.dataset),
    agent,
    logLine,
  ]
}
