/** The built main bundle with a run that would go on for long: whoever ends the desktop, the run is given back first. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { type EmbeddedDatabase, openEmbedded } from '../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../shared/clock.ts'
import { addBrand, addJob, only } from '../support/job-rows.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts'
import { waitFor } from '../support/wait.ts'
import { buildDesktop, type DesktopUnderTest, startDesktop } from './support/desktop-under-test.ts'

let folder: TemporaryFolder
let desktop: DesktopUnderTest
let server: EmbeddedDatabase
let sql: pg.Client

beforeAll(() => buildDesktop(), 240_000)
afterEach(async () => {
  // Only what has failed is still there; in order it would wait for the run.
  desktop.child.kill('SIGKILL')
  await desktop.exited
  await sql.end()
  await server.close()
  await folder.remove()
}, 60_000)

interface RunSeen {
  readonly status: string
  readonly problem: string | null
}

async function runSeen(): Promise<RunSeen> {
  const { rows } = await sql.query<RunSeen>('select status, problem from scheduled_job_runs')
  return only(rows)
}

/** Resolves while a run is under way that would not end in the grace which it has. */
async function startEndless(graceSeconds: number): Promise<void> {
  folder = await temporaryFolder('pipeline-manager-desktop-')
  desktop = await startDesktop({
    folder: folder.path,
    argv: [`--config=${join(import.meta.dirname, 'support/pipelines/pipeline-manager.yaml')}`],
    environment: {
      FAKE_ELECTRON_BUTTON: join(folder.path, 'pressed'),
      PIPELINE_MANAGER_SHUTDOWN_GRACE_SECONDS: String(graceSeconds),
    },
  })
  await desktop.setUp()
  const dataDirectory = join(folder.path, 'data')
  server = await openEmbedded({ dataDirectory, clock: systemClock, onLog: () => undefined })
  sql = new pg.Client({ connectionString: server.url })
  sql.on('error', () => undefined)
  await sql.connect()
  const { brandId } = await waitFor(() => addBrand(sql), { timeoutMs: 60_000, describe: 'the tables' })
  await addJob(sql, { job_type: 'endless', brand_id: brandId })
  const started = async (): Promise<boolean> => (await runSeen()).status === 'running'
  await waitFor(started, { timeoutMs: 60_000, describe: 'the run' })
}

const givenBack = { status: 'cancelled', problem: 'released' }

test('an error that nobody caught: the run is given back before the box, which nobody may be there to close', async () => {
  await startEndless(1)
  await desktop.ask('throwLater')
  await waitFor(async () => (await runSeen()).status !== 'running', { timeoutMs: 60_000, describe: 'its end' })
  expect(await runSeen()).toEqual(givenBack)
  expect(desktop.child.exitCode).toBeNull()
  await writeFile(join(folder.path, 'pressed'), '')
  expect(await desktop.exited).toBe(1)
}, 240_000)

test('a shutdown of the system waits for the work to be given back, which is done at once, however often it asks', async () => {
  await startEndless(600)
  // Whether the system was asked to wait.
  expect(await desktop.ask('emit', 'power', 'shutdown')).toBe(true)
  await desktop.ask('quit')
  expect(await desktop.exited).toBe(0)
  expect(await runSeen()).toEqual(givenBack)
}, 240_000)

test('signals and the system may ask twice; a person who asks twice does not want to wait', async () => {
  await startEndless(600)
  await desktop.ask('quit')
  await desktop.ask('quit')
  expect((await desktop.state()).seen.exitCode).toBeNull()
  // There is no answer: it is gone at once.
  desktop.ask('clickMenu', '&File', 'Quit').catch(() => undefined)
  expect(await desktop.exited).toBe(1)
  expect((await runSeen()).status).toBe('running')
}, 240_000)
