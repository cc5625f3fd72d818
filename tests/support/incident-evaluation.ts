/** Rounds of evaluation on a test's own console; the database's clock goes on when it is told. */
import { randomUUID } from 'node:crypto'
import { evaluate, noMemory, type RoundMemory, type RoundResult } from '../../agent/incidents/round.ts'
import type { Catalog } from '../../agent/jobs/catalog/catalog.ts'
import { addOpenBrand, type TestConsole } from './console.ts'
import { addAgent } from './console-catalog.ts'
import { type EventRow, eventRows, type IncidentRow, incidentRows } from './incident-rows.ts'
import { addJob, addRun, type Brand, type Columns } from './job-rows.ts'
import { DatabaseNow } from './scheduler.ts'

export interface Scene extends Brand {
  /** Begins at the database's own now. */
  readonly at: DatabaseNow
  /** An agent of the catalog's job types that is alive whatever time it is. */
  readonly agentId: string
  readonly hoursAgo: (hours: number) => Date
  /** One round, after the last one. */
  round(): Promise<RoundResult>
  /** As another agent that begins to lead. */
  forget(): void
  /** A success of a dataset, so many hours before now. */
  succeed(dataset: string, hours?: number, columns?: Columns): Promise<void>
  /** A recurring job of a type, planned in an hour. Returns its id. */
  job(jobType: string, columns?: Columns): Promise<string>
  /** A run that has ended now, and what it means for its job, as an agent of ours writes it. Returns its id. */
  end(jobId: string, run: Columns, job?: Columns): Promise<string>
  readonly incidents: () => Promise<IncidentRow[]>
  /** Those that are open. */
  readonly open: () => Promise<IncidentRow[]>
  readonly events: (incidentId?: string) => Promise<EventRow[]>
  /** Type and summary of what channels are to tell, in order. */
  readonly told: () => Promise<string[]>
}

/** `own`: the catalog of the process that evaluates, where it is not the one that the agent published. */
export async function openScene(console: TestConsole, catalog: Catalog, own = catalog): Promise<Scene> {
  const { sql, services } = console
  const brand = await addOpenBrand(sql)
  const agentId = await addAgent(sql, catalog, [...catalog.jobTypes.keys()])
  await sql.query(`update agents set heartbeat_at = now() + interval '1 year'`)
  const { rows } = await sql.query<{ now: Date }>('select now() as now')
  const at = new DatabaseNow(rows[0]?.now ?? null)
  const now = (): Date => at.current ?? new Date(0)
  const hoursAgo = (hours: number): Date => new Date(now().getTime() - hours * 3_600_000)
  let memory: RoundMemory = noMemory
  const incidents = (): Promise<IncidentRow[]> => incidentRows(sql)
  const update = async (table: string, id: string, columns: Columns): Promise<void> => {
    const names = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`)
    if (names.length > 0)
      await sql.query(`update ${table} set ${names.join(', ')} where id = $1`, [id, ...Object.values(columns)])
  }
  return {
    ...brand,
    at,
    agentId,
    hoursAgo,
    round: async () => {
      const options = { catalog: own, agentId: randomUUID(), aliveSeconds: 150, now: now(), settleSeconds: 0 }
      const result = await evaluate(services.database, options, memory)
      memory = result.memory
      return result
    },
    forget: () => {
      memory = noMemory
    },
    succeed: async (dataset, hours = 0, columns = {}) => {
      const { rows: written } = await sql.query<{ id: string }>(
        `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status) values ($1, $2, $3, $3, 'completed')
         on conflict (brand_id, dataset_key) do update set last_success_at = excluded.last_success_at,
           last_attempt_at = excluded.last_attempt_at, last_status = 'completed' returning id`,
        [brand.brandId, dataset, hoursAgo(hours)],
      )
      await update('dataset_status', written[0]?.id ?? '', columns)
    },
    job: (jobType, columns = {}) =>
      addJob(sql, {
        brand_id: brand.brandId,
        name: `${jobType} job`,
        job_type: jobType,
        cron_expression: '0 6 * * *',
        time_zone: 'UTC',
        next_run_at: hoursAgo(-1),
        ...columns,
      }),
    end: async (jobId, run, job = {}) => {
      const failed = run['status'] === 'failed'
      const runId = await addRun(sql, jobId, {
        agent_id: agentId,
        started_at: hoursAgo(0.01),
        completed_at: now(),
        trigger_source: 'scheduled',
        ...(failed ? { problem: 'failed', error_message: 'HTTP 500 at the shop' } : {}),
        ...run,
      })
      await update('scheduled_jobs', jobId, {
        last_run_id: runId,
        last_run_status: run['status'],
        last_run_finished_at: now(),
        ...job,
      })
      return runId
    },
    incidents,
    open: async () => (await incidents()).filter(({ resolved_at: resolvedAt }) => resolvedAt === null),
    events: (incidentId) => eventRows(sql, incidentId ?? null),
    told: async () => {
      const summaries = new Map((await incidents()).map(({ id, kind }) => [id, kind]))
      const events = (await eventRows(sql)).filter(({ told }) => told)
      return events.map(({ type, incident_id: id }) => `${type} ${summaries.get(id)}`)
    },
  }
}
