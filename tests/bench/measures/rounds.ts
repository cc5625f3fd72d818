import type { ContestantName, Task } from '../protocol.ts'
import { type Outcome, race } from '../race.ts'
import type { Due } from '../seeds.ts'
import { figure, pairedRatios, percentile, spread } from '../statistics.ts'
import { printTable } from '../table.ts'
import type { Bench } from './bench.ts'

export type Outcomes = ReadonlyMap<ContestantName, readonly Outcome[]>

interface Rounds {
  readonly title: string
  readonly contestants: readonly ContestantName[]
  readonly task: Task
  readonly due: Due | null
}

/** Every contestant once per round, in turns, and a table of their latencies (ms). */
export async function latencyRounds(
  { server, options }: Bench,
  { title, contestants, task, due }: Rounds,
): Promise<Outcomes> {
  const names = options.contestants ?? contestants
  const outcomes = new Map<ContestantName, Outcome[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contestant of names) {
      const outcome = await race(server, { contestant, task, due, profile: options.profile })
      outcomes.get(contestant)?.push(outcome)
      const p50 = figure(percentile(outcome.samples, 50), 2)
      console.log(`round ${round}  ${contestant}: p50 ${p50} ms, foreign cores ${outcome.foreignCores.toFixed(2)}`)
    }
  }
  console.log(`\n${title}; ms, median [min–max] of ${options.rounds} rounds`)
  printLatencies(outcomes)
  return outcomes
}

function printLatencies(outcomes: Outcomes): void {
  printTable(
    ['', 'p50', 'p95', 'p99', 'last', 'bare insert p50', 'bare insert p95', 'foreign cores', 'load'],
    [...outcomes].map(([name, rounds]) => [
      name,
      spread(percentiles(rounds, 50), 2),
      spread(percentiles(rounds, 95), 2),
      spread(percentiles(rounds, 99), 2),
      spread(percentiles(rounds, 100), 2),
      spread(floors(rounds, 50), 2),
      spread(floors(rounds, 95), 2),
      spread(
        rounds.map((round) => round.foreignCores),
        2,
      ),
      spread(
        rounds.map((round) => round.load),
        1,
      ),
    ]),
  )
  console.log('')
}

/** One percentile of the samples of each round, ms. */
export function percentiles(rounds: readonly Outcome[], percent: number): number[] {
  return rounds.map(({ samples }) => percentile(samples, percent))
}

/** One percentile of the bare inserts beside each round, ms. */
export function floors(rounds: readonly Outcome[], percent: number): number[] {
  return rounds.map(({ floor }) => percentile(floor, percent))
}

/** Ours over theirs at one percentile, round by round; null when one of them did not take part. */
export function ratiosAt(
  outcomes: Outcomes,
  [mine, theirs]: readonly [ContestantName, ContestantName],
  percent: number,
): number[] | null {
  const [ours, others] = [outcomes.get(mine), outcomes.get(theirs)]
  if (!ours || !others) return null
  return pairedRatios(percentiles(ours, percent), percentiles(others, percent))
}
