import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobStateWord } from '../../../shared/domain.ts'
import { formatAge } from '../../../shared/duration.ts'
import { counted } from '../../components/counts.ts'
import { brandOfJob } from '../../jobs/job-words.ts'

/** What an operator would say of the schedules. `next`: the job that runs next, null when none is planned. */
export function answerOfSchedules(
  byState: Readonly<Record<JobStateWord, number>>,
  next: JobRow | null,
  now: Date,
): string {
  const { archived, paused, dead, completed, ...others } = byState
  const count = Object.values(others).reduce((sum, one) => sum + one, paused + dead)
  if (count === 0) {
    const over = [
      completed > 0 ? counted(completed, 'completed one') : null,
      archived > 0 ? counted(archived, 'archived one') : null,
    ].filter((part) => part !== null)
    return over.length > 0 ? `No schedules but ${over.join(' and ')}.` : 'No schedules yet.'
  }
  const troubled = [paused > 0 ? `${paused} paused` : null, dead > 0 ? `${dead} dead` : null]
  const parts = [counted(count, 'schedule'), ...troubled.filter((part) => part !== null)]
  return `${parts.join(', ')}; ${nextInWords(next, now)}.`
}

function nextInWords(next: JobRow | null, now: Date): string {
  if (next === null || next.nextRunAt === null) return 'no run is planned'
  const name = next.name.trim().slice(0, 80) || next.jobType
  const job = `${name} for ${brandOfJob(next).slice(0, 80)}`
  const isEarly = next.nextRunAt > now
  return isEarly ? `the next run is ${job} ${formatAge(next.nextRunAt, now)}` : `${job} is due now`
}
