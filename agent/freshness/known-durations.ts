import type { DatabasePool } from '../store/database.ts'
import type { JobFact } from '../store/dataset-changes.ts'
import { listExpectedDurations, listExpectedDurationsOfTypes } from '../store/job-timeline.ts'

/*
 * How long the jobs of a thousand brands take is a question of some hundred ms, and hardly ever answered differently: what a job was found to
 * take holds until its next run has ended. One that has none of its own takes as long as its type, which runs of other jobs
 * change: that holds for five minutes, as does what the runs of other programs may have changed.
 */

interface Known {
  readonly lastRunFinishedMs: number | null
  readonly isOwn: boolean
  readonly durationMs: number | null
  readonly askedMs: number
}

const holdsMs = 300_000
/** Jobs; beyond it everything is asked anew. */
const mostKept = 100_000
const copies = new WeakMap<DatabasePool, Map<string, Known>>()

/** Of a job its p90, ms; null = not known (`listExpectedDurations`, else of its type for the brand). Ask only of `jobs`. */
export type DurationOf = (job: JobFact) => number | null

export async function readDurations(
  database: DatabasePool,
  jobs: Iterable<JobFact>,
  nowMs: number,
): Promise<DurationOf> {
  const known = copies.get(database) ?? new Map<string, Known>()
  copies.set(database, known)
  const wanted = [...new Set(jobs)].filter((job) => !holds(known.get(job.key), job, nowMs))
  if (known.size + wanted.length > mostKept) known.clear()
  const own = new Map(
    (
      await listExpectedDurations(
        database,
        wanted.map(({ key }) => key),
      )
    ).map((one) => [one.jobId, one.expectedMs]),
  )
  const without = wanted.filter(({ key }) => !own.has(key))
  const pairs = new Map(without.map(({ brandId, jobType }) => [`${brandId} ${jobType}`, { brandId, jobType }]))
  const ofTypes = await listExpectedDurationsOfTypes(database, [...pairs.values()])
  const byType = new Map(ofTypes.map((one) => [`${one.brandId} ${one.jobType}`, one.expectedMs]))
  for (const { key, brandId, jobType, lastRunFinishedMs } of wanted) {
    const mine = own.get(key)
    const durationMs = mine ?? byType.get(`${brandId} ${jobType}`) ?? null
    known.set(key, { lastRunFinishedMs, isOwn: mine !== undefined, durationMs, askedMs: nowMs })
  }
  return ({ key }) => known.get(key)?.durationMs ?? null
}

function holds(found: Known | undefined, { lastRunFinishedMs }: JobFact, nowMs: number): boolean {
  if (found === undefined || found.lastRunFinishedMs !== lastRunFinishedMs) return false
  return (found.isOwn && lastRunFinishedMs !== null) || Math.abs(nowMs - found.askedMs) < holdsMs
}
