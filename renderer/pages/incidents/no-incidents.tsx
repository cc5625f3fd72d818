import { EmptyState } from '../../components/empty-state.tsx'
import { StateMark } from '../../components/state-mark.tsx'

/** "Nothing matches" and "nothing is wrong" are two different things. */
export function NoIncidents({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState title="No incident matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
    )
  }
  return (
    <EmptyState title="No open incidents" mark={<StateMark state="resolved" size={20} />}>
      A dataset that becomes stale, a job that fails for good, a job type that no agent can run: each is opened here by
      itself, and ends by itself when it recovers. What is over has its own state in the filter.
    </EmptyState>
  )
}
