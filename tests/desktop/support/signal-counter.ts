/** In place of Electron: counts the signals it gets, and ends with their number at the end of its input. */
import { createInterface } from 'node:readline'

let heard = 0
const hear = (): void => {
  heard += 1
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear)
createInterface({ input: process.stdin }).on('line', () => {
  // Signals that have arrived are told before that.
  setImmediate(() => setImmediate(() => console.log(`heard ${heard}`)))
})
process.stdin.on('end', () => process.exit(heard))
console.log('ready')
