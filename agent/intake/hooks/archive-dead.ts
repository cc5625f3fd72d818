import { auditJob, heldJob } from '../../jobs/job-transaction.ts'
import type { DatabasePool } from '../../store/database.ts'
import { archiveDeadJobsOfHook } from '../../store/hooks.ts'
import type { Actor } from '../../store/operator-actions.ts'

/**
 * Puts away the dead jobs of a hook whose work this job of its does once more, so that what fails at every message is one job to look
 * at; their incidents end with them, and it opens its own if it fails. One with other parameters is other work, and waits for a person.
 */
export async function archiveDead(
  database: DatabasePool,
  actor: Actor,
  work: { readonly hookId: string; readonly jobId: string },
): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const id of await archiveDeadJobsOfHook(transaction, work)) {
      const job = await heldJob(transaction, id)
      await auditJob(transaction, actor, 'job.archive', { ...job, status: 'active' }, job)
    }
  })
}
