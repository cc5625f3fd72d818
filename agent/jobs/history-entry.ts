import { type Change, changesBetween } from '../../shared/changes.ts'
import type { JsonObject, JsonValue } from '../../shared/domain.ts'
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
  const changes = changesOf(states)
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

/** Parameters of which one side is not shown are one thing: one by one they would look added, or taken away. */
function changesOf(states: Pick<LoggedAction, 'before' | 'after'>): Change[] {
  const [before, after] = [shown(states.before), shown(states.after)]
  const [old, young] = [states.before?.['parameters'], states.after?.['parameters']]
  const [hidesOld, hidesYoung] = [isHidden(old), isHidden(young)]
  if (!hidesOld && !hidesYoung) return changesBetween(before, after)
  const others = changesBetween(withoutParameters(before), withoutParameters(after))
  if (JSON.stringify(old) === JSON.stringify(young)) return others
  const [from, to] = [textOf(old), textOf(young)]
  return [
    ...others,
    { field: 'parameters', name: 'parameters', from, to: hidesOld && hidesYoung ? 'others that cannot be shown' : to },
  ]
}

function isHidden(parameters: JsonValue | undefined): boolean {
  return parameters !== undefined && shownParameters(parameters) === null
}

function withoutParameters(state: JsonObject | null): JsonObject | null {
  if (state === null) return null
  const { parameters: _parameters, ...others } = state
  return others
}

const longestText = 120

/** Null = there are none. */
function textOf(parameters: JsonValue | undefined): string | null {
  if (parameters === undefined) return null
  if (isHidden(parameters)) return 'some that cannot be shown'
  const text = JSON.stringify(parameters)
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
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
  'alertAfter',
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
