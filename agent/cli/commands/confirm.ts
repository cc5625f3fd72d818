import { Problem } from '../../../shared/errors.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { type Confirmation, confirmRun } from '../../jobs/operations.ts'
import { listAgents } from '../../store/agent-list.ts'
import { getRun } from '../../store/scheduled-job-runs.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, runOrLastRun } from '../lookup.ts'
import { noteOf } from '../note.ts'
import { withSession } from '../session.ts'
import { instantOf } from '../time-ahead.ts'
import { runDocument } from './runs.ts'

export interface ConfirmFlags extends GlobalFlags {
  readonly brand?: string
  readonly done?: boolean
  readonly notDone?: boolean
  readonly at?: string
  readonly records?: string
  readonly note?: string
}

/** `pm confirm <run|job> --done|--not-done`. Saying the same twice changes nothing and ends with 0. */
export async function confirm(context: CliContext, text: string, flags: ConfirmFlags): Promise<void> {
  const confirmation = confirmationOf(flags)
  await withSession(context, flags, 'write', async ({ database, catalog, settings, print }) => {
    const brandId = flags.brand === undefined ? null : (await brandNamed(database, flags.brand)).id
    const run = await runOrLastRun(database, text, brandId)
    const known = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds))
    const surroundings = {
      jobType: known.jobTypes.get(run.jobType),
      defaultTimeZone: settings.defaultTimeZone,
    }
    const { changed, message } = await confirmRun(database, cliActor(context), run, confirmation, surroundings)
    const after = (await getRun(database, run.id)) ?? run
    print.answer({ changed, message, run: runDocument(after) }, () => print.line(message))
  })
}

function confirmationOf(flags: ConfirmFlags): Confirmation {
  const { done = false, notDone = false, at, records } = flags
  if (done === notDone) {
    const fix = 'Give --done when the source has its work, --not-done to run it again.'
    throw new Problem('invalid_input', 'Was it done or not?', { field: '--done', fix })
  }
  const note = noteOf(flags.note)
  if (done) {
    const doneAt = at === undefined ? undefined : new Date(instantOf(at, '--at'))
    return { outcome: 'done', doneAt, records: recordsOf(records), note }
  }
  if (at !== undefined || records !== undefined) {
    const field = at === undefined ? '--records' : '--at'
    throw new Problem('invalid_input', `${field} says something of work that was done.`, {
      field,
      fix: 'Leave it out.',
    })
  }
  return { outcome: 'not_done', note }
}

function recordsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text.trim())) return Number(text)
  throw new Problem('invalid_input', `"${text}" is no count of records.`, {
    field: '--records',
    value: text,
    fix: 'Give a whole number.',
  })
}
