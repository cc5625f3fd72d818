/** An account of 200,000 ads, in the real program with a heap that could not hold them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProcess } from '../support/child-process.ts'
import { createTestDatabase } from '../support/database.ts'
import { addBrand, addJob, runOf, stepsOf } from '../support/job-rows.ts'
import { noonAccount } from '../support/meta-agent.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { waitFor } from '../support/wait.ts'

const root = join(import.meta.dirname, '../..')
/** Megabytes. The rows of one day are about 450 as the program keeps them. */
const heap = 160
const ads = 200_000
const patienceMs = 1_500_000

test(
  'bad input: 200,000 ads are synced in bounded memory',
  async () => {
    const database = await createTestDatabase()
    const folder = await temporaryFolder()
    const accounts = join(folder.path, 'accounts.json')
    await writeFile(accounts, JSON.stringify([noonAccount({ ads })]))
    await using simulator = startProcess(join(root, 'examples/meta-simulator/main.ts'), ['--accounts', accounts])
    const { url, token } = JSON.parse(await simulator.line()) as { url: string; token: string }
    const client = await database.connect()
    const { brandId } = await addBrand(client)
    await client.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, $2)', [
      brandId,
      'act_1',
    ])
    const parameters = { days_back: 1, download_max_images: 0, download_max_videos: 0 }
    const jobId = await addJob(client, { brand_id: brandId, job_type: 'meta_sync', parameters })
    const where = ['--data-dir', folder.path, '--database-url', database.url, '--port', '0', '--json']
    const agent = spawn(
      process.execPath,
      [`--max-old-space-size=${heap}`, join(root, 'agent/main.ts'), 'agent', ...where],
      {
        stdio: 'ignore',
        env: { PATH: process.env['PATH'], META_ACCESS_TOKEN: token, PIPELINE_MANAGER_META_GRAPH_URL: url },
      },
    )
    const exited = once(agent, 'exit')
    try {
      const run = await waitFor(
        async () => {
          if (agent.exitCode !== null || agent.signalCode !== null) throw new Error('the agent has ended')
          const found = await runOf(client, jobId)
          return found.completed_at === null ? null : found
        },
        { timeoutMs: patienceMs, describe: 'the sync to end' },
      )
      expect(run).toMatchObject({ status: 'completed', problem: null })
      const saved = (await stepsOf(client, run.id)).find(({ step_key }) => step_key === 'save')
      expect(saved?.metadata).toMatchObject({ new: ads, changed: 0, removed: 0 })
    } finally {
      agent.kill('SIGTERM')
      await exited
      simulator.endInput()
      await simulator.exited
      await database.drop()
      await folder.remove()
    }
  },
  patienceMs + 120_000,
)
