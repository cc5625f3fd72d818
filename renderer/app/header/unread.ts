import { useState } from 'react'
import type { CentreEvent } from '../../incidents/use-centre.ts'
import { useOrganization } from '../organization.ts'
import { usePreferences } from '../preferences.tsx'

/** Event ids are numbers too long for a number. */
function isLater(eventId: string, thanId: string): boolean {
  return eventId.length === thanId.length ? eventId > thanId : eventId.length > thanId.length
}

/** The newest event of each incident, the newest first. */
export function latestOfEach(events: readonly CentreEvent[]): readonly CentreEvent[] {
  return [...new Map(events.toReversed().map((event) => [event.incidentId, event])).values()].toSorted((a, b) =>
    isLater(a.id, b.id) ? -1 : 1,
  )
}

/**
 * What this device has not shown yet. While the list is open its marks stay as they were when it was opened, so that it can be seen what
 * is new; it counts as read from then on.
 */
export function useUnread(
  events: readonly CentreEvent[],
  isOpen: boolean,
): { readonly isUnread: (event: CentreEvent) => boolean; readonly readAll: () => void } {
  const { id: organizationId } = useOrganization()
  const { preferences, prefer } = usePreferences()
  const stored = preferences.readEvents[organizationId] ?? '0'
  const [before, setBefore] = useState(stored)
  const mark = isOpen ? before : stored
  return {
    isUnread: ({ id }) => isLater(id, mark),
    readAll: () => {
      setBefore(stored)
      const newest = latestOfEach(events)[0]?.id ?? '0'
      if (isLater(newest, stored)) prefer({ readEvents: { ...preferences.readEvents, [organizationId]: newest } })
    },
  }
}
