import type { CentreEvent } from '../../incidents/use-centre.ts'

/** From so many on, one line says what all of them say. */
const many = 3
/** What is farther apart is no one event, ms. */
const apartMs = 3_600_000

type Group = [CentreEvent, ...CentreEvent[]]

/**
 * What says the same of one dataset (of many brands), or of many things that have none, within an hour, is one group at the place of its
 * newest; the rest stand alone. The newest first, as they came.
 */
export function together(events: readonly CentreEvent[]): readonly Readonly<Group>[] {
  const groups: Group[] = []
  const latest = new Map<string, Group>()
  for (const event of events) {
    const what = saying(event)
    const group = latest.get(what)
    if (group !== undefined && group[0].happenedAt.getTime() - event.happenedAt.getTime() < apartMs) group.push(event)
    else {
      const next: Group = [event]
      latest.set(what, next)
      groups.push(next)
    }
  }
  const shown = groups.flatMap((group) => (group.length < many ? group.map((event): Group => [event]) : [group]))
  const places = new Map(events.map((event, place) => [event, place]))
  return shown.toSorted(([one], [other]) => (places.get(one) ?? 0) - (places.get(other) ?? 0))
}

function saying({ type, incident: { kind, dataset } }: CentreEvent): string {
  return JSON.stringify([type === 'resolved', kind, dataset?.key ?? null])
}
