/** The statement that evaluates everything says of each dataset what shared/freshness.ts says. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storedDue } from '../../../shared/due.ts'
import { parseDue } from '../../../shared/due-words.ts'
import { freshnessAt, graceMinutes, staleMsOf } from '../../../shared/freshness.ts'
import { type HoldSpan, waitFor } from '../../../shared/holds.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRun } from '../../support/job-rows.ts'

const hourMs = 3_600_000
const keys = Array.from({ length: 12 }, (_, index) => `dataset_${index}`)
/** Nothing says how old the last of them may be. */
const usualMaximum = (index: number): number | null => (index < keys.length - 3 ? 24 : null)
/** Every third is due at some time of its own. */
const usualDue = (index: number) => (index % 3 === 0 ? parseDue('daily 13:30 Europe/Berlin') : null)
/** Each dataset has a job type of its own, with two jobs. */
const catalog = testCatalog({
  datasets: Object.fromEntries(
    keys.map((key, index) => [key, { maxAgeHours: usualMaximum(index), due: usualDue(index) }]),
  ),
  jobTypes: Object.fromEntries(keys.map((key) => [`load_${key}`, { datasets: [key] }])),
})

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
  scene = await openScene(console, catalog)
  await console.sql.query(
    `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"at_risk": true}', 'test')`,
    [scene.organizationId],
  )
})
afterAll(async () => {
  await console.stop()
})

/** Hours before or after now, often at a limit. */
const hours = fc.oneof(
  fc.double({ min: -60, max: 60, noNaN: true }),
  fc.constantFrom(0, 1, 2.4, 21.6, 23.5, 23.9, 24, 24.25, 24.5, 25),
)
const job = fc.record({
  nextIn: fc.option(hours),
  isPaused: fc.boolean(),
  isRunning: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})
const cell = fc.record({
  age: fc.option(hours, { freq: 8 }),
  policy: fc.option(fc.constantFrom(0.5, 1, 6, 24, 48)),
  warning: fc.option(fc.constantFrom(0.25, 2.4, 21.6, 23.5, 60)),
  due: fc.option(
    fc
      .constantFrom('weekdays 09:00 Europe/Berlin', 'daily 00:15 Asia/Kathmandu', 'mon,thu 18:00 America/New_York')
      .map((text) => parseDue(text)),
    { freq: 2 },
  ),
  jobs: fc.array(job, { maxLength: 2 }),
  minutes: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 }),
})
/** `of`: the number of a dataset, whose job type is held; null = all of them. */
const hold = fc.record({
  of: fc.option(fc.integer({ min: 0, max: keys.length - 1 }), { freq: 3 }),
  startsIn: hours,
  hours: fc.option(fc.double({ min: 0.1, max: 40, noNaN: true }), { freq: 3 }),
  isOfAllBrands: fc.boolean(),
})
type HoldInput = typeof hold extends fc.Arbitrary<infer Value> ? Value : never

function spanOf({ startsIn, hours: length }: HoldInput): HoldSpan {
  const startsAt = scene.hoursAgo(-startsIn)
  return { startsAt, endsAt: length === null ? null : new Date(startsAt.getTime() + Math.ceil(length * hourMs)) }
}

async function writeHolds(holds: readonly HoldInput[]): Promise<void> {
  await console.sql.query('truncate holds')
  for (const one of holds) {
    const { startsAt, endsAt } = spanOf(one)
    await console.sql.query(
      `insert into holds (organization_id, brand_id, job_type, starts_at, ends_at, reason, created_by, changed_by)
       values ($1, $2, $3, $4, $5, 'because', 'Ana', 'Ana')`,
      [
        scene.organizationId,
        one.isOfAllBrands ? null : scene.brandId,
        one.of === null ? null : `load_${keys[one.of]}`,
        startsAt,
        endsAt,
      ],
    )
  }
}

type Cell = typeof cell extends fc.Arbitrary<infer Value> ? Value : never

