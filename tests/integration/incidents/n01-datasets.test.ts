import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addIncident } from '../../support/incident-rows.ts'
import { addBrand, addRun, insert } from '../../support/job-rows.ts'
import { matching } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: {
    orders: { maxAgeHours: 24, label: 'Orders' },
    visits: { maxAgeHours: 24 },
    notes: {},
    pages: {},
  },
  jobTypes: {
    load: { datasets: ['orders', 'visits', 'notes'] },
    copy: {
      datasets: [{ dataset: 'visits', when: 'withVisits' }],
      parameters: { type: 'object', properties: { withVisits: { type: 'boolean', default: false } } },
    },
  },
  pages: {
    report: [{ dataset: 'pages', maxAgeHours: 48, fix: { jobType: 'load', parameters: {} } }],
  },
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

const kinds = async (): Promise<string[]> =>
  (await scene.open()).map(({ kind, dataset_key: dataset }) => `${kind} ${dataset}`).toSorted()

/** Runs of the type that took so long, in minutes; the oldest first. */
async function ran(jobId: string, ...minutes: number[]): Promise<void> {
  for (const [index, taken] of minutes.entries()) {
    const started = scene.hoursAgo(200 - index)
    await addRun(console.sql, jobId, {
      status: 'completed',
      started_at: started,
      completed_at: new Date(started.getTime() + taken * 60_000),
    })
  }
}

async function watch(kind: string, watched: boolean, organizationId = scene.organizationId): Promise<void> {
  await console.sql.query(
    `insert into notification_settings (organization_id, kinds, changed_by) values ($1, $2, 'test')
     on conflict (organization_id) do update set kinds = excluded.kinds`,
    [organizationId, JSON.stringify({ [kind]: watched })],
  )
}

