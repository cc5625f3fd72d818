/** A program that waits for a wish to stop; argv[2] says what goes wrong in it. */
import { setTimeout as delay } from 'node:timers/promises'
import { listenForStop } from '../../../agent/cli/start-signals.ts'
import { systemClock } from '../../../shared/clock.ts'

const stop = listenForStop(systemClock, (message) => console.log(message.split('\n')[0]))
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
const wish = await Promise.race([stop.wished, delay(1_000, null)])
stop.release()
console.log(wish === null ? 'went on' : `stopped in good order with ${wish.exitCode}`)
process.exitCode = wish?.exitCode ?? 0
