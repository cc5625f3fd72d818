import { setTimeout as delay } from 'node:timers/promises'
import { processSeconds, residentMegabytes } from '../machine.ts'
import type { ContestantName } from '../protocol.ts'
import { prepare, Runner, transactions } from '../race.ts'
import type { BenchServer } from '../server.ts'
import { median, pairedRatios, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const usual: readonly ContestantName[] = ['ours', 'graphile']
/** Ours is looked at alone, where it leads, and in a pair, where one waits to. */
const agentsOf = (name: ContestantName): readonly number[] => (name === 'ours' ? [1, 2] : [1])
/** A backend reports its transactions to pg_stat_database up to ten seconds late. */
const settleSeconds = 15

interface Idler {
  readonly name: ContestantName
  readonly database: string
  /** On one database. */
  readonly runners: readonly Runner[]
  /** Of one of them on average. */
  readonly transactionsPerMinute: number[]
  readonly cpuMillisecondsPerMinute: number[]
}

/**
 * T6: what an agent costs that has nothing to do. All contestants at the same time, each in a database of its own: they do
 * not disturb each other, and we watch from another database, so that our own transactions do not count. Autovacuum's do.
 */
export async function idle({ server, options }: Bench): Promise<void> {
  const seconds = options.quick ? 15 : 60
  const idlers: Idler[] = []
  try {
    for (const name of options.contestants ?? usual) {
      for (const agents of agentsOf(name)) idlers.push(await begin(server, name, agents))
    }
    await delay(settleSeconds * 1_000)
    for (let round = 1; round <= options.rounds; round += 1) await watch(server, idlers, seconds)
    report(idlers, `${options.rounds} × ${seconds} s`)
  } finally {
    for (const { runners, database } of idlers) {
      for (const runner of runners) await runner.stop()
      await server.drop(database)
    }
  }
}

async function begin(server: BenchServer, name: ContestantName, agents: number): Promise<Idler> {
  const database = await prepare(server, name, null)
  const runners: Runner[] = []
  while (runners.length < agents) {
    const runner = await Runner.start({ contestant: name, task: { kind: 'idle' }, url: server.urlOf(database) })
    await runner.work(() => Promise.resolve(null))
    runners.push(runner)
  }
  return { name, database, runners, transactionsPerMinute: [], cpuMillisecondsPerMinute: [] }
}

async function watch(server: BenchServer, idlers: readonly Idler[], seconds: number): Promise<void> {
  const read = (): Promise<{ count: number; cpu: number }[]> =>
    Promise.all(
      idlers.map(async ({ database, runners }) => ({
        count: (await transactions(server, database)) / runners.length,
        cpu: runners.reduce((sum, { pid }) => sum + processSeconds(pid), 0) / runners.length,
      })),
    )
  const before = await read()
  await delay(seconds * 1_000)
  const after = await read()
  const perMinute = 60 / seconds
  for (const [index, idler] of idlers.entries()) {
    const [from, to] = [before[index], after[index]]
    if (!from || !to) continue
    idler.transactionsPerMinute.push((to.count - from.count) * perMinute)
    idler.cpuMillisecondsPerMinute.push((to.cpu - from.cpu) * 1_000 * perMinute)
  }
}

function report(idlers: readonly Idler[], windows: string): void {
  console.log(`\nIdle; median [min–max] of ${windows}`)
  printTable(
    ['', 'transactions/min', 'Node CPU ms/min', 'RSS MB'],
    idlers.map(({ name, runners, transactionsPerMinute, cpuMillisecondsPerMinute }) => [
      runners.length === 1 ? name : `${name}, each of ${runners.length}`,
      spread(transactionsPerMinute),
      spread(cpuMillisecondsPerMinute),
      spread(runners.map(({ pid }) => residentMegabytes(pid))),
    ]),
  )
  console.log('')
  for (const { name, runners, transactionsPerMinute: ours } of idlers) {
    if (name !== 'ours') continue
    const which = runners.length === 1 ? 'leading' : `each of ${runners.length}`
    printTarget(`T6 ≤ 15 transactions/min, ${which}`, spread(ours), median(ours) <= 15)
  }
  const ours = idlers.find(({ name }) => name === 'ours')?.transactionsPerMinute
  const theirs = idlers.find(({ name }) => name === 'graphile')?.transactionsPerMinute
  if (ours && theirs) console.log(`        ${spread(pairedRatios(ours, theirs), 2)} × graphile's`)
}