describe('N1: a dataset goes stale by the clock, with nobody running anything', () => {
  test('where no job refreshes it, the next step names the program that does', async () => {
    const { organizationId, brandId } = scene
    await insert(console.sql, 'ping_checks', {
      organization_id: organizationId,
      brand_id: brandId,
      dataset_key: 'orders',
      name: 'Nightly export',
      slug: 'nightly-export',
      period_seconds: 86_400,
      grace_seconds: 3_600,
      changed_by: 'test',
    })
    await scene.succeed('orders', 25)
    await scene.succeed('visits', 25, { metadata: { source: 'lineage', job: 'airflow shop.load_visits' } })
    await scene.succeed('pages', 49)
    await scene.round()
    const steps = (await scene.open()).map(({ dataset_key: key, next_step: step }) => `${key}: ${step}`)
    expect(steps.toSorted()).toEqual([
      'orders: Look where it runs: Nightly export of another program refreshes it.',
      'pages: Schedule a job that refreshes it.',
      'visits: Look where it runs: airflow shop.load_visits of another program refreshes it.',
    ])
  })

  test('it opens, says what is wrong and what to do, stays as it is, and ends with a success', async () => {
    await scene.succeed('orders', 23)
    await scene.succeed('notes', 900)
    const first = await scene.round()
    expect(first).toMatchObject({ hasChanged: false })
    expect(first.nextTurnAt).toEqual(scene.hoursAgo(-1))
    scene.at.advance({ hours: 1 })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    scene.at.advance({ seconds: 1 })
    expect(await scene.round()).toMatchObject({ hasChanged: true })
    const [incident, ...others] = await scene.incidents()
    expect(others).toEqual([])
    expect(incident).toMatchObject({
      kind: 'dataset_stale',
      organization_id: scene.organizationId,
      brand_id: scene.brandId,
      dataset_key: 'orders',
      cause_id: null,
      next_step: 'Schedule a job that refreshes it.',
      details: { datasetLabel: 'Orders', maxAgeHours: 24, graceMinutes: 0 },
      opened_at: scene.at.current,
    })
    expect(incident?.summary).toMatch(
      /^Orders of Acme is stale: it last succeeded at 2\S+ \S+ UTC, and may be at most 24 h old\.$/,
    )
    expect(await scene.events()).toMatchObject([{ type: 'opened', told: true, dispatched_at: null }])
    scene.at.advance({ hours: 100 })
    expect(await scene.round()).toMatchObject({ hasChanged: false })
    await scene.succeed('orders')
    expect(await scene.round()).toMatchObject({ hasChanged: true })
    expect(await scene.incidents()).toMatchObject([
      { resolved_at: scene.at.current, resolution: matching(/^It succeeded at /) },
    ])
    expect(await scene.told()).toEqual(['opened dataset_stale', 'resolved dataset_stale'])
  })

  test('gone stale again, it is another incident', async () => {
    await scene.succeed('orders', 25)
    await scene.round()
    await scene.succeed('orders')
    await scene.round()
    scene.at.advance({ hours: 25 })
    await scene.round()
    const incidents = await scene.incidents()
    expect(incidents.map(({ resolved_at: resolvedAt }) => resolvedAt === null)).toEqual([false, true])
  })

  test('F9: the brand’s own maximum counts first, then the dataset’s, then the strictest page’s', async () => {
    for (const dataset of ['orders', 'visits', 'pages', 'notes']) await scene.succeed(dataset, 47)
    await console.sql.query(
      `insert into dataset_policies (brand_id, dataset_key, max_age_hours) values ($1, 'orders', 72)`,
      [scene.brandId],
    )
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale visits'])
    scene.at.advance({ hours: 2 })
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale pages', 'dataset_stale visits'])
    await console.sql.query(`update dataset_policies set max_age_hours = 24`)
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale orders', 'dataset_stale pages', 'dataset_stale visits'])
  })

  test('a dataset that does not exist any more, or may be as old as it likes, ends quietly', async () => {
    for (const dataset of ['orders', 'other']) await scene.succeed(dataset, 25)
    await console.sql.query(
      `insert into dataset_policies (brand_id, dataset_key, max_age_hours) values ($1, 'other', 1)`,
      [scene.brandId],
    )
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale orders', 'dataset_stale other'])
    await console.sql.query('delete from dataset_policies')
    await console.sql.query(`delete from dataset_status where dataset_key = 'orders'`)
    await scene.round()
    expect(await kinds()).toEqual([])
    expect(await scene.told()).toEqual(['opened dataset_stale', 'opened dataset_stale'])
  })

  test('bad input 26: times that no calendar has are no success, and keep nothing from being evaluated', async () => {
    await scene.succeed('orders', 25)
    await console.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_status, metadata)
       values ($1, 'visits', 'infinity', 'unknown', '[]'), ($1, 'pages', '-infinity', 'unknown', 'null')`,
      [scene.brandId],
    )
    await console.sql.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at, parameters, created_at)
       values ($1, '', 'copy', 'recurring', 'infinity', '"text"', '-infinity'),
         ($1, '', 'load', 'recurring', '294276-12-31 23:59:59+00', '{}', '294276-12-31 23:59:59+00'),
         (null, '', 'load', 'one_time', '-infinity', 'null', 'infinity')`,
      [scene.brandId],
    )
    await console.sql.query(
      `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types, heartbeat_at)
       select gen_random_uuid(), 'odd', 'host', 1, '0', 'running', 1, '{x}', at
       from unnest('{infinity,-infinity,290000-01-01 00:00:00+00}'::timestamptz[]) at`,
    )
    await addIncident(console.sql, {
      kind: 'suspicious',
      organization_id: scene.organizationId,
      brand_id: scene.brandId,
      snoozed_until: '290000-01-01 00:00:00+00',
    })
    const { nextTurnAt } = await scene.round()
    expect(Number.isFinite(nextTurnAt?.getTime())).toBe(true)
    expect(await kinds()).toContain('dataset_stale orders')
  })

  test('bad inputs 13, 14: a label that the database does not take is kept as far as it can be', async () => {
    const odd = testCatalog({ datasets: { orders: { maxAgeHours: 24, label: 'Or\uD83Dders\u0000' } } })
    const other = await openScene(console, catalog, odd)
    await other.succeed('orders', 25)
    await other.round()
    expect(await other.open()).toMatchObject([{ summary: matching(/^Or\uFFFDders\uFFFD of Acme is stale/) }])
  })

  test('what may be how old is not forgotten because the agent that said so is lost, or was stopped for the weekend', async () => {
    const own = testCatalog({})
    const other = await openScene(console, catalog, own)
    const { sql } = console
    await other.succeed('orders', 25)
    for (const [columns, expected] of [
      [`heartbeat_at = now() - interval '20 days'`, 1],
      [`state = 'stopped', heartbeat_at = now() - interval '3 days'`, 1],
      [`state = 'stopped', heartbeat_at = now() - interval '8 days'`, 0],
    ] as const) {
      await sql.query('delete from incidents')
      await sql.query(`update agents set ${columns} where id = $1`, [other.agentId])
      await sql.query('delete from agents where id <> $1', [other.agentId])
      await other.round()
      expect((await other.open()).filter(({ kind }) => kind === 'dataset_stale')).toHaveLength(expected)
    }
  })
})

