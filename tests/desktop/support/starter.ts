/** Starts signal-counter.ts as start.ts starts Electron, which it would not do for root, and says when it has heard a signal itself. SIGUSR2 is a second later. */
import { join } from 'node:path'
import { startDesktop } from '../../../electron/start-desktop.ts'

let now = 0
process.on('SIGUSR2', () => {
  now += 1_000
  console.log('a second later')
})
const ended = startDesktop({
  program: process.execPath,
  parameters: [join(import.meta.dirname, 'signal-counter.ts')],
  folder: import.meta.dirname,
  platform: process.platform,
  clock: { now: () => new Date(now), monotonic: () => now },
  say: console.log,
})
// After the listener above, which has passed on by then what it does.
process.on('SIGINT', () => console.log('passed on'))
process.exitCode = await ended
