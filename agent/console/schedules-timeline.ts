import { zoneOfJob } from '../../shared/domain.ts'
import { type ComingFire, collisions, comingFires } from '../jobs/coming-fires.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listExpectedDurations, listPlannedJobs } from '../store/job-timeline.ts'
import { seesPlatform } from './access.ts'
import { requireScope } from './brand-scope.ts'
import { procedures } from './procedures.ts'

const mostFires = 10_000
const hourMs = 3_600_000

export const timeline = procedures.schedules.timeline.handler(async ({ context, input }) => {
  const { hours } = input
  const asked = await requireScope(context, input)
  const { database, clock } = context.services
  const scope = { ...asked, withPlatform: asked.only === null && seesPlatform(context) }
  // Each has at least one fire, so that those after them cannot be among the first.
  const jobs = await listPlannedJobs(database, scope, { hours, limit: mostFires + 1 })
  const asOf = jobs[0]?.asOf ?? (await databaseNow(database))
  const end = new Date(asOf.getTime() + hours * hourMs)
  const { fires, truncated } = await comingFires(jobs, { until: end, most: mostFires }, clock)
  // What comes after the last one that is told is not known here, and is not nothing.
  const until = truncated ? (fires.at(-1)?.at ?? asOf) : end
  const durations = await listExpectedDurations(database, [...new Set(fires.map(({ job }) => job.id))])
  const expected = new Map(durations.map(({ jobId, expectedMs }) => [jobId, expectedMs]))
  return { asOf, until, lanes: lanes(fires, expected), truncated }
})

/** One lane per brand, in the order of their names; the platform's is the last. */
function lanes(fires: readonly ComingFire[], expected: ReadonlyMap<string, number>) {
  const collides = collisions(fires, expected)
  const told = fires.map((fire, index) => ({ ...fire, collides: collides[index] ?? false }))
  const byBrand = Map.groupBy(told, ({ job }) => job.brandId)
  const unsorted = [...byBrand].map(([id, ofBrand]) => ({
    brand: id === null ? null : { id, name: ofBrand[0]?.job.brandName ?? 'Deleted brand' },
    jobs: [...Map.groupBy(ofBrand, ({ job }) => job)].map(([job, ofJob]) => ({
      jobId: job.id,
      jobName: job.name,
      jobType: job.jobType,
      timeZone: zoneOfJob(job),
      expectedMs: expected.get(job.id) ?? null,
      fires: ofJob.map(({ at }) => at),
      collisions: ofJob.flatMap((fire) => (fire.collides ? [fire.at] : [])),
    })),
  }))
  return unsorted.toSorted((left, right) => byName(left.brand, right.brand))
}

type Reference = { readonly id: string; readonly name: string } | null

function byName(left: Reference, right: Reference): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
  return left.name.localeCompare(right.name) || (left.id < right.id ? -1 : 1)
}
