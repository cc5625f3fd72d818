import { historyEntry } from '../jobs/history-entry.ts'
import { pageActionsOn } from '../store/operator-action-pages.ts'
import { requireJob } from './access.ts'
import { pageOf, readIdCursor } from './id-cursor.ts'
import { procedures } from './procedures.ts'

/** What people did to a job that the caller may see: of the fields that the job itself shows, and never of another organization. */
export const history = procedures.jobs.history.handler(async ({ context, input: { jobId, cursor, limit } }) => {
  await requireJob(context, jobId)
  const { services, identity } = context
  const subject = { type: 'job', id: jobId.toLowerCase(), organizationId: identity.organizationId }
  const page = { before: readIdCursor(cursor), limit: limit + 1 }
  const { rows, nextCursor } = pageOf(await pageActionsOn(services.database, subject, page), limit)
  return { actions: rows.map(historyEntry), nextCursor }
})
