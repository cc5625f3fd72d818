import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dispatchRound } from '../../../agent/incidents/dispatch-round.ts'
import { continuity, noMemory } from '../../../agent/incidents/round.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRoute, notificationRows } from '../../support/incident-events.ts'
import { addJob, addRun } from '../../support/job-rows.ts'
import { matching } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 } },
  jobTypes: { load: { datasets: ['orders'] }, tidy: { datasets: [] } },
})

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
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

const kinds = async (): Promise<string[]> => (await scene.open()).map(({ kind }) => kind)

async function set(agentId: string, columns: string): Promise<void> {
  await console.sql.query(`update agents set ${columns} where id = $1`, [agentId])
}

/** The scene's agent was heard of last so long ago. */
async function silent(minutes: number, agentId = scene.agentId): Promise<void> {
  await console.sql.query('update agents set heartbeat_at = $2 where id = $1', [agentId, scene.hoursAgo(minutes / 60)])
}

describe('J8: a due job that nobody can run', () => {
  test('is told once for its type and organization, after five minutes; an agent that can ends it', async () => {
    await set(scene.agentId, `job_types = '{load}'`)
    const other = await addOpenBrand(console.sql, 'Other')
    for (let n = 0; n < 3; n += 1) await scene.job('tidy', { next_run_at: scene.hoursAgo(0), name: `Tidy ${n}` })
    const elsewhere = { brand_id: other.brandId, job_type: 'tidy', next_run_at: scene.hoursAgo(-1) }
    await addJob(console.sql, elsewhere)
    scene.at.advance({ minutes: 4 })
    const { nextTurnAt } = await scene.round()
    expect(await kinds()).toEqual([])
    expect(nextTurnAt).toEqual(scene.hoursAgo(-1 / 60))
    scene.at.advance({ minutes: 2 })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      {
        kind: 'no_agent',
        organization_id: scene.organizationId,
        brand_id: null,
        job_type: 'tidy',
        summary: matching(/^No agent can run tidy: 3 jobs wait, the first since \S+ \S+ UTC\.$/),
        next_step: 'Start an agent whose catalog says how to run tidy.',
      },
    ])
    scene.at.advance({ hours: 2 })
    await scene.round()
    expect(await kinds()).toEqual(['no_agent', 'no_agent'])
    await set(scene.agentId, `job_types = '{load,tidy}'`)
    await scene.round()
    expect(await scene.open()).toEqual([])
    expect((await scene.incidents())[0]).toMatchObject({ resolution: 'An agent can run tidy again.' })
  })

  test('is over when nothing of it waits any more', async () => {
    await set(scene.agentId, `job_types = '{load}'`)
    const jobId = await scene.job('tidy', { next_run_at: scene.hoursAgo(1) })
    await scene.round()
    await console.sql.query(`update scheduled_jobs set status = 'paused' where id = $1`, [jobId])
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: 'No job of type tidy waits any more.' }])
  })

  test('another program runs it: then somebody can', async () => {
    await set(scene.agentId, `job_types = '{load}'`)
    const jobId = await scene.job('tidy', { next_run_at: scene.hoursAgo(1) })
    await addRun(console.sql, jobId, {
      status: 'completed',
      started_at: scene.hoursAgo(48),
      completed_at: scene.hoursAgo(48),
    })
    await scene.round()
    expect(await kinds()).toEqual([])
  })

  test('is behind the data that it should have refreshed, without waiting', async () => {
    await set(scene.agentId, `job_types = '{tidy}'`)
    await scene.job('load', { next_run_at: scene.hoursAgo(0.05) })
    await scene.succeed('orders', 25)
    await scene.round()
    expect(await kinds()).toEqual(['no_agent', 'dataset_stale'])
    expect(await scene.told()).toEqual(['opened no_agent'])
  })
})

