import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Job, type JobResult, PgBoss } from 'pg-boss'
import { v7 as timeOrderedId } from 'uuid'
import { connect } from '../server.ts'
import type { Contestant } from './contestant.ts'
import { batchValues, type Payload, recordBatch } from './record.ts'

export const bossQueue = 'work'

/**
 * pg-boss 12. `results`: ten workers that take a hundred jobs each as long as batches are full, and settle them one by one
 * in one statement.
 */
export async function pgBoss(url: string, withRecord: boolean): Promise<Contestant> {
  const elsewhere = await connect(url)
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const boss = new PgBoss({ connectionString: url, max: 10 })
  boss.on('error', (error) => console.error(error))
  const agent = randomUUID()
  let onStart: (at: number) => void = () => undefined
  const handle = async (jobs: Job<Payload>[]): Promise<JobResult[]> => {
    for (const job of jobs) onStart(job.data.at)
    if (withRecord) {
      const runs = jobs.map(({ data }) => ({ run: timeOrderedId(), data }))
      await pool.query({ ...recordBatch, values: batchValues(runs, agent) })
    }
    return jobs.map(({ id }) => ({ id, status: 'completed' }))
  }
  return {
    start: async (told) => {
      onStart = told
      await boss.start()
      const options = { localConcurrency: 10, batchSize: 100, burstWhenBatchFull: true, perJobResults: true } as const
      await boss.work<Payload, JobResult[], typeof options>(bossQueue, options, handle)
    },
    completed: async (count) => {
      for (;;) {
        const { rows } = await elsewhere.query<{ count: number }>(
          `select count(*)::integer as count from pgboss.job where name = $1 and state = 'completed'`,
          [bossQueue],
        )
        if ((rows[0]?.count ?? 0) >= count) return
        await delay(20)
      }
    },
    enqueue: async (at) => {
      await boss.send(bossQueue, { at })
    },
    runNow: null,
    stop: async () => {
      await boss.stop({ graceful: true, timeout: 5_000 })
      await Promise.all([pool.end(), elsewhere.end()])
    },
  }
}
