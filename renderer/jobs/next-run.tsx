import type { JobRow } from '../../shared/contract/jobs.ts'
import { formatAgeLength } from '../../shared/duration.ts'
import { useNow } from '../client/now.tsx'
import { Age } from '../components/time.tsx'

/** An agent takes what is due within a second; what nobody has taken after so long is late, ms. */
const lateMs = 60_000

/** When a job runs next; what is due and not taken says how late it is. */
export function NextRun({ job }: { job: JobRow }) {
  const now = useNow()
  const { nextRunAt, status, timeZone, hasNoAgent } = job
  if (status !== 'active' || nextRunAt === null) return <span className="pm-dim">–</span>
  const overdueMs = now.getTime() - nextRunAt.getTime()
  if (overdueMs < 0) return <Age at={nextRunAt} zone={timeZone} />
  if (overdueMs < lateMs) return <span>{hasNoAgent ? 'due, no agent' : 'due now'}</span>
  return <span className="pm-late">{formatAgeLength(overdueMs)} late</span>
}
