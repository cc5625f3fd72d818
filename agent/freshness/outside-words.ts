import { formatAge, formatInstant } from '../../shared/duration.ts'
import type { OutsideRefresher } from '../store/outside-refreshers.ts'

/** Who refreshes a dataset that no job of ours does, and when it was last heard of. */
export function outsideWords({ name, lastReportAt }: OutsideRefresher, now: Date): string {
  const heard =
    lastReportAt === null
      ? 'has not reported yet'
      : `last reported ${formatAge(lastReportAt, now)} (${formatInstant(lastReportAt)})`
  return `Refreshed by ${name} of another program; it ${heard}.`
}