async function write(cells: readonly Cell[]): Promise<void> {
  await console.sql.query(
    'truncate incidents, dataset_status, dataset_policies, scheduled_jobs, scheduled_job_runs cascade',
  )
  for (const [index, { age, policy, warning, due, jobs, minutes }] of cells.entries()) {
    const key = keys[index] ?? ''
    if (age !== null) await scene.succeed(key, age)
    if (policy !== null || warning !== null || due !== null) {
      const { dueDays, dueAt, dueZone } = storedDue(due)
      await console.sql.query(
        `insert into dataset_policies (brand_id, dataset_key, max_age_hours, warn_age_hours, due_days, due_at, due_zone)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [scene.brandId, key, policy, warning, dueDays, dueAt, dueZone],
      )
    }
    for (const { nextIn, isPaused, isRunning } of jobs) {
      const jobId = await scene.job(`load_${key}`, {
        status: isPaused ? 'paused' : 'active',
        next_run_at: nextIn === null ? null : scene.hoursAgo(-nextIn),
        concurrency_key: `${key} ${jobs.length} ${Math.random()}`,
      })
      if (!isRunning) continue
      const runId = await addRun(console.sql, jobId, { agent_id: scene.agentId, started_at: scene.hoursAgo(0.5) })
      await console.sql.query('update scheduled_jobs set current_run_id = $2 where id = $1', [jobId, runId])
    }
    const jobId =
      minutes.length === 0 ? null : await scene.job(`load_${key}`, { status: 'archived', next_run_at: null })
    for (const [age, taken] of minutes.entries()) {
      const started = scene.hoursAgo(100 + age)
      const completed = new Date(started.getTime() + taken * 60_000)
      await addRun(console.sql, jobId ?? '', { status: 'completed', started_at: started, completed_at: completed })
    }
  }
}

/** Of the incidents that are opened at once. */
function expected(
  key: string,
  { age, policy, warning, due, jobs, minutes }: Cell,
  holds: readonly HoldInput[],
): string | null {
  if (age === null) return null
  const nowMs = scene.at.current?.getTime() ?? 0
  // As the database has it: a part of a millisecond is cut off, not rounded.
  const msAgo = (hours: number): number => scene.hoursAgo(hours).getTime()
  const about = holds.filter(({ of }) => of === null || keys[of] === key).map(spanOf)
  const planned = jobs.flatMap(({ nextIn, isPaused }) => {
    const at = isPaused || nextIn === null ? null : new Date(msAgo(-nextIn))
    return at === null ? [] : (waitFor(about, at, new Date(nowMs)).startsAt?.getTime() ?? [])
  })
  const isRunning = jobs.some((one) => one.isRunning)
  const active = jobs.filter(({ isPaused }) => !isPaused)
  const grace = active.length === 0 ? 0 : graceMinutes(minutes.map((one) => one * 60_000))
  const times = {
    lastSuccessMs: msAgo(age),
    maxAgeHours: policy ?? usualMaximum(keys.indexOf(key)),
    due: due ?? usualDue(keys.indexOf(key)),
    warnAgeHours: warning,
    nextRunMs: isRunning ? nowMs - hourMs / 2 : planned.length === 0 ? null : Math.min(...planned),
  }
  const word = freshnessAt(times, nowMs, grace)
  if (word === 'at_risk') return 'at_risk'
  const staleMs = staleMsOf(times.lastSuccessMs, times.maxAgeHours ?? 0, times.due)
  const isDue = word === 'stale' && nowMs > staleMs + grace * 60_000
  return isDue ? 'dataset_stale' : null
}

const holds = fc.oneof(
  { weight: 1, arbitrary: fc.constant<HoldInput[]>([]) },
  { weight: 3, arbitrary: fc.array(hold, { minLength: 1, maxLength: 4 }) },
)

const nothing: Cell = { age: null, policy: null, warning: null, due: null, jobs: [], minutes: [] }
/** What is held plans nothing when nothing is planned. */
const heldAndUnplanned: [Cell[], HoldInput[]] = [
  [{ ...nothing, age: 0, policy: 0.5, jobs: [{ nextIn: null, isPaused: false, isRunning: false }] }],
  [{ of: null, startsIn: 0, hours: 1, isOfAllBrands: false }],
]

test('F5 to F7, F9: for any ages, plans, holds, policies and durations', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(cell, { minLength: keys.length, maxLength: keys.length }),
      holds,
      async (cells, given) => {
        await write(cells)
        await writeHolds(given)
        await scene.round()
        const opened = new Map((await scene.open()).map((incident) => [incident.dataset_key, incident.kind]))
        for (const [index, one] of cells.entries()) {
          const key = keys[index] ?? ''
          const found = opened.get(key) ?? null
          expect([key, found === 'dataset_never_synced' ? null : found]).toEqual([key, expected(key, one, given)])
        }
      },
    ),
    { numRuns: 25, examples: [heldAndUnplanned] },
  )
})
