/**
 * npm run bench -- [drain|wake|run-now|lateness|burst|idle|cold-start|device|evaluation|housekeeping|meta|lineage|pings|all] [--rounds 3] [--quick]
 *   [--contestants a,b] [--profile DIR]
 *
 * Contestants take turns (A B A B …) on a server of their own, so that the ratios of one round travel to other machines.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench, BenchOptions } from './measures/bench.ts'
import { coldStart } from './measures/cold-start.ts'
import { device } from './measures/device.ts'
import { drain } from './measures/drain.ts'
import { evaluation } from './measures/evaluation.ts'
import { housekeeping } from './measures/housekeeping.ts'
import { idle } from './measures/idle.ts'
import { burst, lateness } from './measures/lateness.ts'
import { lineage } from './measures/lineage.ts'
import { meta } from './measures/meta.ts'
import { pings } from './measures/pings.ts'
import { runNow } from './measures/run-now.ts'
import { wake } from './measures/wake.ts'
import { type ContestantName, contestants } from './protocol.ts'
import { startServer } from './server.ts'

const measures: Record<string, (bench: Bench) => Promise<void>> = {
  drain,
  wake,
  'run-now': runNow,
  lateness,
  burst,
  idle,
  'cold-start': coldStart,
  device,
  housekeeping,
  evaluation,
  meta,
  lineage,
  pings,
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      contestants: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const [wanted = 'all'] = positionals
  const chosen = wanted === 'all' ? Object.keys(measures) : [wanted]
  const options: BenchOptions = {
    rounds: values.quick ? 1 : Number(values.rounds),
    quick: values.quick,
    contestants: values.contestants?.split(',').map(contestantOf) ?? null,
    profile: values.profile,
  }
  const server = await startServer()
  try {
    const { rows } = await server.administrator.query<{ version: string }>('select version()')
    console.log(`${rows[0]?.version}\nNode ${process.version}, ${cpus().length} cores\n`)
    for (const name of chosen) {
      const measure = measures[name]
      if (!measure)
        throw new Error(`There is no measure "${name}"; choose one of ${Object.keys(measures).join(', ')}, all.`)
      await measure({ server, options })
    }
  } finally {
    await server.stop()
  }
}

function contestantOf(name: string): ContestantName {
  const found = contestants.find((one) => one === name)
  if (!found) throw new Error(`There is no contestant "${name}"; choose from ${contestants.join(', ')}.`)
  return found
}

await main()
