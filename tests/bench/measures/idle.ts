import { setTimeout as delay } from 'node:timers/promises'
import { processSeconds, residentMegabytes } from '../machine.ts'
import type { ContestantName } from '../protocol.ts'
import { prepare, Runner, transactions } from '../race.ts'
import type { BenchServer } from '../server.ts'
import { median, pairedRatios, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const usual: readonly ContestantName[] = ['ours', 'graphile']
/** A backend reports its transactions to pg_stat_database up to ten seconds late. */
const settleSeconds = 15

interface Idler {
  readonly name: ContestantName
  readonly database: string
  readonly runner: Runner
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
    for (const name of options.contestants ?? usual) idlers.push(await begin(server, name))
    await delay(settleSeconds * 1_000)
    for (let round = 1; round <= options.rounds; round += 1) await watch(server, idlers, seconds)
    report(idlers, `${options.rounds} × ${seconds} s`)
  } finally {
    for (const { runner, database } of idlers) {
      await runner.stop()
      await server.drop(database)
    }
  }
}

async function begin(server: BenchServer, name: ContestantName): Promise<Idler> {
  const database = await prepare(server, name, null)
  const runner = await Runner.start({ contestant: name, task: { kind: 'idle' }, url: server.urlOf(database) })
  await runner.work(() => Promise.resolve(null))
  return { name, database, runner, transactionsPerMinute: [], cpuMillisecondsPerMinute: [] }
}

async function watch(server: BenchServer, idlers: readonly Idler[], seconds: number): Promise<void> {
  const read = (): Promise<{ count: number; cpu: number }[]> =>
    Promise.all(
      idlers.map(async ({ database, runner }) => ({
        count: await transactions(server, database),
        cpu: processSeconds(runner.pid),
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
    idlers.map(({ name, runner, transactionsPerMinute, cpuMillisecondsPerMinute }) => [
      name,
      spread(transactionsPerMinute),
      spread(cpuMillisecondsPerMinute),
      spread([residentMegabytes(runner.pid)]),
    ]),
  )
  console.log('')
  const ours = idlers.find(({ name }) => name === 'ours')?.transactionsPerMinute
  if (!ours) return
  printTarget('T6 ≤ 15 transactions/min', spread(ours), median(ours) <= 15)
  const theirs = idlers.find(({ name }) => name === 'graphile')?.transactionsPerMinute
  if (theirs) console.log(`        ${spread(pairedRatios(ours, theirs), 2)} × graphile's`)
}
