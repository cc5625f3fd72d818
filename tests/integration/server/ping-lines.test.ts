/** The lines that README and console print, run as they are printed. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examples } from '../../../renderer/pages/sources/pings/lines.ts'
import { addOpenBrand } from '../../support/console.ts'
import type { Brand } from '../../support/job-rows.ts'
import { addCheck } from '../../support/ping-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

const run = promisify(execFile)
const printedUrl = 'http://127.0.0.1:4180/ping/00000000-0000-4000-8000-000000000000'
const printedJob = '/usr/local/bin/export.sh'

let server: TestServer
let acme: Brand
let folder: TemporaryFolder
let readme: string
beforeAll(async () => {
  server = await startTestServer()
  acme = await addOpenBrand(server.console.sql)
  folder = await temporaryFolder()
  readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')
})
afterAll(async () => {
  await server.stop()
  await folder.remove()
})

interface Job {
  readonly checkId: string
  readonly url: string
  /** A program that prints two lines and ends with this status. */
  readonly script: string
}

let made = 0
async function addJob(exitStatus: number): Promise<Job> {
  made += 1
  const slug = `job-${made}`
  const checkId = await addCheck(server.console.sql, acme, { slug, dataset_key: slug })
  const script = join(folder.path, `${slug}.sh`)
  await writeFile(script, `#!/bin/sh\necho "It began"\necho "100% of 3 rows" >&2\nexit ${exitStatus}\n`)
  await chmod(script, 0o755)
  const { path } = await server.console.client.pings.address({ checkId })
  return { checkId, url: `${server.url}${path}`, script }
}

function printed(name: string): string {
  const example = examples.find((one) => one.name === name)
  if (example === undefined) throw new Error(`There is no example ${name}.`)
  return example.lines(printedUrl).join('\n')
}

function forJob(text: string, { url, script }: Job): string {
  return text.replaceAll(printedUrl, url).replaceAll(printedJob, script)
}

async function runsOf({ checkId }: Job) {
  return (await server.console.client.pings.runs({ checkId })).runs
}

test.each(['cron', 'curl'])('README prints the lines of the console: %s', (name) => {
  expect(readme).toContain(`\n${printed(name)}\n`)
})

describe('curl', () => {
  test.each([
    [0, 'completed', null],
    [3, 'failed', 'The program ended with exit status 3: 100% of 3 rows'],
  ])('exit status %i: start and end are one run, with what it printed', async (exitStatus, status, error) => {
    const job = await addJob(exitStatus)
    await run('sh', ['-c', forJob(printed('curl'), job)])
    expect(await runsOf(job)).toMatchObject([{ status, error, log: 'It began\n100% of 3 rows', exitStatus }])
    expect((await runsOf(job))[0]?.startedAt).toBeInstanceOf(Date)
  })
})

describe('Python', () => {
  const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path)) ?? 'python3'
  test.each([
    ['pass', 'completed'],
    ['raise ValueError("no rows")', 'failed'],
  ])('%s', async (body, status) => {
    const job = await addJob(0)
    const program = `def export():\n    ${body}\n\n${forJob(printed('Python'), job)}\n`
    const outcome = await run(python, ['-c', program]).catch((error: unknown) => error)
    expect(await runsOf(job)).toMatchObject([{ status }])
    expect(outcome instanceof Error).toBe(status === 'failed')
  })
})

describe('cron', () => {
  test('has no percent sign, which cron takes for a new line', () => {
    expect(printed('cron')).not.toContain('%')
  })

  test.each([
    [0, 'completed'],
    [4, 'failed'],
  ])('as cron runs it, with sh and next to no environment: exit status %i', async (exitStatus, status) => {
    const job = await addJob(exitStatus)
    const command = forJob(printed('cron'), job).split(' ').slice(5).join(' ')
    await run('/bin/sh', ['-c', command], { env: { HOME: '/', LOGNAME: 'nobody', PATH: '/usr/bin:/bin' } })
    expect(await runsOf(job)).toMatchObject([{ status }])
  })

  const why = whyNoCron()
  if (why !== null) console.warn(`The line is not run by cron itself: ${why}`)
  test.skipIf(why !== null)('by Debian’s own cron, within the next minute', { timeout: 180_000 }, async () => {
    const job = await addJob(5)
    const line = forJob(printed('cron'), job).replace('0 3 * * *', '* * * * *')
    const tables = join(folder.path, 'crontabs')
    await mkdir(tables, { mode: 0o700 })
    await writeFile(join(tables, 'root'), `${line}\n`, { mode: 0o600 })
    // In a view of the file system of its own: no table of this machine is read or written.
    const mounts = [
      'mount --make-rprivate /',
      'mount -t tmpfs none /var/spool/cron && mkdir /var/spool/cron/crontabs',
      `cp -p '${tables}/root' /var/spool/cron/crontabs/root`,
      'mount -t tmpfs none /run && mount -t tmpfs none /etc/cron.d && mount --bind /dev/null /etc/crontab',
      'exec /usr/sbin/cron -f',
    ]
    const cron = spawn('unshare', ['-m', 'sh', '-e', '-c', mounts.join('\n')], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    cron.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const exited = once(cron, 'exit')
    try {
      const told = await waitFor(
        async () => {
          if (cron.exitCode !== null) throw new Error(`cron ended: ${said}`)
          return (await runsOf(job))[0]
        },
        { timeoutMs: 150_000, describe: 'the ping of cron' },
      )
      expect(told).toMatchObject({ status: 'failed', exitStatus: 5 })
    } finally {
      cron.kill('SIGTERM')
      await exited
    }
  })
})

function whyNoCron(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'that takes root, on Linux.'
  if (!existsSync('/usr/sbin/cron')) return 'it is not installed (apt-get install cron).'
  return existsSync('/usr/bin/unshare') ? null : 'unshare is missing.'
}
