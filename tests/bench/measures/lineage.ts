import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeToken } from '../../../agent/server/bearer-token.ts'
import { insertApiToken } from '../../../agent/store/api-tokens.ts'
import { openPool } from '../../../agent/store/database.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { migrationsDirectory } from '../../support/database.ts'
import { startJson } from '../json-process.ts'
import { load, processSeconds, readCpu } from '../machine.ts'
import { agentFlags } from '../race.ts'
import { answered, others, type RequestLoad, requestLoad } from '../request-load.ts'
import { connect } from '../server.ts'
import { figure, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const root = join(import.meta.dirname, '../../..')
const targets = { rate: 500, p99: 50 }
const connections = 64
const warmUpSeconds = 5

/** What runs meanwhile: an agent that only takes events does not tell how one does that works. */
const catalog = `extends: none
datasets: { orders: { label: Orders } }
job_types:
  tick:
    label: Tick
    steps: [{ key: look, run: { sql: "select 1", connection: own } }]
connections: { own: { url_env: OWN_URL, read_only: true } }
`

/**
 * OpenLineage in: 500 events a second sent at even gaps over loopback, whatever becomes of those before, then as many as 64 connections
 * can send, to an agent that runs ten jobs a second. Each run is told of twice (START, COMPLETE), a tenth of the
 * events is a duplicate. The sender takes part of the same two cores.
 */
export async function lineage({ server, options }: Bench): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'])
  const template = await server.template('lineage', async (url) => {
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
  })
  const database = await server.create(template)
  const seconds = options.quick ? 2 : 10
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-'))
  try {
    const url = server.urlOf(database)
    const target = await prepare(url, seconds * 2 + warmUpSeconds)
    await withAgent(folder, url, async (port, pid) => {
      const cpu = (): Cpu => ({ agent: processSeconds(pid), server: readCpu(server.postmaster).server })
      const next = requests(port, target)
      const send = async (rate: number | null, during: number): Promise<Sent> => {
        const before = cpu()
        return { ...(await requestLoad({ port, next, connections, seconds: during, rate })), cpu: [before, cpu()] }
      }
      // So that nothing is loaded or compiled for the first time: an agent runs for weeks.
      await send(targets.rate / 2, warmUpSeconds)
      const even = await send(targets.rate, seconds)
      const most = await send(null, seconds)
      await report(url, even, most)
    })
  } finally {
    await server.drop(database)
    await rm(folder, { recursive: true, force: true })
  }
}

interface Target {
  readonly token: string
}

