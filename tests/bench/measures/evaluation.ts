import { randomUUID } from 'node:crypto'
import { readSurroundings } from '../../../agent/freshness/surroundings.ts'
import { watchedByDefault } from '../../../agent/incidents/conditions.ts'
import { evaluatedCatalog } from '../../../agent/incidents/evaluated-catalog.ts'
import { evaluate, noMemory, type RoundMemory } from '../../../agent/incidents/round.ts'
import { type Database, type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { evaluateDatasets } from '../../../agent/store/evaluated-datasets.ts'
import { beginRound } from '../../../agent/store/incident-round.ts'
import { systemClock } from '../../../shared/clock.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { datasetsOfType, jobTypes } from '../console/catalog.ts'
import { seed } from '../console/seed.ts'
import { load, processSeconds, readCpu } from '../machine.ts'
import { withClient } from '../server.ts'
import { percentile, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const sizes = { brands: 1_000, runs: 100_000 }
const atOnce = 1_000
const keys = (type: string): string[] =>
  Array.from({ length: datasetsOfType }, (_, index) => `d${type.slice(1)}_${index}`)
const catalog = testCatalog({
  datasets: Object.fromEntries(jobTypes.flatMap(keys).map((key) => [key, { maxAgeHours: 24 }])),
  jobTypes: Object.fromEntries(jobTypes.map((type) => [type, { datasets: keys(type) }])),
})

/**
 * N1: what it costs to keep incidents true for 50,000 datasets of which 1,700 are wrong: the statement that evaluates them, a round in
 * which nothing has changed, and rounds in which 1,000 go stale at once and recover at once.
 */
export async function evaluation({ server, options }: Bench): Promise<void> {
  const { brands, runs } = options.quick ? { brands: 100, runs: 1_000 } : sizes
  const template = await server.template('evaluated', async (url) => {
    await seed(url, { brands, runs })
  })
  const database = await server.create(template)
  const pool = openPool({
    url: server.urlOf(database),
    applicationName: 'evaluation',
    size: 1,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
  try {
    const rounds = new Rounds(pool, server.postmaster)
    // Everything was written just now, which is a day's work in production.
    while (await rounds.next('first ones'));
    for (let round = 0; round < options.rounds; round += 1) {
      for (let n = 0; n < 10; n += 1) await rounds.statement()
      for (let n = 0; n < 10; n += 1) await rounds.next('unchanged')
      for (const [name, hours] of [
        ['1,000 go stale', 24],
        ['1,000 recover', -24],
      ] as const) {
        await move(server.urlOf(database), hours)
        await rounds.next(name)
      }
    }
    rounds.report(brands * 50)
  } finally {
    await pool.stop()
    await server.drop(database)
  }
}

interface Sample {
  readonly ms: number
  /** CPU of the server and of this process, ms; counted in hundredths of a second, so only their mean says something. */
  readonly serverMs: number
  readonly nodeMs: number
  readonly rows: number
}

/** Rounds one after the other, with the time and the number of incidents and events that each wrote. */
class Rounds {
  readonly #pool: DatabasePool
  readonly #postmaster: number
  readonly #samples = new Map<string, Sample[]>()
  #memory: RoundMemory = noMemory

  constructor(pool: DatabasePool, postmaster: number) {
    this.#pool = pool
    this.#postmaster = postmaster
  }

  /** Whether there is more to look at. */
  async next(name: string): Promise<boolean> {
    const before = await rowsWritten(this.#pool)
    const options = { catalog, agentId: randomUUID(), aliveSeconds: 150, now: null }
    const { result, ...costs } = await this.#timed(() => evaluate(this.#pool, options, this.#memory))
    this.#memory = result.memory
    this.#add(name, { ...costs, rows: (await rowsWritten(this.#pool)) - before })
    return result.hasMore
  }

  async statement(): Promise<void> {
    await this.#pool.transaction(async (transaction) => {
      await beginRound(transaction, null)
      const known = evaluatedCatalog((await readSurroundings(transaction, catalog, 150)).catalog)
      const { result: _result, ...costs } = await this.#timed(() =>
        evaluateDatasets(transaction, null, known, watchedByDefault),
      )
      this.#add('the statement', { ...costs, rows: 0 })
    })
  }

  async #timed<Result>(work: () => Promise<Result>): Promise<Omit<Sample, 'rows'> & { readonly result: Result }> {
    const before = { server: readCpu(this.#postmaster).server, node: processSeconds(process.pid) }
    const started = systemClock.monotonic()
    const result = await work()
    return {
      result,
      ms: systemClock.monotonic() - started,
      serverMs: (readCpu(this.#postmaster).server - before.server) * 1_000,
      nodeMs: (processSeconds(process.pid) - before.node) * 1_000,
    }
  }

  #add(name: string, sample: Sample): void {
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample])
  }

  report(datasets: number): void {
    console.log(`\nEvaluation of ${datasets.toLocaleString('en-US')} datasets`)
    printTable(
      ['', 'n', 'ms p50 [min–max]', 'ms p95', 'server CPU ms', 'Node CPU ms', 'rows written'],
      [...this.#samples].map(([name, samples]) => [
        name,
        String(samples.length),
        spread(samples.map(({ ms }) => ms)),
        percentile(msOf(samples), 95).toFixed(0),
        mean(samples.map(({ serverMs }) => serverMs)),
        mean(samples.map(({ nodeMs }) => nodeMs)),
        spread(samples.map(({ rows }) => rows)),
      ]),
    )
    console.log(`\nload ${load().toFixed(1)}`)
    const statements = this.#samples.get('the statement') ?? []
    const cpu = mean(statements.map(({ serverMs }) => serverMs))
    const measured = `${cpu} ms of CPU, p95 ${percentile(msOf(statements), 95).toFixed(0)} ms`
    printTarget('all statuses in one statement, < 200 ms of CPU', measured, Number(cpu) < 200)
    const rows = (this.#samples.get('unchanged') ?? []).reduce((sum, sample) => sum + sample.rows, 0)
    printTarget('nothing is written when nothing changed', `${rows} rows`, rows === 0)
  }
}

function mean(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(0)
}

function msOf(samples: readonly Sample[]): number[] {
  return samples.map(({ ms }) => ms)
}

const writtenStatement = {
  name: 'rows_written',
  text: `select (select count(*) from incident_events) + (select count(*) from incidents) as rows`,
}

/** Every transition is a row that stays. */
async function rowsWritten(database: Database): Promise<number> {
  const [row] = await database.query<{ rows: number }>(writtenStatement, [])
  return row?.rows ?? 0
}

/** Makes datasets that are fresh so many hours older, or younger again. */
async function move(url: string, hours: number): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `with chosen as (
         select id from dataset_status
         where last_status = 'completed' and (metadata ->> 'suspicious') is null and dataset_key like 'd0_%'
         order by id limit $1
       )
       update dataset_status status set last_success_at = last_success_at - $2::double precision * interval '1 hour'
       from chosen where chosen.id = status.id`,
      [atOnce, hours],
    ),
  )
}
