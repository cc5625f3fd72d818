import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { startJson } from '../json-process.ts'
import { load, processSeconds } from '../machine.ts'
import { agentFlags } from '../race.ts'
import { withClient } from '../server.ts'
import { figure, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const root = join(import.meta.dirname, '../../..')
const token = 'bench-token'

interface Sync {
  /** Start to end of the run, by the database. */
  readonly seconds: number
  readonly rows: number
  readonly fetchSeconds: number
  readonly saveSeconds: number
  /** Of the whole run: waiting for an answer of Meta's, with nothing else to do. */
  readonly waitedShare: number
  readonly added: number
  readonly changed: number
  readonly agentCpu: number
}

/**
 * meta_sync of 90 days × 2,000 ads: the agent as it is started in production, the simulator in a process of its own, a
 * fresh database. Once into an empty table, once more when nothing has changed.
 */
export async function meta({ server, options }: Bench): Promise<void> {
  const [days, ads] = options.quick ? [9, 200] : [90, 2_000]
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'])
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-'))
  const firsts: Sync[] = []
  const seconds: Sync[] = []
  const peaks: number[] = []
  try {
    const accounts = join(folder, 'accounts.json')
    const account = { id: '1', name: 'Bench', currency: 'USD', timeZone: 'UTC', ads, delivering: 1 }
    await writeFile(accounts, JSON.stringify([account]))
    await server.template('meta', prepare)
    for (let round = 1; round <= options.rounds; round += 1) {
      const database = await server.create('meta')
      const [first, second, peak] = await roundOn(server.urlOf(database), folder, accounts, days)
      firsts.push(first)
      seconds.push(second)
      peaks.push(peak)
      await server.drop(database)
    }
    report(firsts, seconds, peaks, days * ads)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(url: string): Promise<void> {
  await migrate(url, { directory: join(root, 'migrations'), clock: systemClock })
  await withClient(url, (client) =>
    client.query(`with organization as (insert into organizations (name) values ('bench') returning id),
      brand as (insert into brands (organization_id, name) select id, 'bench' from organization returning id)
      insert into brand_ad_accounts (brand_id, meta_ad_account_id) select id, 'act_1' from brand`),
  )
}

async function roundOn(url: string, folder: string, accounts: string, days: number): Promise<[Sync, Sync, number]> {
  const simulator = await startJson([
    join(root, 'examples/meta-simulator/main.ts'),
    '--token',
    token,
    '--accounts',
    accounts,
  ])
  try {
    const graph = String(simulator.first['url'])
    const where = ['--data-dir', folder, '--database-url', url, '--port', '0', '--json']
    const agent = await startJson([...agentFlags, join(root, 'out/main/agent.js'), 'agent', ...where], {
      META_ACCESS_TOKEN: token,
      PIPELINE_MANAGER_META_GRAPH_URL: graph,
    })
    try {
      const first = await sync(url, days, agent.pid)
      const second = await sync(url, days, agent.pid)
      return [first, second, peakMegabytes(agent.pid)]
    } finally {
      await agent.stop()
    }
  } finally {
    await simulator.stop()
  }
}

async function sync(url: string, days: number, agent: number): Promise<Sync> {
  return withClient(url, async (client) => {
    const cpuBefore = processSeconds(agent)
    const { rows: jobs } = await client.query<{ id: string }>(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at, parameters)
       select id, 'bench', 'meta_sync', 'one_time', now(),
         jsonb_build_object('days_back', $1::integer, 'download_max_images', 0, 'download_max_videos', 0)
       from brands returning id`,
      [days],
    )
    for (;;) {
      const { rows } = await client.query<Record<string, number> & { status: string; error: string | null }>(
        `select run.status, run.error_message as error,
           extract(epoch from run.completed_at - run.started_at)::float8 as seconds,
           (saving.metadata ->> 'new')::int as added, (saving.metadata ->> 'changed')::int as changed,
           saving.records_affected::int as rows,
           extract(epoch from fetching.completed_at - fetching.started_at)::float8 as "fetchSeconds",
           extract(epoch from saving.completed_at - saving.started_at)::float8 as "saveSeconds",
           (fetching.metadata ->> 'waited_ms')::float8 / 1000 as waited
         from scheduled_job_runs run
         join run_steps fetching on fetching.run_id = run.id and fetching.step_key = 'insights'
         join run_steps saving on saving.run_id = run.id and saving.step_key = 'save'
         where run.scheduled_job_id = $1 and run.completed_at is not null`,
        [jobs[0]?.id],
      )
      const [row] = rows
      if (row === undefined) {
        await client.query('select pg_sleep(0.2)')
        continue
      }
      if (row.status !== 'completed') throw new Error(`meta_sync ${row.status}: ${row.error}`)
      const at = (name: string): number => row[name] ?? Number.NaN
      return {
        seconds: at('seconds'),
        rows: at('rows'),
        fetchSeconds: at('fetchSeconds'),
        saveSeconds: at('saveSeconds'),
        waitedShare: at('waited') / at('seconds'),
        added: at('added'),
        changed: at('changed'),
        agentCpu: processSeconds(agent) - cpuBefore,
      }
    }
  })
}

/** The most memory that the process has ever had, 10^6 bytes. */
function peakMegabytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kilobytes) * 1_024) / 1e6
}

function report(firsts: readonly Sync[], seconds: readonly Sync[], peaks: readonly number[], rows: number): void {
  console.log(
    `\nmeta_sync of ${figure(rows)} rows; median [min–max] of ${firsts.length} rounds; load ${figure(load(), 1)}`,
  )
  const line = (name: string, syncs: readonly Sync[]): string[] => [
    name,
    spread(
      syncs.map((one) => one.seconds),
      1,
    ),
    spread(syncs.map((one) => one.rows / one.seconds)),
    spread(
      syncs.map((one) => one.fetchSeconds),
      1,
    ),
    spread(
      syncs.map((one) => one.saveSeconds),
      1,
    ),
    spread(syncs.map((one) => one.waitedShare * 100)),
    spread(
      syncs.map((one) => one.agentCpu),
      1,
    ),
    spread(syncs.map((one) => one.added)),
    spread(syncs.map((one) => one.changed)),
  ]
  printTable(
    ['', 'seconds', 'rows/s', 'fetching s', 'saving s', 'waiting for Meta %', 'agent CPU s', 'new', 'changed'],
    [line('into an empty table', firsts), line('once more', seconds)],
  )
  console.log('')
  printTarget(
    'meta_sync < 60 s',
    `${spread(
      firsts.map((one) => one.seconds),
      1,
    )} s`,
    firsts.every((one) => one.seconds < 60),
  )
  printTarget(
    'memory of the agent < 300 MB',
    `${spread(peaks)} MB at most`,
    peaks.every((peak) => peak < 300),
  )
  const whole = firsts.every((one) => one.rows === rows) && seconds.every((one) => one.added === 0)
  printTarget('all rows, and none new the second time', figure(firsts[0]?.rows ?? Number.NaN), whole)
}
