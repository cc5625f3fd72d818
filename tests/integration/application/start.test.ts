/** The real program in processes of its own: `start`, `agent`, `sample`. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { layoutOf } from '../../../agent/store/embedded/layout.ts'
import { openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { findRunning } from '../../../agent/store/embedded/server.ts'
import { readSettings, urlOf } from '../../../agent/store/embedded/server-settings.ts'
import { systemClock } from '../../../shared/clock.ts'
import { describeError } from '../../../shared/errors.ts'
import { ask } from '../../support/ask.ts'
import { startProcess, type TestProcess } from '../../support/child-process.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, runOf } from '../../support/job-rows.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { catalogFile, commandCatalog } from './agent-under-test.ts'

const main = join(import.meta.dirname, '../../../agent/main.ts')

interface Entry {
  readonly event: string
  readonly message: string
  readonly status?: string
  readonly problem?: string | null
  readonly job_type?: string
  readonly error?: string | null
}

/** Reads lines until one has this event; returns it. Everything read is kept in `seen`. */
async function entry(child: TestProcess, event: string, seen: Entry[] = []): Promise<Entry> {
  for (;;) {
    const read = JSON.parse(await child.line()) as Entry
    seen.push(read)
    if (read.event === event) return read
  }
}

async function restOf(child: TestProcess): Promise<Entry[]> {
  const seen: Entry[] = []
  await entry(child, 'stopped', seen)
  return seen
}

async function pm(...args: string[]): Promise<{ code: number | null; answer: unknown }> {
  await using child = startProcess(main, [...args, '--json'])
  const lines: string[] = []
  for (;;) {
    try {
      lines.push(await child.line())
    } catch (error) {
      // Its output has ended; without an answer, this says why.
      const { code } = await child.exited
      return { code, answer: lines.length === 0 ? describeError(error) : JSON.parse(lines.join('\n')) }
    }
  }
}

describe('agent on a database of your own', () => {
  let database: TestDatabase
  let folder: TemporaryFolder
  beforeEach(async () => {
    database = await createTestDatabase()
    folder = await temporaryFolder()
  })
  afterEach(async () => {
    await database.drop()
    await folder.remove()
  })

  async function agentProcess(command: readonly string[], ...flags: string[]): Promise<TestProcess> {
    const config = await catalogFile(folder, commandCatalog(command))
    const where = ['--data-dir', folder.path, '--database-url', database.url, '--config', config, '--port', '0']
    return startProcess(main, ['agent', '--json', ...where, ...flags])
  }

  test('fault 17: SIGTERM lets a run finish, and the process exits 0', async () => {
    const client = await database.connect()
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    await using child = await agentProcess(['sleep', '1'])
    await entry(child, 'run_started')
    child.kill('SIGTERM')
    const seen = await restOf(child)
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(seen.map(({ event }) => event)).toEqual(expect.arrayContaining(['stopping', 'run_ended', 'stopped']))
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
  })

  test('one wish to stop that npm passes on twice is one wish; a second one ends the process at once', async () => {
    const client = await database.connect()
    const { brandId } = await addBrand(client)
    const jobId = await addJob(client, { brand_id: brandId })
    await using child = await agentProcess(['sleep', '600'])
    await entry(child, 'run_started')
    child.kill('SIGINT')
    child.kill('SIGINT')
    await entry(child, 'stopping')
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
    const ended = child.exited.then(() => true)
    await waitFor(
      () => {
        child.kill('SIGINT')
        return Promise.race([ended, Promise.resolve(false)])
      },
      { describe: 'a later signal to end it' },
    )
    expect((await child.exited).code).toBe(130)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
  })

  test('SIGHUP lets a service run on, and has it look at its certificate', async () => {
    await using child = await agentProcess(['true'])
    await entry(child, 'agent_running')
    child.kill('SIGHUP')
    const { message } = await entry(child, 'http_server')
    expect(message).toBe('There is no certificate to look at again.')
    child.kill('SIGTERM')
    expect((await child.exited).code).toBe(0)
  })

  test('fault 29: the second process of a name exits 2 and names the first', async () => {
    await using first = await agentProcess(['true'])
    await entry(first, 'agent_running')
    await using second = await agentProcess(['true'])
    await expect(second.line()).rejects.toThrow(`already running here, as process ${first.pid}`)
    expect((await second.exited).code).toBe(2)
    first.kill('SIGTERM')
    expect((await first.exited).code).toBe(0)
  })

  test('a name whose process was killed is free again', async () => {
    await using first = await agentProcess(['true'])
    await entry(first, 'agent_running')
    first.kill('SIGKILL')
    await first.exited
    await using second = await agentProcess(['true'])
    await entry(second, 'agent_running')
    second.kill('SIGTERM')
    expect((await second.exited).code).toBe(0)
  })
})

