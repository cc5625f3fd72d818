/** A program that waits for a wish to stop; argv[2] says what goes wrong in it, or that it is a service. */
import { setTimeout as delay } from 'node:timers/promises'
import { hasTerminal, listenForStop } from '../../../agent/cli/start-signals.ts'
import { systemClock } from '../../../shared/clock.ts'

const isService = process.argv[2] === 'service' && !hasTerminal()
const stop = listenForStop(
  systemClock,
  (message) => console.log(message.split('\n')[0]),
  isService ? () => console.log('looks again') : null,
)
const faults: Record<string, () => void> = {
  throws: () => {
    throw new Error('a bug')
  },
  rejects: () => void Promise.reject(new Error('a forgotten rejection')),
  'cannot-write': () => {
    throw Object.assign(new Error('write ENOSPC'), { syscall: 'write', code: 'ENOSPC' })
  },
}
setTimeout(() => faults[process.argv[2] ?? '']?.(), 10)
const isSignalled = process.argv[2] === 'service' || process.argv[2] === 'program'
if (isSignalled) {
  console.log('waits')
  process.stdin.resume()
}
const wish = await (isSignalled ? stop.wished : Promise.race([stop.wished, delay(1_000, null)]))
process.stdin.pause()
stop.release()
console.log(wish === null ? 'went on' : `stopped in good order with ${wish.exitCode}`)
process.exitCode = wish?.exitCode ?? 0
