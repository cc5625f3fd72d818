import { Loader } from '@mantine/core'
import { EmptyState } from '../components/empty-state.tsx'

/** The console is there before the agent is ready to answer; it says what it waits for. */
export function StartingUp({ reason }: { reason: string | null }) {
  return (
    <main>
      <EmptyState title={reason === null ? 'Loading' : 'Waiting for the agent'} mark={<Loader size="sm" type="dots" />}>
        {reason ?? 'Asking the agent who you are.'}
      </EmptyState>
    </main>
  )
}
