import { median, spread } from '../statistics.ts'
import { printTarget } from '../table.ts'
import type { Bench } from './bench.ts'
import { latencyRounds, percentiles, ratiosAt } from './rounds.ts'

/** Time for a contestant's process to be there before the first job falls due, s. */
const leadSeconds = 5

/** T5: how late scheduled work starts. */
export async function lateness(bench: Bench): Promise<void> {
  const [jobs, overSeconds] = bench.options.quick ? [30, 2] : [300, 20]
  const outcomes = await latencyRounds(bench, {
    title: `Lateness: due time to handler start, ${jobs} jobs over ${overSeconds} s`,
    contestants: ['ours', 'graphile'],
    task: { kind: 'on_time', jobs },
    due: { jobs, inSeconds: leadSeconds, overSeconds },
  })
  const ours = outcomes.get('ours')
  if (!ours) return
  for (const [percent, most] of [
    [95, 10],
    [99, 25],
  ] as const) {
    const late = percentiles(ours, percent)
    printTarget(`T5 p${percent} ≤ ${most} ms`, `${spread(late, 1)} ms`, median(late) <= most)
  }
  const ratios = ratiosAt(outcomes, ['ours', 'graphile'], 95)
  if (ratios !== null) printTarget('T5 p95 ≤ 0.01 × graphile', spread(ratios, 4), median(ratios) <= 0.01)
}

/** T5: many jobs fall due at one instant; when the last of them has started. */
export async function burst(bench: Bench): Promise<void> {
  const jobs = bench.options.quick ? 100 : 1_000
  const outcomes = await latencyRounds(bench, {
    title: `Burst: due time to handler start, ${jobs} jobs due at one instant`,
    contestants: ['ours', 'ours-throughput', 'graphile'],
    task: { kind: 'on_time', jobs },
    due: { jobs, inSeconds: leadSeconds, overSeconds: 0 },
  })
  const ours = outcomes.get('ours-throughput')
  if (ours) {
    const last = percentiles(ours, 100)
    printTarget('T5 ours-throughput: last start ≤ 250 ms', `${spread(last)} ms`, median(last) <= 250)
  }
  for (const name of ['ours', 'ours-throughput'] as const) {
    const ratios = ratiosAt(outcomes, [name, 'graphile'], 100)
    if (ratios !== null) console.log(`        ${name}: last start ${spread(ratios, 2)} × graphile's`)
  }
}
