import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpAgent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makeToken } from '../../../agent/server/bearer-token.ts'
import { insertApiToken } from '../../../agent/store/api-tokens.ts'
import { openPool } from '../../../agent/store/database.ts'
import { freePort } from '../../../agent/store/embedded/server-settings.ts'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { migrationsDirectory } from '../../support/database.ts'
import { load, processSeconds, readCpu } from '../machine.ts'
import { agentFlags } from '../race.ts'
import { connect } from '../server.ts'
import { figure, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const main = join(import.meta.dirname, '../../../agent/main.ts')
const targets = { rate: 500, p99: 50 }
const connections = 64

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
  const template = await server.template('lineage', async (url) => {
    await migrate(url, { directory: migrationsDirectory, clock: systemClock })
  })
  const database = await server.create(template)
  const seconds = options.quick ? 2 : 10
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-'))
  try {
    const target = await prepare(server.urlOf(database), seconds * 3)
    await withAgent(folder, server.urlOf(database), async (url, pid) => {
      const cpu = (): Cpu => ({ agent: processSeconds(pid), server: readCpu(server.postmaster).server })
      const events = new Events(url, target, cpu)
      await events.evenly(50, 1)
      const even = await events.evenly(targets.rate, seconds)
      const most = await events.asFastAsPossible(seconds)
      await report(server.urlOf(database), even, most, seconds)
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
  work: (url: string, pid: number) => Promise<void>,
): Promise<void> {
  const port = await freePort(0)
  const config = join(folder, 'pipeline-manager.yaml')
  await writeFile(config, catalog)
  const child = spawn(process.execPath, [...agentFlags, main, 'agent', '--port', String(port)], {
    env: {
      ...process.env,
      OWN_URL: databaseUrl,
      PIPELINE_MANAGER_DATA_DIR: folder,
      PIPELINE_MANAGER_DATABASE_URL: databaseUrl,
      PIPELINE_MANAGER_CONFIG: config,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  try {
    while (!(await isReady(url))) {
      if (child.exitCode !== null) throw new Error(`The agent ended with ${child.exitCode}.`)
      await delay(50)
    }
    await work(url, child.pid ?? 0)
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Seconds used so far. */
interface Cpu {
  readonly agent: number
  readonly server: number
}

interface Counted {
  /** Milliseconds from when each was to be sent to its answer. */
  readonly latencies: number[]
  /** Answers that were not 201. */
  refused: number
}

interface Sent extends Counted {
  readonly seconds: number
  readonly cpu: readonly [before: Cpu, after: Cpu]
}

class Events {
  readonly #url: string
  readonly #target: Target
  readonly #cpu: () => Cpu
  readonly #connections = new HttpAgent({ keepAlive: true, maxSockets: connections })
  #made = 0
  #last = ''

  constructor(url: string, target: Target, cpu: () => Cpu) {
    this.#url = url
    this.#target = target
    this.#cpu = cpu
  }

  evenly(perSecond: number, seconds: number): Promise<Sent> {
    return this.#counted(seconds, async (sent, began) => {
      const answers: Promise<void>[] = []
      for (let number = 0; number < perSecond * seconds; number += 1) {
        const due = began + (number * 1_000) / perSecond
        const wait = due - performance.now()
        if (wait > 0) await delay(wait)
        answers.push(this.#send(sent, due))
      }
      await Promise.all(answers)
    })
  }

  asFastAsPossible(seconds: number): Promise<Sent> {
    return this.#counted(seconds, async (sent, began) => {
      const until = began + seconds * 1_000
      const one = async (): Promise<void> => {
        while (performance.now() < until) await this.#send(sent, performance.now())
      }
      await Promise.all(Array.from({ length: connections }, one))
    })
  }

  async #counted(seconds: number, work: (sent: Counted, began: number) => Promise<void>): Promise<Sent> {
    const counted: Counted = { latencies: [], refused: 0 }
    const before = this.#cpu()
    await work(counted, performance.now())
    return { ...counted, seconds, cpu: [before, this.#cpu()] }
  }

  async #send(sent: Counted, due: number): Promise<void> {
    const status = await this.#post(this.#next())
    if (status === 201) sent.latencies.push(performance.now() - due)
    else sent.refused += 1
  }

  /** START and COMPLETE of one run after the other; every tenth is the one before, once more. */
  #next(): string {
    this.#made += 1
    if (this.#made % 10 === 0) return this.#last
    const run = Math.floor(this.#made / 2)
    const name = `shop.table_${run % 50}`
    const isEnd = this.#made % 2 === 1
    this.#last = JSON.stringify({
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
    return this.#last
  }

  #post(body: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const posted = request(
      `${this.#url}/api/v1/lineage`,
      {
        method: 'POST',
        agent: this.#connections,
        headers: {
          authorization: `Bearer ${this.#target.token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    posted.on('error', reject)
    posted.end(body)
    return promise
  }
}

async function report(databaseUrl: string, even: Sent, most: Sent, seconds: number): Promise<void> {
  const row = (name: string, { latencies, refused, cpu: [before, after] }: Sent): string[] => [
    name,
    figure(latencies.length / seconds),
    ...[50, 99, 100].map((percent) => figure(percentile(latencies, percent), 1)),
    figure(refused),
    ...(['agent', 'server'] as const).map((whose) =>
      figure(((after[whose] - before[whose]) * 1_000) / latencies.length, 2),
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
    `${figure(even.latencies.length / seconds)}/s, p99 ${figure(p99, 1)} ms; at most ${figure(most.latencies.length / seconds)}/s`,
    even.refused === 0 && even.latencies.length >= targets.rate * seconds * 0.99 && p99 < targets.p99,
  )
}
