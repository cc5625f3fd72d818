/** Messages from what happened: one transition, or a summary of several. */
import type { HoldReason } from '../../shared/notifications/dispatch-plan.ts'
import {
  listedIncidents,
  type NotificationMessage,
  type ToldIncident,
  type TransitionCount,
} from '../../shared/notifications/message.ts'
import { severityOf, singleTitle, summaryTitle } from '../../shared/notifications/message-words.ts'
import { storedOwnership } from '../../shared/ownership.ts'
import type { TellableEvent } from '../store/undispatched-events.ts'

/** Of one event, or a summary of several; all of one organization, or of none. Null without any. */
export function composeMessage(
  events: readonly TellableEvent[],
  heldFor: HoldReason | null,
): NotificationMessage | null {
  const [first] = events
  if (first === undefined) return null
  const { organizationId: id, organizationName: name } = first
  const organization = id === null ? null : { id, name: name ?? '' }
  const incidents = events.slice(0, listedIncidents).map(toldIncident)
  if (events.length === 1) {
    const told = toldIncident(first)
    return { type: first.transition, title: singleTitle(told), organization, heldFor, incidents, counts: [] }
  }
  const counts = countedTransitions(events.map(({ transition, kind }) => ({ transition, kind, count: 1 })))
  return { type: 'summary', title: summaryTitle(counts, heldFor), organization, heldFor, incidents, counts }
}

/** Several messages as one summary. */
export function combineMessages(messages: readonly NotificationMessage[]): NotificationMessage {
  const counts = countedTransitions(
    messages.flatMap(({ counts, incidents }) =>
      counts.length > 0 ? counts : incidents.map(({ transition, kind }) => ({ transition, kind, count: 1 })),
    ),
  )
  const organizations = new Set(messages.map(({ organization }) => organization?.id))
  return {
    type: 'summary',
    title: summaryTitle(counts, null),
    organization: organizations.size === 1 ? (messages[0]?.organization ?? null) : null,
    heldFor: null,
    incidents: messages.flatMap(({ incidents }) => incidents).slice(0, listedIncidents),
    counts,
  }
}

/** One for each transition and kind, the most first. */
function countedTransitions(given: readonly TransitionCount[]): TransitionCount[] {
  const totals = new Map<string, TransitionCount>()
  for (const { transition, kind, count } of given) {
    const key = `${transition} ${kind}`
    totals.set(key, { transition, kind, count: count + (totals.get(key)?.count ?? 0) })
  }
  return [...totals.values()].toSorted((one, other) => other.count - one.count)
}

function toldIncident(event: TellableEvent): ToldIncident {
  const { incidentId, kind, transition, summary, nextStep, brand, dataset, job, jobType, agent } = event
  return {
    id: incidentId,
    kind,
    severity: severityOf(kind),
    transition,
    summary,
    nextStep,
    ...storedOwnership({ owner: event.owner, runbook: event.runbook }),
    brand,
    dataset,
    job,
    jobType,
    agent,
    runId: event.runId,
    openedAt: event.openedAt.toISOString(),
    resolvedAt: event.resolvedAt?.toISOString() ?? null,
    resolution: event.resolution,
    effects: event.effects,
    assignedTo: transition === 'assigned' ? event.assignee : null,
    assignedBy: transition === 'assigned' ? event.operator : null,
    openForMs: event.happenedAt.getTime() - event.openedAt.getTime(),
  }
}

export const testMessage: NotificationMessage = {
  type: 'test',
  title: 'Test notification of Pipeline Manager',
  organization: null,
  heldFor: null,
  incidents: [],
  counts: [],
}
