/** The whole program against a server that goes away: `pm agent` in a process of its own, with its HTTP server and its store. */
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../agent/store/migrate.ts'
import { systemClock } from '../../shared/clock.ts'
import { agentUnderTest, catalogFile } from '../integration/application/agent-under-test.ts'
import { startProcess, type TestProcess } from '../support/child-process.ts'
import { migrationsDirectory } from '../support/database.ts'
import { deviceMessage } from '../support/device-message.ts'
import { addBrand } from '../support/job-rows.ts'
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts'
import { waitFor } from '../support/wait.ts'

const main = join(import.meta.dirname, '../../agent/main.ts')

let server: PrivateServer
beforeAll(async () => {
  server = await startPrivateServer()
  await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
}, 90_000)
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  await using client = await connect()
  await client.query('truncate scheduled_jobs, agents, organizations, run_steps, dataset_status_history cascade')
})

async function connect(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** What the steps ask: it answers when the test says so, and knows how often each job was run. */
interface OtherSide extends AsyncDisposable {
  readonly host: string
  /** Requests under way, by what they asked for. */
  readonly waiting: Map<string, ServerResponse>
  /** How often each was asked for. */
  readonly asked: Map<string, number>
  /** Every fifth is refused. */
  answer(name: string): void
}

async function startOtherSide(): Promise<OtherSide> {
  const waiting = new Map<string, ServerResponse>()
  const asked = new Map<string, number>()
  const other = createServer((request, response) => {
    const name = (request.url ?? '').slice(1)
    asked.set(name, (asked.get(name) ?? 0) + 1)
    waiting.set(name, response)
    request.resume()
  })
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  // A listening TCP server has an address with a port.
  const { port } = other.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    waiting,
    asked,
    answer: (name) => {
      const response = waiting.get(name)
      waiting.delete(name)
      const isGood = Number(name) % 5 !== 0
      response?.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' })
      response?.end(JSON.stringify({ count: Number(name) }))
    },
    [Symbol.asyncDispose]: async () => {
      other.close()
      other.closeAllConnections()
      await once(other, 'close')
    },
  }
}

interface Entry {
  readonly event: string
  readonly url?: string
  readonly message: string
}

interface Program extends AsyncDisposable {
  readonly process: TestProcess
  /** What it has logged. */
  readonly log: readonly Entry[]
  /** Status, or null without an answer. */
  status(path: '/healthz' | '/readyz'): Promise<number | null>
  ready(): Promise<Readiness>
}

interface Readiness {
  readonly state: string
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  readonly waiting_results: number
}

/** Leases far longer than any outage here, so that a slow machine changes nothing. */
const leases = ['--lease-seconds', '900', '--trust-seconds', '800', '--renew-seconds', '5', '--poll-seconds', '1']

