import { IconClockPause } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../app/organization.ts'
import { verbOf } from '../app/queued-words.ts'
import { useQueries } from '../client/context.tsx'

/** What operators asked for about an incident while the database was away, in words; null when nothing waits. */
export function useWaitingWords(incidentId: string): string | null {
  const { hasSection } = useOrganization()
  const { data } = useQuery(useQueries().connection.queue.queryOptions({ enabled: hasSection }))
  const verbs = (data?.commands ?? [])
    .filter(({ state, subjects }) => state === 'waiting' && subjects.includes(incidentId))
    .map(verbOf)
    // A name in it stays as it is written.
    .map((verb) => `${verb.slice(0, 1).toLowerCase()}${verb.slice(1)}`)
  return verbs.length === 0 ? null : `Waits for the database: ${[...new Set(verbs)].join(', ')}`
}

/** A small sign in the row of an incident about which something waits; nothing otherwise. */
export function WaitingMark({ incidentId }: { incidentId: string }) {
  const words = useWaitingWords(incidentId)
  if (words === null) return null
  return (
    <span title={words} role="img" aria-label={words} className="pm-dim">
      <IconClockPause size={14} aria-hidden="true" />
    </span>
  )
}
