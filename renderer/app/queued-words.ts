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

type Queued = Pick<QueuedCommand, 'call' | 'input'>

/** To whom an incident is given; null: it is something else. */
function givenTo({ call, input }: Queued): string | null {
  const to = call === 'incidents.acknowledge' ? input['for'] : null
  return typeof to === 'string' ? to : null
}

/** "Acknowledge", "Give to Ana" */
export function verbOf(command: Queued): string {
  const to = givenTo(command)
  return to === null ? (verbs[command.call] ?? command.call) : `Give to ${to}`
}

/** "Acknowledge 2 incidents"; one whose name is known is called by it: "Acknowledge Stale dataset: Orders of Acme". */
export function commandWords(command: Queued & Pick<QueuedCommand, 'subjects'>, name: string | null = null): string {
  const { call, subjects } = command
  const verb = verbs[call]
  if (verb === undefined) return call
  const what = subjects.length === 1 && name !== null ? name : counted(subjects.length, 'incident')
  const to = givenTo(command)
  return to === null ? `${verb} ${what}` : `Give to ${to}: ${what}`
}
