import type { ContestantName } from '../protocol.ts'
import { type Outcome, race } from '../race.ts'
import { figure, median, pairedRatios, spread } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { Bench } from './bench.ts'

const usual: readonly ContestantName[] = [
  'ours',
  'graphile',
  'graphile-perf+rec',
  'ours-throughput',
  'pg-boss-results+rec',
]

/** T1 to T3, T8: how fast due jobs are worked off, and what each costs. */
export async function drain({ server, options }: Bench): Promise<void> {
  const jobs = options.quick ? 2_000 : 20_000
  const names = options.contestants ?? usual
  const outcomes = new Map<ContestantName, Outcome[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contestant of names) {
      const outcome = await race(server, {
        contestant,
        task: { kind: 'drain', jobs },
        due: { jobs, inSeconds: -1, overSeconds: 0 },
        profile: options.profile,
      })
      outcomes.get(contestant)?.push(outcome)
      const { seconds, foreignCores } = outcome
      console.log(
        `round ${round}  ${contestant}: ${figure(jobs / seconds)} jobs/s, foreign cores ${foreignCores.toFixed(2)}`,
      )
    }
  }
  printFigures(outcomes, jobs)
  printTargets(outcomes, jobs)
}

function printFigures(outcomes: Map<ContestantName, Outcome[]>, jobs: number): void {
  const perJob = (total: number): number => (total / jobs) * 1e6
  console.log(`\nDrain of ${figure(jobs)} due jobs; median [min–max] of ${[...outcomes.values()][0]?.length} rounds`)
  printTable(
    ['', 'jobs/s', 'PG CPU µs/job', 'Node CPU µs/job', 'WAL B/job', 'RSS MB', 'foreign cores', 'load'],
    [...outcomes].map(([name, rounds]) => [
      name,
      spread(rates(rounds, jobs)),
      spread(rounds.map((round) => perJob(round.serverCpu))),
      spread(rounds.map((round) => perJob(round.nodeCpu))),
      spread(rounds.map((round) => round.walBytes / jobs)),
      spread(rounds.map((round) => round.residentMegabytes)),
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

function rates(rounds: readonly Outcome[], jobs: number): number[] {
  return rounds.map((round) => jobs / round.seconds)
}

const ratioTargets = [
  ['T1', 'ours', 'graphile', 2],
  ['T1', 'ours', 'graphile-perf+rec', 2.3],
  ['T2', 'ours-throughput', 'graphile', 4],
  ['T2', 'ours-throughput', 'graphile-perf+rec', 4.5],
  ['T2', 'ours-throughput', 'pg-boss-results+rec', 0.9],
] as const

function printTargets(outcomes: Map<ContestantName, Outcome[]>, jobs: number): void {
  for (const [target, mine, theirs, least] of ratioTargets) {
    const ours = outcomes.get(mine)
    const others = outcomes.get(theirs)
    if (!ours || !others) continue
    const ratios = pairedRatios(rates(ours, jobs), rates(others, jobs))
    printTarget(`${target} ${mine} ≥ ${least} × ${theirs}`, spread(ratios, 2), median(ratios) >= least)
  }
  const ours = outcomes.get('ours')
  if (!ours) return
  const megabytes = ours.map((round) => round.residentMegabytes)
  printTarget('T8 RSS after the drain ≤ 110 MB', spread(megabytes), median(megabytes) <= 110)
}
