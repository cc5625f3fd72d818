/**
 * Measures processors, memory and disk of this machine and appends the figures to machine-load.csv: one line for each
 * processor, one for memory, one for the disk. Reports as many records as lines it has written.
 */
import { appendFile, mkdir, readFile, rename, statfs, writeFile } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { folderArgument, say } from './messages.ts'

interface Measurement {
  readonly what: string
  /** Share in use, 0 to 1. */
  readonly used: number
}

const keptLines = 5_000
const header = 'measured_at,what,used\n'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '1' } }, allowPositionals: true })
const folder = folderArgument()
const file = join(folder, 'machine-load.csv')

await mkdir(folder, { recursive: true })
const measurements = [...(await processors(Number(values.seconds))), memory(), await disk(folder)]
const measuredAt = new Date().toISOString()
const lines = measurements.map(({ what, used }) => `${measuredAt},${what},${used.toFixed(3)}\n`)
await append(file, lines)
for (const { what, used } of measurements) console.log(`${what}: ${Math.round(used * 100)} % in use`)
say({ pm: 'records', count: lines.length })
say({ pm: 'metadata', data: { file } })

/** How busy each processor is while we look at it. */
async function processors(seconds: number): Promise<Measurement[]> {
  const before = cpus()
  for (let second = 0; second < seconds; second += 1) {
    await delay(1_000)
    say({ pm: 'progress', done: second + 1, total: seconds })
  }
  return cpus().map((cpu, index) => {
    const total = sum(cpu.times) - sum(before[index]?.times ?? cpu.times)
    const idle = cpu.times.idle - (before[index]?.times.idle ?? cpu.times.idle)
    return { what: `processor ${index}`, used: total > 0 ? 1 - idle / total : 0 }
  })
}

function sum(times: Readonly<Record<string, number>>): number {
  return Object.values(times).reduce((total, time) => total + time, 0)
}

function memory(): Measurement {
  return { what: 'memory', used: 1 - freemem() / totalmem() }
}

async function disk(path: string): Promise<Measurement> {
  const { blocks, bavail } = await statfs(path)
  return { what: 'disk', used: 1 - bavail / blocks }
}

async function append(path: string, added: readonly string[]): Promise<void> {
  // Runs of several brands may write at the same time: only one makes the file, and lines are appended whole.
  await writeFile(path, header, { flag: 'wx' }).catch(() => undefined)
  await appendFile(path, added.join(''))
  const all = (await readFile(path, 'utf8')).trimEnd().split('\n').slice(1)
  if (all.length < keptLines * 2) return
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, `${header}${all.slice(-keptLines).join('\n')}\n`)
  await rename(unfinished, path)
}
