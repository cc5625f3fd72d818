import { changesBetween } from '../../shared/changes.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { jobActionInWords } from '../../shared/job-history.ts'
import { type LoggedAction, pageActionsOn } from '../store/operator-action-pages.ts'
import { requireJob } from './access.ts'
import { pageOf, readIdCursor } from './id-cursor.ts'
import { shownParameters } from './jobs-view.ts'
import { procedures } from './procedures.ts'

/** What people did to a job that the caller may see: of the fields that the job itself shows, and never of another organization. */
export const history = procedures.jobs.history.handler(async ({ context, input: { jobId, cursor, limit } }) => {
  await requireJob(context, jobId)
  const { services, identity } = context
  const subject = { type: 'job', id: jobId.toLowerCase(), organizationId: identity.organizationId }
  const page = { before: readIdCursor(cursor), limit: limit + 1 }
  const { rows, nextCursor } = pageOf(await pageActionsOn(services.database, subject, page), limit)
  return { actions: rows.map(told), nextCursor }
})

function told({ id, happenedAt, operator, door, action, ...states }: LoggedAction) {
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
