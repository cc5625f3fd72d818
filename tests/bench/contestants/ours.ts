import { randomUUID } from 'node:crypto'
import { type Catalog, emptyCatalog, type JobType } from '../../../agent/jobs/catalog/catalog.ts'
import { validateParameters } from '../../../agent/jobs/catalog/parameters.ts'
import { SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'
import { Election } from '../../../agent/leader/election.ts'
import { Scheduler } from '../../../agent/scheduler/scheduler.ts'
import { openPool } from '../../../agent/store/database.ts'
import { systemClock } from '../../../shared/clock.ts'
import { noHeartbeatMemory, noOutbox } from '../../support/no-store.ts'
import { supervise } from '../../support/supervisor.ts'
import { jobTypes } from '../seeds.ts'
import { connect } from '../server.ts'
import { type Contestant, logLine } from './contestant.ts'

/** Profiles of the settings `concurrency`, `claim_batch` and `flush_batch`; everything else as shipped. */
export const profiles = { default: 10, throughput: 100 }

/** The real scheduler and election on real connections; only the step does nothing but log a line. */
export async function ours(url: string, profile: keyof typeof profiles): Promise<Contestant> {
  const size = profiles[profile]
  const onConnectionError = (error: Error): void => console.error(error)
  const supervisor = supervise(url)
  const pool = { url, applicationName: 'pipeline-manager bench', onConnectionError, gate: supervisor.gate }
  const database = openPool({ ...pool, size: 6, purpose: 'agent' })
  const consoleDatabase = openPool({ ...pool, size: 2, purpose: 'console' })
  const elsewhere = await connect(url)
  const { rows: brands } = await elsewhere.query<{ id: string }>('select id from brands order by id')
  let onStart: (at: number) => void = () => undefined
  let ended = 0
  let wanted = Number.POSITIVE_INFINITY
  let complete: () => void = () => undefined
  const agentId = randomUUID()
  const onTrouble = (message: string): void => console.error(message)
  const election = new Election({ url, agentId, agentName: 'bench', clock: systemClock, onTrouble })
  const scheduler = new Scheduler({
    databaseUrl: url,
    supervisor,
    database,
    consoleDatabase,
    clock: systemClock,
    catalog,
    masker: new SecretMasker(),
    defaultTimeZone: 'UTC',
    secret: () => undefined,
    validateParameters,
    execute: async (_spec, context) => {
      onStart(Number(context.parameters['at']))
      context.log.write('info', logLine)
      return { recordsAffected: 1, metadata: {} }
    },
    agent: {
      id: agentId,
      name: 'bench',
      host: 'bench',
      processId: process.pid,
      programVersion: '0',
      jobTypes,
      concurrency: size,
      catalog: {},
    },
    concurrency: size,
    claimBatch: size,
    flushBatch: size,
    leaseSeconds: 150,
    renewSeconds: 30,
    trustSeconds: 135,
    pollSeconds: 30,
    restartGraceSeconds: 30,
    shutdownGraceSeconds: 5,
    outbox: noOutbox,
    heartbeatMemory: noHeartbeatMemory,
  })
  scheduler.subscribe((event) => {
    if (event.type === 'run_ended') {
      ended += 1
      if (ended >= wanted) complete()
    } else if (event.type === 'trouble' || event.type === 'run_lost') console.error(event)
  })
  let next = 0
  const brandOf = (): string => brands[(next += 7) % brands.length]?.id ?? ''
  return {
    start: async (told) => {
      onStart = told
      await scheduler.start()
      await election.start()
    },
    completed: (count) =>
      new Promise((resolve) => {
        wanted = count
        complete = resolve
        if (ended >= count) resolve()
      }),
    enqueue: async (at) => {
      await elsewhere.query({
        name: 'enqueue',
        text: `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at, parameters)
          values ($1, 'woken', 't0', 'one_time', now(), $2)`,
        values: [brandOf(), { at }],
      })
    },
    runNow: async (at) => {
      const facts = { name: 'now', jobType: 't1', triggerSource: 'manual', requestedBy: 'bench' } as const
      const run = await scheduler.runNow({ ...facts, brandId: brandOf(), parameters: { at } })
      if (run === null) throw new Error('run now was refused')
    },
    stop: async () => {
      await election.stop()
      await scheduler.stop()
      await supervisor.stop()
      await Promise.all([database.stop(), consoleDatabase.stop(), elsewhere.end()])
    },
  }
}

const catalog: Catalog = { ...emptyCatalog, jobTypes: new Map(jobTypes.map((key) => [key, jobType(key)])) }

function jobType(key: string): JobType {
  return {
    key,
    label: key,
    description: null,
    timeoutMinutes: 60,
    parameters: { type: 'object', properties: { at: { type: 'number' } }, additionalProperties: false },
    cadence: null,
    secrets: [],
    backfill: null,
    resume: false,
    expectedMinutes: null,
    owner: null,
    runbook: null,
    steps: [
      {
        key: 'work',
        label: 'Work',
        dataset: `d_${key}`,
        fatal: true,
        retry: 'allowed',
        when: null,
        run: { kind: 'builtin', spec: { builtin: 'noop' } },
      },
    ],
  }
}