async function startProgram(folder: TemporaryFolder, other: OtherSide): Promise<Program> {
  const config = join(folder.path, 'pipeline-manager.yaml')
  await writeFile(config, JSON.stringify(catalogOn(other.host)), { mode: 0o600 })
  const where = ['--data-dir', folder.path, '--database-url', server.url, '--config', config, '--port', '0']
  const child = startProcess(main, ['agent', '--json', '--concurrency', '60', ...where, ...leases])
  const log: Entry[] = []
  void follow(child, log)
  const { url } = await waitFor(() => log.find(({ event }) => event === 'http_listening'), {
    describe: 'the program to listen',
    timeoutMs: 60_000,
  })
  const ask = (path: string): Promise<Response> => fetch(`${url}${path}`, { signal: AbortSignal.timeout(30_000) })
  return {
    process: child,
    log,
    status: (path) =>
      ask(path).then(
        ({ status }) => status,
        () => null,
      ),
    // Our own program answers.
    ready: async () => (await (await ask('/readyz')).json()) as Readiness,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

async function follow(child: TestProcess, log: Entry[]): Promise<void> {
  try {
    for (;;) log.push(JSON.parse(await child.line()) as Entry)
  } catch {
    // It has ended.
  }
}

function catalogOn(host: string): object {
  const ask = (name: string): object => ({
    http: { method: 'POST', url: `http://${host}/${name}`, timeout_seconds: 3_000, records: '/count' },
  })
  const parameters = { type: 'object', properties: { number: { type: 'integer' } } }
  return {
    extends: 'none',
    datasets: { orders: { label: 'Orders' } },
    http: { allow_hosts: [host] },
    job_types: {
      work: { label: 'Work', parameters, steps: [{ key: 'ask', run: ask('{{ parameters.number }}') }] },
      two_steps: {
        label: 'Two steps',
        steps: [
          { key: 'refresh', dataset: 'orders', run: ask('1001') },
          { key: 'more', run: ask('1002') },
        ],
      },
    },
  }
}

/** Due now, each with a key of its own, not to be tried again. */
async function addWork(count: number): Promise<void> {
  await using client = await connect()
  await client.query(
    `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key, parameters, max_retries)
     select 'Job ' || n, 'work', 'one_time', now(), 'work ' || n, jsonb_build_object('number', n), 0
     from generate_series(1, $1) n`,
    [count],
  )
}

/** Whether the bytes of the agent's store have this text; the agent has the file for itself. */
async function isOnDevice(folder: TemporaryFolder, text: string): Promise<boolean> {
  const agents = join(folder.path, 'agents')
  const store = (await readdir(agents)).find((name) => name.endsWith('.offline')) ?? ''
  const files = ['offline.sqlite', 'offline.sqlite-wal'].map((name) => readFile(join(agents, store, name)))
  return (await Promise.all(files)).some((bytes) => bytes.includes(text))
}

interface FoundRun {
  readonly number: number
  readonly status: string
  readonly problem: string | null
  readonly attempt: number
  readonly records: number | null
  /** It ended before the server was started again. */
  readonly endedDuringOutage: boolean
}

async function runs(): Promise<FoundRun[]> {
  await using client = await connect()
  const { rows } = await client.query<FoundRun>(
    `select (job.parameters ->> 'number')::int as number, run.status, run.problem, run.attempt_number as attempt,
       run.records_affected::int as records, run.completed_at < pg_postmaster_start_time() as "endedDuringOutage"
     from scheduled_job_runs run join scheduled_jobs job on job.id = run.scheduled_job_id
     where run.job_type = 'work' order by 1, run.started_at`,
  )
  return rows
}

/** As the other side has answered: every run once, at its first attempt, ended when it really ended. */
function asAnswered(count: number): FoundRun[] {
  return Array.from({ length: count }, (_, index) => index + 1).map((number) => {
    const isGood = number % 5 !== 0
    return {
      number,
      status: isGood ? 'completed' : 'failed',
      problem: isGood ? null : 'invalid_parameters',
      attempt: 1,
      records: isGood ? number : null,
      endedDuringOutage: true,
    }
  })
}

describe('O3: the server goes away while runs are in flight', () => {
  test('O3, fault 6: away for 60 s with 50 runs in flight: all 50 end as they really ended, none ran twice, /healthz answers all the time', async () => {
    await using folder = await temporaryFolder()
    await using other = await startOtherSide()
    await using program = await startProgram(folder, other)
    await addWork(50)
    await waitFor(() => other.waiting.size === 50, { describe: '50 runs in flight', timeoutMs: 60_000 })

    await server.stop('immediate')
    const backAt = systemClock.monotonic() + 60_000
    const answers = new Set<number | null>()
    const names = [...other.waiting.keys()]
    const isOver = async (): Promise<boolean> => {
      const name = names.pop()
      if (name !== undefined) other.answer(name)
      answers.add(await program.status('/healthz'))
      return systemClock.monotonic() > backAt && names.length === 0
    }
    await waitFor(isOver, { describe: '60 s without a server', timeoutMs: 180_000 })
    expect([...answers]).toEqual([200])
    await waitFor(async () => (await program.ready()).waiting_results === 50, { describe: '50 results to wait' })
    expect(await program.ready()).toMatchObject({
      state: 'offline',
      warnings: ['50 results wait on this device for the database.'],
    })
    await server.start()

    await waitFor(async () => (await runs()).every(({ status }) => status !== 'running'), {
      describe: 'all results to be delivered',
      timeoutMs: 120_000,
    })
    expect(await runs()).toEqual(asAnswered(50))
    expect([...other.asked.values()]).toEqual(Array.from({ length: 50 }, () => 1))
    await waitFor(async () => (await program.status('/readyz')) === 200, {
      describe: 'the program to be ready',
      timeoutMs: 60_000,
    })
    expect(await program.ready()).toMatchObject({ reasons: [], warnings: [], waiting_results: 0 })
    program.process.kill('SIGTERM')
    expect(await program.process.exited).toEqual({ code: 0, signal: null })
  })

  test('O3, fault 1: the agent is killed while the server is away, and started again: what had been done before is delivered', async () => {
    await using folder = await temporaryFolder()
    await using other = await startOtherSide()
    await using first = await startProgram(folder, other)
    await addWork(10)
    const brandId = await addTwoSteps()
    await waitFor(() => other.waiting.size === 11, { describe: '11 runs in flight', timeoutMs: 60_000 })
    await server.stop('immediate')
    for (const name of other.waiting.keys()) other.answer(name)
    await waitFor(() => other.waiting.has('1002'), { describe: 'the second step' })
    await waitFor(async () => (await first.ready()).waiting_results === 10, { describe: '10 results to wait' })
    await waitFor(() => isOnDevice(folder, '"stepKey":"refresh","status":"completed"'), {
      describe: 'what the run in flight has done to be kept',
    })
    first.process.kill('SIGKILL')
    await first.process.exited

    await using second = await startProgram(folder, other)
    await waitFor(async () => (await second.ready()).waiting_results === 10, { describe: 'the results to be found' })
    expect(await second.ready()).toMatchObject({
      state: 'offline',
      warnings: ['10 results wait on this device for the database.'],
    })
    expect(await second.status('/healthz')).toBe(200)
    await server.start()

    await waitFor(async () => (await runs()).every(({ status }) => status !== 'running'), {
      describe: 'all results to be delivered',
      timeoutMs: 120_000,
    })
    expect(await runs()).toEqual(asAnswered(10))
    expect([...other.asked.values()]).toEqual(Array.from({ length: 12 }, () => 1))
    expect(await second.ready()).toMatchObject({ warnings: [], waiting_results: 0 })
    expect(second.log.filter(({ event }) => event === 'late_result')).toHaveLength(11)
    // The run that was in flight is lost with its process, but not what it had done.
    await using client = await connect()
    const { rows: steps } = await client.query('select step_key, status from run_steps where step_key = $1', [
      'refresh',
    ])
    expect(steps).toEqual([{ step_key: 'refresh', status: 'completed' }])
    const { rows: datasets } = await client.query(
      `select last_status, last_success_at < pg_postmaster_start_time() as "duringOutage" from dataset_status
       where brand_id = $1`,
      [brandId],
    )
    expect(datasets).toEqual([{ last_status: 'completed', duringOutage: true }])
    second.process.kill('SIGTERM')
    expect(await second.process.exited).toEqual({ code: 0, signal: null })
  })

  async function addTwoSteps(): Promise<string> {
    await using client = await connect()
    const { brandId } = await addBrand(client)
    await client.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at)
       values ($1, 'Two steps', 'two_steps', 'one_time', now())`,
      [brandId],
    )
    return brandId
  }
})

describe('fault 30: an older copy of the database is restored', () => {
  test('fault 30: under a working agent: noticed once, nothing old is shown, results of runs that are gone are dropped, and it works on', async () => {
    await using folder = await temporaryFolder()
    await using other = await startOtherSide()
    await server.stop('fast')
    await server.backUp()
    await server.start()
    const config = await catalogFile(folder, catalogOn(other.host))
    const { agent, events } = agentUnderTest({
      dataDir: folder.path,
      databaseUrl: server.url,
      config,
      renewSeconds: '1',
      pollSeconds: '1',
    })
    const of = (type: string): number => events.filter((event) => event.type === type).length
    try {
      await agent.start()
      await addWork(1)
      await waitFor(() => other.waiting.has('1'), { describe: 'a run in flight' })
      agent.deviceOutbox?.take([deviceMessage('7')], '7')

      await server.stop('immediate')
      other.answer('1')
      await waitFor(async () => (await agent.health()).waitingResults === 1, { describe: 'its result to wait' })
      await server.restoreBackUp()
      await server.start()

      await waitFor(() => of('database_replaced') === 1, { describe: 'it to be noticed', timeoutMs: 60_000 })
      expect(agent.deviceOutbox?.cursor()).toBeNull()
      expect(agent.deviceOutbox?.pending(10)).toEqual([])
      await waitFor(() => of('run_lost') === 1, { describe: 'the result to be dropped', timeoutMs: 60_000 })
      await addWork(1)
      await waitFor(() => other.waiting.has('1'), { describe: 'the next run', timeoutMs: 60_000 })
      other.answer('1')
      await waitFor(async () => (await runs()).every(({ status }) => status === 'completed'), {
        describe: 'its end',
        timeoutMs: 60_000,
      })
      await waitFor(async () => (await agent.health()).ready, { describe: 'the agent to be ready', timeoutMs: 60_000 })
      expect(await agent.health()).toMatchObject({ warnings: [], waitingResults: 0 })
      expect(of('database_replaced')).toBe(1)
    } finally {
      await agent.stop()
    }
  })
})
