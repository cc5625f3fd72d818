import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type JobHelpers, Logger, type Runner, run } from 'graphile-worker'
import { v7 as timeOrderedId } from 'uuid'
import { connect } from '../server.ts'
import { type Contestant, logLine } from './contestant.ts'
import { type Payload, recordEnd, recordStart } from './record.ts'

export const silent = new Logger(() => () => undefined)

/**
 * graphile-worker 0.18. `default`: only ten concurrent jobs (pool 10, poll 2 s). `perf`: the settings of its own benchmark
 * (local queue of 500, batch delays 0, pool 12). The parent sets NO_LOG_SUCCESS.
 */
const settings = {
  default: { maxPoolSize: 10, preset: {} },
  perf: {
    maxPoolSize: 12,
    preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  },
}

export async function graphile(url: string, profile: keyof typeof settings, withRecord: boolean): Promise<Contestant> {
  const elsewhere = await connect(url)
  const agent = randomUUID()
  let onStart: (at: number) => void = () => undefined
  let runner: Runner | null = null
  const work = async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    // Only the seeds write these jobs.
    const data = payload as Payload
    onStart(data.at)
    if (withRecord) await keepRecord(data, helpers, agent)
  }
  return {
    start: async (told) => {
      onStart = told
      runner = await run({
        connectionString: url,
        concurrency: 10,
        logger: silent,
        noHandleSignals: true,
        taskList: { work },
        ...settings[profile],
      })
    },
    completed: async () => {
      for (;;) {
        const { rows } = await elsewhere.query('select 1 from graphile_worker._private_jobs limit 1')
        if (rows.length === 0) return
        await delay(5)
      }
    },
    enqueue: async (at) => {
      await elsewhere.query({
        name: 'enqueue',
        text: `select graphile_worker.add_job('work', payload := $1::json)`,
        values: [{ at }],
      })
    },
    runNow: null,
    stop: async () => {
      await runner?.stop()
      await elsewhere.end()
    },
  }
}

async function keepRecord(data: Payload, helpers: JobHelpers, agent: string): Promise<void> {
  const runId = timeOrderedId()
  await helpers.withPgClient((client) =>
    client.query({ ...recordStart, values: [runId, data.job, data.brand, data.type, agent, randomUUID()] }),
  )
  await helpers.withPgClient((client) =>
    client.query({ ...recordEnd, values: [runId, data.brand, data.dataset, logLine] }),
  )
}
