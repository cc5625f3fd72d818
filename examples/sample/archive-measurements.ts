/**
 * Compresses the measurements into archive/<day>.csv.gz and reads them back, block by block and without hurry, so that a small
 * machine stays free for other work. There is one archive: who finds another run writing to it gives up and says so.
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createGzip, gunzip } from 'node:zlib'
import { folderArgument, say } from './messages.ts'

const blocks = 8
const pauseMs = 250
/** A lock this old was left behind by a run that was killed. */
const abandonedAfterMs = 60_000

const folder = folderArgument()
const archive = join(folder, 'archive')
const lock = join(archive, 'in-use')

await mkdir(archive, { recursive: true })
const holder = await takeLock()
if (holder !== null) {
  console.error(`The archive is in use by ${holder}. This report goes without; the next one is archived again.`)
  process.exitCode = 1
} else {
  try {
    await archiveMeasurements()
  } finally {
    await rm(lock, { force: true })
  }
}

/** Null when the lock is ours, else who has it. */
async function takeLock(): Promise<string | null> {
  try {
    const file = await open(lock, 'wx')
    await file.writeFile(`run ${process.env['PM_RUN_ID'] ?? process.pid}`)
    await file.close()
    return null
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age < abandonedAfterMs) return readFile(lock, 'utf8').catch(() => 'another run')
    await rm(lock, { force: true })
    return takeLock()
  }
}

async function archiveMeasurements(): Promise<void> {
  const measured = await readFile(join(folder, 'machine-load.csv'), 'utf8').catch(() => '')
  const target = join(archive, `${new Date().toISOString().slice(0, 10)}.csv.gz`)
  const unfinished = `${target}.unfinished`
  await compress(measured, unfinished)
  const back = await promisify(gunzip)(await readFile(unfinished))
  if (back.toString('utf8') !== measured) throw new Error(`${unfinished} does not hold what was written to it`)
  await rename(unfinished, target)
  const lines = measured
    .split('\n')
    .slice(1)
    .filter((line) => line !== '').length
  console.log(`${lines} measurements archived and verified in ${target}`)
  say({ pm: 'records', count: lines })
}

async function compress(text: string, target: string): Promise<void> {
  const gzip = createGzip({ level: 9 })
  const output = gzip.pipe(createWriteStream(target))
  const size = Math.ceil(text.length / blocks)
  for (let block = 0; block < blocks; block += 1) {
    gzip.write(text.slice(block * size, (block + 1) * size))
    say({ pm: 'progress', done: block + 1, total: blocks })
    await delay(pauseMs)
  }
  gzip.end()
  await once(output, 'finish')
}
