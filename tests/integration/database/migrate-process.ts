/** Migrates the database of argv[2] with the folder of argv[3], once it is told to; says what it applied in one line. */
import { once } from 'node:events'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'

const [url = '', directory = ''] = process.argv.slice(2)
const told = once(process.stdin, 'data')
console.log('ready')
await told
const report = await migrate(url, { directory, clock: systemClock })
console.log(JSON.stringify(report.applied.map(({ name }) => name)))
process.stdin.destroy()