describe('a lost agent', () => {
  test('is told when its heartbeat is too old, and ends when it is back', async () => {
    await silent(2)
    const { nextTurnAt } = await scene.round()
    expect(await kinds()).toEqual([])
    expect(nextTurnAt).toEqual(scene.hoursAgo(-0.5 / 60))
    scene.at.advance({ minutes: 1 })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      {
        kind: 'agent_lost',
        agent_id: scene.agentId,
        organization_id: null,
        summary: matching(/^Agent worker on host is lost: nothing was heard of it since \S+ \S+ UTC\.$/),
      },
    ])
    await silent(0)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: 'worker is back.' }])
    expect(await scene.told()).toEqual(['opened agent_lost', 'resolved agent_lost'])
  })

  test.each([
    [
      'it was stopped in good order',
      'worker was stopped in good order.',
      () => set(scene.agentId, `state = 'stopped'`),
    ],
    [
      'another took its place',
      'Another agent runs as worker on host.',
      () => addAgent(console.sql, catalog, ['load']).then((id) => silent(0, id)),
    ],
    ['nothing has needed it for a day', 'For a day nothing has needed it.', () => silent(60 * 25)],
  ])('is over when %s', async (_what, resolution, act) => {
    await silent(10)
    await scene.round()
    expect(await kinds()).toEqual(['agent_lost'])
    await act()
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution }])
  })

  test('that is needed is missed for longer than a day', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(1) })
    await silent(10)
    await scene.round()
    await silent(60 * 25)
    await scene.round()
    expect(await kinds()).toContain('agent_lost')
  })

  test('from before its time is no news: nothing has needed it for a day, or it could run nothing', async () => {
    await silent(60 * 25)
    const idle = await addAgent(console.sql, catalog, [], 'idle')
    await silent(10, idle)
    await scene.round()
    expect(await kinds()).toEqual([])
  })

  test('is behind runs that were lost with it, job types that nobody else can run, and data that is stale of that', async () => {
    const jobId = await scene.job('load', { max_retries: 0 })
    await scene.succeed('orders', 25)
    await silent(10)
    await scene.end(
      jobId,
      { status: 'failed', problem: 'agent_lost', attempt_number: 1 },
      { next_attempt: 1, next_run_at: scene.hoursAgo(0.1) },
    )
    await scene.round()
    const [root, ...effects] = await scene.open()
    expect(root).toMatchObject({ kind: 'agent_lost' })
    expect(effects.map(({ kind, cause_id: cause }) => [kind, cause === root?.id])).toEqual([
      ['dataset_stale', true],
      ['no_agent', true],
      ['run_failed', true],
    ])
    expect(await scene.told()).toEqual(['opened agent_lost'])
    await silent(0)
    await scene.end(jobId, { status: 'completed' }, { next_run_at: scene.hoursAgo(-20) })
    await scene.succeed('orders')
    await scene.round()
    expect(await scene.told()).toEqual(['opened agent_lost', 'resolved agent_lost'])
  })

  test('that is behind a run found before it, too soon for anybody to be told: the run is told when it remains', async () => {
    await addRoute(console.sql, scene.organizationId, 'slack')
    const dispatch = () => dispatchRound(console.services.database, { gatherMs: 0, aliveSeconds: 150 })
    const messages = async () => (await notificationRows(console.sql)).map(({ title }) => title)
    const jobId = await scene.job('tidy', { max_retries: 0 })
    const exhausted = { next_attempt: 1, next_run_at: scene.hoursAgo(-20) }
    await scene.end(jobId, { status: 'failed', problem: 'agent_lost', attempt_number: 1 }, exhausted)
    await scene.round()
    await silent(10)
    await scene.round()
    const failed = (await scene.incidents()).find(({ kind }) => kind === 'run_failed')
    expect(failed?.cause_id).not.toBeNull()
    await dispatch()
    expect(await messages()).toEqual(['Lost agent: worker'])
    await silent(-60)
    await scene.round()
    scene.at.advance({ minutes: 31 })
    await scene.round()
    await dispatch()
    expect((await messages()).slice(1).toSorted()).toEqual([
      'Failed run: tidy job of Acme',
      'Resolved: lost agent worker',
    ])
    await scene.end(jobId, { status: 'completed' }, exhausted)
    await scene.round()
    await dispatch()
    expect((await messages()).at(-1)).toBe('Resolved: failed run tidy job of Acme')
  })

  test('an organization that does not want to know does not keep it from the others', async () => {
    const off = (organizationId: string) =>
      console.sql.query(
        `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"agent_lost": false}', 'test')`,
        [organizationId],
      )
    const other = await addOpenBrand(console.sql, 'Other')
    await silent(10)
    await off(scene.organizationId)
    await scene.round()
    expect(await kinds()).toEqual(['agent_lost'])
    await off(other.organizationId)
    await scene.round()
    expect(await kinds()).toEqual([])
  })
})

describe('J3: nobody is declared lost who could not be heard', () => {
  const start = new Date('2026-03-02T12:00:00Z')
  const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000)
  const steady = { ...noMemory, steadySince: start, lastRoundAt: after(100) }

  test.each([
    ['at the first round', noMemory, 0, 9_999, after(0), false],
    ['within a minute', { ...steady, lastRoundAt: after(20) }, 40, 9_999, start, false],
    ['after a minute of rounds', steady, 120, 9_999, start, true],
    ['the database was out of reach', { ...steady, steadySince: null }, 120, 9_999, after(120), false],
    ['this machine slept', steady, 4_000, 9_999, after(4_000), false],
    ['the server was started just now', steady, 120, 30, start, false],
  ])('%s', (_what, memory, seconds, uptimeSeconds, steadySince, mayBeLost) => {
    const found = continuity(memory, { startedAt: after(seconds), uptimeSeconds }, 60)
    expect(found).toEqual({ steadySince, mayBeLost })
  })
})
