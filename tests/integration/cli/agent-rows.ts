/** An agent as it shows in the database, without one running. */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'

export interface AgentColumns {
  readonly name?: string
  readonly jobTypes?: readonly string[]
  readonly catalog?: unknown
  /** Seconds since it was heard of. */
  readonly silentFor?: number
  readonly state?: 'running' | 'stopped'
}

export async function addAgent(client: pg.ClientBase, columns: AgentColumns = {}): Promise<string> {
  const id = randomUUID()
  const { name = 'agent-1', jobTypes = [], catalog = {}, silentFor = 0, state = 'running' } = columns
  await client.query(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, catalog, heartbeat_at)
     values ($1, $2, 'host-1', 1, '0.1.0', $3, $4, 10, $5, now() - $6::integer * interval '1 second')`,
    [id, name, state, jobTypes, JSON.stringify(catalog), silentFor],
  )
  return id
}

interface StepInput {
  readonly key: string
  readonly dataset?: string
  readonly fatal?: boolean
  readonly when?: string
}

/** The published part of a catalog with job types of the given steps and parameters. */
export function published(
  jobTypes: Readonly<
    Record<
      string,
      { steps: readonly StepInput[]; parameters?: unknown; cadence?: unknown; backfill?: unknown; resume?: boolean }
    >
  >,
  rest: { datasets?: Readonly<Record<string, number | null>>; pages?: unknown } = {},
): unknown {
  return {
    datasets: Object.fromEntries(
      Object.entries(rest.datasets ?? {}).map(([key, hours]) => [key, { label: key, max_age_hours: hours }]),
    ),
    job_types: Object.fromEntries(
      Object.entries(jobTypes).map(
        ([key, { steps, parameters = { type: 'object' }, cadence = null, backfill = null, resume = false }]) => [
          key,
          {
            label: key,
            description: null,
            parameters,
            cadence,
            backfill,
            resume,
            steps: steps.map((step) => ({ fatal: true, dataset: null, when: null, ...step })),
          },
        ],
      ),
    ),
    pages: rest.pages ?? {},
  }
}
