import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRun } from '../../support/job-rows.ts'
import { matching } from '../cli/matchers.ts'

const five = ['orders', 'visits', 'returns', 'stock', 'prices']
const catalog = testCatalog({
  datasets: Object.fromEntries(five.map((key) => [key, { maxAgeHours: 24 }])),
  jobTypes: { load: { datasets: five }, tidy: { datasets: [] } },
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
const retry = { next_attempt: 2, next_run_at: new Date('2030-01-01T00:00:00Z') }
const exhausted = { next_attempt: 1, next_run_at: new Date('2030-01-01T00:00:00Z') }
const failed = (attempt = 1, columns = {}) => ({ status: 'failed', attempt_number: attempt, ...columns })
const completed = { status: 'completed' }

async function change(jobId: string, columns: string): Promise<void> {
  await console.sql.query(`update scheduled_jobs set ${columns} where id = $1`, [jobId])
}

describe('N2: told after so many in a row', () => {
  const fail = async (jobId: string, job = exhausted): Promise<void> => {
    scene.at.advance({ hours: 1 })
    await scene.end(jobId, failed(1), job)
    await scene.round()
  }

  test('a run that has failed for good is told when it is the third, and the success after it is the end', async () => {
    const jobId = await scene.job('tidy', { alert_after: 3, max_retries: 0 })
    for (const open of [[], [], ['run_failed']]) {
      await fail(jobId)
      expect(await kinds()).toEqual(open)
    }
    expect(await scene.open()).toMatchObject([{ details: { failuresInRow: 3 } }])
    scene.at.advance({ hours: 1 })
    await scene.end(jobId, completed, exhausted)
    await scene.round()
    expect(await kinds()).toEqual([])
    await fail(jobId)
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed'])
  })

  test('J5: of which nobody knows whether it did its work is asked at once', async () => {
    const jobId = await scene.job('tidy', { alert_after: 20, max_retries: 0 })
    await scene.end(jobId, { ...failed(1), problem: 'outcome_unknown' }, exhausted)
    await scene.round()
    expect(await kinds()).toEqual(['run_failed'])
  })

  test('counts runs, not attempts', async () => {
    const jobId = await scene.job('tidy', { alert_after: 2, max_retries: 1 })
    for (const [attempt, open] of [
      [1, []],
      [2, []],
      [1, []],
      [2, ['run_failed']],
    ] as const) {
      scene.at.advance({ hours: 1 })
      await scene.end(jobId, failed(attempt), attempt === 1 ? retry : exhausted)
      await scene.round()
      expect(await kinds()).toEqual(open)
    }
  })

  test('data that goes stale by it is told all the same', async () => {
    const jobId = await scene.job('load', { alert_after: 20, max_retries: 0 })
    await scene.succeed('orders', 23.5)
    await fail(jobId)
    await scene.round()
    const open = (await kinds()).filter((kind) => kind !== 'dataset_never_synced')
    expect(open.toSorted()).toEqual(['dataset_stale', 'run_failed'])
  })
})

describe('N2: a failed run', () => {
  test('names who answers for it and the runbook, also when it is about a newer run', async () => {
    const owned = { owner: 'Data platform', runbook: 'https://wiki.example.com/tidy' }
    const tidy = catalog.jobTypes.get('tidy')
    if (tidy === undefined) throw new Error('no tidy')
    const named = { ...catalog, jobTypes: new Map([...catalog.jobTypes, ['tidy', { ...tidy, ...owned }]]) }
    const second = await openScene(console, named)
    const jobId = await second.job('tidy')
    for (const attempt of [4, 4]) {
      await second.end(jobId, failed(attempt), exhausted)
      await second.round()
      expect(await second.open()).toMatchObject([{ kind: 'run_failed', details: owned }])
      second.at.advance({ hours: 1 })
    }
  })

  test('with retries left is not told; exhausted it is, and the next success ends it', async () => {
    const jobId = await scene.job('tidy', { name: 'Nightly' })
    await scene.end(jobId, failed(1), retry)
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ hours: 1 })
    const runId = await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    expect(await scene.open()).toMatchObject([
      {
        kind: 'run_failed',
        scheduled_job_id: jobId,
        job_type: 'tidy',
        brand_id: scene.brandId,
        run_id: runId,
        summary: 'Nightly of Acme failed at attempt 4 of 4: HTTP 500 at the shop.',
        next_step: matching(/^Look at its error and its log; .* It runs next at 2030-01-01 00:00 UTC\.$/),
        details: { attempt: 4, attempts: 4, problem: 'failed', error: 'HTTP 500 at the shop' },
      },
    ])
    scene.at.advance({ hours: 1 })
    await scene.end(jobId, completed, exhausted)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: matching(/^A run of Nightly completed at /) }])
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed'])
  })

  test('whose retry was called off, by a new cadence, a resume or a restore, has failed for good and is told', async () => {
    const jobId = await scene.job('tidy')
    await scene.end(jobId, failed(1), retry)
    await scene.round()
    expect(await kinds()).toEqual([])
    await change(jobId, 'next_attempt = 1')
    await scene.round()
    expect(await kinds()).toEqual(['run_failed'])
  })

  test('that fails again is the same incident, about the newer run; nobody is told', async () => {
    const jobId = await scene.job('tidy')
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    for (const attempt of [1, 4]) {
      scene.at.advance({ hours: 1 })
      const runId = await scene.end(jobId, failed(attempt, { error_message: 'Disk full\nat line 3' }), exhausted)
      expect(await scene.round()).toMatchObject({ hasChanged: true })
      expect(await scene.round()).toMatchObject({ hasChanged: false })
      expect(await scene.incidents()).toMatchObject([
        { resolved_at: null, run_id: runId, summary: `tidy job of Acme failed at attempt ${attempt} of 4: Disk full.` },
      ])
    }
    expect(await scene.told()).toEqual(['opened run_failed'])
  })

  test('is not over because a later run is going, was cancelled or given back', async () => {
    const jobId = await scene.job('tidy')
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    for (const problem of ['cancelled', 'released', 'snoozed']) {
      scene.at.advance({ hours: 1 })
      await scene.end(jobId, { status: 'cancelled', problem }, exhausted)
      expect(await scene.round()).toMatchObject({ hasChanged: false })
    }
    const running = await addRun(console.sql, jobId, { agent_id: scene.agentId, started_at: scene.at.current })
    await change(jobId, `current_run_id = '${running}', next_run_at = null`)
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    expect(await kinds()).toEqual(['run_failed'])
  })

  test('of a person is told at its first failure, and not again at its last', async () => {
    const jobId = await scene.job('tidy', { schedule_type: 'one_time', cron_expression: null })
    await scene.end(jobId, failed(1, { trigger_source: 'manual' }), retry)
    await scene.round()
    expect(await kinds()).toEqual(['run_failed'])
    scene.at.advance({ minutes: 5 })
    await scene.end(jobId, failed(4, { trigger_source: 'manual' }), { next_attempt: 1, next_run_at: null })
    await scene.round()
    const open = await scene.open()
    const dead = open.find(({ kind }) => kind === 'job_dead')
    expect(open.find(({ kind }) => kind === 'run_failed')).toMatchObject({ cause_id: dead?.id })
    expect(await scene.told()).toEqual(['opened run_failed', 'opened job_dead'])
  })

  test.each([
    ['invalid_parameters', 'Correct the parameters of the job, then retry it.'],
    ['configuration', 'Do what the error says, then retry it.'],
    ['outcome_unknown', 'Find out whether the run did its work, and say so: it was done, or run it again.'],
  ])('J5: %s is final at once, and says what to do', async (problem, nextStep) => {
    await scene.end(await scene.job('tidy'), failed(1, { problem }), exhausted)
    await scene.round()
    expect(await scene.open()).toMatchObject([{ kind: 'run_failed', next_step: nextStep }])
  })

  test('its first failure is watched for by who wants to know, and becomes the failed run', async () => {
    const kinds = { run_failed_first: true }
    await console.sql.query(
      `insert into notification_settings (organization_id, kinds, changed_by) values ($1, $2, 'test')`,
      [scene.organizationId, JSON.stringify(kinds)],
    )
    const jobId = await scene.job('tidy')
    await scene.end(jobId, failed(1), retry)
    await scene.round()
    scene.at.advance({ minutes: 5 })
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    expect(await scene.told()).toEqual(['opened run_failed_first', 'opened run_failed'])
    expect(await scene.incidents()).toMatchObject([
      { kind: 'run_failed_first', resolution: 'The run has failed for good.' },
      { kind: 'run_failed', resolved_at: null },
    ])
  })

  test('of a job that is put away is over; of one that is paused it is not', async () => {
    const jobId = await scene.job('tidy', { name: 'Nightly' })
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    await change(jobId, `status = 'paused'`)
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    await change(jobId, `status = 'archived', next_run_at = null`)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ resolution: 'Nightly is archived.' }])
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed'])
  })

  test('of a paused job is no news', async () => {
    await scene.end(await scene.job('tidy', { status: 'paused' }), failed(4), exhausted)
    await scene.round()
    expect(await kinds()).toEqual([])
  })

  test('of another program is told as ours is', async () => {
    const jobId = await scene.job('tidy', { next_run_at: scene.hoursAgo(-20) })
    const foreign = { started_at: scene.hoursAgo(1), completed_at: scene.hoursAgo(0.9), error_message: null }
    await addRun(console.sql, jobId, { status: 'failed', attempt_number: 4, ...foreign })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { kind: 'run_failed', summary: 'tidy job of Acme failed at attempt 4 of 4: no reason was given.' },
    ])
    await addRun(console.sql, jobId, {
      status: 'completed',
      started_at: scene.hoursAgo(0),
      completed_at: scene.hoursAgo(0),
    })
    await scene.round()
    expect(await kinds()).toEqual([])
  })

  test('of a status and problem that are not ours says nothing, and breaks nothing', async () => {
    const jobId = await scene.job('tidy', { max_retries: -5, name: ' ' })
    await console.sql.query('alter table scheduled_job_runs drop constraint scheduled_job_runs_status_check')
    await scene.end(jobId, { status: 'exploded', problem: 'unheard_of' })
    await scene.end(
      jobId,
      failed(9, { problem: 'unheard_of', started_at: 'infinity', error_message: 'x'.repeat(50_000) }),
      exhausted,
    )
    await scene.round()
    const [incident] = await scene.open()
    expect(incident?.summary).toMatch(/^tidy of Acme failed at attempt 9 of 9: x{300}…$/)
  })
})

