import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { createExecutors } from '../../../agent/jobs/executors/index.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob, jobRow, runOf, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, type TestScheduler } from '../../support/scheduler.ts'

let database: TestDatabase
let client: pg.Client
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  folder = await mkdtemp(join(tmpdir(), 'pipeline-manager-hostile-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

/** Anything that a row could get started would leave this file behind. */
const mark = (): string => join(folder, 'started')

/** The real catalog, the real executors: one command that writes its one parameter to stdout. */
function realAgent(): TestScheduler {
  const file = `
extends: none
job_types:
  print:
    label: Print
    parameters:
      type: object
      properties: { text: { type: string, maxLength: 500 } }
      required: [text]
      additionalProperties: false
    steps:
      - key: print
        run: { command: [printf, "%s", "{{ parameters.text }}"] }
`
  const catalog = catalogOf(parseCatalog(file, join(folder, 'pipeline-manager.yaml')))
  const executors = createExecutors({
    environment: { PATH: process.env['PATH'] },
    baseDirectory: folder,
    connections: new Map(),
    credentials: new Map(),
    httpAllowHosts: [],
    builtins: new Map(),
    clock: systemClock,
    random: () => 0.5,
  })
  return createTestScheduler({
    url: database.url,
    jobs: {},
    catalog,
    advertise: [...catalog.jobTypes.keys()],
    execute: async (run, context) => {
      if (run.kind !== 'command') throw new Error(`not a command: ${run.kind}`)
      return executors.command(run.spec, context)
    },
  })
}

describe('a hostile row starts nothing', () => {
  test('a hostile row starts nothing: commands in parameters, name, job type, key and cron', async () => {
    const touch = `touch ${mark()}`
    await using agent = realAgent()
    const invalid: string[] = []
    for (const parameters of [
      { command: ['sh', '-c', touch] },
      { text: 'x', run: { command: ['sh', '-c', touch] } },
      { text: ['sh', '-c', touch] },
      { text: { toString: touch } },
      { text: 'x', __proto__: { command: touch }, env: { PATH: folder } },
      { text: 'x', cwd: '/', steps: [{ run: { command: touch } }] },
      { text: `-${touch}` },
      { text: `--output=${mark()}` },
      { text: `a\u0001b`.repeat(600) },
    ]) {
      const concurrency_key = `key ${invalid.length}`
      invalid.push(
        await addJob(client, {
          job_type: 'print',
          parameters: JSON.stringify(parameters),
          concurrency_key,
          max_retries: 0,
        }),
      )
    }
    const unclaimed: string[] = []
    for (const job_type of [touch, `print; ${touch}`, `$(${touch})`, 'command', '../print', '{{ parameters.text }}']) {
      unclaimed.push(await addJob(client, { job_type, parameters: JSON.stringify({ text: touch }) }))
    }
    await agent.scheduler.start()
    await agent.ended(invalid.length)
    for (const id of invalid) {
      expect(await runOf(client, id)).toMatchObject({ status: 'failed' })
      expect(['invalid_parameters', 'configuration']).toContain((await runOf(client, id)).problem)
      expect(await jobRow(client, id)).toMatchObject({ status: 'active', next_run_at: null })
    }
    for (const id of unclaimed) expect(await runsOf(client, id)).toEqual([])
    expect(existsSync(mark())).toBe(false)
    expect(await readdir(folder)).toEqual([])
  })

  test('a hostile row starts nothing: what fits the schema is text to the one program that the local file names', async () => {
    await using agent = realAgent()
    const texts = [
      `$(touch ${mark()})`,
      `\`touch ${mark()}\``,
      `x; touch ${mark()}`,
      `x | tee ${mark()}`,
      '%n%n%s',
      "' || '",
    ]
    const ids: string[] = []
    for (const text of texts) {
      const row = { job_type: 'print', name: `$(touch ${mark()})`, parameters: JSON.stringify({ text }) }
      ids.push(await addJob(client, { ...row, concurrency_key: text }))
    }
    await agent.scheduler.start()
    await agent.ended(texts.length)
    for (const [index, id] of ids.entries()) {
      const run = await runOf(client, id)
      expect(run).toMatchObject({ status: 'completed', problem: null })
      expect(run.logs).toContain(texts[index])
    }
    expect(existsSync(mark())).toBe(false)
    expect(await readdir(folder)).toEqual([])
  })
})
