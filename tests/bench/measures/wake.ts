import { median, pairedRatios, spread } from '../statistics.ts'
import { printTarget } from '../table.ts'
import type { Bench } from './bench.ts'
import { floors, latencyRounds, percentiles, ratiosAt } from './rounds.ts'

/** T4: another program inserts a job; how long until its handler starts. */
export async function wake(bench: Bench): Promise<void> {
  const count = bench.options.quick ? 10 : 100
  const outcomes = await latencyRounds(bench, {
    title: `Wake-up: insert by another connection to handler start, ${count} at gaps of 40–160 ms`,
    contestants: ['ours', 'graphile'],
    task: { kind: 'wake', count },
    due: null,
  })
  const ratios = ratiosAt(outcomes, ['ours', 'graphile'], 50)
  if (ratios !== null) printTarget('T4 p50 ≤ 0.75 × graphile', spread(ratios, 2), median(ratios) <= 0.75)
  const ours = outcomes.get('ours')
  if (!ours) return
  const tails = pairedRatios(percentiles(ours, 95), floors(ours, 95))
  printTarget('T4 p95 ≤ 3 × bare insert p95', spread(tails, 2), median(tails) <= 3)
}