describe('J5: a dead job', () => {
  test('is told once; retried, it is over only when a run completes', async () => {
    const once = { schedule_type: 'one_time', cron_expression: null }
    const jobId = await scene.job('tidy', once)
    await scene.end(jobId, failed(4), { next_attempt: 1, next_run_at: null })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { kind: 'job_dead', summary: 'tidy job of Acme is dead, nothing is planned: HTTP 500 at the shop.' },
    ])
    await change(jobId, 'next_run_at = now()')
    await scene.round()
    expect(await kinds()).toEqual(['job_dead'])
    scene.at.advance({ minutes: 1 })
    await scene.end(jobId, failed(1), retry)
    await scene.round()
    expect(await kinds()).toEqual(['job_dead'])
    scene.at.advance({ minutes: 5 })
    await scene.end(jobId, completed, { next_run_at: null, status: 'archived' })
    await scene.round()
    expect(await scene.told()).toEqual(['opened job_dead', 'resolved job_dead'])
  })

  test('of a recurring job only when whoever plans it has had the time to', async () => {
    const jobId = await scene.job('tidy', { cron_expression: 'nonsense' })
    await scene.end(jobId, failed(4), { next_attempt: 1, next_run_at: null })
    await scene.round()
    expect(await kinds()).toEqual(['run_failed'])
    scene.at.advance({ minutes: 2 })
    await scene.round()
    const dead = (await scene.open()).find(({ kind }) => kind === 'job_dead')
    expect(dead).toMatchObject({ next_step: 'Correct its cron expression or time zone.' })
  })
})