describe('F7: stale shows at once, its incident waits out the grace', () => {
  test('the grace is the p90 of the last runs that refresh it', async () => {
    const jobId = await scene.job('load')
    await ran(jobId, 200, ...Array<number>(17).fill(2), 10, 10, 10)
    await scene.succeed('orders', 24)
    scene.at.advance({ minutes: 9 })
    const waiting = await scene.round()
    expect(await kinds()).toEqual([])
    expect(waiting.nextTurnAt).toEqual(new Date((scene.at.current?.getTime() ?? 0) + 60_000))
    scene.at.advance({ minutes: 1, seconds: 1 })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { details: { graceMinutes: 10, jobTypes: ['load'] }, next_step: 'Run load.' },
    ])
  })

  test('at most half an hour, however long runs take', async () => {
    await ran(await scene.job('load'), 90, 90)
    await scene.succeed('orders', 24)
    scene.at.advance({ minutes: 30 })
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ seconds: 1 })
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale orders'])
  })

  test('one that refreshes in time is never heard of', async () => {
    await ran(await scene.job('load'), 10)
    await scene.succeed('orders', 24)
    scene.at.advance({ minutes: 5 })
    await scene.round()
    await scene.succeed('orders')
    scene.at.advance({ minutes: 10 })
    await scene.round()
    expect(await scene.incidents()).toEqual([])
  })

  test('a dataset that no job refreshes has no grace, nor one whose switch is off', async () => {
    await ran(await scene.job('copy'), 20)
    await scene.succeed('visits', 24)
    scene.at.advance({ seconds: 1 })
    await scene.round()
    expect(await kinds()).toEqual(['dataset_stale visits'])
  })
})

