import { median, pairedRatios, spread } from '../statistics.ts'
import { printTarget } from '../table.ts'
import type { Bench } from './bench.ts'
import { floors, latencyRounds, percentiles } from './rounds.ts'

/** T4: a person asks this very agent; how long until the handler starts. No library can do that, so the floor is an insert. */
export async function runNow(bench: Bench): Promise<void> {
  const count = bench.options.quick ? 10 : 100
  const outcomes = await latencyRounds(bench, {
    title: `Run now: call to handler start in the same agent, ${count} at gaps of 40–160 ms`,
    contestants: ['ours'],
    task: { kind: 'run_now', count },
    due: null,
  })
  const ours = outcomes.get('ours')
  if (!ours) return
  const ratios = pairedRatios(percentiles(ours, 50), floors(ours, 50))
  printTarget('T4 p50 ≤ 1.6 × bare insert p50', spread(ratios, 2), median(ratios) <= 1.6)
}
