import type { JobRow } from '../../shared/contract/jobs.ts'
import { zoneOfJob } from '../../shared/domain.ts'
import { formatPlanned, lateMs } from '../../shared/duration.ts'
import { isInForce } from '../../shared/holds.ts'
import { useNow } from '../client/now.tsx'
import { Age, Duration } from '../components/time.tsx'

/** When a job runs next; what is due and not taken says how late it is, or what it waits for. */
export function NextRun({ job }: { job: JobRow }) {
  const { nextRunAt, status, hasNoAgent, hold } = job
  if (status !== 'active' || nextRunAt === null) return <span className="pm-dim">–</span>
  return <PlannedRun at={nextRunAt} zone={zoneOfJob(job)} hasNoAgent={hasNoAgent} hold={hold} />
}

interface HoldEnd {
  /** Null = until somebody ends it. */
  readonly endsAt: Date | null
}

export interface RunAheadProps {
  /** Of the run in progress; null = nothing runs. */
  readonly runningSince: Date | null
  /** After the hold that it waits for. */
  readonly nextRunAt: Date | null
  readonly hold: HoldEnd | null
  /** The job's, for "the schedule's" time. */
  readonly zone: string | null
  /** What to show where nothing runs and nothing is planned. */
  readonly none: string
}

/** What refreshes a dataset next: the run in progress, else the one that is planned, else the end of the hold that it waits for. */
export function RunAhead({ runningSince, nextRunAt, hold, zone, none }: RunAheadProps) {
  const now = useNow()
  if (runningSince !== null) {
    return (
      <span>
        running for <Duration ms={null} since={runningSince} />
      </span>
    )
  }
  if (hold !== null && isInForce(hold, now)) return <HeldUntil hold={hold} />
  return nextRunAt === null ? <span className="pm-dim">{none}</span> : <PlannedRun at={nextRunAt} zone={zone} />
}

/** "held, starts in 2 h", "held until it is ended". */
export function HeldUntil({ hold: { endsAt } }: { hold: HoldEnd }) {
  if (endsAt === null) return <span>held until it is ended</span>
  return (
    <span>
      held, starts <Age at={endsAt} />
    </span>
  )
}

interface PlannedRunProps {
  readonly at: Date
  readonly zone: string | null
  readonly hasNoAgent?: boolean
  /** What keeps it from starting. */
  readonly hold?: JobRow['hold']
}

function PlannedRun({ at, zone, hasNoAgent = false, hold = null }: PlannedRunProps) {
  const now = useNow()
  const overdueMs = now.getTime() - at.getTime()
  if (overdueMs < 0) return <Age at={at} zone={zone} />
  if (hold !== null && isInForce(hold, now)) return <span>due, held</span>
  if (overdueMs < lateMs) return <span>{hasNoAgent ? 'due, no agent' : 'due now'}</span>
  return <span className="pm-late">{formatPlanned(at, now)}</span>
}
