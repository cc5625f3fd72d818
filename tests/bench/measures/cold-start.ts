import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type EmbeddedDatabase, openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../../shared/clock.ts'
import { load } from '../machine.ts'
import { preciseNow } from '../protocol.ts'
import { agentFlags } from '../race.ts'
import { withClient } from '../server.ts'
import { median, pairedRatios, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const main = join(import.meta.dirname, '../../../agent/main.ts')

/**
 * The real program with the sample workspace: from the start of its process to the claim of its first run, by the run's own
 * `started_at`. The folder exists already and its server is down; the floor is what starting that server alone takes.
 */
export async function coldStart({ options }: Bench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-'))
  // As root, the server runs as another user, who has to get in.
  await chmod(folder, 0o711)
  try {
    const fresh = await startedAfter(folder)
    const starts: number[] = []
    const servers: number[] = []
    for (let round = 1; round <= options.rounds; round += 1) {
      servers.push(await makeDue(folder))
      starts.push(await startedAfter(folder))
    }
    report(fresh, starts, servers)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Starts the program, waits for its first run, stops it. Returns seconds from spawn to claim. */
async function startedAfter(folder: string): Promise<number> {
  const spawned = preciseNow()
  const flags = ['--json', '--data-dir', folder, '--port', '0']
  const child = spawn(process.execPath, [...agentFlags, main, 'start', ...flags], {
    env: environmentOfUsers(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  try {
    let isRunning = false
    for await (const line of createInterface({ input: child.stdout })) {
      isRunning = line.includes('"run_started"')
      if (isRunning) break
    }
    if (!isRunning) throw new Error('the program ended before its first run')
    child.stdout.resume()
    return (await withEmbedded(folder, (embedded) => firstClaim(embedded, spawned))) / 1_000
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

async function firstClaim(embedded: EmbeddedDatabase, spawned: number): Promise<number> {
  const { rows } = await withClient(embedded.url, (client) =>
    client.query<{ at: number }>(
      `select extract(epoch from min(started_at))::double precision * 1000 as at
       from scheduled_job_runs where started_at > to_timestamp($1::double precision / 1000)`,
      [spawned],
    ),
  )
  return (rows[0]?.at ?? Number.NaN) - spawned
}

/** Every job of the sample is due when the program starts next. Returns the seconds that starting the server took. */
async function makeDue(folder: string): Promise<number> {
  const asked = preciseNow()
  let seconds = Number.NaN
  await withEmbedded(folder, async ({ url }) => {
    seconds = (preciseNow() - asked) / 1_000
    await withClient(url, (client) =>
      client.query(`update scheduled_jobs set next_run_at = now() where status = 'active' and next_run_at is not null`),
    )
  })
  return seconds
}

async function withEmbedded<T>(folder: string, work: (embedded: EmbeddedDatabase) => Promise<T>): Promise<T> {
  const embedded = await openEmbedded({ dataDirectory: folder, clock: systemClock, onLog: () => undefined })
  try {
    return await work(embedded)
  } finally {
    await embedded.close()
  }
}

/** Without settings of whoever runs the benchmark. */
function environmentOfUsers(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PIPELINE_MANAGER_')))
}

function report(fresh: number, starts: readonly number[], servers: readonly number[]): void {
  console.log(`\nCold start: process start to first claimed run, s; median [min–max] of ${starts.length} rounds`)
  printTable(
    ['', 'seconds', 'load'],
    [
      ['new data folder, sample loaded (once)', spread([fresh], 2), ''],
      ['existing data folder', spread(starts, 2), spread([load()], 1)],
      ['its database server alone', spread(servers, 2), ''],
    ],
  )
  console.log('')
  printTarget('cold start < 5 s', `${spread(starts, 2)} s`, median(starts) < 5)
  console.log(`        ${spread(pairedRatios(starts, servers), 2)} × the server alone`)
}
