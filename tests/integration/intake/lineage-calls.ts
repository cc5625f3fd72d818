/** OpenLineage in, over HTTP, as its clients call it, and what it leaves in the database. */
import type { JsonObject } from '../../../shared/domain.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { type Brand, insert } from '../../support/job-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

export const path = '/api/v1/lineage'
export const warehouse = { namespace: 'postgres://db:5432', name: 'shop.public.orders' }
export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

export function event(eventType: string | undefined, eventTime: string, changes: JsonObject = {}): JsonObject {
  return {
    ...(eventType === undefined ? {} : { eventType }),
    eventTime,
    producer: 'https://example.com/loader',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: 'd1f6f6f6-0000-4000-8000-000000000001' },
    job: { namespace: 'airflow', name: 'shop.load_orders' },
    outputs: [warehouse],
    ...changes,
  }
}

export function withRows(rowCount: number): JsonObject {
  return { outputs: [{ ...warehouse, outputFacets: { outputStatistics: { rowCount } } }] }
}

/** A server whose catalog has a dataset that is never empty, a rule of the file, and one of a brand that is not there. */
export async function startLineageServer(): Promise<TestServer> {
  const catalog = testCatalog({ datasets: { orders: { neverZero: true } } })
  const rule = { namespace: '*', name: 'of_file.*', brand: 'ACME', dataset: 'orders' }
  const nobodys = { ...rule, name: 'nobodys', brand: 'No such brand' }
  return startTestServer({}, { catalog: { ...catalog, lineage: [rule, nobodys] } })
}

interface Place {
  readonly server: TestServer
  readonly acme: Brand
  /** May report. */
  readonly token: string
}

/** As of the test that runs. */
export function lineageCalls(place: () => Place) {
  function send(body: unknown, options: { to?: string; as?: string; headers?: Record<string, string> } = {}) {
    const { server, token } = place()
    const { to = path, as = token, headers = {} } = options
    return fetch(`${server.url}${to}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    })
  }

  const map = (changes: Record<string, unknown> = {}) => {
    const { server, acme } = place()
    return insert(server.console.sql, 'lineage_mappings', {
      organization_id: acme.organizationId,
      namespace: '*',
      name: 'shop.*',
      brand_id: acme.brandId,
      dataset_key: 'orders',
      changed_by: 'test',
      ...changes,
    })
  }

  async function rows(query: string): Promise<Record<string, unknown>[]> {
    return (await place().server.console.sql.query<Record<string, unknown>>(query)).rows
  }

  const datasets = () =>
    rows(`select dataset_key, last_status, last_success_at, last_attempt_at, records_affected::int, error_message,
      metadata from dataset_status order by dataset_key`)
  const runs = () =>
    rows(`select run_key, parent_key, producer, job_namespace, job_name, status, first_event_at, last_event_at, started_at,
      running_at, completed_at, nominal_start_at, nominal_end_at, records_affected::int, error_message, facts, brand_id,
      dataset_key from external_runs order by run_key`)
  const named = () =>
    rows(`select namespace, name, producer, job_namespace, job_name, last_event_at, status, attempt_at, error_message,
      success_at, records_affected::int, facets from lineage_datasets order by namespace, name`)

  return { send, map, rows, datasets, runs, named }
}
