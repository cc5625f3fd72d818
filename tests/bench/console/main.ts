/**
 * npm run bench:console -- [--quick] [--runs 1000000] [--brands 1000] [--calls 200] [--only run-pages|answers|ads|browser]
 *
 * The console on a house of 1,000 brands × 50 datasets, 10,000 jobs and a million runs: what its server answers and when, and what a
 * person sees in a real Chromium. A PostgreSQL of its own and the agent as it is built; everything is removed afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../../shared/clock.ts'
import { load, processSeconds, readCpu } from '../machine.ts'
import { type BenchServer, startServer } from '../server.ts'
import { figure } from '../statistics.ts'
import { measureAds } from './ads.ts'
import { buildProgram, type MeasuredAgent, startAgent } from './agent.ts'
import { measureOthers, measureRunPages } from './answers.ts'
import { measureBrowser } from './browser.ts'
import { signIn } from './calls.ts'
import { readSamples } from './questions.ts'
import { seed } from './seed.ts'

interface Options {
  readonly brands: number
  readonly runs: number
  readonly calls: number
  readonly isQuick: boolean
  readonly only: string | undefined
}

const parts: readonly string[] = ['run-pages', 'answers', 'ads', 'browser']

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      runs: { type: 'string' },
      brands: { type: 'string' },
      calls: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const { quick, only } = values
  if (only !== undefined && !parts.includes(only)) throw new Error(`--only: one of ${parts.join(', ')}; not "${only}".`)
  return {
    brands: Number(values.brands ?? (quick ? 50 : 1_000)),
    runs: Number(values.runs ?? (quick ? 20_000 : 1_000_000)),
    calls: Number(values.calls ?? (quick ? 20 : 200)),
    isQuick: quick,
    only,
  }
}

async function main(): Promise<void> {
  const options = readOptions()
  await buildProgram()
  const server = await startServer()
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-console-'))
  try {
    const { rows } = await server.administrator.query<{ version: string }>('select version()')
    console.log(`${rows[0]?.version}\nNode ${process.version}, ${cpus().length} cores`)
    const database = 'console'
    await server.administrator.query(`create database ${database} template template0`)
    const started = systemClock.monotonic()
    const seeded = await seed(server.urlOf(database), options)
    const seconds = figure((systemClock.monotonic() - started) / 1_000)
    console.log(`${figure(options.brands)} brands, ${figure(options.runs)} runs, seeded in ${seconds} s`)
    const agent = await startAgent(server.urlOf(database), folder)
    try {
      await measureAll({ server, agent, databaseUrl: server.urlOf(database), options, seeded })
    } finally {
      await agent.stop()
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(given: {
  server: BenchServer
  agent: MeasuredAgent
  databaseUrl: string
  options: Options
  seeded: Awaited<ReturnType<typeof seed>>
}): Promise<void> {
  const { server, agent, databaseUrl, options, seeded } = given
  const samples = await readSamples(databaseUrl)
  const caller = await signIn(agent)
  const place = { agent, caller, databaseUrl, seeded, samples, calls: options.calls }
  try {
    const isWanted = (part: string): boolean => options.only === undefined || options.only === part
    if (isWanted('run-pages')) await watched(server, agent, () => measureRunPages(place))
    if (isWanted('answers')) await watched(server, agent, () => measureOthers(place))
    if (isWanted('ads')) await watched(server, agent, () => measureAds(place))
    if (isWanted('browser')) {
      await watched(server, agent, () => measureBrowser({ agent, databaseUrl, seeded, isQuick: options.isQuick }))
    }
  } finally {
    caller.close()
  }
}

/** Says afterwards what others did on this machine meanwhile. The browser counts as others: it has processes of its own. */
async function watched(server: BenchServer, agent: MeasuredAgent, work: () => Promise<void>): Promise<void> {
  const read = () => ({
    at: systemClock.monotonic(),
    cpu: readCpu(server.postmaster),
    own: processSeconds(agent.pid) + processSeconds(process.pid),
  })
  const before = read()
  await work()
  const after = read()
  const seconds = (after.at - before.at) / 1_000
  const ours = after.cpu.server - before.cpu.server + after.own - before.own
  const foreign = Math.max(0, after.cpu.machine - before.cpu.machine - ours) / seconds
  console.log(`foreign cores ${foreign.toFixed(2)}, load ${figure(load(), 1)}, ${figure(seconds)} s`)
}

await main()
