import { type Cadence, describeCadence, parseCadence } from '../../shared/cadence.ts'
import { legacyTimeZone } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'

/** What is wrong with a schedule while it is being typed: at which of its two fields, and what to do. */
export interface CadenceFault {
  readonly field: 'cron' | 'timeZone'
  readonly message: string
  readonly fix: string
}

/** A schedule that fires, or what is wrong with it. */
export function readCadence(
  cron: string,
  timeZone: string,
): { readonly cadence: Cadence; readonly fault: null } | { readonly cadence: null; readonly fault: CadenceFault } {
  try {
    return { cadence: parseCadence(cron, timeZone), fault: null }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const field = thrown.field === 'time_zone' ? 'timeZone' : 'cron'
    return { cadence: null, fault: { field, message: thrown.message, fix: thrown.fix ?? '' } }
  }
}

interface Planned {
  readonly cronExpression: string | null
  readonly timeZone: string | null
}

/** The schedule of a job; null when there is none, or another program wrote one that cannot be read. */
export function cadenceOfJob({ cronExpression, timeZone }: Planned): Cadence | null {
  return cronExpression === null ? null : readCadence(cronExpression, timeZone ?? legacyTimeZone).cadence
}

/** "Weekdays at 07:30"; what cannot be read says so, with the beginning of what is stored. */
export function cadenceInWords(job: Planned): string {
  const cadence = cadenceOfJob(job)
  if (cadence !== null) return describeCadence(cadence)
  return job.cronExpression === null ? 'No schedule' : `Not readable: ${job.cronExpression.slice(0, 60)}`
}
