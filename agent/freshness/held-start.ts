import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { legacyTimeZone } from '../../shared/domain.ts'
import type { HoldSpan, Wait } from '../../shared/holds.ts'
import { afterSkipped, missedAfterMs } from '../../shared/retry.ts'
import type { WaitOf } from '../store/holds.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'

/** However holds and fires lie, nobody waits for more of them. */
const mostFires = 1_000

type PlannedJob = Pick<RefreshingJob, 'brandId' | 'jobType' | 'nextRunAt' | 'skipsLate' | 'cronExpression' | 'timeZone'>

/**
 * When what a job has planned starts: past the holds that it waits for, and with catch-up `skip` (J10) at the first fire that is not more than a
 * minute late by then. Null = it plans nothing, or never fires again.
 */
export function heldStart(job: PlannedJob, waitOf: WaitOf, now: Date): Wait<HoldSpan> | null {
  if (job.nextRunAt === null) return null
  let at = job.nextRunAt
  let wait = waitOf(job, at, now)
  const cadence = job.skipsLate && wait.hold !== null ? cadenceOf(job) : null
  if (cadence === null) return wait
  for (let fires = 0; fires < mostFires; fires += 1) {
    const { startsAt, hold } = wait
    if (hold === null || startsAt === null || startsAt.getTime() - at.getTime() < missedAfterMs) return wait
    const next = afterSkipped(at, cadence, startsAt)
    if (next === null) return null
    at = next
    wait = waitOf(job, at, now)
  }
  return wait
}

/** Null when another program wrote one that is none. */
function cadenceOf({ cronExpression, timeZone }: PlannedJob): Cadence | null {
  try {
    return parseCadence(cronExpression ?? '', timeZone ?? legacyTimeZone)
  } catch {
    return null
  }
}
