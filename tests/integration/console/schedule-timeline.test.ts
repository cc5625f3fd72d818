import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { timelineOf } from '../../../renderer/tabs/schedules/lanes.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'
import { errorOf } from './error-of.ts'

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole()
})
afterAll(async () => {
  await console.stop()
  if (console.troubles.length > 0) throw new Error(console.troubles.join('; '))
})
beforeEach(async () => {
  brand = await addOpenBrand(console.sql)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions cascade'))

const hourMs = 3_600_000
const inHours = (hours: number): Date => new Date(Date.now() + hours * hourMs)

describe('the timeline of the coming hours', () => {
  /** As the console draws it. */
  const timeline = async (hours = 24) =>
    timelineOf(await console.client.schedules.timeline({ organizationId: brand.organizationId, hours }))
  const add = (columns: Record<string, unknown>) => addJob(console.sql, { brand_id: brand.brandId, ...columns })

  test('every fire of the coming hours, by lane: planned runs, then the cadence; paused and archived jobs have none', async () => {
    const at = new Date(Math.floor(Date.now() / hourMs) * hourMs + hourMs)
    const hourly = await add({ name: 'Hourly', cron_expression: '0 * * * *', time_zone: 'UTC', next_run_at: at })
    const once = await addJob(console.sql, { name: 'Once', next_run_at: inHours(0.1) })
    await add({ status: 'paused', cron_expression: '0 * * * *' })
    await add({ status: 'archived', cron_expression: '0 * * * *' })
    await add({ cron_expression: '0 6 * * *', next_run_at: inHours(30) })
    const { lanes, truncated, asOf, until } = await timeline(6)
    expect(until.getTime() - asOf.getTime()).toBe(6 * hourMs)
    expect(truncated).toBe(false)
    expect(lanes.map((lane) => lane.brand?.name ?? null)).toEqual(['Acme', null])
    const fires = lanes[0]?.fires ?? []
    expect(new Set(fires.map(({ jobId }) => jobId))).toEqual(new Set([hourly]))
    expect(fires.map((fire) => fire.at.getTime())).toEqual(
      [0, 1, 2, 3, 4, 5].map((hours) => at.getTime() + hours * hourMs).filter((time) => time <= until.getTime()),
    )
    expect(lanes[1]?.fires).toMatchObject([{ jobId: once, jobName: 'Once', expectedMs: null, collides: false }])
  })

  test('an overdue job fires now; one in progress fires again by its cadence; an unreadable cadence fails nothing', async () => {
    const overdue = await add({ name: 'Overdue' })
    const running = await add({
      name: 'Running',
      job_type: 'r',
      cron_expression: '0 * * * *',
      time_zone: 'UTC',
      next_run_at: null,
      current_run_id: randomUUID(),
    })
    await add({ name: 'Odd', cron_expression: 'daily', next_run_at: null })
    const planned = await add({ name: 'Odd, but planned', cron_expression: 'daily', next_run_at: inHours(1) })
    const { lanes, asOf } = await timeline(3)
    const fires = lanes.flatMap((lane) => lane.fires)
    expect(fires[0]).toMatchObject({ jobId: overdue, at: asOf })
    expect(fires.filter(({ jobId }) => jobId === running)).toHaveLength(3)
    expect(fires.filter(({ jobId }) => jobId === planned)).toHaveLength(1)
    expect(fires).toHaveLength(5)
  })

  test('fires collide where an earlier one with their key is expected to be running', async () => {
    const first = await add({ name: 'First', next_run_at: inHours(1) })
    const second = await add({ name: 'Second', next_run_at: inHours(1.2) })
    const third = await add({ name: 'Third', next_run_at: inHours(1.6) })
    const elsewhere = await add({ name: 'Else', job_type: 'other', next_run_at: inHours(1.1) })
    for (const minutes of [30, 10, 20]) {
      const started = inHours(-minutes)
      const ended = new Date(started.getTime() + minutes * 60_000)
      await addRun(console.sql, first, { status: 'completed', started_at: started, completed_at: ended })
    }
    const { lanes } = await timeline(3)
    const fires = new Map(lanes.flatMap((lane) => lane.fires).map((fire) => [fire.jobId, fire]))
    // p90 by nearest rank of three is the longest.
    expect(fires.get(first)).toMatchObject({ expectedMs: 30 * 60_000, collides: false })
    expect(fires.get(second)).toMatchObject({ expectedMs: null, collides: true })
    expect(fires.get(third)).toMatchObject({ collides: false })
    expect(fires.get(elsewhere)).toMatchObject({ collides: false })
  })

  test('10,000 jobs with many cadences: the earliest 10,000 fires, in order, and until the last of them', {
    timeout: 60_000,
  }, async () => {
    await console.sql.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at)
       select $1, 'Job ' || n, 'work', 'recurring', n % 60 || ' ' || n % 4 || ' * * *', 'Europe/Berlin', now() + n * interval '5 seconds'
       from generate_series(1, 10000) n`,
      [brand.brandId],
    )
    const { lanes, truncated, until } = await timeline(24)
    const times = lanes.flatMap((lane) => lane.fires).map(({ at }) => at.getTime())
    expect([times.length, truncated]).toEqual([10_000, true])
    expect(until.getTime()).toBe(times.at(-1))
    expect(times).toEqual(times.toSorted((left, right) => left - right))
  })

  test('organizations are separated', async () => {
    const other = await addOpenBrand(console.sql, 'Other')
    await addJob(console.sql, { brand_id: other.brandId, next_run_at: inHours(1) })
    await addJob(console.sql, { next_run_at: inHours(1) })
    const bound = console.as({ scope: 'read', organizationId: brand.organizationId })
    expect((await bound.schedules.timeline({ organizationId: brand.organizationId })).lanes).toEqual([])
    const theirs = bound.schedules.timeline({ organizationId: other.organizationId })
    expect(await errorOf(theirs)).toMatchObject({ code: 'NOT_FOUND' })
  })
})
