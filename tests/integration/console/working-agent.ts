import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { JsonObject } from '../../../shared/domain.ts'

interface Published {
  readonly parameters?: JsonObject
  readonly steps?: readonly JsonObject[]
}

/** An agent as it registers itself, with what it published of its job types; alive unless told. */
export async function addAgent(
  client: pg.ClientBase,
  agent: {
    readonly id?: string
    readonly name?: string
    readonly host?: string
    readonly jobTypes: Readonly<Record<string, Published>>
    readonly alive?: boolean
  },
): Promise<void> {
  const { id = randomUUID(), name = 'agent', host = 'host', jobTypes, alive = true } = agent
  const published: Record<string, JsonObject> = {}
  for (const [key, { parameters = { type: 'object' }, steps = [] }] of Object.entries(jobTypes)) {
    published[key] = { label: key, description: null, parameters, steps: [...steps] }
  }
  await client.query(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, catalog, started_at, heartbeat_at)
     values ($1, $2, $3, 1, '0.0.0', $4, $5, 1, $6, clock_timestamp(), now())
     on conflict (id) do update set catalog = excluded.catalog, job_types = excluded.job_types, started_at = excluded.started_at`,
    [
      id,
      name,
      host,
      alive ? 'running' : 'stopped',
      Object.keys(jobTypes),
      JSON.stringify({ job_types: published, datasets: {}, pages: {} }),
    ],
  )
}
