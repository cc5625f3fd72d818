import type { Change } from './changes.ts'
import { actionInWords } from './operator-actions.ts'

export interface JobAction {
  readonly action: string
  /** The action made the job. */
  readonly isNew: boolean
  readonly changes: readonly Change[]
}

const verbs: Readonly<Record<string, string>> = {
  'job.queue': 'queued it',
  'job.pause': 'paused it',
  'job.resume': 'resumed it',
  'job.retry': 'retried it',
  'job.archive': 'archived it',
  'job.restore': 'restored it',
}

/** What follows the name of who did it: "changed the schedule from Daily at 06:00 to Daily at 07:00 Europe/Berlin". */
export function jobActionInWords({ action, isNew, changes }: JobAction): string {
  if (action !== 'job.schedule')
    return (Object.hasOwn(verbs, action) ? verbs[action] : undefined) ?? actionInWords(action)
  if (isNew) {
    const plan = changes.find(({ field }) => field === 'cronExpression')?.to
    return plan === null || plan === undefined ? 'scheduled it' : `scheduled it: ${plan}`
  }
  const [only, ...others] = changes
  if (only === undefined) return 'changed it'
  return others.length === 0 ? changeInWords(only) : `changed ${changes.length} things`
}

/** "changed the retries from 3 to 5", "set the parameter shop to a". */
export function changeInWords({ name, from, to }: Change): string {
  if (from === null) return `set the ${name} to ${to}`
  return to === null ? `took the ${name} away, which was ${from}` : `changed the ${name} from ${from} to ${to}`
}

/** Whether an action edited a job that was there: what it changed can be put back. */
export function isEdit({ action, before }: { readonly action: string; readonly before: unknown }): boolean {
  return action === 'job.schedule' && before !== null
}