describe('N2: only the cause is told', () => {
  test('five datasets stale because one job failed are one incident with five effects', async () => {
    const jobId = await scene.job('load')
    for (const dataset of five) await scene.succeed(dataset, 25)
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    const [cause, ...effects] = await scene.open()
    expect(cause).toMatchObject({ kind: 'run_failed', cause_id: null })
    expect(effects.map(({ dataset_key: dataset }) => dataset)).toEqual(five.toSorted())
    expect(new Set(effects.map(({ cause_id: id }) => id))).toEqual(new Set([cause?.id]))
    expect(await scene.told()).toEqual(['opened run_failed'])
    for (const event of await scene.events()) {
      expect([event.told, event.dispatched_at === null]).toEqual([event.incident_id === cause?.id, event.told])
    }
    scene.at.advance({ minutes: 10 })
    for (const dataset of five) await scene.succeed(dataset)
    await scene.end(jobId, completed, exhausted)
    await scene.round()
    expect(await scene.open()).toEqual([])
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed'])
  })

  test('a job that is still retried is behind the data that goes stale meanwhile, and is told in its place, once', async () => {
    const jobId = await scene.job('load')
    for (const dataset of five) await scene.succeed(dataset, 23.9)
    await scene.end(jobId, failed(2), retry)
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ minutes: 10 })
    await scene.round()
    expect((await kinds()).length).toBe(6)
    scene.at.advance({ minutes: 30 })
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    expect(await scene.told()).toEqual(['opened run_failed'])
  })

  test('a cause that opens after its effects takes them over', async () => {
    const jobId = await scene.job('load')
    for (const dataset of five) await scene.succeed(dataset, 25)
    await scene.round()
    expect(await scene.told()).toHaveLength(5)
    scene.at.advance({ minutes: 10 })
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    const cause = (await scene.open()).find(({ kind }) => kind === 'run_failed')
    const effects = (await scene.open()).filter(({ cause_id: id }) => id === cause?.id)
    expect(effects).toHaveLength(5)
    expect(await scene.told()).toHaveLength(6)
  })

  test('a failure from before the last success of a dataset is not behind it: paused since then, its staleness is told', async () => {
    const once = await scene.job('load', { schedule_type: 'one_time', cron_expression: null })
    await scene.end(once, failed(4), { next_attempt: 1, next_run_at: null })
    const weekly = await scene.job('load')
    await scene.end(weekly, failed(4), exhausted)
    scene.at.advance({ hours: 1 })
    for (const dataset of five) await scene.succeed(dataset)
    const daily = await scene.job('load')
    await scene.end(daily, completed)
    await scene.round()
    expect(await kinds()).toEqual(['job_dead', 'run_failed'])
    await change(daily, `status = 'paused', next_run_at = null`)
    scene.at.advance({ hours: 25 })
    await scene.round()
    const stale = (await scene.open()).filter(({ kind }) => kind === 'dataset_stale')
    expect(stale.map(({ cause_id: cause }) => cause)).toEqual(Array(5).fill(null))
    expect((await scene.told()).filter((one) => one === 'opened dataset_stale')).toHaveLength(5)
    await scene.end(weekly, failed(4), exhausted)
    await scene.round()
    expect(new Set((await scene.open()).map(({ kind, cause_id: cause }) => `${kind} ${cause === null}`))).toEqual(
      new Set(['job_dead true', 'run_failed true', 'dataset_stale false']),
    )
  })

  test('an effect that remains is a root at once, and is told when it has outlived its cause by half an hour', async () => {
    const jobId = await scene.job('load')
    for (const dataset of five) await scene.succeed(dataset, 25)
    await scene.end(jobId, failed(4), exhausted)
    await scene.round()
    scene.at.advance({ minutes: 10 })
    for (const dataset of five.slice(1)) await scene.succeed(dataset)
    await scene.end(jobId, { status: 'completed', problem: 'warnings' }, exhausted)
    await scene.round()
    expect(await scene.open()).toMatchObject([{ dataset_key: five[0], cause_id: null }])
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed'])
    scene.at.advance({ minutes: 29 })
    const waiting = await scene.round()
    expect(waiting).toMatchObject({ hasChanged: false })
    expect(waiting.nextTurnAt).toEqual(scene.hoursAgo(-1 / 60))
    scene.at.advance({ minutes: 1 })
    await scene.round()
    expect(await scene.told()).toEqual(['opened run_failed', 'resolved run_failed', 'opened dataset_stale'])
    const last = (await scene.events()).at(-1)
    expect(last).toMatchObject({ note: 'What was behind it is over, and it is not.', dispatched_at: null })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
  })
})
