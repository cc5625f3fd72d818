import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addJob, addRun, type Columns } from '../../support/job-rows.ts'
import { matching } from '../cli/matchers.ts'

const base = testCatalog({
  datasets: { orders: { maxAgeHours: 24 } },
  jobTypes: { load: { datasets: ['orders'] }, tidy: { datasets: [] }, slow: { datasets: [] } },
})
const slow = base.jobTypes.get('slow')
if (slow === undefined) throw new Error('no slow')
const catalog = { ...base, jobTypes: new Map([...base.jobTypes, ['slow', { ...slow, expectedMinutes: 40 }]]) }

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  scene = await openScene(console, catalog)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents, holds cascade'))

const kinds = async (): Promise<string[]> => (await scene.open()).map(({ kind }) => kind)
const minutesAgo = (minutes: number): Date => scene.hoursAgo(minutes / 60)

async function change(jobId: string, columns: string): Promise<void> {
  await console.sql.query(`update scheduled_jobs set ${columns} where id = $1`, [jobId])
}

/** Moves the clock and looks, as the evaluation does every few minutes. */
async function pass(minutes: number): Promise<string[]> {
  scene.at.advance({ minutes })
  await scene.round()
  return kinds()
}

describe('N2: a run that does not end', () => {
  /** A run that began now, of a job whose last runs took so many minutes. Returns both ids. */
  async function begin(jobType: string, lasted: readonly number[]): Promise<{ jobId: string; runId: string }> {
    const jobId = await scene.job(jobType, { name: 'Nightly' })
    for (const [index, minutes] of lasted.entries()) {
      const startedAt = minutesAgo(1_440 * (index + 1))
      const completedAt = new Date(startedAt.getTime() + minutes * 60_000)
      await addRun(console.sql, jobId, { status: 'completed', started_at: startedAt, completed_at: completedAt })
    }
    const columns: Columns = { status: 'running', agent_id: scene.agentId, started_at: minutesAgo(0) }
    const runId = await addRun(console.sql, jobId, columns)
    await change(jobId, `current_run_id = '${runId}', next_run_at = null`)
    return { jobId, runId }
  }

  test('is told once it took three times what is usual, and over when it ends', async () => {
    const { jobId, runId } = await begin('tidy', [8, 8, 8, 8, 8])
    expect(await pass(23)).toEqual([])
    expect(await pass(2)).toEqual(['run_long'])
    expect(await scene.open()).toMatchObject([
      {
        scheduled_job_id: jobId,
        run_id: runId,
        job_type: 'tidy',
        summary: matching(
          /^Nightly of Acme has been running since .*: its last runs took at most 8 min, but for a few\.$/,
        ),
        next_step: 'Look at its log; cancel the run if it hangs.',
      },
    ])
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    await console.sql.query(`update scheduled_job_runs set status = 'completed', completed_at = $1`, [minutesAgo(0)])
    await change(jobId, 'current_run_id = null')
    expect(await pass(1)).toEqual([])
    expect(await scene.incidents()).toMatchObject([{ resolution: matching(/^The run of Nightly has completed at /) }])
    expect(await scene.told()).toEqual(['opened run_long', 'resolved run_long'])
  })

  test('is looked for at the very time at which it is one', async () => {
    await begin('slow', [])
    const { moment, nextTurnAt } = await scene.round()
    expect((nextTurnAt?.getTime() ?? 0) - moment.getTime()).toBe(40 * 60_000)
  })

  test('by the time that its job type expects, where it says so', async () => {
    await begin('slow', [1, 1, 1, 1, 1])
    expect(await pass(39)).toEqual([])
    expect(await pass(2)).toEqual(['run_long'])
  })

  test('of a job with fewer than five runs, nobody can say', async () => {
    await begin('tidy', [1, 1, 1, 1])
    expect(await pass(600)).toEqual([])
  })

  test('that is cancelled is over, and the next one that does not end is another incident', async () => {
    const { jobId, runId } = await begin('slow', [])
    expect(await pass(41)).toEqual(['run_long'])
    await console.sql.query(`update scheduled_job_runs set status = 'cancelled', completed_at = $2 where id = $1`, [
      runId,
      minutesAgo(0),
    ])
    const next = await addRun(console.sql, jobId, {
      status: 'running',
      agent_id: scene.agentId,
      started_at: minutesAgo(0),
    })
    await change(jobId, `current_run_id = '${next}'`)
    expect(await pass(1)).toEqual([])
    expect(await pass(41)).toEqual(['run_long'])
    expect(await scene.told()).toEqual(['opened run_long', 'resolved run_long', 'opened run_long'])
  })

  test('of a lost agent is an effect of that', async () => {
    await begin('slow', [])
    await pass(41)
    await console.sql.query(`update agents set heartbeat_at = $1`, [minutesAgo(60)])
    await pass(1)
    const open = await scene.open()
    const lost = open.find(({ kind }) => kind === 'agent_lost')
    expect(open.find(({ kind }) => kind === 'run_long')).toMatchObject({ cause_id: lost?.id })
  })
})

