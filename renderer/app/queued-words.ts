import type { QueuedCommand } from '../../shared/contract/connection.ts'
import { counted } from '../components/counts.ts'

/** Of the calls that can wait for the database (`deferring` in the contract); one without words is shown by its name. */
const verbs: Readonly<Record<string, string | undefined>> = {
  'incidents.acknowledge': 'Acknowledge',
  'incidents.unacknowledge': 'Take back the acknowledgement of',
  'incidents.snooze': 'Snooze',
  'incidents.wake': 'End the snooze of',
  'incidents.annotate': 'Write a note on',
}

/** "Acknowledge" */
export function verbOf({ call }: Pick<QueuedCommand, 'call'>): string {
  return verbs[call] ?? call
}

/** "Acknowledge 2 incidents"; one whose name is known is called by it: "Acknowledge Stale dataset: Orders of Acme". */
export function commandWords(
  { call, subjects }: Pick<QueuedCommand, 'call' | 'subjects'>,
  name: string | null = null,
): string {
  const verb = verbs[call]
  if (verb === undefined) return call
  return `${verb} ${subjects.length === 1 && name !== null ? name : counted(subjects.length, 'incident')}`
}