describe('the sample workspace', () => {
  let folder: TemporaryFolder
  let child: TestProcess
  let url: string
  const seen: Entry[] = []
  const startedAt = systemClock.monotonic()

  beforeAll(async () => {
    folder = await temporaryFolder()
    child = startProcess(main, ['start', '--json', '--data-dir', folder.path, '--port', '0'])
    await entry(child, 'agent_running', seen)
    const settings = await readSettings(layoutOf(folder.path))
    if (settings === null) throw new Error('the embedded database has no settings')
    url = urlOf(settings)
  }, 60_000)

  afterAll(async () => {
    await child[Symbol.asyncDispose]()
    await stopServer(folder.path)
    await folder.remove()
  }, 60_000)

  interface Status {
    readonly brands: readonly {
      readonly name: string
      readonly datasets: readonly {
        readonly dataset: string
        readonly freshness: string
        readonly lastAttempt: string
      }[]
    }[]
  }

  async function status(): Promise<Set<string>> {
    const { answer } = await pm('status', '--data-dir', folder.path)
    const { brands } = answer as Status
    return new Set(
      brands.flatMap(({ name, datasets }) =>
        datasets.map(({ dataset, freshness, lastAttempt }) => `${name} ${dataset} ${freshness} ${lastAttempt}`),
      ),
    )
  }

  test('is told in order, is marked as sample, and has the section switched on', async () => {
    const order = ['http_listening', 'database_ready', 'schema_ready', 'sample_loaded', 'agent_running']
    expect(seen.map(({ event }) => event).filter((event) => order.includes(event))).toEqual(order)
    expect(
      await ask(
        url,
        `select o.name, f.enabled, count(distinct b.id)::integer as brands, count(distinct j.id)::integer as jobs
         from organizations o join organization_features f on f.organization_id = o.id
         join brands b on b.organization_id = o.id join scheduled_jobs j on j.brand_id = b.id and j.requested_by = 'sample'
         where f.feature = 'PIPELINE_MANAGER' group by o.name, f.enabled`,
      ),
    ).toEqual([{ name: 'Sample organization', enabled: true, brands: 3, jobs: 14 }])
  })

  test('shows fresh, stale, never synced and failed datasets within a minute, all of them true', async () => {
    await waitFor(
      async () => {
        const all = [...(await status())]
        const wanted = [
          'Alder Outdoor machine_load fresh completed',
          'Alder Outdoor agent_health fresh completed',
          'Birch Coffee price_list never_synced failed',
          'Cedar Home agent_health never_synced unknown',
        ]
        const isStale = all.includes('Birch Coffee database_activity stale completed')
        return isStale && wanted.every((one) => all.includes(one))
      },
      { timeoutMs: 60_000, describe: 'every state to be there' },
    )
    expect(systemClock.monotonic() - startedAt).toBeLessThan(300_000)
    const warned = `select exists (select from scheduled_job_runs where problem = 'warnings' and error_message like '%archive%') as warned`
    await waitFor(async () => (await ask<{ warned: boolean }>(url, warned))[0]?.warned, {
      describe: 'a report to find the archive taken',
    })
    expect(await ask(url, `select count(*) > 0 as measured from sample.database_activity`)).toEqual([
      { measured: true },
    ])
  }, 90_000)

  test('the broken job says which file to create, and succeeds once a person has created it', async () => {
    const [run] = await ask<{ error: string }>(
      url,
      `select error_message as error from scheduled_job_runs where job_type = 'import_prices' and status = 'failed' limit 1`,
    )
    const file = /There is no (\S+)\. Create it with a line "sku,price"/.exec(run?.error ?? '')?.[1] ?? ''
    expect(file).toBe(join(folder.path, 'sample', 'prices.csv'))
    await mkdir(join(folder.path, 'sample'), { recursive: true })
    await writeFile(file, 'sku,price\nA-100,19.90\nA-101,5\n')
    const again = await pm('run', 'import_prices', '--brand', 'Birch Coffee', '--wait', '--data-dir', folder.path)
    expect(again).toMatchObject({ code: 0 })
    const rows = await ask(
      url,
      `select last_status, records_affected::integer as records from dataset_status where dataset_key = 'price_list'`,
    )
    expect(rows).toEqual([{ last_status: 'completed', records: 2 }])
  })

  test('meta_sync does its whole job against the simulator, which is a process of this agent and ends with it', async () => {
    const [synced] = await waitFor(
      async () => {
        const runs = await ask<{ status: string; problem: string | null }>(
          url,
          `select status, problem from scheduled_job_runs where job_type = 'meta_sync' and completed_at is not null`,
        )
        return runs.length > 0 ? runs : null
      },
      { timeoutMs: 60_000, describe: 'meta_sync to end' },
    )
    expect(synced).toEqual({ status: 'completed', problem: null })
    const [found] = await ask<Record<string, number>>(
      url,
      `select (select count(*) > 0 from meta_ads_performance) as rows, (select count(*) > 0 from meta_ads) as ads,
        (select count(*) > 0 and bool_and(storage_key is not null) from meta_ad_assets) as files,
        (select count(*)::integer from dataset_status
         where dataset_key in ('meta_ads_performance', 'ad_thumbnails', 'ad_assets') and last_status = 'completed') as datasets`,
    )
    expect(found).toEqual({ rows: true, ads: true, files: true, datasets: 3 })
    expect((await simulatorsOf(child.pid)).length).toBeLessThanOrEqual(1)
  }, 90_000)

  test('what follows from the ads is there too: pages they lead to, ads of others, a scorecard', async () => {
    const wanted = ['landing_pages', 'scorecard', 'templates_scraped']
    await waitFor(
      async () => {
        const rows = await ask<{ text: string }>(
          url,
          `select concat_ws(' ', dataset_key, last_status, error_message) as text from dataset_status
           where dataset_key = any('{${wanted.join()}}') order by 1`,
        )
        expect(rows.map(({ text }) => text)).toEqual(wanted.map((dataset) => `${dataset} completed`))
        return true
      },
      { timeoutMs: 60_000, describe: 'the three datasets' },
    )
    const [found] = await ask<Record<string, boolean>>(
      url,
      `select (select count(*) > 0 and bool_and(status = 200 and title like 'Product%') from landing_pages) as pages,
        (select count(*) > 0 from library_ads) as templates,
        (select content::jsonb -> 'ads' > '0' from run_artifacts where name = 'scorecard.json' limit 1) as scorecard`,
    )
    expect(found).toEqual({ pages: true, templates: true, scorecard: true })
  }, 90_000)

  // After what waits for results: a run that it interrupts is tried again only after some minutes (J5).
  test('a database server that dies is started again, and the work goes on', async () => {
    const pidFile = join(layoutOf(folder.path).data, 'postmaster.pid')
    const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
    process.kill(pid, 'SIGKILL')
    await waitFor(() => !isAlive(pid), { describe: 'the server to be dead' })
    const beaten = `select from agents where state = 'running' and heartbeat_at > '${new Date().toISOString()}'`
    const works = waitFor(async () => (await ask(url, beaten).catch(() => [])).length > 0, {
      timeoutMs: 60_000,
      describe: 'the agent to work on the new server',
    })
    await expect(works).resolves.toBe(true)
  }, 90_000)

  test('one command removes all of it, the agent goes on, and the next start does not bring it back', async () => {
    expect(await pm('sample', 'remove', '--data-dir', folder.path)).toEqual({ code: 0, answer: { removed: true } })
    const [left] = await ask<Record<string, number>>(
      url,
      `select ${[
        'organizations',
        'brands',
        'scheduled_jobs',
        'scheduled_job_runs',
        'run_steps',
        'run_logs',
        'dataset_status',
        'dataset_status_history',
        'dataset_policies',
        'dataset_probes',
        'landing_pages',
        'library_ads',
        'brand_library_searches',
        'run_artifacts',
        'organization_features',
        'operator_actions',
      ]
        .map((table) => `(select count(*)::integer from ${table}) as ${table}`)
        .join(', ')}, (select count(*)::integer from pg_namespace where nspname = 'sample') as schema`,
    )
    expect(Object.entries(left ?? {}).filter(([, count]) => count > 0)).toEqual([])
    expect(existsSync(join(folder.path, 'sample', 'prices.csv'))).toBe(false)
    expect(await pm('sample', 'remove', '--data-dir', folder.path)).toEqual({ code: 0, answer: { removed: false } })
    const simulators = await simulatorsOf(child.pid)
    child.kill('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(simulators.filter(isAlive)).toEqual([])
    await using next = startProcess(main, ['start', '--json', '--data-dir', folder.path, '--port', '0'])
    const told: Entry[] = []
    await entry(next, 'agent_running', told)
    expect(told.map(({ event }) => event)).not.toContain('sample_loaded')
    next.kill('SIGTERM')
    expect((await next.exited).code).toBe(0)
  })

  test('it is not for a database of your own', async () => {
    const database = await createTestDatabase()
    try {
      expect((await pm('sample', 'load', '--database-url', database.url, '--data-dir', folder.path)).code).toBe(2)
      expect((await ask(database.url, 'select from organizations')).length).toBe(0)
    } finally {
      await database.drop()
    }
  })
})

/** Processes of the simulator that this process has started. */
async function simulatorsOf(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='])
  return stdout.split('\n').flatMap((line) => {
    const [, pid, ppid, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(ppid) === parent && command.includes('meta-simulator') ? [Number(pid)] : []
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A child that had to be killed leaves its server running: to open it and close it again is to be its last user. */
async function stopServer(dataDirectory: string): Promise<void> {
  if ((await findRunning(layoutOf(dataDirectory), systemClock)) === null) return
  const server = await openEmbedded({ dataDirectory, clock: systemClock, onLog: () => undefined })
  await server.close()
}