describe('N2: a run that does not begin', () => {
  const due = (columns: Columns = {}): Promise<string> =>
    scene.job('tidy', { name: 'Nightly', next_run_at: minutesAgo(0), ...columns })

  test('is told a quarter of an hour after its fire, and over when a run begins', async () => {
    await scene.round()
    const jobId = await due()
    expect(await pass(14)).toEqual([])
    expect(await pass(2)).toEqual(['run_late'])
    expect(await scene.open()).toMatchObject([
      { scheduled_job_id: jobId, summary: matching(/^Nightly of Acme was due at .*, and no run has begun\.$/) },
    ])
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    const runId = await addRun(console.sql, jobId, {
      status: 'running',
      agent_id: scene.agentId,
      started_at: minutesAgo(0),
    })
    await change(jobId, `current_run_id = '${runId}', next_run_at = null`)
    expect(await pass(1)).toEqual([])
    expect(await scene.told()).toEqual(['opened run_late', 'resolved run_late'])
  })

  test('of one that runs every ten minutes after five', async () => {
    await scene.round()
    await due({ cron_expression: '*/10 * * * *' })
    expect(await pass(6)).toEqual(['run_late'])
  })

  test.each<[string, Columns]>([
    ['paused', { status: 'paused' }],
    ['a retry', { next_attempt: 2 }],
    ['given back', { next_attempt: 0 }],
    ['one-time', { schedule_type: 'one_time', cron_expression: null }],
  ])('but not of what is %s', async (_what, columns) => {
    await scene.round()
    await due(columns)
    expect(await pass(60)).toEqual([])
  })

  test('waits for what runs with its concurrency key, and then has the whole time', async () => {
    await scene.round()
    const before = await addJob(console.sql, { brand_id: scene.brandId, job_type: 'tidy', name: 'Other' })
    const runId = await addRun(console.sql, before, {
      status: 'running',
      agent_id: scene.agentId,
      started_at: minutesAgo(1),
    })
    await change(before, `current_run_id = '${runId}', next_run_at = null`)
    await due()
    expect(await pass(60)).toEqual([])
    await change(before, `current_run_id = null, last_run_finished_at = '${minutesAgo(0).toISOString()}'`)
    expect(await pass(14)).toEqual([])
    expect(await pass(2)).toEqual(['run_late'])
  })

  test('is not late while it is held, and has the whole time afterwards', async () => {
    await scene.round()
    await console.sql.query(
      `insert into holds (id, organization_id, starts_at, ends_at, reason, created_by, changed_by)
       values (gen_random_uuid(), $1, $2, $3, 'Migration', 'Ana', 'Ana')`,
      [scene.organizationId, minutesAgo(10), minutesAgo(-60)],
    )
    await due()
    expect(await pass(55)).toEqual([])
    expect(await pass(14)).toEqual([])
    expect(await pass(7)).toEqual(['run_late'])
  })

  test('nobody can run it: that is told instead, and whoever comes back has the whole time', async () => {
    await scene.round()
    await console.sql.query(`update agents set state = 'stopped'`)
    await due()
    expect(await pass(60)).toEqual(['no_agent'])
    await console.sql.query(`update agents set state = 'running'`)
    expect(await pass(1)).toEqual([])
    expect(await pass(14)).toEqual([])
    expect(await pass(2)).toEqual(['run_late'])
  })

  test('is an effect once nobody can run it any more', async () => {
    await scene.round()
    await due()
    await pass(16)
    await console.sql.query(`update agents set state = 'stopped'`)
    await pass(1)
    const open = await scene.open()
    const none = open.find(({ kind }) => kind === 'no_agent')
    expect(open.find(({ kind }) => kind === 'run_late')).toMatchObject({ cause_id: none?.id })
  })

  test('after an outage or a sleep everybody has the whole time', async () => {
    await due()
    scene.at.advance({ hours: 8 })
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.forget()
    expect(await pass(14)).toEqual([])
    expect(await pass(16)).toEqual(['run_late'])
  })
})
