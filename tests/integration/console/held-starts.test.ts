/** When something starts that is held, or will be: told the same by everything that says so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeCell } from '../../../shared/cell-code.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRun } from '../../support/job-rows.ts'
import { waitFor } from '../../support/wait.ts'
import { containing, matching } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, label: 'Orders' } },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: { report: [{ dataset: 'orders', maxAgeHours: 24, fix: { jobType: 'load_orders', parameters: {} } }] },
})

let pm: TestConsole
let scene: Scene
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  scene = await openScene(pm, catalog)
  await pm.sql.query(
    `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"at_risk": true}', 'test')`,
    [scene.organizationId],
  )
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions, holds, incidents cascade')
})

const hourMs = 3_600_000
const ahead = (ms: number): Date => new Date((scene.at.current?.getTime() ?? 0) + ms)
const hold = async (startsAt: Date | null, endsAt: Date | null) =>
  (
    await pm.client.holds.create({
      organizationId: scene.organizationId,
      brandId: scene.brandId,
      startsAt: startsAt?.toISOString() ?? null,
      endsAt: endsAt?.toISOString() ?? null,
      reason: 'migration',
    })
  ).hold

async function told(): Promise<{ board: string | undefined; card: unknown; incidents: unknown }> {
  const board = await pm.client.freshness.board({ organizationId: scene.organizationId })
  const { datasets } = await pm.client.freshness.brand({ brandId: scene.brandId })
  // Holds begin by the database's own clock.
  scene.at.set(new Date().toISOString())
  await scene.round()
  return {
    board: decodeCell(board.cells)?.freshness,
    card: datasets[0],
    incidents: (await scene.open()).map(({ kind, summary }) => ({ kind, summary })),
  }
}

describe('F7: what is held does not refresh in time', () => {
  test('due for an hour and held without an end, it is at risk as with a pause: board, card and incident', async () => {
    await scene.succeed('orders', 23.9)
    await scene.job('load_orders', { next_run_at: scene.hoursAgo(1) })
    expect(await told()).toMatchObject({ board: 'fresh', card: { freshness: 'fresh', hold: null }, incidents: [] })
    const made = await hold(null, null)
    expect(await told()).toMatchObject({
      board: 'at_risk',
      card: {
        freshness: 'at_risk',
        nextRunAt: null,
        hold: { endsAt: null },
        reason: matching(/what would refresh it is held\. load_orders is held by .+ until it is ended: migration/),
        refreshers: [{ nextRunAt: null, hold: { endsAt: null } }],
      },
      incidents: [{ kind: 'at_risk', summary: containing('and what would refresh it is held') }],
    })
    await pm.client.holds.end({ organizationId: scene.organizationId, holdId: made.id })
    expect(await told()).toMatchObject({ board: 'fresh', card: { freshness: 'fresh' }, incidents: [] })
  })

  test('one that ends before the data goes stale is no risk, one that ends later is', async () => {
    await scene.succeed('orders', 12)
    await scene.job('load_orders', { next_run_at: scene.hoursAgo(1) })
    const { id } = await hold(null, ahead(11 * hourMs))
    const startsAt = ahead(11 * hourMs)
    expect(await told()).toMatchObject({ board: 'fresh', card: { nextRunAt: startsAt, hold: { endsAt: startsAt } } })
    const endsAt = ahead(13 * hourMs)
    await pm.client.holds.change({
      organizationId: scene.organizationId,
      holdId: id,
      endsAt: endsAt.toISOString(),
    })
    expect(await told()).toMatchObject({
      board: 'at_risk',
      card: { freshness: 'at_risk', nextRunAt: endsAt },
      incidents: [{ kind: 'at_risk', summary: containing('before the run of') }],
    })
  })

  test('a hold that begins or ends by the clock turns the word, with nothing written', async () => {
    await scene.succeed('orders', 23.9)
    await scene.job('load_orders', { next_run_at: scene.hoursAgo(1) })
    await hold(new Date(Date.now() + 700), new Date(Date.now() + 1_800))
    await pm.sql.query(`update holds set ends_at = null`)
    const word = async (): Promise<string | undefined> => {
      const { cells } = await pm.client.freshness.board({ organizationId: scene.organizationId })
      return decodeCell(cells)?.freshness
    }
    expect(await word()).toBe('fresh')
    await waitFor(async () => (await word()) === 'at_risk', { describe: 'the start of the hold' })
    await pm.sql.query(`update holds set ends_at = now() + interval '1 second'`)
    // The job is due and free when it ends, which is before the data goes stale.
    await waitFor(async () => (await word()) === 'fresh', { describe: 'the end of the hold' })
  })
})

describe('when the data comes', () => {
  const refresh = async () => {
    const { items } = await pm.client.readiness.page({ brandId: scene.brandId, page: 'report' })
    return items[0]
  }

  test('past a hold that is only planned, and past those that follow it: readiness and the answer of the queue', async () => {
    await scene.succeed('orders', 30)
    await scene.job('load_orders', { next_run_at: ahead(2 * hourMs) })
    await hold(ahead(hourMs), ahead(3 * hourMs))
    const last = await hold(ahead(2.5 * hourMs), ahead(5 * hourMs))
    expect(await refresh()).toMatchObject({ refresh: { startsAt: last.endsAt } })
    const due = ahead(2 * hourMs).toISOString()
    const { organizationId, brandId } = scene
    const about = { organizationId, brandId, jobType: 'load_orders', parameters: {} }
    const queue = async (at: string) => (await pm.client.jobs.queue({ ...about, at })).message
    const until = last.endsAt?.toISOString().slice(0, 16).replace('T', ' ')
    expect(await queue(due)).toMatch(new RegExp(` is queued for .+; held until ${until} UTC by `))
    expect(await queue(ahead(6 * hourMs).toISOString())).not.toContain('held')
  })

  test('J10: a fire that catch-up skips is not promised for the end of the hold, but the first one after it', async () => {
    await scene.succeed('orders', 30)
    const jobId = await scene.job('load_orders', {
      cron_expression: '0 * * * *',
      next_run_at: scene.hoursAgo(0.5),
      catch_up_policy: 'skip',
    })
    const nextHour = new Date(Math.ceil(ahead(2 * hourMs).getTime() / hourMs) * hourMs)
    const made = await hold(null, new Date(nextHour.getTime() - 10 * 60_000))
    expect(await refresh()).toMatchObject({ refresh: { startsAt: nextHour } })
    // A retry is no fire of the cadence.
    await pm.sql.query('update scheduled_jobs set next_attempt = 2 where id = $1', [jobId])
    expect(await refresh()).toMatchObject({ refresh: { startsAt: made.endsAt } })
    await pm.sql.query(`update scheduled_jobs set next_attempt = 1, catch_up_policy = 'latest' where id = $1`, [jobId])
    expect(await refresh()).toMatchObject({ refresh: { startsAt: made.endsAt } })
  })

  test('what is queued and held says so, and waits for no agent', async () => {
    await scene.succeed('orders', 30)
    await scene.job('load_orders', { next_run_at: scene.hoursAgo(1) })
    expect(await refresh()).toMatchObject({ work: { state: 'queued', hold: null } })
    const made = await hold(null, ahead(hourMs))
    expect(await refresh()).toMatchObject({ work: { state: 'queued', hold: { endsAt: made.endsAt } } })
    const cells = [{ brandId: scene.brandId, dataset: 'orders' }]
    const preview = await pm.client.freshness.previewFixes({ organizationId: scene.organizationId, cells })
    expect(preview.skipped).toMatchObject([{ reason: matching(/is queued already: held until .+: migration\./) }])
  })

  test('a run in progress is not held', async () => {
    await scene.succeed('orders', 30)
    const jobId = await scene.job('load_orders', { next_run_at: scene.hoursAgo(1) })
    const runId = await addRun(pm.sql, jobId, { agent_id: scene.agentId, started_at: scene.hoursAgo(0.1) })
    await pm.sql.query('update scheduled_jobs set current_run_id = $2 where id = $1', [jobId, runId])
    await hold(null, null)
    expect(await refresh()).toMatchObject({ work: { state: 'running', hold: null } })
  })
})

describe('what is said when a hold is ended', () => {
  const end = async (holdId: string) =>
    (await pm.client.holds.end({ organizationId: scene.organizationId, holdId })).message

  test('by default what is due starts now', async () => {
    expect(await end((await hold(null, null)).id)).toBe('The hold of Acme is ended; what is due starts now.')
  })

  test('one that was only planned held nothing', async () => {
    expect(await end((await hold(ahead(hourMs), null)).id)).toBe('The hold of Acme is ended before it began.')
  })

  test('where another one holds the same, or a part of it, nothing is promised', async () => {
    const { id } = await hold(null, null)
    const scope = { organizationId: scene.organizationId, reason: 'other' }
    const part = await pm.client.holds.create({ ...scope, jobType: 'load_orders' })
    expect(await end(id)).toBe(
      'The hold of Acme is ended; what is due starts now, apart from what the hold of load_orders of all brands is about.',
    )
    await pm.client.holds.create({ ...scope, endsAt: '2030-01-31T14:00:00Z' })
    expect(await end(part.hold.id)).toBe(
      'The hold of load_orders of all brands is ended; the hold of all brands goes on until 2030-01-31 14:00 UTC, and nothing of it starts before.',
    )
  })
})
