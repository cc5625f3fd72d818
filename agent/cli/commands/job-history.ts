import { historyEntry } from '../../jobs/history-entry.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { pageActionsOn } from '../../store/operator-action-pages.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { limitOf } from '../limits.ts'
import { brandNamed, jobNamed } from '../lookup.ts'
import { ageAndInstant } from '../output/printer.ts'
import { withSession } from '../session.ts'

export interface JobHistoryFlags extends GlobalFlags {
  readonly brand?: string
  readonly limit?: string
}

/** `pm jobs history <job>`: who changed it, from what to what, the newest first. */
export async function showJobHistory(context: CliContext, text: string, flags: JobHistoryFlags): Promise<void> {
  const limit = limitOf(flags.limit, 20)
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand)
    const job = await jobNamed(database, text, brand?.id ?? null)
    const subject = { type: 'job', id: job.id, organizationId: null }
    const found = await pageActionsOn(database, subject, { before: null, limit: limit + 1 })
    const now = await databaseNow(database)
    const actions = found.slice(0, limit).map(historyEntry)
    print.answer({ job: { id: job.id, name: job.name }, actions }, () => {
      if (actions.length === 0) return print.line(`Nobody has done anything to ${job.name} here.`)
      for (const { happenedAt, operator, door, sentence, action, changes } of actions) {
        print.line(`${ageAndInstant(happenedAt, now)}  ${operator} (${door}) ${sentence}`)
        if (action !== 'job.schedule' || changes.length < 2) continue
        for (const { name, from, to } of changes) print.line(`    ${name}: ${from ?? '(none)'} → ${to ?? '(gone)'}`)
      }
      if (found.length > limit) print.note(`Only the newest ${limit} are shown; use --limit for more.`)
    })
  })
}
