/**
 * node examples/meta-simulator/main.ts [--port 0] [--seed 1] [--token TEXT] [--accounts FILE] [--idle-seconds N]
 *
 * Answers like the Graph API on this machine and prints one line of JSON: {"url": …, "token": …}. It ends with SIGTERM,
 * SIGINT, or when its standard input ends: whoever started it is gone then; with --idle-seconds also when nobody has
 * asked it anything for so long. A file of accounts holds a list as `AccountSpec` in world.ts.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MetaSimulator } from './server.ts'
import type { AccountSpec } from './world.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    token: { type: 'string' },
    accounts: { type: 'string' },
    'idle-seconds': { type: 'string' },
  },
})

const idleMs = values['idle-seconds'] === undefined ? null : Number(values['idle-seconds']) * 1_000
const idle = idleMs === null ? null : setTimeout(() => void stop(), idleMs)
const options = {
  seed: Number(values.seed),
  ...(values.token === undefined ? {} : { token: values.token }),
  ...(values.accounts === undefined
    ? {}
    : { accounts: JSON.parse(readFileSync(values.accounts, 'utf8')) as AccountSpec[] }),
}
const simulator = new MetaSimulator(options, () => idle?.refresh())
await simulator.start(Number(values.port))
console.log(JSON.stringify({ url: simulator.url, token: simulator.simulation.token }))

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  if (idle !== null) clearTimeout(idle)
  process.stdin.destroy()
  await simulator.stop()
}
process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => void stop())
process.stdin.on('end', () => void stop()).resume()
