import type { Storage, StoredTable } from '../../../shared/contract/admin.ts'
import { formatBytes } from '../../../shared/storage.ts'
import { isStoredTable, keptDays, labelOfRemoved, storedTables } from '../../../shared/stored-tables.ts'
import { counted } from '../../components/counts.ts'

/** What an operator would say of it. */
export function storageAnswer({ bytes, bytesIn90Days, keepDays }: Storage): string {
  const now = `The tables take ${formatBytes(bytes)}`
  if (bytesIn90Days === null) {
    return `${now}. How fast they grow is known once an agent has watched them for an hour.`
  }
  const future = formatBytes(bytesIn90Days)
  const pace =
    future === formatBytes(bytes) ? 'and hardly grow at this pace' : `and will take ${future} in 90 days at this pace`
  return `${now}, ${pace}${keepDays === null ? '' : '; what is older than it is kept is removed'}.`
}

/** Beside the database, on the device of the agent that answers. */
export function filesWords({ count, bytes }: NonNullable<Storage['files']>): string {
  const files =
    count === 1 ? '1 image or video of an ad takes' : `${count.toLocaleString()} images and videos of ads take`
  return `On this agent's device, ${files} ${formatBytes(bytes)}; those that nothing names are removed once a day.`
}

/** "12 runs, 3,400 log lines"; null when nothing was removed. */
export function removedWords(removed: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(removed)
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => `${rows.toLocaleString()} ${labelOfRemoved(table).toLowerCase()}`)
  return parts.length === 0 ? null : parts.join(', ')
}

/** How long rows of the table are kept. */
export function keptWords({ table }: StoredTable, settings: Storage['keepDays']): string {
  const age = isStoredTable(table) ? storedTables[table].age : null
  if (table === 'ping_checks') return `Removed ones ${days(keptDays.removedChecks)}`
  if (age === null) return table === 'operator_actions' ? 'What people did: for ever' : 'As long as they exist'
  if (typeof age === 'number') return days(age)
  if (settings === null) return 'Not known yet'
  if (age !== 'runs') return days(settings[age])
  const { successfulRuns, failedRuns } = settings
  return successfulRuns === failedRuns ? days(failedRuns) : `${days(successfulRuns)}, failed ${days(failedRuns)}`
}

function days(count: number): string {
  return counted(count, 'day')
}

/** "1,240", "0.3": as many digits as say something. */
export function perDayWords(rowsPerDay: number): string {
  return rowsPerDay.toLocaleString(undefined, { maximumFractionDigits: rowsPerDay < 10 ? 1 : 0 })
}
