/** A candidate for the leadership in a process of its own, to be killed and stopped. argv: url. Says on stdout what it believes. */
import { randomUUID } from 'node:crypto'
import { Election } from '../../agent/leader/election.ts'
import { systemClock } from '../../shared/clock.ts'
import { quickPace } from './elections.ts'

const [url = ''] = process.argv.slice(2)
const election = new Election({
  url,
  agentId: randomUUID(),
  agentName: `process ${process.pid}`,
  clock: systemClock,
  onTrouble: () => undefined,
  pace: quickPace,
})
election.subscribe((isLeader) => console.log(isLeader ? 'leads' : 'leads no more'))
let lastTick = systemClock.monotonic()
const ticks = setInterval(() => {
  const now = systemClock.monotonic()
  // Longer than any belief lasts: this process was stopped in between.
  if (now - lastTick > quickPace.trustMs + 100) console.log(election.isLeader ? 'woke as leader' : 'woke')
  lastTick = now
}, 10)
process.once('SIGTERM', () => {
  clearInterval(ticks)
  void election.stop().then(() => console.log('stopped'))
})
await election.start()
console.log('started')
