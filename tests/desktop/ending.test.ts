/** The built main bundle with a run that would go on for long: whoever ends the desktop, the run is given back first. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
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
beforeEach(async () => {
  folder = await temporaryFolder('pipeline-manager-desktop-')
  desktop = await startDesktop({
    folder: folder.path,
    argv: [`--config=${join(import.meta.dirname, 'support/pipelines/pipeline-manager.yaml')}`],
    environment: { FAKE_ELECTRON_BUTTON: join(folder.path, 'pressed') },
  })
  await desktop.setUp()
  const dataDirectory = join(folder.path, 'data')
  server = await openEmbedded({ dataDirectory, clock: systemClock, onLog: () => undefined })
  sql = new pg.Client({ connectionString: server.url })
  sql.on('error', () => undefined)
  await sql.connect()
}, 180_000)
afterEach(async () => {
  await writeFile(join(folder.path, 'pressed'), '')
  await sql.end()
  await server.close()
  await desktop[Symbol.asyncDispose]()
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

async function startEndless(): Promise<void> {
  const started = async (): Promise<boolean> => (await runSeen()).status === 'running'
  const { brandId } = await waitFor(() => addBrand(sql), { timeoutMs: 60_000, describe: 'the tables' })
  await addJob(sql, { job_type: 'endless', brand_id: brandId })
  await waitFor(started, { timeoutMs: 60_000, describe: 'the run' })
}

const givenBack = { status: 'cancelled', problem: 'released' }

test('an error that nobody caught: the run is given back before the box, which nobody may be there to close', async () => {
  await startEndless()
  await desktop.ask('throwLater')
  await waitFor(async () => (await runSeen()).status !== 'running', { timeoutMs: 60_000, describe: 'its end' })
  expect(await runSeen()).toEqual(givenBack)
  expect(desktop.child.exitCode).toBeNull()
  await writeFile(join(folder.path, 'pressed'), '')
  expect(await desktop.exited).toBe(1)
}, 180_000)
