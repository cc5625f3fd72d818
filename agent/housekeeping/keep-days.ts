import type { Settings } from '../settings/definitions.ts'
import type { KeepDays } from '../store/housekeeping/sweeps.ts'

/** The ages that the settings say. */
export function keepDaysOf(settings: Settings): KeepDays {
  return {
    logs: settings.keepLogDays,
    successfulRuns: settings.keepSuccessfulRunDays,
    failedRuns: settings.keepFailedRunDays,
    history: settings.keepHistoryDays,
    incidents: settings.keepIncidentDays,
  }
}