/** An organization with a mapping, a token, and jobs due at every tenth of a second. */
async function prepare(databaseUrl: string, seconds: number): Promise<Target> {
  const client = await connect(databaseUrl)
  const { rows } = await client.query<{ organization: string }>(
    `with organization as (insert into organizations (name) values ('Bench') returning id),
     feature as (
       insert into organization_features (organization_id, feature, enabled) select id, 'PIPELINE_MANAGER', true from organization
     ), brand as (insert into brands (organization_id, name) select id, 'Bench' from organization returning id, organization_id),
     mapping as (
       insert into lineage_mappings (organization_id, namespace, name, brand_id, dataset_key, changed_by)
       select organization_id, '*', 'shop.table_' || number, id, 'table_' || number, 'bench'
       from brand, generate_series(0, 49) number
     ), job as (
       insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at)
       select id, 'tick', 'tick', 'one_time', now() + number * interval '100 ms' from brand, generate_series(1, $1::int) number
     )
     select organization_id as organization from brand`,
    [seconds * 10],
  )
  await client.end()
  const pool = openPool({
    url: databaseUrl,
    applicationName: 'bench',
    size: 1,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
  const { id, text, secretHash } = makeToken()
  const organizationId = rows[0]?.organization ?? null
  await insertApiToken(pool, {
    id,
    name: 'bench',
    scope: 'ingest',
    organizationId,
    secretHash,
    createdBy: 'bench',
    expiresInDays: 1,
  })
  await pool.stop()
  return { token: text }
}

async function withAgent(
  folder: string,
  databaseUrl: string,
  work: (port: number, pid: number) => Promise<void>,
): Promise<void> {
  const config = join(folder, 'pipeline-manager.yaml')
  await writeFile(config, catalog)
  const where = ['--data-dir', folder, '--database-url', databaseUrl, '--config', config, '--port', '0', '--json']
  const agent = await startJson(
    [...agentFlags, join(root, 'out/main/agent.js'), 'agent', ...where],
    { OWN_URL: databaseUrl },
    ({ event }) => event === 'http_listening',
  )
  const url = String(agent.first['url'])
  try {
    while (!(await fetch(`${url}/readyz`)).ok) await delay(50)
    await work(Number(new URL(url).port), agent.pid)
  } finally {
    await agent.stop()
  }
}

/** Seconds used so far. */
interface Cpu {
  readonly agent: number
  readonly server: number
}

interface Sent extends RequestLoad {
  readonly cpu: readonly [before: Cpu, after: Cpu]
}

/** START and COMPLETE of one run after the other; every tenth is the one before, once more. */
function requests(port: number, { token }: Target): () => string {
  let made = 0
  let last = ''
  const head = `POST /api/v1/lineage HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`
  return () => {
    made += 1
    if (made % 10 === 0) return last
    const body = eventText(Math.floor(made / 2), made % 2 === 1)
    last = `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return last
  }
}

function eventText(run: number, isEnd: boolean): string {
  const name = `shop.table_${run % 50}`
  return JSON.stringify({
    eventType: isEnd ? 'COMPLETE' : 'START',
    eventTime: new Date().toISOString(),
    producer: 'https://github.com/OpenLineage/OpenLineage/tree/1.40.1/integration/spark',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: {
      runId: `00000000-0000-4000-8000-${String(run).padStart(12, '0')}`,
      facets: { processing_engine: { version: '4.0.0', name: 'spark', openlineageAdapterVersion: '1.40.1' } },
    },
    job: {
      namespace: 'bench',
      name: `load_${name}`,
      facets: { jobType: { processingType: 'BATCH', integration: 'SPARK' } },
    },
    inputs: [{ namespace: 's3://raw', name }],
    outputs: [
      { namespace: 'postgres://db:5432', name, outputFacets: isEnd ? { outputStatistics: { rowCount: run } } : {} },
    ],
  })
}

async function report(databaseUrl: string, even: Sent, most: Sent): Promise<void> {
  const row = (name: string, sent: Sent): string[] => [
    name,
    figure(answered(sent, '201')),
    ...[50, 99, 100].map((percent) => figure(percentile(sent.latencies, percent), 1)),
    figure(others(sent, '201')),
    ...(['agent', 'server'] as const).map((whose) =>
      figure(((sent.cpu[1][whose] - sent.cpu[0][whose]) * 1_000) / sent.latencies.length, 2),
    ),
  ]
  printTable(
    ['events', 'accepted/s', 'p50 ms', 'p99 ms', 'max ms', 'refused', 'agent CPU ms', 'server CPU ms'],
    [row(`${targets.rate}/s at even gaps`, even), row(`as fast as ${connections} connections`, most)],
  )
  const client = await connect(databaseUrl)
  const { rows } = await client.query<{ runs: number; written: number; jobs: number }>(
    `select (select count(*)::int from external_runs) as runs,
       (select (n_tup_ins + n_tup_upd)::int from pg_stat_user_tables where relname = 'external_runs') as written,
       (select count(*)::int from scheduled_job_runs where status = 'completed') as jobs`,
  )
  await client.end()
  const { runs = 0, written = 0, jobs = 0 } = rows[0] ?? {}
  const accepted = even.latencies.length + most.latencies.length
  console.log(
    `${figure(accepted)} events of ${figure(runs)} runs were ${figure(written)} writes; ${figure(jobs)} jobs ran meanwhile; load ${figure(load(), 1)}`,
  )
  const p99 = percentile(even.latencies, 99)
  printTarget(
    `${targets.rate} OpenLineage events/s, p99 < ${targets.p99} ms`,
    `${figure(answered(even, '201'))}/s, p99 ${figure(p99, 1)} ms; at most ${figure(answered(most, '201'))}/s`,
    others(even, '201') === 0 && answered(even, '201') >= targets.rate * 0.99 && p99 < targets.p99,
  )
}
