import { type Change, changesBetween } from '../../shared/changes.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { jobActionInWords } from '../../shared/job-history.ts'
import type { LoggedAction } from '../store/operator-action-pages.ts'
import { shownParameters } from './shown-parameters.ts'

/** What somebody did to a job, and what it changed. */
export interface HistoryEntry extends Pick<LoggedAction, 'id' | 'happenedAt' | 'operator' | 'door' | 'action'> {
  /** What follows the name of who did it. */
  readonly sentence: string
  readonly changes: Change[]
  /** Null = it was new. */
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

/** Of the fields that a job itself shows. */
export function historyEntry({ id, happenedAt, operator, door, action, ...states }: LoggedAction): HistoryEntry {
  const [before, after] = [shown(states.before), shown(states.after)]
  const changes = changesBetween(before, after)
  return {
    id,
    happenedAt,
    operator,
    door,
    action,
    sentence: jobActionInWords({ action, isNew: before === null, changes }),
    changes,
    before,
    after,
  }
}

/** Fields of a job that its record tells; those of another version of this program do not get further. */
const fields = [
  'name',
  'jobType',
  'status',
  'cronExpression',
  'timeZone',
  'nextRunAt',
  'priority',
  'overlapPolicy',
  'catchUpPolicy',
  'maxRetries',
  'timeoutMinutes',
  'concurrencyKey',
] as const

function shown(state: JsonObject | null): JsonObject | null {
  if (state === null) return null
  const told: JsonObject = {}
  for (const field of fields) {
    const value = state[field]
    if (value !== undefined) told[field] = value
  }
  // Those that the job itself does not show, its record does not show either.
  const parameters = shownParameters(state['parameters'])
  return parameters === null ? told : { ...told, parameters }
}
