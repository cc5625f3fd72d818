import { checkDue, nextDueMs, weekdays } from './due.ts'

/**
 * The next instant at which the clocks of a zone show `at` (`HH:MM`); what they leave out is at the end of the gap (J13).
 * @throws Problem `invalid_input` (field `by`) for no time of day or no zone.
 */
export function nextTimeOfDay(at: string, zone: string, now: Date, field = 'by'): Date {
  return new Date(nextDueMs(checkDue({ days: weekdays, at, zone }, field), now.getTime()))
}
