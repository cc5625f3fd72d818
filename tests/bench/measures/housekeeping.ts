import { usualWalkPace } from '../../../agent/housekeeping/walk.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { housekeepingPool, usualKeep, walkAll } from '../../support/old-rows.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'
import { load } from '../machine.ts'
import { addDueToOurs, jobTypes, seedOurs } from '../seeds.ts'
import { withClient } from '../server.ts'
import { figure, median, pairedRatios, percentile, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const usual = { keep: usualKeep, pace: usualWalkPace }

/** One window of claims, ms each. */
interface Window {
  readonly claims: readonly number[]
  readonly ends: readonly number[]
}

/**
 * How long a claim and an end take while nobody sweeps and while a sweep of old runs is under way, in turns on one database; and how long
 * the whole sweep takes at its usual pace.
 */
export async function housekeeping({ server, options }: Bench): Promise<void> {
  const old = options.quick ? 10_000 : 100_000
  const claims = options.quick ? 50 : 500
  const house = await server.template('house_ours', seedOurs)
  const template = await server.template(`old_runs_${old}`, (url) => addOldRuns(url, old), house)
  const database = await server.create(template)
  const url = server.urlOf(database)
  const [agent, sweeper] = [agentPool(url), housekeepingPool(url)]
  const alone: Window[] = []
  const beside: Window[] = []
  try {
    await addDueToOurs(url, { jobs: (2 * options.rounds + 1) * claims, inSeconds: -1, overSeconds: 0 })
    await claimOneByOne(agent, claims)
    for (let round = 1; round <= options.rounds; round += 1) {
      alone.push(await claimOneByOne(agent, claims))
      const stop = new AbortController()
      // Of all walks the one that takes most from the tables that claims and ends write to.
      const sweeping = walkAll(sweeper, { ...usual, what: 'runs', signal: stop.signal })
      beside.push(await claimOneByOne(agent, claims))
      stop.abort()
      await sweeping
    }
    const left = await countOld(url)
    if (left === 0) throw new Error('The sweep ended before the claims did: there was not enough to sweep.')
    const began = performance.now()
    const removed = Object.values(await walkAll(sweeper, usual)).reduce((sum, rows) => sum + rows, 0)
    report(alone, beside, { removed, left, seconds: (performance.now() - began) / 1_000 })
  } finally {
    await Promise.all([agent.stop(), sweeper.stop()])
    await server.drop(database)
  }
}

/** Runs of half a year and more ago, each with a step, a result and a text; their jobs ran again since. */
async function addOldRuns(url: string, count: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`set pipeline_manager.agent = 'on'`)
    await client.query(
      `insert into scheduled_job_runs
        (scheduled_job_id, brand_id, job_type, status, started_at, completed_at, logs, agent_id, run_token)
      select job.id, job.brand_id, job.job_type, 'completed', at.started, at.started, $2, gen_random_uuid(), gen_random_uuid()
      from (select *, row_number() over (order by id) as number from (
        select distinct scheduled_job_id as id, brand_id, job_type from scheduled_job_runs
      ) ran) job
      cross join generate_series(1, 10) n
      cross join lateral (
        select now() - interval '200 days' - (job.number * 10 + n) * interval '30 seconds' as started
      ) at
      limit $1`,
      [count, 'x'.repeat(200)],
    )
    await client.query(
      `insert into run_steps (run_id, position, step_key, status, fatal)
      select id, 0, 'work', 'completed', true from scheduled_job_runs where started_at < now() - interval '199 days'`,
    )
    await client.query(
      `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
      select id, 0, brand_id, 'd_' || job_type, started_at - interval '300 days', 'completed' from scheduled_job_runs
      where started_at < now() - interval '199 days'`,
    )
  })
}

async function countOld(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ count: string }>(
      `select count(*) from scheduled_job_runs where started_at < now() - interval '199 days'`,
    )
    return Number(rows[0]?.count)
  })
}

async function claimOneByOne(database: DatabasePool, count: number): Promise<Window> {
  const window = { claims: [] as number[], ends: [] as number[] }
  while (window.claims.length < count) {
    const asked = performance.now()
    const [run] = await claim(database, { limit: 1, jobTypes })
    const claimed = performance.now()
    if (run === undefined) throw new Error('Nothing is due any more.')
    await recordEnd(database, [endOf(run, { isFirstWrite: true })], null)
    window.claims.push(claimed - asked)
    window.ends.push(performance.now() - claimed)
  }
  return window
}

interface Whole {
  readonly removed: number
  readonly left: number
  readonly seconds: number
}

function report(alone: readonly Window[], beside: readonly Window[], { removed, left, seconds }: Whole): void {
  const at = (windows: readonly Window[], what: keyof Window, percent: number): number[] =>
    windows.map((window) => percentile(window[what], percent))
  console.log(
    `\nClaims and ends, one at a time, ms; median [min–max] of ${alone.length} rounds, load ${load().toFixed(1)}`,
  )
  printTable(
    ['', 'claim p50', 'claim p95', 'claim p99', 'end p50', 'end p95'],
    [['nobody sweeps', alone] as const, ['a sweep is under way', beside] as const].map(([name, windows]) => [
      name,
      ...[50, 95, 99].map((percent) => spread(at(windows, 'claims', percent), 2)),
      ...[50, 95].map((percent) => spread(at(windows, 'ends', percent), 2)),
    ]),
  )
  const ratios = (percent: number): number[] =>
    pairedRatios(at(beside, 'claims', percent), at(alone, 'claims', percent))
  console.log('')
  printTarget('claim p50 with a sweep ÷ without ≤ 1.2', spread(ratios(50), 2), median(ratios(50)) <= 1.2)
  printTarget('claim p95 with a sweep ÷ without ≤ 1.5', spread(ratios(95), 2), median(ratios(95)) <= 1.5)
  console.log(
    `        the rest of the sweep, at its usual pace: ${figure(left)} runs, ${figure(removed)} rows in ${figure(seconds, 1)} s`,
  )
}
