import type { QueuedCommand } from '../../shared/contract/connection.ts'
import { counted } from '../jobs/job-words.ts'

/** Of the calls that can wait for the database (`deferring` in the contract); one without words is shown by its name. */
const verbs: Readonly<Record<string, string | undefined>> = {
  'incidents.acknowledge': 'Acknowledge',
  'incidents.unacknowledge': 'Take back the acknowledgement of',
  'incidents.snooze': 'Snooze',
  'incidents.wake': 'End the snooze of',
  'incidents.annotate': 'Write a note on',
}

/** "Acknowledge 2 incidents" */
export function commandWords({ call, subjects }: Pick<QueuedCommand, 'call' | 'subjects'>): string {
  const verb = verbs[call]
  if (verb === undefined) return call
  return `${verb} ${counted(subjects.length, 'incident')}`
}
