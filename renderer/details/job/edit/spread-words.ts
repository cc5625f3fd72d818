import { nextFires } from '../../../../shared/cadence.ts'
import { laterBy, mostInSameMinute, shortestGap, spreadCron, spreadOffset } from '../../../../shared/spread.ts'
import { readCadence } from '../../../components/cadence-reading.ts'
import { counted } from '../../../components/counts.ts'
import type { ScheduleValues } from './schedule-values.ts'

/** When the first and the last begin, and how many together; of values without a fault. */
export function spanInWords(
  brandIds: readonly string[],
  values: Pick<ScheduleValues, 'cron' | 'timeZone' | 'spreadMinutes'>,
  now: Date,
): string {
  const minutes = values.spreadMinutes ?? 0
  const { cadence } = readCadence(values.cron, values.timeZone)
  if (brandIds.length === 0 || cadence === null) return ''
  if (minutes <= 1)
    return `All ${brandIds.length.toLocaleString()} start at the same minute; 30 would give each brand a minute of its own.`
  const offsets = brandIds.map((id) => spreadOffset(id, minutes))
  const [first, last] = [Math.min(...offsets), Math.max(...offsets)]
  const most = mostInSameMinute(brandIds.map(spreadCron(cadence.cron, minutes))).toLocaleString()
  const together = `at most ${most} in the same minute. A brand keeps its minute.`
  if (shortestGap(cadence.cron) <= last - first)
    return `The cadence comes again before the last has started; ${together}`
  const [fire] = nextFires({ ...cadence, cron: laterBy(cadence.cron, first) }, now, 1)
  const from =
    fire === undefined ? '' : `The first starts at ${fire.local}, the last ${counted(last - first, 'minute')} later; `
  return `${from}${together}`
}