describe('a dataset that never succeeded', () => {
  const never = 'dataset_never_synced orders'
  const onlyOrders = async (): Promise<string[]> => (await kinds()).filter((one) => one.endsWith(' orders'))

  test('is due half an hour after the first fire of its job', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-1) })
    const { nextTurnAt } = await scene.round()
    expect(await kinds()).toEqual([])
    expect(nextTurnAt).toEqual(scene.hoursAgo(-1.5))
    scene.at.advance({ minutes: 90, seconds: 1 })
    await scene.round()
    expect(await onlyOrders()).toEqual([never])
    const incident = (await scene.open()).find(({ dataset_key: dataset }) => dataset === 'orders')
    expect(incident?.summary).toMatch(/^Orders of Acme has never succeeded, though it should have by \S+ \S+ UTC\.$/)
  })

  test('is due when a run has ended for good without it; a run in progress and a retry are waited for', async () => {
    const jobId = await scene.job('load')
    await scene.end(
      jobId,
      { status: 'failed', attempt_number: 1 },
      { next_attempt: 2, next_run_at: scene.hoursAgo(-0.1) },
    )
    await scene.round()
    expect(await onlyOrders()).toEqual([])
    const running = await addRun(console.sql, jobId, { agent_id: scene.agentId, started_at: scene.at.current })
    await console.sql.query('update scheduled_jobs set current_run_id = $1', [running])
    scene.at.advance({ minutes: 40 })
    await scene.round()
    expect(await onlyOrders()).toEqual([])
    await console.sql.query('update scheduled_jobs set current_run_id = null')
    await scene.end(
      jobId,
      { status: 'failed', attempt_number: 4 },
      { next_attempt: 1, next_run_at: scene.hoursAgo(-20) },
    )
    await scene.round()
    expect(await onlyOrders()).toEqual([never])
    expect((await scene.open()).filter(({ cause_id: cause }) => cause === null)).toMatchObject([{ kind: 'run_failed' }])
  })

  test('is due when it was not among what a completed run refreshed', async () => {
    const jobId = await scene.job('load')
    await console.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_attempt_at) values ($1, 'orders', 'failed', now())`,
      [scene.brandId],
    )
    await scene.end(jobId, { status: 'completed', problem: 'warnings' })
    await scene.round()
    expect(await kinds()).toEqual([never])
  })

  test('is due when its maximum age has passed since brand and job exist, whatever is planned', async () => {
    await scene.job('load', { next_run_at: scene.hoursAgo(-200), created_at: scene.hoursAgo(0) })
    scene.at.advance({ hours: 23 })
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ hours: 1, minutes: 1 })
    await scene.round()
    expect(await kinds()).toEqual([never, 'dataset_never_synced visits'])
  })

  test('a paused job plans nothing: the maximum age counts', async () => {
    await scene.job('load', { status: 'paused', next_run_at: scene.hoursAgo(5), created_at: scene.hoursAgo(0) })
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ hours: 25 })
    await scene.round()
    expect(await onlyOrders()).toEqual([never])
  })

  test('one with a policy of its own and no job at all is waited for as long as it may be old', async () => {
    await console.sql.query(
      `insert into dataset_policies (brand_id, dataset_key, max_age_hours, changed_at) values ($1, 'other', 2, $2)`,
      [scene.brandId, scene.at.current],
    )
    scene.at.advance({ hours: 1, minutes: 59 })
    await scene.round()
    expect(await kinds()).toEqual([])
    scene.at.advance({ minutes: 2 })
    await scene.round()
    expect(await kinds()).toEqual(['dataset_never_synced other'])
  })

  test('it ends with its first success, not with a run that begins', async () => {
    const jobId = await scene.job('load', { next_run_at: scene.hoursAgo(1) })
    await scene.round()
    expect(await onlyOrders()).toEqual([never])
    const running = await addRun(console.sql, jobId, { agent_id: scene.agentId, started_at: scene.at.current })
    await console.sql.query('update scheduled_jobs set current_run_id = $1, next_run_at = null', [running])
    await scene.round()
    expect(await onlyOrders()).toEqual([never])
    await scene.succeed('orders')
    await scene.round()
    expect(await onlyOrders()).toEqual([])
  })
})

describe('F7: at risk, for organizations that want to know', () => {
  test('off by default', async () => {
    await scene.succeed('orders', 23.9)
    await scene.round()
    expect(await kinds()).toEqual([])
  })

  test('before the next run can finish; a plan in time ends it, and so does going stale, quietly', async () => {
    await watch('at_risk', true)
    const jobId = await scene.job('load', { next_run_at: scene.hoursAgo(-5) })
    await scene.succeed('orders', 20)
    await scene.succeed('visits', 18)
    await scene.round()
    expect(await scene.open()).toMatchObject([
      {
        kind: 'at_risk',
        dataset_key: 'orders',
        summary: matching(/goes stale at .*, before the run of .* can finish\.$/),
      },
    ])
    await console.sql.query('update scheduled_jobs set next_run_at = $2 where id = $1', [jobId, scene.hoursAgo(-3)])
    await scene.round()
    expect(await kinds()).toEqual([])
    await console.sql.query('update scheduled_jobs set next_run_at = $2 where id = $1', [jobId, scene.hoursAgo(-50)])
    await scene.round()
    scene.at.advance({ hours: 5 })
    await scene.round()
    expect(await kinds()).toEqual(['at_risk visits', 'dataset_stale orders'])
    expect(await scene.told()).toEqual([
      'opened at_risk',
      'resolved at_risk',
      'opened at_risk',
      'opened at_risk',
      'opened dataset_stale',
    ])
  })

  test('with no run planned only towards the end: the last tenth of its age', async () => {
    await watch('at_risk', true)
    await scene.succeed('orders', 21)
    const { nextTurnAt } = await scene.round()
    expect(await kinds()).toEqual([])
    expect(nextTurnAt).toEqual(scene.hoursAgo(-0.6))
    scene.at.advance({ minutes: 37 })
    await scene.round()
    expect(await kinds()).toEqual(['at_risk orders'])
  })

  test('a warning age alone: when it is reached, in words of its own, and over with a success or with the age', async () => {
    await watch('at_risk', true)
    await scene.succeed('other', 5)
    await console.sql.query(
      `insert into dataset_policies (brand_id, dataset_key, warn_age_hours) values ($1, 'other', 6)`,
      [scene.brandId],
    )
    expect((await scene.round()).nextTurnAt).toEqual(scene.hoursAgo(-1))
    scene.at.advance({ hours: 2 })
    await scene.round()
    expect(await scene.open()).toMatchObject([
      { kind: 'at_risk', dataset_key: 'other', summary: matching(/is older than its warning age since [^,]*\.$/) },
    ])
    await scene.succeed('other', 0)
    await scene.round()
    scene.at.advance({ hours: 7 })
    await scene.round()
    await console.sql.query('delete from dataset_policies')
    await scene.round()
    const resolutions = (await scene.incidents()).map(({ resolution }) => resolution)
    expect(resolutions).toEqual([
      'It will be refreshed in time, or has been.',
      'It does not exist any more, or nothing says how old it may be.',
    ])
  })
})

describe('what an organization watches for', () => {
  test('an organization whose section is off has no incidents; when it is switched off, they end quietly', async () => {
    const closed = await addBrand(console.sql, 'Closed')
    await console.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at) values ($1, 'orders', now() - interval '9 days')`,
      [closed.brandId],
    )
    await scene.succeed('orders', 25)
    await scene.round()
    expect(await scene.incidents()).toMatchObject([{ organization_id: scene.organizationId }])
    await console.sql.query('update organization_features set enabled = false')
    await scene.round()
    expect(await kinds()).toEqual([])
    expect(await scene.told()).toEqual(['opened dataset_stale'])
  })

  test('a kind that is not watched is not opened, and ends quietly; others go on', async () => {
    const other = await addOpenBrand(console.sql, 'Other')
    await console.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at) values ($1, 'orders', now() - interval '9 days')`,
      [other.brandId],
    )
    await scene.succeed('orders', 25)
    await scene.round()
    expect(await scene.open()).toHaveLength(2)
    await watch('dataset_stale', false)
    await scene.round()
    expect(await scene.open()).toMatchObject([{ organization_id: other.organizationId }])
    expect(await scene.told()).toHaveLength(2)
  })

  test('what another program wrote as settings counts only where it makes sense', async () => {
    await scene.succeed('orders', 25)
    for (const kinds of ['[true]', '"no"', '{"dataset_stale": "yes"}', '{"dataset_stale": null}']) {
      await console.sql.query(
        `insert into notification_settings (organization_id, kinds, changed_by) values ($1, $2, 'test')
         on conflict (organization_id) do update set kinds = excluded.kinds`,
        [scene.organizationId, kinds],
      )
      await scene.round()
    }
    const ended = (await scene.incidents()).filter(({ resolved_at: at }) => at !== null)
    expect(ended).toHaveLength(1)
  })
})
