import type { IncidentView } from '../../shared/contract/incidents.ts'

/** What an operator does to incidents. `until` null: until it recovers. */
export type IncidentChange =
  | { readonly action: 'acknowledge' }
  /** To whoever is named, also from somebody else. */
  | { readonly action: 'give'; readonly to: string }
  | { readonly action: 'unacknowledge' }
  | { readonly action: 'snooze'; readonly until: Date | null }
  | { readonly action: 'wake' }
  | { readonly action: 'annotate'; readonly note: string }

export type IncidentAction = IncidentChange['action']

interface ActionWords {
  /** On the button. */
  readonly verb: string
  /** Told afterwards, behind a count: "3 incidents acknowledged". */
  readonly done: string
  /** Why it does nothing for this incident; null when it applies. */
  readonly notFor: (incident: IncidentView) => string | null
  /** What takes it back, for an incident as it was seen before; null = it cannot be taken back. */
  readonly undo: ((before: Seen) => IncidentChange) | null
}

type Seen = Pick<IncidentView, 'acknowledged' | 'snoozed'>

/** Whoever was on it is on it again, or nobody. */
export const putBack = ({ acknowledged }: Seen): IncidentChange =>
  acknowledged === null ? { action: 'unacknowledge' } : { action: 'give', to: acknowledged.by }

const ended = ({ resolvedAt }: IncidentView): string | null => (resolvedAt === null ? null : 'it has ended')

/** Total: an action without words does not compile. */
export const incidentActionWords: Readonly<Record<IncidentAction, ActionWords>> = {
  acknowledge: {
    verb: 'Acknowledge',
    done: 'acknowledged',
    undo: putBack,
    notFor: (incident) => ended(incident) ?? (incident.acknowledged === null ? null : 'acknowledged already'),
  },
  give: { verb: 'Give to…', done: 'given', undo: putBack, notFor: ended },
  unacknowledge: {
    verb: 'Take the acknowledgement back',
    done: 'open again',
    undo: putBack,
    notFor: (incident) => ended(incident) ?? (incident.acknowledged === null ? 'nobody has acknowledged it' : null),
  },
  snooze: {
    verb: 'Snooze',
    done: 'snoozed',
    undo: ({ snoozed }) => (snoozed === null ? { action: 'wake' } : { action: 'snooze', until: snoozed.until }),
    notFor: ended,
  },
  wake: {
    verb: 'Wake',
    done: 'awake again',
    undo: null,
    notFor: (incident) => ended(incident) ?? (incident.snoozed === null ? 'not snoozed' : null),
  },
  annotate: { verb: 'Write the note', done: 'noted', undo: null, notFor: () => null },
}

/** On the button that takes it back: one change, or one for each of several that were not alike. */
export function undoInWords(changes: readonly IncidentChange[], operator: string): string {
  const [change] = changes
  if (change === undefined || changes.length > 1) return 'Put back as it was'
  if (change.action === 'snooze') return 'Snooze as before'
  if (change.action !== 'give') return incidentActionWords[change.action].verb
  return change.to === operator ? incidentActionWords.acknowledge.verb : `Give back to ${change.to}`
}
