/** A program that has the embedded database of argv[2] open until its stdin ends. Says what it got in one line. */
import { once } from 'node:events'
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../../shared/clock.ts'

const dataDirectory = process.argv[2] ?? ''
process.stdin.resume()
const inputEnded = once(process.stdin, 'end')
const database = await openEmbedded({ dataDirectory, clock: systemClock, onLog: () => undefined, durability: 'none' })
console.log(JSON.stringify({ url: database.url, startedHere: database.startedHere }))
await inputEnded
await database.close()
