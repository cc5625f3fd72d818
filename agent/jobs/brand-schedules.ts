import { v5 as derivedId } from 'uuid'
import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { spreadCron } from '../../shared/spread.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { type Job, lockRecurringJobs } from '../store/scheduled-jobs.ts'
import { heldJob } from './job-transaction.ts'
import { checkName } from './names.ts'
import { insertSchedule, isMadeBy, type NewSchedule } from './schedule-job.ts'

/** One schedule for each of many brands. */
export interface BrandSchedules extends Omit<NewSchedule, 'id' | 'brandId' | 'productId'> {
  /** The same request makes one for each brand, however often it is sent. Absent = a new one. */
  readonly requestId?: string | undefined
  /** Each brand begins at a minute of its own within so many after the time of `cron`; 0 = all at that time. */
  readonly spreadMinutes: number
}

export interface BrandOutcome {
  /** `repeated`: this request made it before. `exists`: the brand has a recurring job of the type, which is left as it is. */
  readonly outcome: 'created' | 'repeated' | 'exists'
  readonly job: Job
  readonly message: string
}

/** When each brand's schedule fires. @throws Problem `invalid_input` for cron, zone or window */
export function brandCadences(
  request: Pick<BrandSchedules, 'cron' | 'timeZone' | 'spreadMinutes'>,
): (brandId: string) => Cadence {
  const { cron, timeZone } = parseCadence(request.cron, request.timeZone)
  const cronOf = spreadCron(cron, request.spreadMinutes)
  return (brandId) => ({ cron: cronOf(brandId), timeZone })
}

/** Any text of the same three gives the same id; this namespace keeps it apart from everything else that is derived so. */
const scheduleIds = '0f6c1f0e-53a5-5b0a-9a43-7f1c4be3d2a1'

/**
 * A schedule for one of them, unless the brand has one of the job type: for many at once nobody looks at each, so none is made beside another.
 * A transaction of its own, so that the brands answer for themselves.
 * @throws Problem `invalid_input` for name, cron, zone or window; `conflict` for a brand that is archived.
 */
export async function createForBrand(
  database: DatabasePool,
  actor: Actor,
  request: BrandSchedules,
  brandId: string,
): Promise<BrandOutcome> {
  const { requestId, spreadMinutes: _spread, cron: _cron, ...schedule } = request
  const cadence = brandCadences(request)(brandId)
  const id =
    requestId === undefined
      ? undefined
      : derivedId(`${requestId} ${request.jobType} ${brandId}`.toLowerCase(), scheduleIds)
  const checked = { ...schedule, id, name: checkName(request.name) }
  return database.transaction(async (transaction): Promise<BrandOutcome> => {
    const known = await lockRecurringJobs(transaction, brandId, request.jobType)
    const same = known.find((job) => job.id === id)
    if (same !== undefined && isMadeBy(same, checked, cadence)) return repeated(same)
    const [found] = known
    if (found !== undefined) {
      const message = `${found.brandName ?? 'The brand'} has ${found.name} of this job type already; it is left as it is.`
      return { outcome: 'exists', job: found, message }
    }
    const job = await insertSchedule(transaction, actor, { ...checked, brandId }, cadence)
    // Put away since, or completed.
    if (job === null) return repeated(await heldJob(transaction, id ?? ''))
    return { outcome: 'created', job, message: `${job.name} is scheduled.` }
  })
}

function repeated(job: Job): BrandOutcome {
  return { outcome: 'repeated', job, message: `${job.name} was scheduled by this request before.` }
}
