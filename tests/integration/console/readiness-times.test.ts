import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'
import { addCheck } from '../../support/ping-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 100, label: 'Orders' }, ads: {} },
  jobTypes: {
    load_orders: { datasets: ['orders'] },
    load_some: { datasets: ['ads', { dataset: 'orders', when: 'with_orders' }] },
  },
  pages: {
    report: [
      { dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: { days: 2 } } },
      { dataset: 'ads', maxAgeHours: 24, fix: { jobType: 'load_ads', parameters: {} } },
    ],
    loose: [{ dataset: 'orders', maxAgeHours: 48, fix: { jobType: 'load_orders', parameters: {} } }],
  },
})

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations cascade')
})

const report = () => pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })

async function addWorker(jobTypes: readonly string[]): Promise<void> {
  await pm.sql.query(
    `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types)
     values (gen_random_uuid(), 'worker', 'host', 1, '1', 'running', 1, $1)`,
    [jobTypes],
  )
}
afterEach(async () => {
  await pm.sql.query(`delete from agents where name = 'worker'`)
})

describe('when it will be ready', () => {
  const loose = () => pm.client.readiness.page({ brandId: brand.brandId, page: 'loose' })
  const inMinutes = async (minutes: number): Promise<Date> => {
    const { rows } = await pm.sql.query<{ at: Date }>(
      `select date_trunc('milliseconds', now()) + $1 * interval '1 minute' as at`,
      [minutes],
    )
    return rows[0]?.at ?? new Date(0)
  }
  /** A schedule of the brand. */
  const addSchedule = (columns: object): Promise<string> =>
    addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders', cron_expression: '0 3 * * *', ...columns })
  /** Ten completed runs, of 1 to 10 minutes. */
  const addPast = async (jobId: string): Promise<void> => {
    for (let minutes = 1; minutes <= 10; minutes += 1) {
      const started_at = await inMinutes(-1_000 - minutes * 60)
      const completed_at = new Date(started_at.getTime() + minutes * 60_000)
      await addRun(pm.sql, jobId, { brand_id: brand.brandId, status: 'completed', started_at, completed_at })
    }
  }
  const addRunning = async (jobId: string, minutesAgo: number): Promise<string> => {
    const runId = await addRun(pm.sql, jobId, { brand_id: brand.brandId, started_at: await inMinutes(-minutesAgo) })
    await pm.sql.query('update scheduled_jobs set current_run_id = $1, next_run_at = null where id = $2', [
      runId,
      jobId,
    ])
    return runId
  }
  const minutesAfter = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000)
  beforeEach(() => addWorker(['load_orders']))

  test('a run under way: its start and the p90 of its runs; longer than that, it is expected at any moment', async () => {
    const jobId = await addSchedule({})
    await addPast(jobId)
    await addRunning(jobId, 4)
    const answer = await loose()
    const startsAt = answer.items[0]?.refresh.startsAt ?? null
    expect(answer.items[0]).toMatchObject({
      expectedAt: minutesAfter(startsAt ?? answer.asOf, 9),
      refresh: { state: 'running', jobId, by: 'load_orders', durationMs: 9 * 60_000, gap: null },
    })
    expect(answer).toMatchObject({ expectedAt: answer.items[0]?.expectedAt, readyUntil: null, isRefreshedInTime: null })
    await pm.sql.query(`update scheduled_job_runs set started_at = now() - interval '3 hours' where status = 'running'`)
    const late = await loose()
    expect(late.expectedAt).toEqual(late.asOf)
  })

  test('a planned run, one that is due, and a fix that was queued once, which takes as long as the schedule does', async () => {
    const next_run_at = await inMinutes(20)
    const jobId = await addSchedule({ next_run_at })
    await addPast(jobId)
    expect((await loose()).expectedAt).toEqual(minutesAfter(next_run_at, 9))
    const fixId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders', name: 'Fix' })
    const due = await loose()
    expect(due.items[0]?.refresh).toMatchObject({ state: 'planned', jobId: fixId })
    expect(due.expectedAt).toEqual(minutesAfter(due.asOf, 9))
    // The fixes before are done, and the schedule is gone: as long as the job type takes.
    await pm.sql.query(`update scheduled_jobs set status = 'completed' where id = $1`, [jobId])
    const alone = await loose()
    expect(alone.expectedAt).toEqual(minutesAfter(alone.asOf, 9))
  })

  test.for<[string, object]>([
    ['paused', { status: 'paused' }],
    ['dead', { next_run_at: null, last_run_status: 'failed' }],
    ['nothing_planned', { next_run_at: null }],
    ['archived', { status: 'archived' }],
    ['no_agent', {}],
    ['duration_unknown', {}],
  ])('nobody can say when: %s', async ([gap, columns]) => {
    const jobId = await addSchedule({ next_run_at: await inMinutes(20), ...columns })
    if (gap !== 'duration_unknown') await addPast(jobId)
    if (gap === 'no_agent') await pm.sql.query(`update agents set job_types = '{}' where name = 'worker'`)
    // Another program that ran it lately could run it again.
    if (gap === 'no_agent')
      await pm.sql.query(`update scheduled_job_runs set started_at = started_at - interval '9 days'`)
    const answer = await loose()
    expect(answer).toMatchObject({ verdict: 'not_ready', expectedAt: null })
    expect(answer.items[0]).toMatchObject({ expectedAt: null, refresh: { by: 'load_orders', gap } })
  })

  test('a run that has failed for the dataset already does not bring it', async () => {
    const jobId = await addSchedule({})
    await addPast(jobId)
    const runId = await addRunning(jobId, 4)
    await addStatus(pm.sql, brand.brandId, 'orders', { attemptAge: 0, status: 'failed', error: 'HTTP 500' })
    await pm.sql.query('update dataset_status set last_run_id = $1', [runId])
    expect((await loose()).items[0]?.refresh.gap).toBe('failed_in_run')
  })

  test('a job whose parameters leave the dataset out does not bring it', async () => {
    expect((await loose()).items[0]?.refresh).toMatchObject({ state: 'none', by: null, gap: 'nothing_planned' })
    const jobId = await addSchedule({ job_type: 'load_some', parameters: { with_orders: false } })
    expect((await loose()).items[0]?.refresh.jobId).toBeNull()
    await pm.sql.query(`update scheduled_jobs set parameters = '{"with_orders": true}'`)
    expect((await loose()).items[0]?.refresh.jobId).toBe(jobId)
  })

  test('what only another program refreshes is expected by the period of its check', async () => {
    const last_ping_at = await inMinutes(-20)
    const checkId = await addCheck(pm.sql, brand, { dataset_key: 'orders', status: 'up', last_ping_at })
    const answer = await loose()
    expect(answer.items[0]?.refresh).toMatchObject({ state: 'outside', jobId: null, by: 'Nightly export' })
    expect(answer.expectedAt).toEqual(minutesAfter(last_ping_at, 60))
    const change = async (columns: string): Promise<string | null | undefined> => {
      await pm.sql.query(`update ping_checks set ${columns} where id = $1`, [checkId])
      const { expectedAt, items } = await loose()
      expect(expectedAt).toBeNull()
      return items[0]?.refresh.gap
    }
    expect(await change(`last_ping_at = now() - interval '2 hours'`)).toBe('outside_late')
    expect(await change('last_ping_at = null')).toBe('outside')
    const elsewhere = `last_ping_at = now(), period_seconds = null, cron_expression = '0 6 * * *', time_zone = 'Mars/Base'`
    expect(await change(elsewhere)).toBe('outside')
    expect(await change(`status = 'paused'`)).toBe('paused')
  })

  test('a paused job of ours does not hide the other program that brings the data', async () => {
    const jobId = await addSchedule({ status: 'paused' })
    expect((await loose()).items[0]?.refresh).toMatchObject({ jobId, gap: 'paused' })
    const last_ping_at = await inMinutes(-20)
    await addCheck(pm.sql, brand, { dataset_key: 'orders', status: 'up', last_ping_at })
    const answer = await loose()
    expect(answer.items[0]?.refresh).toMatchObject({ state: 'outside', by: 'Nightly export', gap: null })
    expect(answer.expectedAt).toEqual(minutesAfter(last_ping_at, 60))
  })

  test('a page is ready until its first dataset goes stale, and says whether a run begins before that', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 47 })
    const jobId = await addSchedule({ next_run_at: await inMinutes(30) })
    const answer = await loose()
    expect(answer).toMatchObject({
      verdict: 'ready',
      expectedAt: null,
      readyUntil: answer.items[0]?.staleAt,
      nextRunAt: answer.items[0]?.refresh.startsAt,
      isRefreshedInTime: true,
    })
    expect(answer.items[0]).toMatchObject({ expectedAt: null, refresh: { jobId, gap: 'duration_unknown' } })
    await pm.sql.query('update scheduled_jobs set next_run_at = $1', [await inMinutes(90)])
    expect(await loose()).toMatchObject({ verdict: 'ready', isRefreshedInTime: false })
  })

  test('a page waits for the last of its datasets', async () => {
    const next_run_at = await inMinutes(20)
    await addPast(await addSchedule({ next_run_at }))
    expect((await report()).expectedAt).toBeNull()
    const adsId = await addSchedule({ job_type: 'load_ads', next_run_at: await inMinutes(10) })
    await addPast(adsId)
    await addWorker(['load_ads'])
    expect((await report()).expectedAt).toEqual(minutesAfter(next_run_at, 9))
    expect((await pm.client.readiness.ask({ page: 'report', brand: 'Acme' })).expectedAt).toEqual(
      minutesAfter(next_run_at, 9),
    )
  })

  /** What the list says of a page, as the page itself says it. */
  const listed = async (page: string, by: Date | null = null) => {
    const { organizationId } = brand
    const answer = await pm.client.readiness.list({ organizationId, by: by?.toISOString() ?? null })
    const place = answer.pages.findIndex(({ key }) => key === page)
    const mine = answer.brands.find(({ id }) => id === brand.brandId)
    const after = (seconds: number | null | undefined): Date | null =>
      seconds === null || seconds === undefined ? null : new Date(answer.asOf.getTime() + seconds * 1_000)
    return {
      expectedAt: after(mine?.readyInSeconds[place]),
      readyUntil: after(mine?.readyForSeconds[place]),
      isLate: mine?.goesStale[page] !== undefined,
      unknown: mine?.unknown[page] ?? null,
      work: mine?.work[page] ?? null,
      notReadyBy: mine?.notReadyBy?.includes(page) ?? null,
    }
  }
  const expectSame = async (page: 'loose' | 'report') => {
    const [own, of] = [await pm.client.readiness.page({ brandId: brand.brandId, page }), await listed(page)]
    const apart = (one: Date | null, other: Date | null): number =>
      one === null || other === null ? (one === other ? 0 : Number.NaN) : Math.abs(one.getTime() - other.getTime())
    expect(apart(own.expectedAt, of.expectedAt)).toBeLessThan(5_000)
    expect(apart(own.readyUntil, of.readyUntil)).toBeLessThan(5_000)
    expect(of.isLate).toBe(own.isRefreshedInTime === false)
    expect(of.unknown === null).toBe(own.verdict !== 'not_ready' || own.expectedAt !== null)
    // What waits for a hold does not run for it.
    expect(of.work?.jobId).toBe(own.items.find(({ work }) => work !== null && work.hold === null)?.work?.jobId)
    return of
  }

  test('the list says of all brands what each page says: expected, until when, what runs, and why nobody can say', async () => {
    expect((await expectSame('loose')).unknown?.why).toBe('Orders: nothing is planned that refreshes it.')
    const next_run_at = await inMinutes(20)
    const jobId = await addSchedule({ next_run_at })
    await addPast(jobId)
    await expectSame('loose')
    expect((await expectSame('report')).unknown?.why).toBe('ads: nothing is planned that refreshes it.')
    await pm.sql.query(`update scheduled_jobs set status = 'paused'`)
    expect((await expectSame('loose')).unknown?.why).toBe('Orders: load_orders is paused.')
    await addCheck(pm.sql, brand, { dataset_key: 'orders', status: 'up', last_ping_at: await inMinutes(-20) })
    await expectSame('loose')
    await pm.sql.query(`delete from ping_checks`)
    await pm.sql.query(`update scheduled_jobs set status = 'archived'`)
    expect((await expectSame('loose')).unknown?.why).toBe('Orders: its job load_orders is archived.')
    await pm.sql.query(`update scheduled_jobs set status = 'active'`)
    const runId = await addRunning(jobId, 4)
    expect((await expectSame('loose')).work).toMatchObject({ state: 'running', jobId, jobType: 'load_orders', runId })
    await addStatus(pm.sql, brand.brandId, 'orders', { attemptAge: 0, status: 'failed', error: 'HTTP 500' })
    await pm.sql.query('update dataset_status set last_run_id = $1', [runId])
    expect((await expectSame('loose')).unknown?.why).toMatch(
      /^Orders: the run of load_orders has failed for it already/,
    )
    await pm.sql.query('update scheduled_jobs set current_run_id = null, next_run_at = $1', [await inMinutes(90)])
    await pm.sql.query(`update scheduled_job_runs set status = 'failed', completed_at = now() where id = $1`, [runId])
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 47 })
    expect(await expectSame('loose')).toMatchObject({ isLate: true, unknown: null, work: null })
    await pm.sql.query('update scheduled_jobs set next_run_at = $1', [await inMinutes(30)])
    expect(await expectSame('loose')).toMatchObject({ isLate: false })
    // A fix of which the catalog does not say what it refreshes.
    await addPast(await addSchedule({ job_type: 'load_ads', next_run_at: await inMinutes(10) }))
    await addWorker(['load_ads'])
    await expectSame('report')
  })

  test('what is held: the list says the same start as the page, past every hold and past fires that are left out', async () => {
    const hold = async (from: number, to: number | null): Promise<void> => {
      await pm.sql.query(
        `insert into holds (organization_id, brand_id, reason, created_by, changed_by, starts_at, ends_at) values ($1, $2, 'move', 'Ben', 'Ben', $3, $4)`,
        [brand.organizationId, brand.brandId, await inMinutes(from), to === null ? null : await inMinutes(to)],
      )
    }
    const jobId = await addSchedule({
      cron_expression: '*/30 * * * *',
      next_run_at: await inMinutes(20),
      time_zone: 'UTC',
    })
    await addPast(jobId)
    try {
      await hold(-1, 60)
      await hold(59, 90)
      const held = (await expectSame('loose')).expectedAt
      expect(held?.getTime()).toBeGreaterThan((await inMinutes(90)).getTime())
      await pm.sql.query(`update scheduled_jobs set next_run_at = $1`, [await inMinutes(-5)])
      expect(await expectSame('loose')).toMatchObject({ work: null })
      await pm.sql.query(`update scheduled_jobs set catch_up_policy = 'skip', next_attempt = 1`)
      const later = (await expectSame('loose')).expectedAt
      expect(later?.getTime()).toBeGreaterThan(held?.getTime() ?? Number.NaN)
      await hold(85, null)
      expect((await expectSame('loose')).unknown?.why).toMatch(/held/)
    } finally {
      await pm.sql.query('delete from holds where organization_id = $1', [brand.organizationId])
    }
  })

  test('what a job was found to take is asked anew when its next run has ended', async () => {
    const next_run_at = await inMinutes(20)
    const jobId = await addSchedule({ next_run_at })
    await addPast(jobId)
    await pm.sql.query('update scheduled_jobs set last_run_finished_at = now() where id = $1', [jobId])
    expect((await listed('loose')).expectedAt?.getTime()).toBeCloseTo(minutesAfter(next_run_at, 9).getTime(), -4)
    await pm.sql.query(
      `update scheduled_job_runs set completed_at = started_at + interval '30 minutes' where scheduled_job_id = $1`,
      [jobId],
    )
    await pm.sql.query(`update scheduled_jobs set last_run_finished_at = now() + interval '1 second' where id = $1`, [
      jobId,
    ])
    expect((await listed('loose')).expectedAt?.getTime()).toBeCloseTo(minutesAfter(next_run_at, 30).getTime(), -4)
  })

  test('which pages will not be ready by a time: expected later, nobody can say, or stale by then and not refreshed', async () => {
    const notBy = async (minutes: number) => (await listed('loose', await inMinutes(minutes))).notReadyBy
    expect((await listed('loose')).notReadyBy).toBeNull()
    expect(await notBy(60)).toBe(true)
    const jobId = await addSchedule({ next_run_at: await inMinutes(20) })
    await addPast(jobId)
    expect([await notBy(25), await notBy(35)]).toEqual([true, false])
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 47 })
    await pm.sql.query('update scheduled_jobs set next_run_at = $1', [await inMinutes(90)])
    expect([await notBy(50), await notBy(70), await notBy(120)]).toEqual([false, true, false])
  })
})
