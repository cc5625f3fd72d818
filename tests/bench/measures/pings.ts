import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { type JsonProcess, startJson } from '../json-process.ts'
import { processSeconds, readCpu, residentMegabytes } from '../machine.ts'
import { agentFlags } from '../race.ts'
import { answered, others, type RequestLoad, requestLoad } from '../request-load.ts'
import { type BenchServer, withClient } from '../server.ts'
import { figure, median, percentile, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const root = join(import.meta.dirname, '../../..')
const checks = 1_000
const targets = { rate: 2_000, p99Ms: 50 } as const
/** Jobs that the agent runs meanwhile, a second. */
const jobsPerSecond = 2
const warmUpSeconds = 5

const catalog = `
extends: none
datasets: { worked: { label: Worked, max_age_hours: 1 } }
job_types:
  work:
    label: Work
    steps: [{ key: work, dataset: worked, run: { command: ['true'] } }]
`

interface Round {
  readonly steady: RequestLoad
  readonly ceiling: RequestLoad
  /** Of the agent and of the database, ms for each ping, at the steady rate; jobs that run meanwhile are part of it. */
  readonly cpu: { readonly agent: number; readonly database: number }
  readonly megabytes: number
  readonly runs: number
}

/** Pings at a steady rate, and as many as are answered, of an agent that runs jobs meanwhile. */
export async function pings({ server, options }: Bench): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'])
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-'))
  const rounds: Round[] = []
  try {
    await writeFile(join(folder, 'pipeline-manager.yaml'), catalog)
    await server.template('pings', prepare)
    for (let round = 1; round <= options.rounds; round += 1) {
      const database = await server.create('pings')
      rounds.push(await roundOn(server, database, { folder, seconds: options.quick ? 2 : 8 }))
      await server.drop(database)
    }
    report(rounds)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(url: string): Promise<void> {
  await migrate(url, { directory: join(root, 'migrations'), clock: systemClock })
  await withClient(url, (client) =>
    client.query(
      `with organization as (insert into organizations (name) values ('bench') returning id),
       feature as (
         insert into organization_features (organization_id, feature, enabled)
         select id, 'PIPELINE_MANAGER', true from organization
       ),
       brand as (insert into brands (organization_id, name) select id, 'bench' from organization returning id, organization_id)
       insert into ping_checks (
         organization_id, brand_id, dataset_key, name, slug, period_seconds, grace_seconds, changed_by
       )
       select organization_id, id, 'd' || number, 'Check ' || number, 'check-' || number, 3600, 600, 'bench'
       from brand, generate_series(1, $1::integer) as number`,
      [checks],
    ),
  )
}

async function roundOn(
  server: BenchServer,
  database: string,
  { folder, seconds }: { folder: string; seconds: number },
): Promise<Round> {
  const url = server.urlOf(database)
  const where = ['--data-dir', folder, '--database-url', url, '--port', '0', '--json']
  const flags = [...where, '--config', join(folder, 'pipeline-manager.yaml')]
  const agent = await startJson(
    [...agentFlags, join(root, 'out/main/agent.js'), 'agent', ...flags],
    {},
    ({ event }) => event === 'http_listening',
  )
  try {
    return await measure(server, url, { agent, seconds })
  } finally {
    await agent.stop()
  }
}

async function measure(
  { postmaster }: BenchServer,
  url: string,
  { agent, seconds }: { agent: JsonProcess; seconds: number },
): Promise<Round> {
  const port = Number(new URL(String(agent.first['url'])).port)
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ path: string }>(
      `select '/ping/' || code || case when random() < 0.5 then '/start' else '' end as path from ping_checks`,
    )
    let sent = 0
    const next = (): string => {
      sent += 1
      return `HEAD ${rows[sent % rows.length]?.path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`
    }
    await answering(`${String(agent.first['url'])}/readyz`)
    // So that nothing is loaded or compiled for the first time: an agent runs for weeks.
    await requestLoad({ port, next, connections: 64, seconds: warmUpSeconds, rate: targets.rate / 2 })
    await client.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at)
       select brands.id, 'bench ' || number, 'work', 'one_time', now() + number * interval '1 second' / $2::integer
       from brands, generate_series(1, $1::integer) as number`,
      [2 * seconds * jobsPerSecond, jobsPerSecond],
    )
    const before = [processSeconds(agent.pid), readCpu(postmaster).server] as const
    const steady = await requestLoad({ port, next, connections: 256, seconds, rate: targets.rate })
    const pinged = steady.latencies.length / 1_000
    const cpu = {
      agent: (processSeconds(agent.pid) - before[0]) / pinged,
      database: (readCpu(postmaster).server - before[1]) / pinged,
    }
    const ceiling = await requestLoad({ port, next, connections: 200, seconds, rate: null })
    const { rows: done } = await client.query<{ runs: number }>(
      `select count(*)::integer as runs from scheduled_job_runs where status = 'completed'`,
    )
    return { steady, ceiling, cpu, megabytes: residentMegabytes(agent.pid), runs: done[0]?.runs ?? 0 }
  })
}

async function answering(url: string): Promise<void> {
  while (!(await fetch(url)).ok) await delay(50)
}

function report(rounds: readonly Round[]): void {
  const rows = (['steady', 'ceiling'] as const).map((name) => {
    const loads = rounds.map((round) => round[name])
    return [
      name === 'steady' ? `${figure(targets.rate)} pings/s are due` : 'as many as are answered',
      spread(loads.map((load) => answered(load, '200'))),
      spread(
        loads.map(({ latencies }) => median(latencies)),
        1,
      ),
      spread(
        loads.map(({ latencies }) => percentile(latencies, 99)),
        1,
      ),
      spread(loads.map((load) => others(load, '200'))),
    ]
  })
  console.log(
    `\nPings of ${figure(checks)} checks, half of them starts, while ${jobsPerSecond} jobs/s run; median [min–max]`,
  )
  printTable(['', '200 OK/s', 'p50 ms', 'p99 ms', 'others'], rows)
  const cpu = (who: 'agent' | 'database'): string =>
    spread(
      rounds.map((round) => round.cpu[who]),
      2,
    )
  const memory = spread(rounds.map(({ megabytes }) => megabytes))
  const runs = spread(rounds.map((round) => round.runs))
  console.log(
    `\nCPU ms a ping: agent ${cpu('agent')}, database ${cpu('database')}; agent ${memory} MB; ${runs} runs meanwhile`,
  )
  const rates = rounds.map(({ steady }) => answered(steady, '200'))
  printTarget(`≥ ${figure(targets.rate)} pings/s`, spread(rates), median(rates) >= targets.rate * 0.99)
  const p99 = rounds.map(({ steady }) => percentile(steady.latencies, 99))
  printTarget(`p99 < ${targets.p99Ms} ms`, spread(p99, 1), median(p99) < targets.p99Ms)
}
